import assert from "node:assert/strict";
import { ConfigError } from "../../../sdk/errors.ts";
import { DEFAULT_CONFIG, loadConfig, parseConfig } from "../../../runtime/config.ts";
import { ISOLATIONS } from "../../../runtime/isolation_names.ts";
import { DEFAULT_PROVIDERS, listKinds } from "../../../store/chain.ts";

function said(source: string): string[] {
  try {
    parseConfig(source, "dicode.yaml");
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.map(({ message, hint, where }) =>
      `${where.line}:${where.column} ${message}${hint === undefined ? "" : ` (${hint})`}`
    );
  }
  return [];
}

Deno.test("parseConfig() reads the whole contract", () => {
  const source = `
secrets:
  providers:
    - type: env
    - { type: local, name: store }
    - { type: env, name: again }
isolation: bwrap
expose: [VAULT_TOKEN]
`;
  assert.deepEqual(parseConfig(source, "dicode.yaml"), {
    providers: [
      { type: "env", name: "env" },
      { type: "local", name: "store" },
      { type: "env", name: "again" },
    ],
    isolation: "bwrap",
    isolationWritten: true,
    expose: ["VAULT_TOKEN"],
  });
});

Deno.test("parseConfig() takes an empty file for the defaults", () => {
  for (const source of ["", "# nothing\n", "---\n"]) {
    assert.deepEqual(parseConfig(source, "dicode.yaml"), DEFAULT_CONFIG);
  }
});

Deno.test("parseConfig() knows whether isolation is written", () => {
  assert.equal(parseConfig("isolation: auto\n", "dicode.yaml").isolationWritten, true);
  assert.equal(parseConfig("expose: []\n", "dicode.yaml").isolationWritten, false);
});

Deno.test("parseConfig() reports every mistake with its place", () => {
  const source = `
secretz: {}
isolation: docker
secrets:
  providers:
    - type: vault
      address: https://vault.example
      token: s3kr3t
    - type: loacl
    - local
    - { type: env, token_env: X }
    - { name: x }
expose: [my-var, DICODE_MASTER_KEY]
`;
  assert.deepEqual(said(source), [
    '2:1 unknown field "secretz" in dicode.yaml (did you mean "secrets"?)',
    '3:12 cannot use "isolation": "docker" is not known (known are auto, require, bwrap, landlock, deno)',
    '6:13 cannot use "type" of an entry of "secrets.providers": "vault" is not a kind that this version knows (local and env)',
    '9:13 cannot use "type" of an entry of "secrets.providers": "loacl" is not a kind that this version knows (local and env) (did you mean "local"?)',
    '10:7 cannot read an entry of "secrets.providers": expected a map, found a text (write { type: local })',
    '11:20 unknown field in an entry of "secrets.providers" (known are type, name)',
    '12:7 cannot read an entry of "secrets.providers": "type" is missing (add "type": local (the encrypted store) or env (the host\'s environment))',
    '13:10 cannot use an entry of "expose": "my-var" is not a variable\'s name (letters, digits and _, no digit first) (write my_var)',
    '13:18 cannot use an entry of "expose": "DICODE_MASTER_KEY" is reserved: variables that begin with DICODE_ hold dicode\'s own keys (remove the entry, or use another name)',
  ]);
});

Deno.test("parseConfig() refuses two providers of one name", () => {
  assert.deepEqual(said("secrets:\n  providers:\n    - type: env\n    - type: env\n"), [
    '4:7 cannot name two providers "env": the other stands in line 3 (give one of them another "name")',
  ]);
});

Deno.test("parseConfig() refuses an empty chain", () => {
  assert.deepEqual(said("secrets: { providers: [] }\n"), [
    '1:23 cannot use "secrets.providers": the list is empty (write one such as [{ type: local }])',
  ]);
});

Deno.test("parseConfig() refuses a list and a text", () => {
  assert.match(said("- a\n")[0]!, /expected fields such as secrets: and isolation:, found a list/);
  assert.match(said("s3kr3t\n")[0]!, /found a text/);
});

Deno.test("loadConfig() gives the defaults for an absent file only where it is optional", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = `${folder}/dicode.yaml`;
    assert.equal(await loadConfig(path, { optional: true }), DEFAULT_CONFIG);
    await assert.rejects(loadConfig(path, { optional: false }), {
      name: "ConfigError",
      code: "config_not_found",
      message: `cannot read ${path}: no such file`,
    });
    await Deno.writeTextFile(path, "isolation: deno\n");
    assert.equal((await loadConfig(path, { optional: true })).isolation, "deno");
    await Deno.writeFile(path, new Uint8Array([0xff, 0xfe, 0x61]));
    await assert.rejects(loadConfig(path, { optional: true }), { code: "config_unreadable" });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("loadConfig() refuses a folder, also where the file is optional", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await assert.rejects(loadConfig(folder, { optional: true }), {
      code: "config_unreadable",
      message: `cannot read ${folder}: it is a folder`,
    });
  } finally {
    await Deno.remove(folder);
  }
});

Deno.test({
  name: "loadConfig() says that the program has no --allow-read",
  permissions: { read: false },
  fn: () =>
    assert.rejects(loadConfig("/nowhere/dicode.yaml", { optional: true }), {
      code: "config_unreadable",
      message: "cannot read /nowhere/dicode.yaml: this program lacks the permission",
      hint: "start it with --allow-read",
    }),
});

Deno.test("parseConfig() takes every kind that the chain can open, and every isolation", () => {
  assert.equal(DEFAULT_CONFIG.providers, DEFAULT_PROVIDERS);
  for (const type of listKinds()) {
    const { providers } = parseConfig(`secrets: { providers: [{ type: ${type} }] }\n`, "f");
    assert.deepEqual(providers, [{ type, name: type }]);
  }
  for (const isolation of ISOLATIONS) {
    assert.equal(parseConfig(`isolation: ${isolation}\n`, "f").isolation, isolation);
  }
});
