// Nothing is granted: each way to a file must be denied, or the file not be there.
import fs from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tryAll } from "./attempt.ts";

const KEY = "@KEY@";

export const main = () =>
  tryAll({
    readTextFile: () => Deno.readTextFile(KEY),
    readTextFileSync: () => Deno.readTextFileSync(KEY),
    readFile: async () => new TextDecoder().decode(await Deno.readFile(KEY)),
    open: async () => (await Deno.open(KEY)).close(),
    stat: async () => (await Deno.stat(KEY)).size,
    realPath: () => Deno.realPath(KEY),
    readDir: () => Array.fromAsync(Deno.readDir("@HOME@/.dicode")),
    "by node:fs": () => fs.readFileSync(KEY, "utf8"),
    "by a stream": () => Array.fromAsync(fs.createReadStream(KEY, "utf8")),
    "by opening": () => fs.openSync(KEY, "r"),
    "by fetch": async () => await (await fetch("file://" + KEY)).text(),
    "by copying": () => Deno.copyFile(KEY, "@TASK@/copied"),
    "by watching": async () => {
      for await (const event of Deno.watchFs(KEY)) return event;
    },
    "the store": () => new DatabaseSync("@HOME@/.dicode/data.db").prepare("SELECT 1").get(),
    "~/.ssh": () => Deno.readTextFile("@HOME@/.ssh/id_ed25519"),
    beside: () => Deno.readTextFile("@WORLD@/beside"),
    "/etc/passwd": () => Deno.readTextFile("/etc/passwd"),
    "own task.yaml": () => Deno.readTextFile("task.yaml"),
    write: () => Deno.writeTextFile("@WORLD@/beside", "changed"),
    remove: () => Deno.remove("@WORLD@/beside"),
    mkdir: () => Deno.mkdir("@WORLD@/made"),
    truncate: () => Deno.truncate(KEY),
    chmod: () => Deno.chmod(KEY, 0o666),
    utime: () => Deno.utime(KEY, 0, 0),
  });
