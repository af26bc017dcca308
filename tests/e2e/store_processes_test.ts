import assert from "node:assert/strict";
import { TempFolder } from "../unit/store/helpers.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const RUNNER = `${ROOT}tests/e2e/store_runner.ts`;
const DENO = ["run", "--quiet", "--no-prompt", "--no-lock", "--config", `${ROOT}deno.json`, "-A"];

function spawn(args: string[], prefix: string[] = []): Deno.ChildProcess {
  const [program = "", ...rest] = [...prefix, Deno.execPath(), ...DENO, RUNNER, ...args];
  return new Deno.Command(program, {
    args: rest,
    stdin: "null",
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
}

async function run(args: string[], prefix: string[] = []): Promise<{ code: number; text: string }> {
  const { code, stdout } = await spawn(args, prefix).output();
  return { code, text: new TextDecoder().decode(stdout) };
}

Deno.test("20 first runs that race agree on one key and one salt, and lose nothing", async () => {
  using temp = new TempFolder();
  const keys = Array.from({ length: 20 }, (_, at) => `key${at}`);
  const ended = await Promise.all(keys.map((key) => run([temp.data, "set", key])));
  assert.deepEqual(ended.map(({ code, text }) => [code, text]), keys.map((key) => [0, `${key}\n`]));
  assert.deepEqual(temp.names(), ["data.db", "master.key", "master.salt"]);
  const values = await temp.open().getMany(keys);
  assert.deepEqual(values, new Map(keys.map((key) => [key, `value of ${key}`])));
});

Deno.test("writers of several processes wait their turn, and none fails or overwrites", async () => {
  using temp = new TempFolder();
  await temp.open().set("before", "x");
  const sets = Array.from(
    { length: 4 },
    (_, process) => Array.from({ length: 25 }, (_, at) => `p${process}-${at}`),
  );
  const ended = await Promise.all(sets.map((keys) => run([temp.data, "set", ...keys])));
  assert.deepEqual(ended.map(({ code }) => code), [0, 0, 0, 0]);
  const values = await temp.open().getMany(sets.flat());
  assert.deepEqual(values, new Map(sets.flat().map((key) => [key, `value of ${key}`])));
});

const namespaces = new Deno.Command("unshare", {
  args: ["-m", "sh", "-c", "mount -t tmpfs tmpfs /mnt"],
}).outputSync().success;
if (!namespaces) console.error("skipped: the tests of full and read-only disks need unshare -m");

/**
 * Runs the runner in a mount namespace of its own, between two pieces of shell.
 *
 * `$1` is a folder to mount on or to save files to.
 */
async function inNamespace(folder: string, before: string, args: string[], after = "true") {
  const script = `f=$1; shift; { ${before}; } || exit 99; "$@"; code=$?; ${after}; exit $code`;
  return await run(args, ["unshare", "-m", "sh", "-c", script, "sh", folder]);
}

Deno.test({
  name: "a folder on a read-only disk: reads work, a write says why not",
  ignore: !namespaces,
  async fn() {
    using temp = new TempFolder();
    await temp.open().set("a", "1");
    const mount = `mount --bind $f $f && mount -o remount,bind,ro $f`;
    const read = await inNamespace(temp.data, mount, [temp.data, "get", "a"]);
    assert.deepEqual(read, { code: 0, text: '{"a":"1"}\n' });
    const write = await inNamespace(temp.data, mount, [temp.data, "set", "a"]);
    assert.equal(write.code, 5, write.text);
    assert.match(write.text, /^store_unreadable\ncannot write .*: read-only file system/);
  },
});

const SAVE = "rm -f /mnt/filler; cp -p /mnt/* $f";

Deno.test({
  name: "a full disk: the write says so, and the store stays as it was",
  ignore: !namespaces,
  async fn() {
    using temp = new TempFolder();
    await temp.open().set("a", "1");
    const mount = `mount -t tmpfs -o size=64k,mode=700 tmpfs /mnt && cp -p $f/* /mnt/ &&
      rm $f/* && { dd if=/dev/zero of=/mnt/filler bs=1k 2>/dev/null || true; }`;
    const write = await inNamespace(temp.data, mount, ["/mnt", "set", "a"], SAVE);
    assert.equal(write.code, 5, write.text);
    assert.match(write.text, /^store_unreadable\ncannot write .*: (the disk is full|no space)/);
    assert.deepEqual(temp.names(), ["data.db", "master.key", "master.salt"]);
    assert.deepEqual(await temp.open().getMany(["a"]), new Map([["a", "1"]]));
  },
});

Deno.test({
  name: "a full disk: a first run leaves no half of a store, and the next one succeeds",
  ignore: !namespaces,
  async fn() {
    using temp = new TempFolder();
    Deno.mkdirSync(temp.data, { mode: 0o700 });
    const mount = `mount -t tmpfs -o size=12k,mode=700 tmpfs /mnt`;
    const write = await inNamespace(temp.data, mount, ["/mnt", "set", "a"], SAVE);
    assert.equal(write.code, 5, write.text);
    assert.match(write.text, /^store_unreadable\ncannot write .*: (the disk is full|no space)/);
    assert.deepEqual(temp.names(), ["master.key", "master.salt"]);
    await temp.open().set("a", "1");
  },
});
