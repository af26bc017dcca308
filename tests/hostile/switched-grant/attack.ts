import { until } from "../../helpers.ts";
import type { Attack } from "../attack.ts";

export default {
  theme: "files",
  tries: "a granted link that is switched to ~/.ssh while the task runs",
  open: { deno: "Deno follows a granted link to where it leads at that moment" },
  ends: { code: 0, attempts: /^(NotFound|PermissionDenied|ENOENT|Error)$/ },
  async arrange({ dir }) {
    await Deno.mkdir(`${dir}/real`);
    await Deno.mkdir(`${dir}/flags`);
    await Deno.symlink("real", `${dir}/linked`);
  },
  async drive(stage) {
    const { dir, world } = stage;
    const running = stage.run();
    const isThere = (path: string) => Deno.stat(path).then(() => true, () => false);
    await until("the task", () => isThere(`${dir}/flags/up`));
    await Deno.remove(`${dir}/linked`);
    await Deno.symlink(`${world.home}/.ssh`, `${dir}/linked`);
    await Deno.writeTextFile(`${dir}/flags/switched`, "");
    return await running;
  },
  mayChange: ["linked", "real", "flags"],
} satisfies Attack;
