import { type Attack, DENIED } from "../attack.ts";

export default {
  theme: "network",
  tries: "another port of a granted host, by every way to connect",
  ends: { code: 0, attempts: DENIED },
} satisfies Attack;
