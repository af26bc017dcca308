import type { Attack } from "../attack.ts";

export default {
  theme: "files",
  tries: "a granted folder that becomes a link to the data folder while the run is prepared",
  open: { deno: "Deno follows a granted path to where it leads at that moment" },
  // Refused; or shut, where the link came after the launch.
  ends: { code: [0, 6] },
  async arrange({ dir }) {
    await Deno.mkdir(`${dir}/work/data`, { recursive: true });
  },
  // What is left of a run of another task could do it, one that may write to the folder above.
  drive: (stage) =>
    stage.runUntil("debug: grants:", async () => {
      await Deno.rename(`${stage.dir}/work/data`, `${stage.dir}/work/old`);
      await Deno.symlink(stage.world.dataDir, `${stage.dir}/work/data`);
    }),
  mayChange: ["work"],
} satisfies Attack;
