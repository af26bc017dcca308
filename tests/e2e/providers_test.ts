/** Providers of secrets as dicode.yaml names them: what is closed to tasks, and how a chain goes on. */
import assert from "node:assert/strict";
import { ISOLATION, World } from "../helpers.ts";
import { FakeConnect } from "../services/fake_connect.ts";

const TOKEN = "canary-token-4711";

async function config(world: World, text: string): Promise<string> {
  const path = `${world.dir}/dicode.yaml`;
  await Deno.writeTextFile(path, text);
  return path;
}

const SHOWS = `return (context.env.get("GOT") ?? "nothing").length;`;

Deno.test("a variable or stored secret with a provider's credential reaches no task, unless exposed", async () => {
  await using world = await World.make();
  await world.dicode(["secrets", "set", "task_token"], { stdin: TOKEN });
  const provider = await world.mainTask("provider", "name: provider\n", "return {};");
  const base = `isolation: deno
secrets:
  providers:
    - type: local
    - type: env
    - { type: task, dir: ${provider}, expose: [TASK_TOKEN, task_token] }
`;
  const closed = await config(world, base);
  const entries = [
    ["TASK_TOKEN", "TASK_TOKEN"],
    ["{ name: GOT, from: TASK_TOKEN }", "TASK_TOKEN"],
    ["{ name: GOT, secret: task_token }", "task_token"],
    ["{ name: GOT, from: VAULT_TOKEN }", "VAULT_TOKEN"],
  ] as const;
  for (const [entry, name] of entries) {
    const dir = await world.mainTask("t", `permissions: { env: [${entry}] }\n`, SHOWS);
    const env = { TASK_TOKEN: TOKEN, VAULT_TOKEN: TOKEN };
    for (const command of ["run", "check"]) {
      const shown = await world.dicode(["--config", closed, command, dir], { env });
      assert.equal(shown.code, 6, shown.stderr);
      assert.match(
        shown.stderr,
        /t\/task\.yaml:1:\d+: cannot grant .* the credential of a provider/,
      );
      assert.ok(shown.stderr.includes(`expose: [${name}]`), shown.stderr);
    }
    const open = await config(world, `${base}expose: [${name}]\n`);
    const exposed = await world.dicode(["--config", open, "run", dir], { env });
    assert.equal(exposed.code, 0, exposed.stderr);
    await config(world, base);
  }
});

Deno.test("the env provider does not fall back to a provider's credential", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "t",
    "permissions: { env: [{ name: GOT, secret: DOPPLER_TOKEN }] }\n",
    SHOWS,
  );
  const env = { DOPPLER_TOKEN: TOKEN };
  const shown = await world.dicode(["run", "--isolation", "deno", dir], { env });
  assert.equal(shown.code, 4, shown.stderr);
  assert.match(shown.stderr, /expose: \[DOPPLER_TOKEN\] in dicode\.yaml/);
  await world.dicode(["secrets", "set", "DOPPLER_TOKEN"], { stdin: TOKEN });
  const stored = await world.dicode(["run", "--isolation", "deno", dir], { env });
  assert.equal(stored.stdout, `${TOKEN.length}\n`, stored.stderr);
});

Deno.test("a token in plain HTTP for this machine goes to no proxy", async () => {
  await using world = await World.make();
  await using fake = new FakeConnect({ token: TOKEN });
  fake.vault("V", [{ title: "slack", fields: [{ label: "credential", value: "canary-value-1" }] }]);
  const proxied: string[] = [];
  await using proxy = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, (request) => {
    proxied.push(request.url);
    return new Response("[]");
  });
  const path = await config(
    world,
    `isolation: deno
secrets: { providers: [{ type: 1password-connect, address: "${fake.address}", vault: V }] }
`,
  );
  const yaml = "permissions: { env: [{ name: GOT, secret: slack }] }\n";
  const dir = await world.mainTask("t", yaml, SHOWS);
  const address = `http://127.0.0.1:${proxy.addr.port}`;
  const proxies = { HTTP_PROXY: address, ALL_PROXY: address };
  const env = { OP_CONNECT_TOKEN: TOKEN, ...proxies, DENO_NO_UPDATE_CHECK: "1" };
  const shown = await world.dicode(["--config", path, "run", dir], { env });
  assert.equal(shown.stdout, "14\n", shown.stderr);
  assert.deepEqual(proxied, []);
});

