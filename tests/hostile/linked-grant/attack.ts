import type { Attack } from "../attack.ts";

export default {
  theme: "files",
  tries: "links inside a granted folder that lead to the key, to ~/.ssh and to the store",
  open: { deno: "Deno follows a link in a granted folder to where it leads" },
  ends: { code: 0, attempts: /^(NotFound|PermissionDenied|ENOENT|Error)$/ },
  async arrange({ world, dir }) {
    await Deno.mkdir(`${dir}/data`);
    await Deno.symlink(`${world.dataDir}/master.key`, `${dir}/data/key`);
    await Deno.symlink(`${world.home}/.ssh`, `${dir}/data/ssh`);
    await Deno.symlink(`${world.dataDir}/data.db`, `${dir}/data/store.db`);
  },
  mayChange: ["data"],
} satisfies Attack;
