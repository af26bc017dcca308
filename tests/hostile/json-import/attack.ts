import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "literal imports of the key and of a file beside the task, as JSON, by ..",
  ends: { code: 6, stderr: /cannot import ".*master\.key": it lies outside the task's folder/ },
} satisfies Attack;
