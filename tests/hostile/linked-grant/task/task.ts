// The folder was unpacked with links in it, or another program put them there.
import fs from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tryAll } from "./attempt.ts";

export const main = () =>
  tryAll({
    read: () => Deno.readTextFile("data/key"),
    "read by Node": () => fs.readFileSync("data/key", "utf8"),
    write: () => Deno.writeTextFile("data/key", "a key of the task's"),
    chmod: () => Deno.chmod("data/key", 0o666),
    store: () => new DatabaseSync("data/store.db").exec("DELETE FROM secrets"),
  });
