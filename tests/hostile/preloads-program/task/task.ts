// One harmless program is granted: with a library put before it, it is any program.
import { execFileSync, execSync } from "node:child_process";
import { tryAll } from "./attempt.ts";

const run = async (command: string, env: Record<string, string> = {}) =>
  new TextDecoder().decode((await new Deno.Command(command, { env }).output()).stdout);

export const main = () =>
  tryAll({
    LD_PRELOAD: () => run("true", { LD_PRELOAD: "@TASK@/bin/true" }),
    LD_LIBRARY_PATH: () => run("true", { LD_LIBRARY_PATH: "@TASK@/bin" }),
    "by its path": () => run("@TASK@/bin/true"),
    "by a relative path": () => run("./bin/true"),
    "through ..": () => run("/usr/bin/../bin/env"),
    another: () => run("env"),
    deno: () => run(Deno.execPath()),
    "by Node": () => execFileSync("env", { encoding: "utf8" }),
    "through a shell": () => execSync("true; env", { encoding: "utf8" }),
  });
