import { type Attack, DENIED } from "../attack.ts";

export default {
  theme: "network",
  tries: "a granted host that redirects to one that is not",
  ends: { code: 0, attempts: DENIED },
} satisfies Attack;
