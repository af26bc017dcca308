import type { Attack } from "../attack.ts";

const SAME = "both names are the same file, and one of them is granted";

export default {
  theme: "files",
  tries: "a hard link in a granted folder to a file outside",
  open: { bwrap: SAME, landlock: SAME, deno: SAME },
  ends: { code: 0 },
  async arrange({ world, dir }) {
    await Deno.mkdir(`${dir}/data`);
    await Deno.link(`${world.dir}/beside`, `${dir}/data/linked`);
  },
} satisfies Attack;
