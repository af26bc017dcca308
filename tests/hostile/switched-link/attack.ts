import { DatabaseSync } from "node:sqlite";
import { until } from "../../helpers.ts";
import type { Attack } from "../attack.ts";

export default {
  theme: "modules",
  tries: "a link that is switched to a file outside after the modules were listed",
  open: { deno: "the list of modules is a look, not a wall" },
  ends: { code: 1, stderr: /Module not found|os error|[Pp]ermission denied|No such file/ },
  async arrange({ dir }) {
    await Deno.symlink("harmless.json", `${dir}/linked.json`);
  },
  async drive({ world, dir, wall }) {
    // The task waits for its secret, and so it is known when the look is over.
    using database = new DatabaseSync(`${world.dataDir}/data.db`);
    database.exec("BEGIN EXCLUSIVE");
    const child = world.spawn(["run", dir, "--isolation", wall, "--verbose"]);
    child.stdin.close();
    let [stdout, stderr] = ["", ""];
    const reading = Promise.all([
      (async () => {
        for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) stdout += text;
      })(),
      (async () => {
        for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) stderr += text;
      })(),
    ]);
    await until("the list of modules", () => stderr.includes("debug: modules:"));
    await Deno.remove(`${dir}/linked.json`);
    await Deno.symlink(`${world.dir}/beside.json`, `${dir}/linked.json`);
    database.exec("ROLLBACK");
    const { code } = await child.status;
    await reading;
    return { code, stdout, stderr };
  },
  mayChange: ["linked.json"],
} satisfies Attack;
