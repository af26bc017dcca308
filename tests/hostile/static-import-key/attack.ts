import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "a literal import of the master key, as text",
  ends: { code: 6, stderr: /cannot import ".*master\.key": it lies outside the task's folder/ },
} satisfies Attack;
