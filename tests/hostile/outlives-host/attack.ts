import { until } from "../../helpers.ts";
import type { Attack } from "../attack.ts";
import { findProcesses } from "../escapes.ts";

const ALONE = "the task dies with dicode, a program that it started does not";

export default {
  theme: "programs",
  tries: "to go on when dicode is killed by SIGKILL",
  open: { landlock: ALONE, deno: ALONE },
  ends: { code: 137 },
  async drive(stage) {
    const child = stage.world.spawn(["run", stage.dir, "--isolation", stage.wall]);
    child.stdin.close();
    await until(
      "the program",
      async () => (await findProcesses(stage)).some(({ line }) => line.startsWith("sleep")),
    );
    child.kill("SIGKILL");
    const { code } = await child.status;
    await Promise.all([child.stdout.cancel(), child.stderr.cancel()]);
    return { code, stdout: "", stderr: "" };
  },
} satisfies Attack;
