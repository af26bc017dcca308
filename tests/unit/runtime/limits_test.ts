import assert from "node:assert/strict";
import {
  countsByNamespace,
  type HardLimits,
  limitArgs,
  parseHardLimits,
  threadLimit,
} from "../../../runtime/limits.ts";
import { DEFAULT_LIMITS } from "../../../runtime/task.ts";

const NONE: HardLimits = {
  dataBytes: Infinity,
  files: Infinity,
  fileBytes: Infinity,
  threads: Infinity,
};
const MIB = 1024 * 1024;

Deno.test("limitArgs() adds to memory and processes what Deno takes for itself", () => {
  assert.deepEqual(limitArgs(DEFAULT_LIMITS, NONE, true), [
    `--data=${(2048 + 544) * MIB}`,
    "--nofile=1024",
    `--fsize=${1024 * MIB}`,
    `--nproc=${128 + 64 * 16}`,
    "--core=0",
  ]);
  const [data] = limitArgs({ ...DEFAULT_LIMITS, memoryBytes: 1 }, NONE, true);
  assert.equal(data, `--data=${768 * MIB}`);
});

Deno.test("limitArgs() limits threads only where they are counted for the run alone", () => {
  const names = limitArgs(DEFAULT_LIMITS, NONE, false).map((arg) => arg.split("=")[0]);
  assert.deepEqual(names, ["--data", "--nofile", "--fsize", "--core"]);
});

Deno.test("limitArgs() sets nothing for 0, and never more than the system allows", () => {
  const zero = { memoryBytes: 0, files: 0, processes: 0, fileBytes: 0, outputBytes: 0 };
  assert.deepEqual(limitArgs(zero, NONE, true), ["--core=0"]);
  assert.equal(threadLimit(zero), Infinity);
  const hard = { dataBytes: 5, files: 4, fileBytes: 3, threads: 2 };
  for (const limits of [zero, DEFAULT_LIMITS]) {
    assert.deepEqual(limitArgs(limits, hard, true), [
      "--data=5",
      "--nofile=4",
      "--fsize=3",
      "--nproc=2",
      "--core=0",
    ]);
  }
});

Deno.test("parseHardLimits() takes the second figure, and Infinity where there is none", () => {
  const text = `Limit                     Soft Limit           Hard Limit           Units
Max file size             unlimited            unlimited            bytes
Max data size             1000                 2000                 bytes
Max processes             95956                96000                processes
Max open files            1024                 524288               files
`;
  assert.deepEqual(parseHardLimits(text), {
    dataBytes: 2000,
    files: 524288,
    fileBytes: Infinity,
    threads: 96000,
  });
  assert.deepEqual(parseHardLimits(""), NONE);
});

Deno.test("countsByNamespace() is true from Linux 5.14 on", () => {
  const releases = ["4.19.0", "5.9.1-arch", "5.13.19", "", "5.14.0-427.el9", "6.1.0-13-amd64"];
  assert.deepEqual(releases.map(countsByNamespace), [false, false, false, false, true, true]);
});
