import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "deno.json, package.json, .npmrc and .env in the folders above the task",
  ends: { code: 6, stderr: /cannot load a module: Import "harmless" not a dependency/ },
  arrange: async (stage) => void await stage.addTask("clean", "parent-config/clean"),
  async drive(stage) {
    const clean = await stage.run(`${stage.world.dir}/tasks/clean`);
    const shown = await stage.run();
    const code = clean.code === 0 ? shown.code : 1;
    return { code, stdout: clean.stdout + shown.stdout, stderr: clean.stderr + shown.stderr };
  },
  escaped: ({ world }) =>
    [...Deno.readDirSync(`${world.dir}/tasks`)].filter(({ name }) => name === "node_modules")
      .map(() => "node_modules was made"),
} satisfies Attack;
