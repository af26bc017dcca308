import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "deno.json, package.json, .npmrc and .env in the folders above the task",
  ends: { code: 6, stderr: /cannot load a module: Import "harmless" not a dependency/ },
  arrange: async (stage) => void await stage.addTask("clean", "parent-config/clean"),
  drive: (stage) => stage.runInTurn(`${stage.world.dir}/tasks/clean`, stage.dir),
  escaped: ({ world }) =>
    [...Deno.readDirSync(`${world.dir}/tasks`)].filter(({ name }) => name === "node_modules")
      .map(() => "node_modules was made"),
} satisfies Attack;
