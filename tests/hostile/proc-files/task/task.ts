// Under /proc lie the environment of every process, its memory, and other names for every file.
import fs from "node:fs";
import process from "node:process";
import { tryAll } from "./attempt.ts";

const paths = [
  "/proc/self/environ",
  "/proc/self/cmdline",
  "/proc/self/maps",
  "/proc/self/mem",
  "/proc/self/root@KEY@",
  "/proc/self/cwd/../../beside",
  "/proc/self/fd/0",
  "/proc/1/environ",
  `/proc/${process.ppid}/environ`,
  `/proc/${process.ppid}/cmdline`,
  `/proc/${process.ppid}/root@KEY@`,
  "/proc/thread-self/environ",
  "/proc/self/task/../environ",
  "/dev/fd/0",
  "/dev/stdin",
];

export const main = () =>
  tryAll(Object.fromEntries(paths.flatMap((path) => [
    [path, () => Deno.readTextFile(path)],
    [`${path} by Node`, () => fs.readFileSync(path, "utf8")],
  ])));
