import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { rejectsWith, TempFolder } from "./helpers.ts";

async function makeFiles(): Promise<Map<string, Uint8Array>> {
  using temp = new TempFolder();
  await temp.open().set("a", "x".repeat(10_000));
  return temp.snapshot();
}

const files = await makeFiles();

/** A store with one secret. */
const copyStore = () => new TempFolder().restore(files);

for (const length of [0, 1, 99, 100, 2000, 4096, 8192, -4096, -1]) {
  Deno.test(`a database cut to ${length} bytes is damaged, for reading and writing`, async () => {
    using temp = copyStore();
    const path = `${temp.data}/data.db`;
    const size = Deno.statSync(path).size;
    Deno.truncateSync(path, length >= 0 ? length : size + length);
    const before = Deno.readFileSync(path);
    for (
      const work of [temp.open().getMany(["a"]), temp.open().list(), temp.open().set("b", "1")]
    ) {
      const error = await rejectsWith(work, "store_corrupt");
      assert.match(error.hint ?? "", /backup/);
    }
    assert.deepEqual(Deno.readFileSync(path), before);
  });
}

Deno.test("a file that is no database is damaged", async () => {
  using temp = copyStore();
  Deno.writeTextFileSync(`${temp.data}/data.db`, "not a database ".repeat(1000));
  await rejectsWith(temp.open().list(), "store_corrupt", /file is not a database/);
  await rejectsWith(temp.open().set("b", "1"), "store_corrupt");
});

Deno.test("overwritten pages are damage", async () => {
  using temp = copyStore();
  using file = Deno.openSync(`${temp.data}/data.db`, { write: true });
  file.seekSync(4096, Deno.SeekMode.Start);
  file.writeSync(new Uint8Array(4096).fill(0xff));
  await rejectsWith(temp.open().getMany(["a"]), "store_corrupt");
});

Deno.test("a store of a newer schema is refused by every method", async () => {
  using temp = copyStore();
  temp.sql("UPDATE dicode_meta SET value = '2' WHERE name = 'schema'");
  using store = temp.open();
  for (
    const work of [store.list(), store.getMany(["a"]), store.set("a", "1"), store.delete("a")]
  ) {
    await rejectsWith(work, "store_newer");
  }
});

Deno.test("a folder in place of the database is refused", async () => {
  using temp = copyStore();
  Deno.removeSync(`${temp.data}/data.db`);
  Deno.mkdirSync(`${temp.data}/data.db`);
  await rejectsWith(temp.open().list(), "store_unreadable", /not a file/);
  await rejectsWith(temp.open().set("b", "1"), "store_unreadable");
});

Deno.test("loose modes are refused by every method, with the chmod", async () => {
  using temp = copyStore();
  Deno.chmodSync(`${temp.data}/data.db`, 0o640);
  const error = await rejectsWith(temp.open().list(), "store_permissions", /mode is 640$/);
  assert.match(error.hint ?? "", /^chmod 600 .*data\.db$/);
  Deno.chmodSync(`${temp.data}/data.db`, 0o600);
  Deno.chmodSync(temp.data, 0o750);
  await rejectsWith(temp.open().list(), "store_permissions", /mode is 750$/);
  await rejectsWith(temp.open().set("b", "1"), "store_permissions");
});

Deno.test("a journal that cannot be written is an error, and the store stays as it was", async () => {
  using temp = copyStore();
  Deno.mkdirSync(`${temp.data}/data.db-journal`);
  await rejectsWith(temp.open().set("a", "changed"), "store_unreadable");
  Deno.removeSync(`${temp.data}/data.db-journal`);
  assert.equal((await temp.open().getMany(["a"])).get("a")?.length, 10_000);
});

Deno.test("a store that another process holds is busy after the limit, not before", async () => {
  using temp = copyStore();
  const holder = new DatabaseSync(`${temp.data}/data.db`);
  holder.exec("BEGIN EXCLUSIVE");
  const start = performance.now();
  using store = temp.open({ busyLimitMs: 300 });
  const error = await rejectsWith(store.set("a", "1"), "store_busy", /another process holds it/);
  assert.match(error.hint ?? "", /fuser/);
  assert(performance.now() - start >= 300);
  await rejectsWith(store.list(), "store_busy");
  const waiting = temp.open().set("a", "changed");
  setTimeout(() => holder.close(), 200);
  await waiting;
  assert.equal((await temp.open().getMany(["a"])).get("a"), "changed");
});

Deno.test("a write waits for a reader in the middle of a read", async () => {
  using temp = copyStore();
  const reader = new DatabaseSync(`${temp.data}/data.db`);
  reader.exec("BEGIN");
  reader.prepare("SELECT count(*) FROM secrets").get();
  const waiting = temp.open().set("a", "changed");
  setTimeout(() => reader.close(), 200);
  await waiting;
  assert.equal((await temp.open().getMany(["a"])).get("a"), "changed");
});
