import { type Attack, DENIED } from "../attack.ts";

export default {
  theme: "network",
  tries:
    'net "*" and loopback in other spellings: decimal, hexadecimal, short, mapped, 0.0.0.0, names',
  ends: { code: 0, attempts: DENIED },
} satisfies Attack;
