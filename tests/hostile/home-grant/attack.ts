import type { Attack } from "../attack.ts";

export default {
  theme: "files",
  tries: "a task.yaml that grants the home folder, in which the data folder lies",
  ends: { code: 6, stderr: /covers dicode's data folder, or a file of its own/ },
} satisfies Attack;
