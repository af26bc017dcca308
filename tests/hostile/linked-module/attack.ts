import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "an import of a link in the folder that leads to a file outside",
  ends: { code: 6, stderr: /linked\.json": it is a link to ".*beside\.json", outside the task's/ },
  arrange: (stage) => Deno.symlink(`${stage.world.dir}/beside.json`, `${stage.dir}/linked.json`),
} satisfies Attack;
