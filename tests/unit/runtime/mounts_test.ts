import assert from "node:assert/strict";
import { parseMounts, readMounts } from "../../../runtime/mounts.ts";

Deno.test("parseMounts() finds folder and kind, whatever stands between, and undoes escapes", () => {
  const text = [
    "22 28 0:20 / /proc rw,nosuid,nodev shared:5 - proc proc rw",
    "36 35 98:0 /sub /mnt/a\\040b\\134c rw,noatime master:1 shared:2 - ext4 /dev/sda1 rw,errors=continue",
    "40 35 0:3 / / rw - btrfs /dev/sdb rw",
    "",
    "broken",
  ].join("\n");
  assert.deepEqual(parseMounts(text), [
    { path: "/proc", kind: "proc" },
    { path: "/mnt/a b\\c", kind: "ext4" },
    { path: "/", kind: "btrfs" },
  ]);
});

Deno.test({
  name: "readMounts() knows /proc on Linux",
  ignore: Deno.build.os !== "linux",
  fn() {
    const mounts = readMounts();
    assert.ok(mounts.some(({ path, kind }) => path === "/proc" && kind === "proc"));
  },
});
