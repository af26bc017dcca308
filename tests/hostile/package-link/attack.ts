import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "a package.json and a node_modules link that make the data folder a package",
  ends: { code: 6, stderr: /cannot load a module: Import "evil\/master\.key"/ },
  async arrange({ world, dir }) {
    await Deno.mkdir(`${dir}/node_modules`);
    await Deno.symlink(world.dataDir, `${dir}/node_modules/evil`);
  },
} satisfies Attack;
