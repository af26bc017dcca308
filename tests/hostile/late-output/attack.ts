import type { Attack } from "../attack.ts";

export default {
  theme: "output",
  tries: "a secret in an uncaught error after main has returned, and in a program's output",
  ends: { code: 1, stdout: /^by a program \*\*\*\n/, stderr: /Uncaught.*Error: late \*\*\*/ },
} satisfies Attack;
