import assert from "node:assert/strict";
import { openStore } from "../../store/secrets.ts";
import { noEnv, TempFolder } from "../unit/store/helpers.ts";

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

Deno.test("a writer killed at any moment leaves each key's last acknowledged value, or the next", async () => {
  using temp = new TempFolder();
  const rounds = Deno.env.get("SLOW") === "1" ? 100 : 4;
  let before = new Map<string, number>();
  for (let round = 0; round < rounds; round++) {
    const writers = ["a", "b"].map((name) => spawn([temp.data, "churn", name]));
    const first = Promise.withResolvers<void>();
    const outputs = writers.map((writer) => collect(writer.stdout, first.resolve));
    // One round in four while the store is being made; in the others once somebody has written.
    if (round % 4 > 0) await first.promise;
    await new Promise((resolve) => setTimeout(resolve, 80 + Math.random() * 300));
    for (const writer of writers) writer.kill("SIGKILL");
    await Promise.all(writers.map((writer) => writer.status));
    const acknowledged = parseLines((await Promise.all(outputs)).join(""));

    using store = openStore({ dataDir: temp.data, env: noEnv });
    const values = await store.getMany(await store.list());
    const after = new Map<string, number>();
    for (const [key, value] of values) {
      const count = Number(value.split(" ")[0]);
      assert.equal(value, `${count} `.repeat(1 + count % 500), "a value is whole");
      after.set(key, count);
    }
    for (const key of new Set([...before.keys(), ...after.keys(), ...acknowledged.keys()])) {
      const last = acknowledged.get(key);
      const first = Number(key.split("-")[1]);
      const allowed = last === undefined ? [before.get(key), first] : [last, last + 7];
      assert(allowed.includes(after.get(key)), `${key}: ${after.get(key)} is none of ${allowed}`);
    }
    before = after;
  }
  assert(before.size > 0, "no writer got as far as writing");
});

/** All of a stream as text; `started` is called at its first bytes. */
async function collect(stream: ReadableStream<Uint8Array>, started: () => void): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of stream) {
    started();
    text += decoder.decode(chunk, { stream: true });
  }
  return text;
}

/** The last count of each key in lines `key count`; a line cut off by the kill does not count. */
function parseLines(text: string): Map<string, number> {
  const lines = text.split("\n").filter((line) => /^[ab]-\d \d+$/.test(line));
  return new Map(lines.map((line) => {
    const [key = "", count] = line.split(" ");
    return [key, Number(count)];
  }));
}

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
