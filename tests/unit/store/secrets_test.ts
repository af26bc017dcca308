import assert from "node:assert/strict";
import { UsageError } from "../../../sdk/errors.ts";
import { deriveKey, seal } from "../../../store/cipher.ts";
import { loadKeys } from "../../../store/key.ts";
import { openStore } from "../../../store/secrets.ts";
import { rejectsWith, TempFolder } from "./helpers.ts";

const KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const withKey = (name: string) => name === "DICODE_MASTER_KEY" ? KEY : undefined;

Deno.test("a fresh store takes values, gives them back and makes its files 0600", async () => {
  using temp = new TempFolder();
  using store = temp.open();
  await store.set("b", "two");
  await store.set("a", "one");
  await store.set("b", "three");
  assert.deepEqual(await store.list(), ["a", "b"]);
  assert.deepEqual(await store.getMany(["a", "b", "c"]), new Map([["a", "one"], ["b", "three"]]));
  assert.deepEqual(await store.has(["b", "c"]), new Set(["b"]));
  assert.deepEqual(temp.names(), ["data.db", "master.key", "master.salt"]);
  assert.deepEqual(["", ...temp.names()].map((name) => temp.mode(name)), [
    "700",
    "600",
    "600",
    "600",
  ]);
  using again = temp.open();
  assert.deepEqual(await again.getMany(["a"]), new Map([["a", "one"]]));
});

Deno.test("reading a store that is not there creates nothing, and needs no key", async () => {
  using temp = new TempFolder();
  using store = temp.open({ env: () => assert.fail("the key was asked for") });
  assert.deepEqual(await store.list(), []);
  assert.deepEqual(await store.getMany(["a"]), new Map());
  assert.deepEqual(await store.has(["a"]), new Set());
  assert.equal(await store.delete("a"), false);
  await assert.rejects(Deno.stat(temp.data), Deno.errors.NotFound);
  Deno.mkdirSync(temp.data, { mode: 0o700 });
  assert.deepEqual(await store.list(), []);
  assert.deepEqual(temp.names(), []);
});

Deno.test("list(), has() and delete() need no key; getMany() of what is not stored neither", async () => {
  using temp = new TempFolder();
  using store = temp.open();
  await store.setMany([["a", "1"], ["b", "2"]]);
  Deno.removeSync(`${temp.data}/master.key`);
  using keyless = temp.open({ env: () => assert.fail("the key was asked for") });
  assert.deepEqual(await keyless.list(), ["a", "b"]);
  assert.deepEqual(await keyless.has(["a"]), new Set(["a"]));
  assert.deepEqual(await keyless.getMany(["c"]), new Map());
  assert.equal(await keyless.delete("a"), true);
  assert.equal(await keyless.delete("a"), false);
  assert.deepEqual(await keyless.list(), ["b"]);
});

Deno.test("a key missing beside a store that holds secrets is an error, never a fresh key", async () => {
  for (const name of ["master.key", "master.salt"]) {
    using temp = new TempFolder();
    await temp.open().set("a", "1");
    Deno.removeSync(`${temp.data}/${name}`);
    const before = temp.names();
    for (const work of [() => temp.open().getMany(["a"]), () => temp.open().set("b", "2")]) {
      const error = await rejectsWith(work(), "master_key_missing");
      assert(error.message.includes(name));
      assert.match(error.hint ?? "", /restore .* from a backup/);
    }
    assert.deepEqual(temp.names(), before);
  }
});

Deno.test("a store whose secrets are all deleted takes a fresh key", async () => {
  using temp = new TempFolder();
  await temp.open().set("a", "1");
  await temp.open().delete("a");
  Deno.removeSync(`${temp.data}/master.key`);
  await temp.open().set("a", "2");
  assert.deepEqual(await temp.open().getMany(["a"]), new Map([["a", "2"]]));
});

Deno.test("with the key from the environment no key file is written, and none is missed", async () => {
  using temp = new TempFolder();
  await temp.open({ env: withKey }).set("a", "1");
  assert.deepEqual(temp.names(), ["data.db", "master.salt"]);
  assert.deepEqual(await temp.open({ env: withKey }).getMany(["a"]), new Map([["a", "1"]]));
  await rejectsWith(temp.open().getMany(["a"]), "master_key_missing");
});

Deno.test("a long-lived store notices that key and rows were replaced by another process", async () => {
  using temp = new TempFolder();
  using old = temp.open();
  await old.set("a", "1");
  await old.delete("a");
  for (const name of ["master.key", "master.salt"]) Deno.removeSync(`${temp.data}/${name}`);
  await temp.open().set("b", "2");
  assert.deepEqual(await old.getMany(["b"]), new Map([["b", "2"]]));
  await old.set("c", "3");
  assert.deepEqual((await temp.open().getMany(["b", "c"])).size, 2);
});

