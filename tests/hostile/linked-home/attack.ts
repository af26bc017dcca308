import type { Attack } from "../attack.ts";

export default {
  theme: "files",
  tries: "a link inside a granted folder that leads to ~/.ssh",
  open: { deno: "Deno follows a link in a granted folder to where it leads" },
  // Landlock would let modes be changed behind the link.
  ends: (wall) =>
    wall === "landlock"
      ? { code: 6, stderr: /whose mode Landlock/ }
      : { code: 0, attempts: /^(NotFound|PermissionDenied|ENOENT|Error)$/ },
  async arrange({ world, dir }) {
    await Deno.mkdir(`${dir}/data`);
    await Deno.symlink(`${world.home}/.ssh`, `${dir}/data/ssh`);
  },
  mayChange: ["data"],
} satisfies Attack;
