import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "computed imports of files: file:, data:, blob:, template, by a link in the folder",
  ends: { code: 0, attempts: /^(TypeError|NotCapable|NotFound)$/ },
  arrange: (stage) => Deno.symlink(`${stage.world.dir}/beside.json`, `${stage.dir}/linked.json`),
} satisfies Attack;
