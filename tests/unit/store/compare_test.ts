/** compare() before a write of many, and setMany() that replaces only what it may. */
import assert from "node:assert/strict";
import { flip, rejectsWith, TempFolder } from "./helpers.ts";

const entries = (text: string) => new Map(text.split(" ").map((pair) => [pair[0]!, pair.slice(1)]));

Deno.test("compare() tells new, changed and unchanged, and changes nothing", async () => {
  using temp = new TempFolder();
  using store = temp.open();
  const values = entries("c1 a1 b2");
  assert.deepEqual([...(await store.compare(values)).values()], ["new", "new", "new"]);
  await assert.rejects(Deno.stat(temp.data), Deno.errors.NotFound);
  await store.setMany(entries("a1 b1 d1"));
  const before = temp.snapshot();
  assert.deepEqual([...await store.compare(values)], [
    ["c", "new"],
    ["a", "unchanged"],
    ["b", "changed"],
  ]);
  assert.deepEqual([...(await store.compare(entries("a a11"))).values()], ["changed"]);
  assert.deepEqual(temp.snapshot(), before);
});

Deno.test("compare() of a Go program's store reads it in place", async () => {
  using temp = new TempFolder().copyGoStore();
  using store = temp.open();
  const [key] = await store.list();
  const value = (await store.getMany([key!])).get(key!)!;
  const before = temp.snapshot();
  const changes = await store.compare(new Map([[key!, value], ["not there", "x"]]));
  assert.deepEqual([...changes.values()], ["unchanged", "new"]);
  assert.deepEqual(temp.snapshot(), before);
});

Deno.test("compare() refuses a value that does not open: the row, or the key", async () => {
  using temp = new TempFolder();
  using store = temp.open();
  await store.setMany(entries("a1 b1"));
  const [row] = temp.query("SELECT ciphertext FROM secrets WHERE key = 'a'");
  temp.sql(
    "UPDATE secrets SET ciphertext = ? WHERE key = 'a'",
    flip(row!.ciphertext as Uint8Array),
  );
  await rejectsWith(store.compare(entries("b1 a1")), "store_tampered");
  assert.deepEqual([...(await store.compare(entries("b1"))).values()], ["unchanged"]);
  Deno.writeTextFileSync(`${temp.data}/master.key`, new Uint8Array(32).toBase64());
  using other = temp.open();
  await rejectsWith(other.compare(entries("b1")), "master_key_wrong");
});

Deno.test("setMany() that may replace some keys only stores all or nothing", async () => {
  using temp = new TempFolder();
  using store = temp.open();
  await store.setMany(entries("a1 b1"), { replace: new Set() });
  const error = await rejectsWith(
    store.setMany(entries("a2 b2 c2"), { replace: new Set(["b"]) }),
    "secret_exists",
  );
  assert.match(error.message, /"a"/);
  assert.deepEqual(await store.getMany("abc"), entries("a1 b1"));
  await store.setMany(entries("b2 c2"), { replace: new Set(["b"]) });
  assert.deepEqual(await store.getMany("abc"), entries("a1 b2 c2"));
});

Deno.test("setMany() notices a key that another process sets after the comparison", async () => {
  using temp = new TempFolder();
  using store = temp.open();
  await store.set("x", "1");
  const values = entries("a1 b1");
  assert.deepEqual([...(await store.compare(values)).values()], ["new", "new"]);
  {
    using other = temp.open();
    await other.set("b", "theirs");
  }
  await rejectsWith(store.setMany(values, { replace: new Set() }), "secret_exists");
  assert.deepEqual(await store.getMany("ab"), entries("btheirs"));
});

Deno.test("setMany() tells how far it is", async () => {
  using temp = new TempFolder();
  using store = temp.open();
  const told: string[] = [];
  await store.setMany(entries("a1 b1 c1"), {
    onProgress: (done, total) => told.push(`${done}/${total}`),
  });
  assert.deepEqual(told, ["1/3", "2/3", "3/3"]);
});
