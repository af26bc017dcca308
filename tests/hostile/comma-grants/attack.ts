import type { Attack } from "../attack.ts";

export default {
  theme: "files",
  tries: "entries of task.yaml that would be two in Deno's flags, or a pattern there",
  ends: { code: 3, stderr: /^(dicode: error: .*\n(dicode: hint: .*\n)?){9}$/ },
} satisfies Attack;
