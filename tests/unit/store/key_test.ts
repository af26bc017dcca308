import assert from "node:assert/strict";
import { makeFolder } from "../../../store/files.ts";
import { loadKeys } from "../../../store/key.ts";
import { noEnv, rejectsWith, TempFolder } from "./helpers.ts";

const KEY = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const env = (variables: Record<string, string>) => (name: string) => variables[name];

function write(temp: TempFolder, name: string, content: string): string {
  const path = `${makeFolder(temp.data)}/${name}`;
  Deno.writeTextFileSync(path, content);
  Deno.chmodSync(path, 0o600);
  return path;
}

Deno.test("loadKeys() makes key and salt once, base64 in 0600 files", () => {
  using temp = new TempFolder();
  const keys = loadKeys(makeFolder(temp.data), noEnv, true);
  assert.equal(Deno.readTextFileSync(`${temp.data}/master.key`), keys.masterKey.toBase64());
  assert.equal(Deno.readTextFileSync(`${temp.data}/master.salt`), keys.salt.toBase64());
  assert.deepEqual([keys.masterKey.length, keys.salt.length], [32, 16]);
  assert.deepEqual([temp.mode("master.key"), temp.mode("master.salt")], ["600", "600"]);
  assert.deepEqual(loadKeys(temp.data, noEnv, true), keys);
  assert.deepEqual(temp.names(), ["master.key", "master.salt"]);
});

Deno.test("loadKeys() makes neither key nor salt where it must not", async () => {
  using temp = new TempFolder();
  makeFolder(temp.data);
  await rejectsWith(() => loadKeys(temp.data, noEnv, false), "master_key_missing", /master\.key/);
  const given = env({ DICODE_MASTER_KEY: KEY });
  await rejectsWith(() => loadKeys(temp.data, given, false), "master_key_missing", /master\.salt/);
  assert.deepEqual(temp.names(), []);
});

Deno.test("loadKeys() takes DICODE_MASTER_KEY first, and then writes no key file", () => {
  using temp = new TempFolder();
  const other = write(temp, "other", `${"B".repeat(42)}A=\n`);
  const variables = env({ DICODE_MASTER_KEY: KEY, DICODE_MASTER_KEY_FILE: other });
  assert.equal(loadKeys(temp.data, variables, true).masterKey.toBase64(), KEY);
  assert.deepEqual(temp.names(), ["master.salt", "other"]);
});

Deno.test("loadKeys() takes DICODE_MASTER_KEY_FILE before master.key, also read-only and linked", () => {
  using temp = new TempFolder();
  loadKeys(makeFolder(temp.data), noEnv, true);
  const mounted = write(temp, "mounted", KEY + "\n");
  Deno.chmodSync(mounted, 0o444);
  Deno.symlinkSync(mounted, `${temp.data}/link`);
  const variables = env({ DICODE_MASTER_KEY_FILE: `${temp.data}/link` });
  assert.equal(loadKeys(temp.data, variables, true).masterKey.toBase64(), KEY);
});

Deno.test("loadKeys() refuses a DICODE_MASTER_KEY_FILE that others can write, or that is not there", async () => {
  using temp = new TempFolder();
  const path = write(temp, "mounted", KEY);
  Deno.chmodSync(path, 0o622);
  const loose = env({ DICODE_MASTER_KEY_FILE: path });
  const error = await rejectsWith(() => loadKeys(temp.data, loose, true), "store_permissions");
  assert.equal(error.hint, `chmod go-w ${path}`);
  for (const missing of [`${temp.path}/none`, ""]) {
    const variables = env({ DICODE_MASTER_KEY_FILE: missing });
    await rejectsWith(() => loadKeys(temp.data, variables, true), "master_key_missing");
  }
});

Deno.test("loadKeys() accepts one newline at the end", () => {
  using temp = new TempFolder();
  for (const end of ["", "\n", "\r\n"]) {
    write(temp, "master.key", KEY + end);
    assert.equal(loadKeys(temp.data, noEnv, true).masterKey.toBase64(), KEY);
  }
});

const MALFORMED = {
  "nothing": "",
  "two newlines": KEY + "\n\n",
  "a space before": " " + KEY,
  "a space within": KEY.replace("C", " C"),
  "31 bytes": new Uint8Array(31).toBase64(),
  "33 bytes": new Uint8Array(33).toBase64(),
  "no padding": KEY.slice(0, -1),
  "bits beyond the end": KEY.replace("8=", "9="),
  "base64url": "-".repeat(42) + "8=",
  "hex": "00".repeat(32),
  "4 KiB": KEY.repeat(100),
};

for (const [what, content] of Object.entries(MALFORMED)) {
  Deno.test(`loadKeys() refuses a master key of ${what}, without printing it`, async () => {
    using temp = new TempFolder();
    write(temp, "master.key", content);
    for (const variables of [noEnv, env({ DICODE_MASTER_KEY: content })]) {
      const error = await rejectsWith(
        () => loadKeys(temp.data, variables, true),
        "master_key_invalid",
        /not the base64 of 32 bytes$/,
      );
      assert.equal(error.cause, undefined);
      if (content.length > 8) assert(!Deno.inspect(error).includes(content.trim().slice(0, 20)));
    }
    assert.equal(Deno.readTextFileSync(`${temp.data}/master.key`), content);
  });
}

Deno.test("loadKeys() refuses key and salt files of a loose mode, and what is no file", async () => {
  using temp = new TempFolder();
  loadKeys(makeFolder(temp.data), noEnv, true);
  for (const name of ["master.salt", "master.key"]) {
    Deno.chmodSync(`${temp.data}/${name}`, 0o644);
    const error = await rejectsWith(() => loadKeys(temp.data, noEnv, true), "store_permissions");
    assert.equal(error.hint, `chmod 600 ${temp.data}/${name}`);
  }
  Deno.removeSync(`${temp.data}/master.key`);
  Deno.mkdirSync(`${temp.data}/master.key`);
  await rejectsWith(() => loadKeys(temp.data, noEnv, true), "store_unreadable", /not a file/);
});
