import type { Attack } from "../attack.ts";

export default {
  theme: "output",
  tries: "a secret in an error: its name, message, stack, cause and class",
  ends: { code: 1, stderr: /the task threw \*\*\*: \*\*\*/ },
} satisfies Attack;
