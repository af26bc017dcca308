import type { Attack } from "../attack.ts";

export default {
  theme: "files",
  tries: "a task.yaml that grants the data folder by a link with an innocent name",
  ends: { code: 6, stderr: /covers dicode's data folder, or a file of its own/ },
  arrange: ({ world }) => Deno.symlink(world.dataDir, `${world.dir}/notes`),
} satisfies Attack;
