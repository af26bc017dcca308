import assert from "node:assert/strict";
import { flip, rejectsWith, TempFolder } from "./helpers.ts";

async function makeFiles(): Promise<Map<string, Uint8Array>> {
  using temp = new TempFolder();
  await temp.open().setMany([["first", "canary-1"], ["second", "canary-2"]]);
  return temp.snapshot();
}

const files = await makeFiles();

/** A store with two secrets. */
const copyStore = () => new TempFolder().restore(files);

function blob(temp: TempFolder, column: string, key: string): Uint8Array {
  const sql = `SELECT ${column} AS value FROM secrets WHERE key = '${key}'`;
  return temp.query(sql)[0]?.value as Uint8Array;
}

for (const column of ["ciphertext", "nonce"]) {
  Deno.test(`a flipped bit in the ${column} is tampering, and names the key`, async () => {
    using temp = copyStore();
    const changed = flip(blob(temp, column, "first"), 3);
    temp.sql(`UPDATE secrets SET ${column} = ? WHERE key = 'first'`, changed);
    const error = await rejectsWith(temp.open().getMany(["first"]), "store_tampered");
    assert.match(error.message, /the secret "first"/);
    assert.deepEqual(await temp.open().getMany(["second"]), new Map([["second", "canary-2"]]));
  });
}

const ROW_CHANGES: Readonly<Record<string, string>> = {
  "a flipped bit in the key's name": "UPDATE secrets SET key = 'firsu' WHERE key = 'first'",
  "a flipped bit in the format": "UPDATE secrets SET format = 0 WHERE key = 'first'",
  "an unknown format": "UPDATE secrets SET format = 3 WHERE key = 'first'",
  "a format that is text": "UPDATE secrets SET format = 'x' WHERE key = 'first'",
  "a ciphertext that is text": "UPDATE secrets SET ciphertext = 'x' WHERE key = 'first'",
  "a ciphertext that is cut off": "UPDATE secrets SET ciphertext = x'00' WHERE key = 'first'",
  "a nonce that is cut off": "UPDATE secrets SET nonce = x'00' WHERE key = 'first'",
  "the check value in a row": `UPDATE secrets SET
     nonce = (SELECT substr(value, 1, 24) FROM dicode_meta WHERE name = 'check'),
     ciphertext = (SELECT substr(value, 25) FROM dicode_meta WHERE name = 'check')
     WHERE key = 'first'`,
};

for (const [what, sql] of Object.entries(ROW_CHANGES)) {
  Deno.test(`${what} is tampering`, async () => {
    using temp = copyStore();
    temp.sql(sql);
    await rejectsWith(temp.open().getMany(["first", "firsu"]), "store_tampered", /"firs[tu]"/);
  });
}

Deno.test("two swapped rows are tampering, under either name", async () => {
  using temp = copyStore();
  temp.sql("UPDATE secrets SET key = 'third' WHERE key = 'first'");
  temp.sql("UPDATE secrets SET key = 'first' WHERE key = 'second'");
  temp.sql("UPDATE secrets SET key = 'second' WHERE key = 'third'");
  for (const key of ["first", "second"]) {
    await rejectsWith(temp.open().getMany([key]), "store_tampered", new RegExp(`"${key}"`));
  }
});

Deno.test("a row from another store does not open", async () => {
  using temp = copyStore();
  using other = new TempFolder();
  await other.open().set("first", "canary-3");
  for (const column of ["ciphertext", "nonce"]) {
    const foreign = blob(other, column, "first");
    temp.sql(`UPDATE secrets SET ${column} = ? WHERE key = 'first'`, foreign);
  }
  await rejectsWith(temp.open().getMany(["first"]), "store_tampered");
});

for (const name of ["master.key", "master.salt"]) {
  Deno.test(`a flipped bit in ${name} is a wrong key, for reading and for writing`, async () => {
    using temp = copyStore();
    const path = `${temp.data}/${name}`;
    const changed = flip(Uint8Array.fromBase64(Deno.readTextFileSync(path)), 5);
    Deno.writeTextFileSync(path, changed.toBase64());
    await rejectsWith(temp.open().getMany(["first"]), "master_key_wrong");
    await rejectsWith(temp.open().set("third", "x"), "master_key_wrong");
    assert.deepEqual(await temp.open().list(), ["first", "second"]);
  });
}

const CHECK_CHANGES: Readonly<Record<string, string>> = {
  "a changed check value":
    "UPDATE dicode_meta SET value = x'0011' || substr(value, 3) WHERE name = 'check'",
  "a deleted check value": "DELETE FROM dicode_meta WHERE name = 'check'",
  "a row in place of the check value": `UPDATE dicode_meta SET value =
    (SELECT nonce || ciphertext FROM secrets WHERE key = 'first') WHERE name = 'check'`,
  "deleted tables of ours": "DROP TABLE dicode_meta",
};

for (const [what, sql] of Object.entries(CHECK_CHANGES)) {
  Deno.test(`${what} is told apart from a wrong key; values still open`, async () => {
    using temp = copyStore();
    temp.sql(sql);
    assert.equal((await temp.open().getMany(["first", "second"])).size, 2);
    await rejectsWith(temp.open().set("third", "x"), "store_tampered", /check value/);
    assert.deepEqual(await temp.open().list(), ["first", "second"]);
    for (const key of ["first", "second"]) assert(await temp.open().delete(key));
    await temp.open().set("third", "x");
    assert.deepEqual(await temp.open().getMany(["third"]), new Map([["third", "x"]]));
  });
}

Deno.test("a changed row beside a changed check value is tampering, since another row opens", async () => {
  using temp = copyStore();
  temp.sql(CHECK_CHANGES["a changed check value"] as string);
  temp.sql("UPDATE secrets SET nonce = x'00' WHERE key = 'first'");
  await rejectsWith(temp.open().getMany(["first"]), "store_tampered", /"first"/);
});

Deno.test("no error shows a value", async () => {
  using temp = copyStore();
  temp.sql("UPDATE secrets SET format = 0");
  const error = await rejectsWith(temp.open().getMany(["first"]), "store_tampered");
  assert(!Deno.inspect(error).includes("canary"));
});
