import { type Attack, DENIED } from "../attack.ts";

export default {
  theme: "files",
  tries: "to make a link, a copy or another name inside a write grant for a file outside",
  ends: { code: 0, attempts: DENIED },
  mayChange: ["data"],
} satisfies Attack;
