import type { Attack } from "../attack.ts";

export default {
  theme: "files",
  tries: "a link inside a granted folder that leads to ~/.ssh",
  open: {
    landlock:
      "Landlock knows no modes: through the link the mode of a file is changed, nothing is read",
    deno: "Deno follows a link in a granted folder to where it leads",
  },
  ends: { code: 0, attempts: /^(NotFound|PermissionDenied|EACCES|ENOENT|Error)$/ },
  async arrange({ world, dir }) {
    await Deno.mkdir(`${dir}/data`);
    await Deno.symlink(`${world.home}/.ssh`, `${dir}/data/ssh`);
  },
  mayChange: ["data"],
} satisfies Attack;
