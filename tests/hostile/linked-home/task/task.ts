// The folder was unpacked with a link in it, or another program put it there.
import fs from "node:fs";
import { tryAll } from "./attempt.ts";

export const main = () =>
  tryAll({
    read: () => Deno.readTextFile("data/ssh/id_ed25519"),
    "read by Node": () => fs.readFileSync("data/ssh/id_ed25519", "utf8"),
    write: () => Deno.writeTextFile("data/ssh/authorized_keys", "a key of the task's"),
    chmod: () => Deno.chmod("data/ssh/id_ed25519", 0o666),
  });
