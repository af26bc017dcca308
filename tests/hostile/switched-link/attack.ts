import { DatabaseSync } from "node:sqlite";
import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "a link that is switched to a file outside after the modules were listed",
  open: { deno: "the list of modules is a look, not a wall" },
  ends: { code: 1, stderr: /Module not found|os error|[Pp]ermission denied|No such file/ },
  async arrange({ dir }) {
    await Deno.symlink("harmless.json", `${dir}/linked.json`);
  },
  drive(stage) {
    const { world, dir } = stage;
    // The task waits for its secret, and so it is known when the look is over.
    const database = new DatabaseSync(`${world.dataDir}/data.db`);
    database.exec("BEGIN EXCLUSIVE");
    return stage.runUntil("debug: modules:", async () => {
      await Deno.remove(`${dir}/linked.json`);
      await Deno.symlink(`${world.dir}/beside.json`, `${dir}/linked.json`);
      database.close();
    });
  },
  mayChange: ["linked.json"],
} satisfies Attack;
