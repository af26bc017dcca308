import { type Attack, DENIED } from "../attack.ts";

export default {
  theme: "channel",
  tries: "to dial the host a second time, to replace its socket, or look into the run's folder",
  ends: { code: 0, attempts: DENIED },
  arrange: async (stage) => {
    await Deno.mkdir(`${stage.world.dataDir}/run`, { mode: 0o700 });
    await Deno.mkdir(`${stage.dir}/flags`);
  },
  async drive(stage) {
    const running = stage.run();
    for (;;) {
      const [folder] = [...Deno.readDirSync(`${stage.world.dataDir}/run`)];
      if (folder !== undefined) {
        await Deno.writeTextFile(`${stage.dir}/flags/next`, folder.name);
        await Deno.rename(`${stage.dir}/flags/next`, `${stage.dir}/flags/name`);
        return await running;
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  },
  mayChange: ["flags"],
} satisfies Attack;
