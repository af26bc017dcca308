import assert from "node:assert/strict";
import { ConfigError } from "../../../sdk/errors.ts";
import { loadConfig, parseConfig } from "../../../runtime/config.ts";
import { DEFAULT_CONFIG } from "../../../runtime/default_config.ts";
import { ISOLATIONS } from "../../../runtime/isolation_names.ts";
import { listKinds } from "../../../store/kinds.ts";
import { DEFAULT_PROVIDERS } from "../../../store/provider_config.ts";

async function said(source: string): Promise<string[]> {
  try {
    await parseConfig(source, "dicode.yaml");
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.map(({ message, hint, where }) =>
      `${where.line}:${where.column} ${message}${hint === undefined ? "" : ` (${hint})`}`
    );
  }
  return [];
}

Deno.test("parseConfig() reads the whole contract", async () => {
  const source = `
secrets:
  providers:
    - type: env
    - { type: local, name: store }
    - { type: env, name: again }
isolation: bwrap
expose: [VAULT_TOKEN]
`;
  assert.deepEqual(await parseConfig(source, "dicode.yaml"), {
    providers: [
      { type: "env", name: "env" },
      { type: "local", name: "store" },
      { type: "env", name: "again" },
    ],
    isolation: "bwrap",
    expose: ["VAULT_TOKEN"],
    credentials: { variables: [], files: [], keys: [] },
  });
});

Deno.test("parseConfig() takes an empty file for the defaults", async () => {
  for (const source of ["", "# nothing\n", "---\n"]) {
    assert.deepEqual(await parseConfig(source, "dicode.yaml"), DEFAULT_CONFIG);
  }
});

Deno.test("parseConfig() reports every mistake with its place", async () => {
  const source = `
secretz: {}
isolation: docker
secrets:
  providers:
    - type: kubernetes
    - type: loacl
    - local
    - { type: env, token_env: X }
    - { name: x }
    - { type: env, keys: [], timeout: 5, retries: -1, on_error: ignore }
expose: [my-var, DICODE_MASTER_KEY]
`;
  assert.deepEqual(await said(source), [
    '2:1 unknown field "secretz" in dicode.yaml (did you mean "secrets"?)',
    '3:12 cannot use "isolation": "docker" is not known (known are auto, require, bwrap, landlock, deno)',
    `6:13 cannot use "type" of an entry of "secrets.providers": "kubernetes" is not a kind that this version knows (known are ${
      listKinds().join(", ")
    })`,
    '7:13 cannot use "type" of an entry of "secrets.providers": "loacl" is not a kind that this version knows (did you mean "local"?)',
    '8:7 cannot read an entry of "secrets.providers": expected a map, found a text (write { type: local })',
    '9:20 unknown field in an entry of "secrets.providers" (known are type, name, keys, timeout, retries, on_error, prefix, map)',
    '10:7 cannot read an entry of "secrets.providers": "type" is missing (add "type": the kind of provider)',
    '11:7 cannot name two providers "env": the other stands in line 9 (give one of them another "name")',
    '11:26 cannot use "keys" of an entry of "secrets.providers": the list is empty (write one such as [PROD_*])',
    '11:39 cannot use "timeout" of an entry of "secrets.providers": "5" has no unit (write 5s)',
    '11:51 cannot use "retries" of an entry of "secrets.providers": "-1" is not a whole number from 0 to 1000000',
    '11:65 cannot use "on_error" of an entry of "secrets.providers": "ignore" is not known (known are fail, next)',
    '12:18 cannot use an entry of "expose": "DICODE_MASTER_KEY" is reserved: variables that begin with DICODE_ hold dicode\'s own keys (remove the entry, or use another name)',
  ]);
});

Deno.test("parseConfig() refuses two providers of one name", async () => {
  assert.deepEqual(await said("secrets:\n  providers:\n    - type: env\n    - type: env\n"), [
    '4:7 cannot name two providers "env": the other stands in line 3 (give one of them another "name")',
  ]);
});

Deno.test("parseConfig() refuses an empty chain", async () => {
  assert.deepEqual(await said("secrets: { providers: [] }\n"), [
    '1:23 cannot use "secrets.providers": the list is empty (write one such as [{ type: local }])',
  ]);
});

