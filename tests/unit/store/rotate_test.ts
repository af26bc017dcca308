/** A new key: what it changes, what it refuses, and what a kill at each step leaves behind. */
import assert from "node:assert/strict";
import { rotateKey } from "../../../store/rotate.ts";
import { verifyStore } from "../../../store/verify.ts";
import { noEnv, rejectsWith, TempFolder } from "./helpers.ts";

const entries = new Map([["a", "value of a"], ["b", "value of b"], ["c\u0301", "ä".repeat(5_000)]]);

async function filled(): Promise<TempFolder> {
  const temp = new TempFolder();
  await temp.open().setMany(entries);
  return temp;
}

function text(temp: TempFolder, name: string): string {
  return Deno.readTextFileSync(`${temp.data}/${name}`);
}

async function assertWhole(temp: TempFolder, env: (name: string) => string | undefined = noEnv) {
  const verified = await verifyStore({ dataDir: temp.data, env });
  assert.deepEqual(verified, { bound: entries.size, unbound: 0, faults: [] });
  assert.deepEqual(await temp.open({ env }).getMany(entries.keys()), entries);
}

Deno.test("a rotation changes key, salt and every row, and leaves nothing of the old ones", async () => {
  using temp = await filled();
  const before = temp.snapshot();
  Deno.writeTextFileSync(`${temp.data}/master.key.0123456789ab.tmp`, "of a kill", { mode: 0o600 });
  const rows = temp.query("SELECT hex(nonce) AS nonce, hex(ciphertext) AS text FROM secrets");
  const seen: string[] = [];
  const rotated = await rotateKey({
    dataDir: temp.data,
    env: noEnv,
    onProgress: (done, total) => seen.push(`${done}/${total}`),
  });
  assert.deepEqual(rotated, { secrets: 3, keyFile: `${Deno.realPathSync(temp.data)}/master.key` });
  assert.deepEqual(seen, ["1/3", "2/3", "3/3"]);
  assert.deepEqual(temp.names(), ["data.db", "master.key", "master.salt"]);
  for (const name of ["data.db", "master.key", "master.salt"]) {
    assert.equal(temp.mode(name), "600");
    assert.notDeepEqual(Deno.readFileSync(`${temp.data}/${name}`), before.get(name));
  }
  const hex = Deno.readFileSync(`${temp.data}/data.db`).toHex().toUpperCase();
  for (const row of rows) assert.ok(!hex.includes(row.text as string), "old ciphertext is left");
  await assertWhole(temp);
  // The old key opens nothing.
  for (const name of ["master.key", "master.salt"]) {
    Deno.writeFileSync(`${temp.data}/${name}`, before.get(name)!);
  }
  await rejectsWith(temp.open().getMany(["a"]), "master_key_wrong");
});

Deno.test("a kill after the commit: whoever comes next finishes, reader or writer", async () => {
  using temp = await filled();
  const old = temp.snapshot();
  await rotateKey({ dataDir: temp.data, env: noEnv });
  const now = temp.snapshot();
  const states: Record<string, string>[] = [
    // Neither named yet, and the salt only.
    {
      "master.key": "old",
      "master.salt": "old",
      "master.key.next": "new",
      "master.salt.next": "new",
    },
    { "master.key": "old", "master.salt": "new", "master.key.next": "new" },
  ];
  const finders: Record<string, () => Promise<unknown>> = {
    get: () => temp.open().getMany(["a"]),
    set: () => temp.open().set("a", entries.get("a")!),
    verify: () => verifyStore({ dataDir: temp.data, env: noEnv }),
    rotate: () => rotateKey({ dataDir: temp.data, env: noEnv }),
  };
  for (const state of states) {
    for (const [name, find] of Object.entries(finders)) {
      Deno.removeSync(temp.data, { recursive: true });
      temp.restore(now);
      for (const [file, which] of Object.entries(state)) {
        const bytes = (which === "old" ? old : now).get(file.replace(".next", ""))!;
        Deno.writeFileSync(`${temp.data}/${file}`, bytes, { mode: 0o600 });
      }
      await find();
      assert.deepEqual(temp.names(), ["data.db", "master.key", "master.salt"], name);
      if (name !== "rotate") assert.equal(text(temp, "master.key"), decode(now, "master.key"));
      await assertWhole(temp);
    }
  }
});

Deno.test("a kill before the commit: the old key stays, and the next rotation clears what is left", async () => {
  using temp = await filled();
  const key = text(temp, "master.key");
  for (const name of ["master.key", "master.salt"]) {
    const bytes = crypto.getRandomValues(new Uint8Array(name === "master.key" ? 32 : 16));
    Deno.writeTextFileSync(`${temp.data}/${name}.next`, bytes.toBase64(), { mode: 0o600 });
  }
  await assertWhole(temp);
  await temp.open().set("d", "1");
  await temp.open().delete("d");
  assert.equal(text(temp, "master.key"), key);
  await rotateKey({ dataDir: temp.data, env: noEnv });
  assert.deepEqual(temp.names(), ["data.db", "master.key", "master.salt"]);
  await assertWhole(temp);
});

