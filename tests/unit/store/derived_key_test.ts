import assert from "node:assert/strict";
import * as cipher from "../../../store/cipher.ts";
import { keepDerived, recallDerived } from "../../../store/derived_key.ts";
import { loadKeys } from "../../../store/key.ts";
import { rotateKey } from "../../../store/rotate.ts";
import { openStore } from "../../../store/secrets.ts";

const none = () => undefined;

/** A store with one secret, and the file that keeps its derived key. */
async function withStore(
  body: (dir: string, kept: string, env: Record<string, string>) => Promise<void>,
  env: Record<string, string> = {},
): Promise<void> {
  const parent = await Deno.makeTempDir();
  const dir = `${await Deno.realPath(parent)}/data`;
  try {
    using store = openStore({ dataDir: dir, env: (name) => env[name], keepKey: true });
    await store.set("key", "value");
    await body(dir, `${dir}/cache/derived-key`, env);
  } finally {
    await Deno.remove(parent, { recursive: true });
  }
}

async function get(dir: string, env: Record<string, string> = {}): Promise<string | undefined> {
  using store = openStore({ dataDir: dir, env: (name) => env[name], keepKey: true });
  return (await store.getMany(["key"])).get("key");
}

const exists = (path: string) => Deno.stat(path).then(() => true, () => false);

Deno.test("a derived key is kept for the owner alone, and holds neither key as it is", async () => {
  await withStore(async (dir, kept) => {
    assert.equal((await Deno.stat(kept)).mode! & 0o777, 0o600);
    const { masterKey, salt } = loadKeys(dir, none, false);
    const derivedKey = await cipher.deriveKey(masterKey, salt);
    const hex = Uint8Array.fromBase64(await Deno.readTextFile(kept)).toHex();
    for (const key of [masterKey, derivedKey]) assert.ok(!hex.includes(key.toHex()));
    assert.deepEqual(await recallDerived(dir, none, { masterKey, salt }, cipher), derivedKey);
  });
});

Deno.test("the key that was kept is the one that is used", async () => {
  await withStore(async (dir) => {
    assert.equal(await get(dir), "value");
    const keys = loadKeys(dir, none, false);
    await keepDerived(dir, none, keys, cipher, new Uint8Array(32));
    await assert.rejects(get(dir), { code: "master_key_wrong" });
  });
});

Deno.test("a file that is not what was kept is no matter: the key is derived anew, and kept", async () => {
  await withStore(async (dir, kept) => {
    const good = await Deno.readTextFile(kept);
    for (const text of ["", "?", "AAAA", good.slice(8), `${good.slice(0, -8)}AAAAAAA=`]) {
      await Deno.writeTextFile(kept, text);
      assert.equal(await get(dir), "value", text);
      assert.notEqual(await Deno.readTextFile(kept), text);
    }
  });
});

Deno.test("without the master key, what was kept opens nothing", async () => {
  await withStore(async (dir) => {
    const { salt } = loadKeys(dir, none, false);
    const other = { masterKey: new Uint8Array(32).fill(7), salt };
    assert.equal(await recallDerived(dir, none, other, cipher), undefined);
    await Deno.remove(`${dir}/master.key`);
    await assert.rejects(get(dir), { code: "master_key_missing" });
  });
});

Deno.test("nothing is kept of a master key that lies elsewhere", async () => {
  const key = new Uint8Array(32).fill(1).toBase64();
  await withStore(async (dir, kept, env) => {
    assert.equal(await get(dir, env), "value");
    assert.equal(await exists(kept), false);
  }, { DICODE_MASTER_KEY: key });

  const file = await Deno.makeTempFile();
  await Deno.writeTextFile(file, key);
  await withStore(async (dir, kept, env) => {
    assert.equal(await get(dir, env), "value");
    assert.equal(await exists(kept), false);
  }, { DICODE_MASTER_KEY_FILE: file });
  await Deno.remove(file);
});

Deno.test("a rotation leaves nothing of the old key that was kept", async () => {
  await withStore(async (dir, kept) => {
    using store = openStore({ dataDir: dir, env: none, keepKey: true });
    await rotateKey({ dataDir: dir, env: none });
    assert.equal(await exists(kept), false);
    assert.deepEqual(await store.getMany(["key"]), new Map([["key", "value"]]));
    assert.equal(await get(dir), "value");
  });
});
