// What cannot be reached by its name might be by a name of the task's own.
import fs from "node:fs";
import { tryAll } from "./attempt.ts";

const read = () => Deno.readTextFileSync("data/made");

export const main = () =>
  tryAll({
    symlink: () => (Deno.symlinkSync("@KEY@", "data/made"), read()),
    "symlink relative": () => (Deno.symlinkSync("../../../beside", "data/made"), read()),
    "symlink by Node": () => (fs.symlinkSync("@KEY@", "data/made"), read()),
    "hard link": () => (Deno.linkSync("@WORLD@/beside", "data/made"), read()),
    "hard link by Node": () => (fs.linkSync("@WORLD@/beside", "data/made"), read()),
    copy: () => (Deno.copyFileSync("@KEY@", "data/made"), read()),
    "copy by Node": () => (fs.cpSync("@KEY@", "data/made"), read()),
    rename: () => (Deno.renameSync("@WORLD@/beside", "data/made"), read()),
    "rename the parent": () => (Deno.renameSync("@WORLD@/tasks", "data/made"), read()),
    "open through a folder": () => fs.opendirSync("data/..").readSync()?.name,
    "write out": () => {
      Deno.writeTextFileSync("data/own", "changed");
      Deno.renameSync("data/own", "@WORLD@/beside");
    },
    "chdir out": () => (Deno.chdir("@WORLD@"), Deno.readTextFileSync("beside")),
  });
