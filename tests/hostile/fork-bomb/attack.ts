import type { Attack } from "../attack.ts";

export default {
  theme: "limits",
  tries: "a granted program that starts itself twice, over and over",
  ends: { code: 1, stdout: /^$/, stderr: /more processes or threads than limits\.processes/ },
} satisfies Attack;