Deno.test("a value that does not open stops the rotation with nothing changed", async () => {
  using temp = await filled();
  temp.sql("UPDATE secrets SET nonce = zeroblob(24) WHERE key = 'b'");
  const before = temp.snapshot();
  const error = await rejectsWith(
    rotateKey({ dataDir: temp.data, env: noEnv }),
    "store_tampered",
  );
  assert.match(error.message, /"b"/);
  assert.deepEqual(temp.snapshot(), before);
  temp.sql("DELETE FROM secrets WHERE key = 'b'");
  temp.sql("INSERT INTO secrets(key, ciphertext, nonce, format) VALUES(x'00', x'00', x'00', 1)");
  await rejectsWith(rotateKey({ dataDir: temp.data, env: noEnv }), "store_tampered");
});

Deno.test("with DICODE_MASTER_KEY the new key goes to the file that is named, never over one", async () => {
  using temp = new TempFolder();
  const key = crypto.getRandomValues(new Uint8Array(32)).toBase64();
  const env = (name: string) => name === "DICODE_MASTER_KEY" ? key : undefined;
  await temp.open({ env }).setMany(entries);
  const options = { dataDir: temp.data, env };
  await rejectsWith(rotateKey(options), "usage");
  const toFile = `${temp.path}/new.key`;
  Deno.writeTextFileSync(toFile, "another");
  await rejectsWith(rotateKey({ ...options, toFile }), "usage");
  assert.equal(Deno.readTextFileSync(toFile), "another");
  await assertWhole(temp, env);
  Deno.removeSync(toFile);
  assert.equal((await rotateKey({ ...options, toFile })).keyFile, toFile);
  assert.equal((Deno.statSync(toFile).mode ?? 0) & 0o777, 0o600);
  assert.deepEqual(temp.names(), ["data.db", "master.salt"]);
  await assertWhole(temp, (name) => name === "DICODE_MASTER_KEY_FILE" ? toFile : undefined);
  await rejectsWith(temp.open({ env }).getMany(["a"]), "master_key_wrong");
});

Deno.test("with DICODE_MASTER_KEY_FILE that file is replaced and keeps its mode; a link is refused", async () => {
  using temp = new TempFolder();
  const path = `${temp.path}/mounted.key`;
  const key = crypto.getRandomValues(new Uint8Array(32)).toBase64();
  Deno.writeTextFileSync(path, key, { mode: 0o400 });
  const env = (name: string) => name === "DICODE_MASTER_KEY_FILE" ? path : undefined;
  await temp.open({ env }).setMany(entries);
  const options = { dataDir: temp.data, env };
  await rejectsWith(rotateKey({ ...options, toFile: `${temp.path}/other` }), "usage");
  assert.equal((await rotateKey(options)).keyFile, path);
  assert.equal((Deno.statSync(path).mode ?? 0) & 0o777, 0o400);
  assert.notEqual(Deno.readTextFileSync(path), key);
  assert.deepEqual([...Deno.readDirSync(temp.path)].map(({ name }) => name).sort(), [
    "data",
    "mounted.key",
  ]);
  await assertWhole(temp, env);
  Deno.symlinkSync(path, `${temp.path}/link.key`);
  const linked = (name: string) =>
    name === "DICODE_MASTER_KEY_FILE" ? `${temp.path}/link.key` : undefined;
  await rejectsWith(rotateKey({ dataDir: temp.data, env: linked }), "store_unreadable");
  await assertWhole(temp, env);
});

Deno.test("there is nothing to rotate without a store, and a Go program's is refused", async () => {
  using temp = new TempFolder();
  await rejectsWith(rotateKey({ dataDir: temp.data, env: noEnv }), "store_missing");
  temp.copyGoStore();
  const before = temp.snapshot();
  await rejectsWith(rotateKey({ dataDir: temp.data, env: noEnv }), "store_foreign");
  assert.deepEqual(temp.snapshot(), before);
});

Deno.test("readers and writers beside rotations lose nothing", async () => {
  using temp = await filled();
  let stop = false;
  const written = new Map<string, string>();
  const writer = (async () => {
    using store = temp.open();
    for (let count = 0; !stop; count++) {
      const key = `w${count % 7}`;
      await store.set(key, `${count}`);
      written.set(key, `${count}`);
      await turn();
    }
  })();
  const reader = (async () => {
    using store = temp.open();
    while (!stop) {
      assert.equal((await store.getMany(["a"])).get("a"), entries.get("a"));
      await turn();
    }
  })();
  for (let round = 0; round < 4; round++) await rotateKey({ dataDir: temp.data, env: noEnv });
  await Promise.all(
    [1, 2, 3].map(() => rotateKey({ dataDir: temp.data, env: noEnv })),
  );
  stop = true;
  await Promise.all([writer, reader]);
  assert.ok(written.size > 0);
  assert.deepEqual(await temp.open().getMany(written.keys()), written);
  assert.deepEqual(temp.names(), ["data.db", "master.key", "master.salt"]);
});

/** Lets timers and the key's thread have their turn: a store in use answers without a pause. */
function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 1));
}

function decode(files: Map<string, Uint8Array>, name: string): string {
  return new TextDecoder().decode(files.get(name));
}
