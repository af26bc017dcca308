import assert from "node:assert/strict";
import { findSource, parseMounts, readMounts } from "../../../runtime/mounts.ts";

Deno.test("parseMounts() finds folder and kind, whatever stands between, and undoes escapes", () => {
  const text = [
    "22 28 0:20 / /proc rw,nosuid,nodev shared:5 - proc proc rw",
    "36 35 98:0 /sub /mnt/a\\040b\\134c rw,noatime master:1 shared:2 - ext4 /dev/sda1 rw,errors=continue",
    "40 35 0:3 / / rw - btrfs /dev/sdb rw",
    "",
    "broken",
  ].join("\n");
  assert.deepEqual(parseMounts(text), [
    { path: "/proc", kind: "proc", device: "0:20", root: "/" },
    { path: "/mnt/a b\\c", kind: "ext4", device: "98:0", root: "/sub" },
    { path: "/", kind: "btrfs", device: "0:3", root: "/" },
  ]);
});

Deno.test("findSource() names a path as its file system does, by the mount on top", () => {
  const mounts = parseMounts([
    "1 0 8:1 / / rw - ext4 /dev/sda rw",
    "2 1 8:2 /@home /home rw - btrfs /dev/sdb rw",
    "3 2 8:3 /old /home/me/data rw - ext4 /dev/sdc rw",
    "4 3 8:4 /new /home/me/data rw - ext4 /dev/sdd rw",
  ].join("\n"));
  const cases = {
    "/etc/hosts": { device: "8:1", root: "/etc/hosts" },
    "/": { device: "8:1", root: "/" },
    "/home": { device: "8:2", root: "/@home" },
    "/homes": { device: "8:1", root: "/homes" },
    "/home/me/datas": { device: "8:2", root: "/@home/me/datas" },
    "/home/me/data": { device: "8:4", root: "/new" },
    "/home/me/data/x": { device: "8:4", root: "/new/x" },
  };
  for (const [path, source] of Object.entries(cases)) {
    assert.deepEqual(findSource(mounts, path), source, path);
  }
  assert.equal(findSource([], "/etc"), undefined);
});

Deno.test({
  name: "readMounts() knows /proc on Linux",
  ignore: Deno.build.os !== "linux",
  fn() {
    const mounts = readMounts();
    assert.ok(mounts.some(({ path, kind }) => path === "/proc" && kind === "proc"));
  },
});
