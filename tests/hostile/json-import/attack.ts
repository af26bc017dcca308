import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "a literal import of a file beside the task, as JSON",
  ends: { code: 6, stderr: /cannot import ".*beside\.json": it lies outside the task's folder/ },
} satisfies Attack;
