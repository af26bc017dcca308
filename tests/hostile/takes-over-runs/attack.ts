import type { Attack } from "../attack.ts";
import { until } from "../../helpers.ts";

export default {
  theme: "channel",
  tries: "with a write grant on a folder for temporary files, to take over the run of another task",
  ends: { code: 0, stdout: /^"found: "\n"honest honest"\n$/ },
  async arrange(stage) {
    await Deno.mkdir(`${stage.dir}/shared`);
    await stage.addTask("victim", "takes-over-runs/victim");
    stage.env.XDG_RUNTIME_DIR = `${stage.dir}/shared`;
  },
  async drive(stage) {
    const shared = `${stage.dir}/shared`;
    const attacking = stage.run();
    await until("the attacker", () => Deno.stat(`${shared}/ready`).then(() => true, () => false));
    const victim = await stage.run(`${stage.world.dir}/tasks/victim`);
    await Deno.writeTextFile(`${shared}/stop`, "");
    const attacker = await attacking;
    return {
      code: attacker.code || victim.code,
      stdout: attacker.stdout + victim.stdout,
      stderr: attacker.stderr + victim.stderr,
    };
  },
  mayChange: ["shared"],
} satisfies Attack;