Deno.test("parseConfig() refuses a list and a text", async () => {
  assert.match(
    (await said("- a\n"))[0]!,
    /expected fields such as secrets: and isolation:, found a list/,
  );
  assert.match((await said("s3kr3t\n"))[0]!, /found a text/);
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

Deno.test("parseConfig() takes every kind that the chain can open, and every isolation", async () => {
  assert.equal(DEFAULT_CONFIG.providers, DEFAULT_PROVIDERS);
  for (const type of listKinds()) {
    const source = `secrets: { providers: [{ type: ${type} }] }\n`;
    assert.ok((await said(source)).every((line) => !line.includes("is not a kind")), type);
  }
  for (const isolation of ISOLATIONS) {
    const config = await parseConfig(`isolation: ${isolation}\n`, "f");
    assert.equal(config.isolation, isolation);
  }
});

Deno.test("parseConfig() knows the credentials that are read where dicode.yaml names none", async () => {
  const entry = "type: 1password-connect, vault: V";
  const credentialsOf = async (more: string) => {
    const source = `secrets: { providers: [{ ${entry}${more} }] }\n`;
    return (await parseConfig(source, "dicode.yaml", "/etc")).credentials;
  };
  const none = { variables: [], files: [], keys: [] };
  assert.deepEqual(await credentialsOf(""), { ...none, variables: ["OP_CONNECT_TOKEN"] });
  assert.deepEqual(await credentialsOf(", token_env: T"), { ...none, variables: ["T"] });
  assert.deepEqual(await credentialsOf(", token_file: t"), { ...none, files: ["/etc/t"] });
  assert.deepEqual(await credentialsOf(", token_secret: t"), { ...none, keys: ["t"] });
  const withKey = ", token_file: t, client_cert_file: cert.pem, client_key_file: key.pem";
  assert.deepEqual((await credentialsOf(withKey)).files, ["/etc/t", "/etc/key.pem"]);
});

Deno.test("parseConfig() refuses two places for one credential", async () => {
  const entry = "type: 1password-connect, vault: V, token_file: t, token_env: T, token_secret: t";
  assert.deepEqual(await said(`secrets: { providers: [{ ${entry} }] }\n`), [
    '1:61 cannot use "token_file": "token_env" says where the credential is already (keep one)',
    '1:90 cannot use "token_secret": "token_env" says where the credential is already (keep one)',
  ]);
});

Deno.test("parseConfig() says how a kind is written that stands alone", async () => {
  assert.deepEqual(await said("secrets: { providers: env }\n"), [
    '1:23 cannot read "secrets.providers": expected a list, found "env" (write [{ type: env }])',
  ]);
  assert.deepEqual(await said("secrets: { providers: [env] }\n"), [
    '1:24 cannot read an entry of "secrets.providers": expected a map, found a text (write { type: env })',
  ]);
  // What is no kind may be a secret.
  assert.match(
    (await said("secrets: { providers: [hunter2] }\n"))[0]!,
    /\(write { type: local }\)/,
  );
});

Deno.test("parseConfig() shows no credential that stands where its name belongs", async () => {
  for (const token of [`ops_${"aZ09_".repeat(20)}`, "hvs.canary-4711", "canary/4711+"]) {
    const ways = ["token_env: ", "token: ", "tokenn_env: "];
    for (const way of ways) {
      const entry = `type: 1password-connect, vault: V, ${way}${JSON.stringify(token)}`;
      const [message, ...more] = await said(`secrets: { providers: [{ ${entry} }] }\n`);
      assert.match(message!, /never the credential itself|never written|unknown field/);
      assert.ok(!message!.includes(token), message);
      assert.deepEqual(more, []);
    }
  }
});

Deno.test("parseConfig() takes no path for one of the working folder", async () => {
  const connect = "type: 1password-connect, vault: V";
  const op = 'type: 1password, ref: "op://V/{key}/f"';
  for (const path of ["$5/x", "$HOME.token", "${HOME}x/y", "$", "$/x", "${HOME"]) {
    for (const entry of [`${connect}, token_file: "${path}"`, `${op}, command: "${path}"`]) {
      const [message, ...more] = await said(`secrets: { providers: [{ ${entry} }] }\n`);
      assert.match(message!, /begins with "\$", and no variable and "\/" follow/);
      assert.deepEqual(more, []);
    }
  }
  for (const path of ["$HOME/x", "${HOME}/x", "$TOKEN_FILE", "~/x"]) {
    const source = `secrets: { providers: [{ ${connect}, token_file: "${path}" }] }\n`;
    const { credentials } = await parseConfig(source, "dicode.yaml", "/etc");
    assert.deepEqual(credentials.files, [path]);
  }
});

Deno.test("parseConfig() refuses names of the env provider that no variable can have", async () => {
  const faults: [string, RegExp][] = [
    ["prefix: my-app/", /is not a variable's name/],
    ["prefix: DICODE_", /is reserved for dicode's own/],
    ['map: { slack: "a b" }', /is not a variable's name/],
    ["map: { slack: DICODE_MASTER_KEY }", /is reserved for dicode's own/],
  ];
  for (const [option, pattern] of faults) {
    const [message, ...more] = await said(`secrets: { providers: [{ type: env, ${option} }] }\n`);
    assert.match(message!, pattern);
    assert.deepEqual(more, []);
  }
});

Deno.test("parseConfig() refuses plain HTTP to another machine, unless the file allows it", async () => {
  const entry = (more: string) =>
    `secrets: { providers: [{ type: doppler, address: "http://${more} }] }\n`;
  assert.deepEqual(await said(entry('doppler.example"')), [
    '1:50 cannot use "address": it is plain HTTP to another machine ' +
    "(write https://; or insecure_http: true, and whoever is between reads along)",
  ]);
  assert.deepEqual(await said(entry('doppler.example", insecure_http: true')), []);
  assert.deepEqual(await said(entry('127.0.0.1:8080"')), []);
});
