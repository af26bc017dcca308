import type { Attack } from "../attack.ts";

export default {
  theme: "files",
  tries: "links inside a granted folder that lead to the key and to the store",
  ends: (wall) =>
    wall === "bwrap"
      ? { code: 0, attempts: /^(NotFound|PermissionDenied|ENOENT|Error)$/ }
      : { code: 6, stderr: /master\.key/ },
  async arrange({ world, dir }) {
    await Deno.mkdir(`${dir}/data`);
    await Deno.symlink(`${world.dataDir}/master.key`, `${dir}/data/key`);
    await Deno.symlink(`${world.dataDir}/data.db`, `${dir}/data/store.db`);
  },
  mayChange: ["data"],
} satisfies Attack;