Deno.test("a long-lived store never writes under a key that was replaced while it was empty", async () => {
  using temp = new TempFolder();
  using old = temp.open();
  await old.set("a", "1");
  await old.delete("a");
  const fresh = crypto.getRandomValues(new Uint8Array(32)).toBase64();
  Deno.writeTextFileSync(`${temp.data}/master.key`, fresh);
  using other = temp.open();
  await other.set("x", "1");
  await other.delete("x");
  await old.set("c", "3");
  assert.deepEqual(await temp.open().getMany(["c"]), new Map([["c", "3"]]));
});

Deno.test("values of 1 MiB and keys of any script are kept byte for byte", async () => {
  using temp = new TempFolder();
  using store = temp.open();
  const large = "ä".repeat(524_288);
  const entries = new Map([
    ["large", large],
    ["é", "composed"],
    ["e\u0301", "decomposed"],
    ["日本語 🔑", "\ufeffbom\r\n"],
    ["'; DROP TABLE secrets; --", "quote"],
    ["🔑".repeat(256), "long"],
    ["\uffee", "below astral"],
  ]);
  await store.setMany(entries);
  assert.deepEqual(await store.getMany(entries.keys()), entries);
  const sorted = [...entries.keys()].sort((a, b) =>
    indexedCompare(new TextEncoder().encode(a), new TextEncoder().encode(b))
  );
  assert.deepEqual(await store.list(), sorted);
});

function indexedCompare(a: Uint8Array, b: Uint8Array): number {
  for (let at = 0; at < Math.min(a.length, b.length); at++) {
    if (a[at] !== b[at]) return (a[at] as number) - (b[at] as number);
  }
  return a.length - b.length;
}

Deno.test("a data folder may have any name that the system allows", async () => {
  using temp = new TempFolder();
  const dataDir = `${temp.path}/a ?mode=ro#%20%2f'"ü\\n`;
  await temp.open({ dataDir, env: withKey }).set("a", "1");
  assert.deepEqual(await temp.open({ dataDir: `${dataDir}/` }).list(), ["a"]);
});

Deno.test("set() refuses bad keys and values before it touches anything", async () => {
  using temp = new TempFolder();
  using store = temp.open();
  await assert.rejects(store.set("DICODE_MASTER_KEY", "x"), UsageError);
  await assert.rejects(store.setMany([["a", "1"], ["b", ""]]), UsageError);
  await store.setMany([]);
  await assert.rejects(Deno.stat(temp.data), Deno.errors.NotFound);
});

Deno.test("writes at once on one store and on two of one process all succeed", async () => {
  using temp = new TempFolder();
  using one = temp.open();
  using two = temp.open();
  const names = Array.from({ length: 40 }, (_, at) => `k${at}`);
  await Promise.all(names.map((name, at) => (at % 2 ? one : two).set(name, name)));
  assert.deepEqual(await one.getMany(names), new Map(names.map((name) => [name, name])));
});

Deno.test("deleted and overwritten ciphertext does not linger in the file", async () => {
  using temp = new TempFolder();
  using store = temp.open();
  await store.setMany([["a", "x".repeat(20_000)], ["b", "y".repeat(100)]]);
  const rows = temp.query("SELECT ciphertext FROM secrets");
  await store.delete("a");
  await store.set("b", "z");
  const file = Deno.readFileSync(`${temp.data}/data.db`).toHex();
  for (const { ciphertext } of rows) {
    const bytes = ciphertext as Uint8Array;
    assert(!file.includes(bytes.subarray(0, 50).toHex()));
    assert(!file.includes(bytes.subarray(-50).toHex()));
  }
});

Deno.test("the key is derived once, and only where a stored value is opened", async () => {
  using temp = new TempFolder();
  await temp.open({ env: withKey }).set("a", "1");
  let asked = 0;
  using store = temp.open({ env: (name) => (asked++, withKey(name)) });
  assert.deepEqual(await store.getMany(["not stored"]), new Map());
  assert.equal(asked, 0);
  await store.getMany(["a"]);
  await store.getMany(["a"]);
  assert.equal(asked, 1);
});

Deno.test("a value that another program stored and that is not text is an error, never replaced", async () => {
  using temp = new TempFolder();
  await temp.open().set("a", "1");
  const { masterKey, salt } = loadKeys(temp.data, () => undefined, false);
  const sealed = seal(await deriveKey(masterKey, salt), "a", new Uint8Array([0xff, 0xfe]));
  temp.sql("UPDATE secrets SET ciphertext = ?, nonce = ?", sealed.ciphertext, sealed.nonce);
  await rejectsWith(temp.open().getMany(["a"]), "value_unusable", /"a": its value is not UTF-8/);
});

Deno.test("a closed store refuses every method", async () => {
  using temp = new TempFolder();
  const store = openStore({ dataDir: temp.data, env: withKey });
  store[Symbol.dispose]();
  await assert.rejects(store.list(), /closed/);
  await assert.rejects(store.set("a", "1"), /closed/);
  await assert.rejects(Deno.stat(temp.data), Deno.errors.NotFound);
});
