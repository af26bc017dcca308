// A task that can change its task.yaml, or code that is kept for its next run, grants itself all.
import fs from "node:fs";
import { part } from "./lib/part.ts";
import { tryAll } from "./attempt.ts";

const GREEDY = "permissions: { fs: [{ path: /, permission: rw }] }";

export const main = () =>
  tryAll({
    yaml: () => Deno.writeTextFile("task.yaml", GREEDY),
    "yaml by Node": () => fs.writeFileSync("task.yaml", GREEDY),
    "yaml by appending": () => Deno.writeTextFile("task.yaml", GREEDY, { append: true }),
    "yaml through ..": () => Deno.writeTextFile(`lib/../task.yaml`, GREEDY),
    "yaml by renaming": () => {
      Deno.writeTextFileSync("new.yaml", GREEDY);
      try {
        Deno.renameSync("new.yaml", "task.yaml");
      } finally {
        Deno.removeSync("new.yaml");
      }
    },
    "yaml removed": () => Deno.remove("task.yaml"),
    "yaml truncated": () => Deno.truncate("task.yaml"),
    "yaml opened": async () => (await Deno.open("task.yaml", { read: true, write: true })).close(),
    code: () => Deno.writeTextFile("task.ts", "console.log('ESCAPED')"),
    module: () => Deno.writeTextFile("lib/part.ts", String(part)),
    "module's folder": () => Deno.rename("lib", "old"),
    "other entry": () => Deno.writeTextFile("task.js", "console.log('ESCAPED')"),
    "deno.json": () => Deno.writeTextFile("deno.json", "{}"),
    "deno.lock": () => Deno.writeTextFile("deno.lock", "{}"),
    "whole folder": () => Deno.rename("@TASK@", "@WORLD@/tasks/other"),
  });