Deno.test("no task writes to the code of a provider, and a provider only beside its own", async () => {
  await using world = await World.make();
  const provider = await world.mainTask(
    "provider",
    "permissions: { fs: [{ path: ./data/, permission: rw }] }\n",
    `await Deno.writeTextFile("${world.dir}/tasks/provider/data/seen", "x"); return { slack: "s" };`,
  );
  await Deno.mkdir(`${world.dir}/bin`);
  await Deno.writeTextFile(`${world.dir}/bin/op`, "#!/bin/sh\n", { mode: 0o755 });
  const path = await config(
    world,
    `isolation: deno
secrets:
  providers:
    - { type: task, dir: ./tasks/provider }
    - { type: 1password, ref: "op://V/{key}/f", command: ${world.dir}/bin/op, keys: [other] }
    - { type: exec, command: [${world.dir}/lib/get, "{key}", /], keys: [other] }
`,
  );
  await Deno.mkdir(`${world.dir}/lib`);
  const places = [provider, `${world.dir}/bin`, `${world.dir}/bin/op`, `${world.dir}/lib`];
  for (const granted of places) {
    for (const permission of ["rw", "w", "r"]) {
      const dir = await world.mainTask(
        "t",
        `permissions: { fs: [{ path: ${granted}, permission: ${permission} }] }\n`,
        "return 1;",
      );
      for (const command of ["run", "check"]) {
        const shown = await world.dicode(["--config", path, command, dir]);
        assert.equal(shown.code, permission === "r" ? 0 : 6, shown.stderr);
        if (permission !== "r") assert.match(shown.stderr, /code that dicode runs lies there/);
      }
    }
  }
  const yaml = "permissions: { env: [{ name: GOT, secret: slack }] }\n";
  const dir = await world.mainTask("asks", yaml, SHOWS);
  const shown = await world.dicode(["--config", path, "run", dir]);
  assert.equal(shown.stdout, "1\n", shown.stderr);
  assert.equal(await Deno.readTextFile(`${provider}/data/seen`), "x");
});

Deno.test("no task is granted a file with a provider's credential, written or looked at by itself", async () => {
  await using world = await World.make();
  const files = {
    "token": "token_file: ../token",
    ".vault-token": "auth: token",
    ".aws/credentials": undefined,
  };
  await Deno.mkdir(`${world.home}/.aws`);
  await Deno.mkdir(`${world.dir}/etc`);
  const address = "http://127.0.0.1:1";
  for (const [name, option] of Object.entries(files)) {
    const file = name === "token" ? `${world.dir}/token` : `${world.home}/${name}`;
    await Deno.writeTextFile(file, TOKEN, { mode: 0o600 });
    const entry = option === undefined
      ? `{ type: aws-ssm, region: eu-west-1, address: "${address}" }`
      : `{ type: vault, address: "${address}", mount: secret, ${option} }`;
    const path = `${world.dir}/etc/dicode.yaml`;
    await Deno.writeTextFile(path, `secrets: { providers: [${entry}] }\n`);
    for (const granted of [file, file.slice(0, file.lastIndexOf("/"))]) {
      const yaml = `permissions: { fs: [{ path: ${granted}, permission: r }] }\n`;
      const dir = await world.mainTask("t", yaml, "return 1;");
      const shown = await world.dicode(["--config", path, "run", dir, "--isolation", ISOLATION]);
      assert.equal(shown.code, 6, `${granted}: ${shown.stderr}`);
      assert.match(shown.stderr, /cannot grant .*: it covers/);
      const without = await world.dicode(["run", dir, "--isolation", ISOLATION]);
      if (granted === file) assert.equal(without.code, 0, without.stderr);
    }
  }
});

Deno.test("a file that Vault's own tools keep a credential in is closed, named or not", async () => {
  await using world = await World.make();
  const vault = (more: string) =>
    config(world, `secrets: { providers: [{ type: vault, mount: secret${more} }] }\n`);
  const env = { VAULT_CLIENT_KEY: `${world.dir}/client.pem` };
  for (const file of [`${world.home}/.vault-token`, env.VAULT_CLIENT_KEY]) {
    await Deno.writeTextFile(file, TOKEN);
    const dir = await world.mainTask(
      "t",
      `permissions: { fs: [{ path: ${file}, permission: r }] }\n`,
      "return 1;",
    );
    const shown = await world.dicode(["--config", await vault(""), "check", dir], { env });
    assert.equal(shown.code, 6, shown.stderr);
    assert.match(shown.stderr, /a file of its own/);
    const elsewhere = await vault(", token_env: T, client_key_file: k, client_cert_file: c");
    const open = await world.dicode(["--config", elsewhere, "check", dir], { env });
    assert.equal(open.code, 0, open.stderr);
  }
});

Deno.test("a missing secret's hint names the store only where the chain asks it", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "t",
    "permissions: { env: [{ name: GOT, secret: got }, { name: OTHER, secret: PROD_other }] }\n",
    `return context.env.get("GOT") + context.env.get("OTHER");`,
  );
  const elsewhere = "hint: put what is missing where the chain looks (env), or add { type: local }";
  const cases: [providers: string, hints: string[]][] = [
    ["{ type: env }", [elsewhere]],
    ["{ type: local, keys: [PROD_*] }, { type: env }", [elsewhere, "secrets set PROD_other"]],
    ["{ type: local, keys: [a] }", ["hint: add { type: local }"]],
    ["{ type: local }", ["secrets set got", "secrets set PROD_other"]],
  ];
  for (const [providers, hints] of cases) {
    const path = await config(world, `isolation: deno\nsecrets: { providers: [${providers}] }\n`);
    for (const command of [["run"], ["check"], ["run", "--explain"]]) {
      const { code, stderr } = await world.dicode(["--config", path, ...command, dir]);
      assert.equal(code, 4, stderr);
      for (const hint of hints) assert.equal(stderr.split(hint).length, 2, stderr);
      if (providers !== "{ type: local }") assert.ok(!stderr.includes("set got"), stderr);
    }
  }
});
