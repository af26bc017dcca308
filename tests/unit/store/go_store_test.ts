import assert from "node:assert/strict";
import { flip, GO_STORE, rejectsWith, TempFolder } from "./helpers.ts";

const expected = new Map(Object.entries(
  JSON.parse(Deno.readTextFileSync(new URL("EXPECTED.json", GO_STORE))) as Record<string, string>,
));
const keys = [...expected.keys()];

Deno.test("the Go program's store opens in place, with every value, unchanged by reading", async () => {
  using temp = new TempFolder().copyGoStore();
  const before = Deno.readFileSync(`${temp.data}/data.db`);
  using store = temp.open();
  assert.deepEqual(await store.getMany(keys), expected);
  assert.deepEqual(await store.list(), keys.sort());
  assert.deepEqual(Deno.readFileSync(`${temp.data}/data.db`), before);
  assert.deepEqual(temp.names(), ["data.db", "master.key", "master.salt"]);
});

Deno.test("a write to the Go program's store is refused without take-over, changing nothing", async () => {
  using temp = new TempFolder().copyGoStore();
  const before = Deno.readFileSync(`${temp.data}/data.db`);
  for (const work of [temp.open().set("new", "x"), temp.open().delete("unicode")]) {
    const error = await rejectsWith(work, "store_foreign");
    assert.match(error.hint ?? "", /--take-over/);
  }
  assert.equal(await temp.open().delete("not there"), false);
  assert.deepEqual(Deno.readFileSync(`${temp.data}/data.db`), before);
  assert.deepEqual(temp.names(), ["data.db", "master.key", "master.salt"]);
});

Deno.test("take-over copies the store aside, adds our tables, and rewrites rows as they are written", async () => {
  using temp = new TempFolder().copyGoStore();
  const copies: string[] = [];
  using store = temp.open({ takeOver: true, onTakeOver: (copy) => copies.push(copy) });
  await store.set("unicode", "changed");
  await store.set("new", "x");
  assert.deepEqual(copies, [`${Deno.realPathSync(temp.data)}/go-store`]);
  assert.equal(temp.mode("go-store"), "700");
  for (const name of ["data.db", "master.key", "master.salt"]) {
    assert.equal(temp.mode(`go-store/${name}`), "600");
  }
  using copy = temp.open({ dataDir: copies[0] });
  assert.deepEqual(await copy.getMany(keys), expected);

  using again = temp.open();
  const now = new Map([...expected, ["unicode", "changed"], ["new", "x"]]);
  assert.deepEqual(await again.getMany(now.keys()), now);
  const formats = temp.query("SELECT key, format FROM secrets WHERE format = 1 ORDER BY key");
  assert.deepEqual(formats.map((row) => row.key), ["new", "unicode"]);
  assert.deepEqual(temp.query("SELECT count(*) AS n FROM kv")[0]?.n, 0);
});

Deno.test("a deletion takes over too, and a second copy gets a name of its own", async () => {
  using temp = new TempFolder().copyGoStore();
  Deno.mkdirSync(`${temp.data}/go-store`, { mode: 0o700 });
  const copies: string[] = [];
  using store = temp.open({ takeOver: true, onTakeOver: (copy) => copies.push(copy) });
  assert.equal(await store.delete("unicode"), true);
  assert.deepEqual(copies, [`${Deno.realPathSync(temp.data)}/go-store-2`]);
  assert.deepEqual(await temp.open().has(["unicode", "tls_key"]), new Set(["tls_key"]));
});

Deno.test("in the Go program's store, all rows failing means the key", async () => {
  using temp = new TempFolder().copyGoStore();
  const path = `${temp.data}/master.key`;
  const key = flip(Uint8Array.fromBase64(Deno.readTextFileSync(path)));
  Deno.writeTextFileSync(path, key.toBase64());
  await rejectsWith(temp.open().getMany(["unicode"]), "master_key_wrong");
  await rejectsWith(temp.open({ takeOver: true }).set("new", "x"), "master_key_wrong");
  assert.deepEqual(temp.names(), ["data.db", "master.key", "master.salt"]);
});

Deno.test("in the Go program's store, one row failing means the row", async () => {
  using temp = new TempFolder().copyGoStore();
  temp.sql("UPDATE secrets SET nonce = zeroblob(24) WHERE key = 'unicode'");
  await rejectsWith(temp.open().getMany(keys), "store_tampered", /"unicode"/);
  const rest = keys.filter((key) => key !== "unicode");
  assert.equal((await temp.open().getMany(rest)).size, rest.length);
});

Deno.test("a file of another program's tables is refused, also with take-over", async () => {
  using temp = new TempFolder().copyGoStore();
  temp.sql("ALTER TABLE secrets RENAME COLUMN nonce TO iv");
  await rejectsWith(temp.open().list(), "store_foreign");
  await rejectsWith(temp.open({ takeOver: true }).set("a", "b"), "store_foreign");
});
