// A grant of one program is none to signal others. Signal 0 only asks.
import process from "node:process";
import { tryAll } from "./attempt.ts";

export const main = () =>
  tryAll({
    parent: () => Deno.kill(Deno.ppid, "SIGTERM"),
    "parent by Node": () => process.kill(process.ppid, "SIGTERM"),
    "parent, only asked": () => process.kill(process.ppid, 0),
    "process 1": () => process.kill(1, 0),
    group: () => process.kill(-process.ppid, 0),
  });
