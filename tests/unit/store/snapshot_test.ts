import assert from "node:assert/strict";
import type { DicodeError } from "../../../sdk/errors.ts";
import { readSnapshot } from "../../../store/snapshot.ts";
import { noEnv, TempFolder } from "./helpers.ts";

const read = (temp: TempFolder) => readSnapshot({ dataDir: temp.data, env: noEnv });

using filled = new TempFolder();
await filled.open().setMany([["b", "canary-b"], ["a", "\ufeffcanary-a"], ["ü", "x\r\n"]]);
const FILES = filled.snapshot();

Deno.test("readSnapshot() opens every value, byte for byte, and counts", async () => {
  using temp = new TempFolder().restore(FILES);
  const counts: number[] = [];
  const secrets = await readSnapshot({
    dataDir: temp.data,
    env: noEnv,
    onProgress: (done) => counts.push(done),
  });
  assert.deepEqual(secrets, new Map([["b", "canary-b"], ["a", "\ufeffcanary-a"], ["ü", "x\r\n"]]));
  assert.deepEqual(counts, [1, 2, 3]);
});

Deno.test("readSnapshot() reads a Go program's store in place", async () => {
  using temp = new TempFolder().copyGoStore();
  const before = Deno.readFileSync(`${temp.data}/data.db`);
  const expected = JSON.parse(
    Deno.readTextFileSync(new URL("../../fixtures/go-store/EXPECTED.json", import.meta.url)),
  );
  assert.deepEqual(Object.fromEntries(await read(temp) ?? []), expected);
  assert.deepEqual(Deno.readFileSync(`${temp.data}/data.db`), before);
});

Deno.test("no store is told from an empty one, which needs no key", async () => {
  using temp = new TempFolder();
  assert.equal(await read(temp), undefined);
  assert.deepEqual([...Deno.readDirSync(temp.path)], []);
  temp.restore(FILES);
  temp.sql("DELETE FROM secrets");
  Deno.removeSync(`${temp.data}/master.key`);
  assert.deepEqual(await read(temp), new Map());
});

Deno.test("a secret that does not open, or could not be restored, is named and ends it", async () => {
  const cases: [sql: string, code: string, message: RegExp][] = [
    [
      "UPDATE secrets SET ciphertext = zeroblob(40) WHERE key = 'ü'",
      "store_tampered",
      /"ü": it was/,
    ],
    ["UPDATE secrets SET key = 'c' WHERE key = 'a'", "store_tampered", /the secret "c": it was/],
    ["UPDATE secrets SET key = x'61' WHERE key = 'a'", "store_tampered", /cannot export a row: it/],
  ];
  for (const [sql, code, message] of cases) {
    using temp = new TempFolder().restore(FILES);
    temp.sql(sql);
    await assert.rejects(read(temp), (error: DicodeError) => {
      assert.equal(error.code, code);
      assert.equal(error.exitCode, 5);
      assert.match(error.message, message);
      assert.ok(!error.message.includes("canary"));
      return true;
    });
  }
});

Deno.test("a value that no store of ours takes ends it, too: it could not be restored", async () => {
  const { deriveKey, FORMAT_BOUND, seal } = await import("../../../store/cipher.ts");
  const file = (name: string) =>
    Uint8Array.fromBase64(new TextDecoder().decode(FILES.get(name)).trim());
  const derived = await deriveKey(file("master.key"), file("master.salt"));
  const cases: [key: string, value: Uint8Array, found: string][] = [
    ["empty", new Uint8Array(), "it is empty"],
    ["binary", new Uint8Array([0xff, 0xfe]), "its value is not UTF-8 text"],
    ["nul", new Uint8Array([0x61, 0]), "it holds a NUL byte, which no variable can"],
    [" spaced", new Uint8Array([0x61]), "its key begins or ends with a space"],
    ["DICODE_X", new Uint8Array([0x61]), "its key is dicode's own"],
  ];
  for (const [key, value, found] of cases) {
    using temp = new TempFolder().restore(FILES);
    const { ciphertext, nonce } = seal(derived, key, value);
    temp.sql("INSERT INTO secrets VALUES(?, ?, ?, ?)", key, ciphertext, nonce, FORMAT_BOUND);
    await assert.rejects(read(temp), {
      code: "backup_unfit",
      exitCode: 5,
      message: `cannot export the secret "${key}": ${found}`,
    });
  }
});

Deno.test("a wrong key is told from a changed secret, and a lost check value hinders nothing", async () => {
  using temp = new TempFolder().restore(FILES);
  temp.sql("DELETE FROM dicode_meta WHERE name = 'check'");
  assert.equal((await read(temp))?.size, 3);
  Deno.writeTextFileSync(`${temp.data}/master.key`, new Uint8Array(32).toBase64());
  await assert.rejects(read(temp), { code: "master_key_wrong" });
});

Deno.test("a damaged file is not taken for one with fewer secrets", async () => {
  using temp = new TempFolder().restore(FILES);
  const [{ root } = {}] = temp.query(
    "SELECT rootpage AS root FROM sqlite_master WHERE type = 'table' AND name = 'secrets'",
  );
  const path = `${temp.data}/data.db`;
  const bytes = Deno.readFileSync(path);
  // How many rows lie on the page: https://www.sqlite.org/fileformat.html, 1.6.
  const count = (Number(root) - 1) * 4096 + 4;
  assert.equal(bytes[count], 3);
  bytes[count] = 2;
  Deno.writeFileSync(path, bytes);
  await assert.rejects(read(temp), { code: "store_corrupt" });
});
