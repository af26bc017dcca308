// A grant is a path; these begin like it, or become it only once they are cleaned up.
import fs from "node:fs";
import { tryAll } from "./attempt.ts";

const spellings: (string | URL)[] = [
  "data/../../../beside",
  "./data/./..//../../beside",
  "@TASK@/data/../../../beside",
  "data/../task.yaml",
  new URL("data/%2e%2e/%2e%2e/%2e%2e/beside", import.meta.url),
  new URL("data/..%2f..%2f..%2fbeside", import.meta.url),
  "@TASK@/data\0/../../../beside",
  "@TASK@/database",
  "@TASK@/data/../data-private/file",
  "/proc/self/cwd/data/../../../beside",
];

export const main = () =>
  tryAll(Object.fromEntries(spellings.flatMap((path) => [
    [`read ${path}`, () => Deno.readTextFile(path)],
    [`read ${path} by Node`, () => fs.readFileSync(path, "utf8")],
    [`write ${path}`, () => Deno.writeTextFile(path, "changed")],
  ])));
