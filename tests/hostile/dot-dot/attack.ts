import { type Attack, DENIED } from "../attack.ts";

export default {
  theme: "files",
  tries: "spellings of a path that begin inside a grant: .., //, %2e%2e, a trailing slash, NUL",
  ends: { code: 0, attempts: DENIED },
  mayChange: ["data"],
} satisfies Attack;
