import type { Attack } from "../attack.ts";

export default {
  theme: "output",
  tries: "a secret in many writes: byte by byte, with pauses, half of it before the end",
  ends: { code: 0, stdout: /^\*\*\*\n\*\*\*\n\*\*\*$/ },
} satisfies Attack;
