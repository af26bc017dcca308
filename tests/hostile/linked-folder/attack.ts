import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "an import through a linked folder",
  ends: { code: 6, stderr: /lib\/beside\.ts": it is a link to ".*beside\.ts", outside the task's/ },
  arrange: (stage) => Deno.symlink(stage.world.dir, `${stage.dir}/lib`),
} satisfies Attack;
