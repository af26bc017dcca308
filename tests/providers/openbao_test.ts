/** The real OpenBao, by the real command line: logins, policies, deletion, the seal, TLS, counts. */
import assert from "node:assert/strict";
import { loadKind } from "../../store/kinds.ts";
import { assertHidden, ISOLATION, type Shown, World } from "../helpers.ts";
import { CountingProxy } from "../services/counting_proxy.ts";
import { freePort, Openbao, openbaoProgram, testWithOpenbao } from "../services/openbao.ts";
import {
  enableJwt,
  enableKubernetes,
  serveTokenReview,
  SERVICE_ACCOUNT,
  serviceAccountClaims,
  Signer,
} from "../services/openbao_logins.ts";
import { makeAuthority } from "../services/own_authority.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const VALUE = "canary-of-openbao-5b1e";

type Env = Readonly<Record<string, string>>;

/** A task that wants the keys and returns how long each value is. */
async function wants(world: World, ...keys: string[]): Promise<string> {
  const entries = keys.map((key, at) => `{ name: GOT_${at}, secret: ${JSON.stringify(key)} }`);
  return await world.mainTask(
    "wants",
    `permissions: { env: [${entries.join(", ")}] }\n`,
    `return [${keys.map((_, at) => `context.env.get("GOT_${at}").length`).join(", ")}];`,
  );
}

/** Runs a command with these providers. */
async function dicode(
  world: World,
  args: readonly string[],
  providers: readonly Readonly<Record<string, unknown>>[],
  env: Env,
): Promise<Shown> {
  const config = `${world.dir}/dicode.yaml`;
  await Deno.writeTextFile(
    config,
    JSON.stringify({ isolation: ISOLATION, secrets: { providers } }),
  );
  const shown = await world.dicode(["--config", config, ...args], { env });
  assertHidden(shown, VALUE, ...Object.values(env).filter((value) => !value.startsWith("/")));
  return shown;
}

/** How many tokens of a login are not given back. */
async function leases(bao: Openbao, method: string): Promise<number> {
  const path = `sys/leases/lookup/auth/${method}/login`;
  const { status, body } = await bao.call("LIST", path);
  return status === 404 ? 0 : body.data.keys.length;
}

testWithOpenbao("the example of dicode.yaml works with only its address changed", async () => {
  await using bao = await Openbao.start();
  await using world = await World.make();
  await bao.write("dicode/DB_PASS", { value: VALUE });
  await bao.allow("reads-dicode", "secret/data/dicode/*");
  const { roleId, secretId } = await bao.appRole("dicode", ["reads-dicode"]);
  const config = `${world.dir}/dicode.yaml`;
  await Deno.writeTextFile(
    config,
    `secrets:
  providers:
    - type: local      # encrypted store
    - type: env        # host environment
    - type: vault
      address: ${bao.address}
      auth: approle
      mount: secret/dicode
isolation: ${ISOLATION}
expose: []             # variables that hold a provider's own credential and that tasks may read all the same
`,
  );
  const dir = await wants(world, "DB_PASS");
  const env = { VAULT_ROLE_ID: roleId, VAULT_SECRET_ID: secretId };
  for (const [args, said] of [[["run", dir], /^\[22\]\n$/], [["check", dir], /vault/]] as const) {
    const shown = await world.dicode(["--config", config, ...args], { env });
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stdout, said);
    assertHidden(shown, VALUE, roleId, secretId);
    assert.equal(await leases(bao, "approle"), 0, `${args[0]} has left a token behind`);
  }
  await world.store({ DB_PASS: "of the store" });
  const shown = await world.dicode(["--config", config, "run", dir], { env });
  assert.equal(shown.stdout, "[12]\n", shown.stderr);
});

testWithOpenbao("a policy that does not allow a path: the failure names that path", async () => {
  await using bao = await Openbao.start();
  await using world = await World.make();
  await bao.write("dicode/DB_PASS", { value: VALUE });
  await bao.allow("reads-other", "secret/data/other/*");
  const dir = await wants(world, "DB_PASS");
  const provider = { type: "openbao", address: bao.address, mount: "secret/dicode" };
  const denied = await dicode(world, ["run", dir], [provider], {
    BAO_TOKEN: await bao.token("reads-other"),
  });
  assert.equal(denied.code, 4);
  assert.match(denied.stderr, /provider "openbao" \(denied\)/);
  assert.match(
    denied.stderr,
    /path "secret\/data\/dicode\/DB_PASS" \{ capabilities = \["read"\] \}/,
  );
  const gone = await bao.token("reads-other");
  await bao.must("POST", "auth/token/revoke", { token: gone });
  const revoked = await dicode(world, ["run", dir], [provider], { BAO_TOKEN: gone });
  assert.match(revoked.stderr, /\(unauthenticated\).*\ndicode: hint: .*bao login/);
  const { roleId, secretId } = await bao.appRole("other", ["reads-other"]);
  const role = await dicode(world, ["run", dir], [{ ...provider, auth: "approle" }], {
    BAO_ROLE_ID: roleId,
    BAO_SECRET_ID: secretId,
  });
  assert.match(role.stderr, /\(denied\)/);
  assert.equal(await leases(bao, "approle"), 0, "a token is left behind");
  const wrong = await dicode(world, ["run", dir], [{ ...provider, auth: "approle" }], {
    BAO_ROLE_ID: roleId,
    BAO_SECRET_ID: "canary-wrong-secret-id",
  });
  assert.match(wrong.stderr, /\(unauthenticated\).*invalid role or secret ID/);
});

testWithOpenbao("a deleted secret is absent, and `check` says when it was deleted", async () => {
  await using bao = await Openbao.start();
  await using world = await World.make();
  await bao.write("dicode/GONE", { value: "one" });
  await bao.write("dicode/GONE", { value: VALUE });
  await bao.must("DELETE", "secret/data/dicode/GONE");
  const dir = await wants(world, "GONE");
  const provider = { type: "vault", address: bao.address, mount: "secret/dicode" };
  const env = { VAULT_TOKEN: bao.rootToken };
  for (const command of ["run", "check"]) {
    const shown = await dicode(world, [command, dir], [provider], env);
    assert.equal(shown.code, 4);
    assert.match(shown.stderr, /latest version of secret\/data\/dicode\/GONE is deleted 2\d{3}-/);
  }
  const next = await dicode(world, ["run", dir], [provider, { type: "env" }], {
    ...env,
    GONE: "of the environment",
  });
  assert.equal(next.stdout, "[18]\n", next.stderr);
});

testWithOpenbao(
  "a sealed server, a wrong mount, namespace or version: each says what to do",
  async () => {
    await using bao = await Openbao.start();
    await using world = await World.make();
    await bao.must("POST", "sys/mounts/old", { type: "kv", options: { version: "1" } });
    await bao.must("POST", "old/dicode/DB_PASS", { value: VALUE });
    await bao.must("POST", "sys/namespaces/team");
    const namespace = { namespace: "team" };
    await bao.must("POST", "sys/mounts/kv", { type: "kv", options: { version: "2" } }, namespace);
    // A mount of version 2 is not ready at once.
    const write = () =>
      bao.call("POST", "kv/data/a/DB_PASS", { data: { value: VALUE } }, namespace);
    for (let tries = 0; (await write()).status >= 300; tries++) {
      assert.ok(tries < 50, "the mount in the namespace does not get ready");
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const dir = await wants(world, "DB_PASS");
    const env = { VAULT_TOKEN: bao.rootToken };
    const run = (options: Readonly<Record<string, unknown>>) =>
      dicode(world, ["run", dir], [{ type: "vault", address: bao.address, ...options }], env);
    assert.equal((await run({ mount: "old/dicode", kv_version: 1 })).stdout, "[22]\n");
    assert.equal((await run({ mount: "kv/a", namespace: "team" })).stdout, "[22]\n");
    const failures = [
      [{ mount: "nowhere/dicode" }, /no mount for nowhere\/data\/dicode\/DB_PASS/],
      [{ mount: "kv/a", namespace: "elsewhere" }, /no such namespace/],
      [{ mount: "secret/dicode", kv_version: 1 }, /hint: write kv_version: 2/],
    ] as const;
    for (const [options, said] of failures) {
      const shown = await run(options);
      assert.equal(shown.code, 4);
      assert.match(shown.stderr, said);
    }
    await bao.must("PUT", "sys/seal");
    assert.match(
      (await run({ mount: "secret" })).stderr,
      /is sealed\ndicode: hint: .*vault operator unseal/,
    );
  },
);

testWithOpenbao(
  "TLS with an authority of its own, and with a certificate of the client's",
  async () => {
    await using world = await World.make();
    const { caFile, tls } = await makeAuthority(world.dir);
    await Deno.writeTextFile(`${world.dir}/cert.pem`, tls.cert);
    await Deno.writeTextFile(`${world.dir}/key.pem`, tls.key);
    const port = freePort();
    await using bao = await Openbao.start({
      tls: true,
      config: `listener "tcp" {
      address = "127.0.0.1:${port}"
      tls_cert_file = "${world.dir}/cert.pem"
      tls_key_file = "${world.dir}/key.pem"
      tls_client_ca_file = "${caFile}"
      tls_require_and_verify_client_cert = true
    }`,
    });
    await bao.write("dicode/DB_PASS", { value: VALUE });
    const dir = await wants(world, "DB_PASS");
    const token = { VAULT_TOKEN: bao.rootToken };
    const run = (options: Readonly<Record<string, unknown>>, env: Env = {}) => {
      const provider = { type: "vault", address: bao.address, mount: "secret/dicode", ...options };
      return dicode(world, ["run", dir], [provider], { ...token, ...env });
    };
    assert.match((await run({})).stderr, /\(misconfigured\).*certificate\ndicode: hint: .*ca_file/);
    assert.equal((await run({ ca_file: bao.caFile })).stdout, "[22]\n");
    assert.equal((await run({}, { VAULT_CACERT: bao.caFile! })).stdout, "[22]\n");
    const plain = bao.address.replace("https", "http");
    assert.match((await run({ address: plain })).stderr, /speaks TLS.*\ndicode: hint: .*https/);
    const address = `https://127.0.0.1:${port}`;
    const anonymous = await run({ address, ca_file: caFile });
    // Whether its word about that is read before it closes is a matter of luck.
    assert.match(anonymous.stderr, /\((unauthenticated|unreachable)\).*[\s\S]*client_cert_file/);
    const certified = await run({
      address,
      ca_file: caFile,
      client_cert_file: `${world.dir}/cert.pem`,
      client_key_file: `${world.dir}/key.pem`,
    });
    assert.equal(certified.stdout, "[22]\n", certified.stderr);
  },
);

testWithOpenbao("a JWT and a Kubernetes service account log in", async () => {
  await using bao = await Openbao.start();
  await using world = await World.make();
  await bao.write("dicode/DB_PASS", { value: VALUE });
  await bao.allow("reads-dicode", "secret/data/dicode/*");
  const signer = await Signer.make();
  const api = serveTokenReview();
  await enableJwt(bao, signer, "dicode", ["reads-dicode"]);
  await enableKubernetes(bao, api, "dicode", ["reads-dicode"]);
  const dir = await wants(world, "DB_PASS");
  const account = await signer.sign(serviceAccountClaims(SERVICE_ACCOUNT));
  await Deno.writeTextFile(`${world.dir}/token`, account);
  const base = { type: "openbao", address: bao.address, mount: "secret/dicode", role: "dicode" };
  const jwt = await signer.sign({ sub: "ci", aud: "dicode" });
  const shown = [
    await dicode(world, ["run", dir], [{ ...base, auth: "jwt", jwt_env: "CI_JWT" }], {
      CI_JWT: jwt,
    }),
    await dicode(
      world,
      ["run", dir],
      [{ ...base, auth: "kubernetes", jwt_file: `${world.dir}/token` }],
      {},
    ),
  ];
  for (const { stdout, stderr } of shown) assert.equal(stdout, "[22]\n", stderr);
  assertHidden(shown[1]!, account);
  assert.deepEqual([await leases(bao, "jwt"), await leases(bao, "kubernetes")], [0, 0]);
  await api.shutdown();
});

testWithOpenbao(
  "50 secrets: one read with `secret`, else 50 with at most 8 in flight",
  async () => {
    await using bao = await Openbao.start();
    await using proxy = new CountingProxy(bao.address);
    await using world = await World.make();
    const keys = Array.from({ length: 50 }, (_, at) => `KEY_${at}`);
    await bao.write("dicode", Object.fromEntries(keys.map((key) => [key, VALUE])));
    for (const key of keys) await bao.write(`each/${key}`, { value: VALUE });
    await bao.allow("reads", "secret/data/*");
    const { roleId, secretId } = await bao.appRole("dicode", ["reads"]);
    const env = { VAULT_ROLE_ID: roleId, VAULT_SECRET_ID: secretId };
    const dir = await wants(world, ...keys);
    const base = { type: "vault", address: proxy.address, auth: "approle" };
    const expected = `${JSON.stringify(keys.map(() => VALUE.length))}\n`;
    const one = await dicode(
      world,
      ["run", dir],
      [{ ...base, mount: "secret", secret: "dicode" }],
      env,
    );
    assert.equal(one.stdout, expected, one.stderr);
    assert.deepEqual(proxy.asked, [
      "POST /v1/auth/approle/login",
      "GET /v1/secret/data/dicode",
      "POST /v1/auth/token/revoke-self",
    ]);
    proxy.asked.length = 0;
    const each = await dicode(world, ["run", dir], [{ ...base, mount: "secret/each" }], env);
    assert.equal(each.stdout, expected, each.stderr);
    assert.equal(proxy.count("GET /v1/secret/data/each/KEY_"), 50);
    assert.equal(proxy.asked.length, 52);
    assert.ok(proxy.mostInFlight <= 8, `${proxy.mostInFlight} were in flight`);
  },
);

testWithOpenbao("odd keys are the paths that the server's own client would write", async () => {
  await using bao = await Openbao.start();
  await using world = await World.make();
  const keys = ["a b", "ü", "a%2Fb", "a?b", "a+b", "x/y", "name.with.dots", "a:b@c", "ends."];
  for (const key of keys) {
    await bao.write(`dicode/${key.split("/").map(encodeURIComponent).join("/")}`, { value: VALUE });
  }
  const { data } = await bao.must("LIST", "secret/metadata/dicode");
  assert.deepEqual(data.keys.sort(), keys.map((key) => key.replace(/\/.*/, "/")).sort());
  const dir = await wants(world, ...keys);
  const provider = { type: "vault", address: bao.address, mount: "secret/dicode" };
  const shown = await dicode(world, ["run", dir], [provider], { VAULT_TOKEN: bao.rootToken });
  assert.equal(shown.stdout, `${JSON.stringify(keys.map(() => VALUE.length))}\n`, shown.stderr);
});

testWithOpenbao("diagnose() says what is reachable, who one is, and what one may do", async () => {
  await using bao = await Openbao.start();
  await bao.allow("reads-dicode", "secret/data/dicode/*");
  const { roleId, secretId } = await bao.appRole("dicode", ["reads-dicode"]);
  const kind = (await loadKind("openbao"))!;
  const diagnose = async (options: Readonly<Record<string, unknown>>, env: Env) => {
    const provider = kind.open("it", { address: bao.address, mount: "secret/dicode", ...options }, {
      env: (name) => env[name],
      openStore: () => assert.fail("the store is not needed"),
      refused: () => false,
      conceal: () => {},
      retries: 0,
    });
    const found = await provider.diagnose!(AbortSignal.timeout(10_000));
    const text = JSON.stringify(found);
    for (const secret of [bao.rootToken, secretId]) assert.ok(!text.includes(secret), text);
    return found.map(({ what, state, found, hint }) => `${what} ${state}: ${found} ${hint ?? ""}`);
  };
  const host = new URL(bao.address).host;
  const reachable = `reachable ok: ${host} is unsealed, version 2.7.2 `;
  const role = { BAO_ROLE_ID: roleId, BAO_SECRET_ID: secretId };
  const mount = "mount ok: secret is KV version 2 ";
  assert.deepEqual(await diagnose({ auth: "approle" }, role), [
    reachable,
    "authenticated ok: the login works, with the policies default, reads-dicode ",
    mount,
    "allowed ok: it may read secret/data/dicode/EXAMPLE_KEY ",
  ]);
  const [, , , warned] = await diagnose({ auth: "approle", mount: "secret/other" }, role);
  assert.match(
    warned!,
    /^allowed warning: it may not read secret\/data\/other\/EXAMPLE_KEY.* path "secret\/data\/other\/\*" \{/,
  );
  const [, , , broken] = await diagnose(
    { auth: "approle", mount: "secret/other", secret: "all" },
    role,
  );
  assert.match(broken!, /^allowed broken: it may not read secret\/data\/other\/all .*capabilities/);
  const asV1 = await diagnose({ auth: "approle", kv_version: "1" }, role);
  assert.equal(asV1[2], "mount broken: secret is KV version 2 write kv_version: 2 in dicode.yaml");
  await bao.must("POST", "sys/mounts/old", { type: "kv", options: { version: "1" } });
  const asV2 = await diagnose({ mount: "old" }, { BAO_TOKEN: bao.rootToken });
  assert.equal(asV2[3], "mount broken: old is KV version 1 write kv_version: 1 in dicode.yaml");
  const other = await diagnose({ mount: "identity" }, { BAO_TOKEN: bao.rootToken });
  assert.match(other[3]!, /^mount broken: identity is no KV engine, but identity/);
  const nowhere = await diagnose({ auth: "approle", mount: "nowhere" }, role);
  assert.match(nowhere[2]!, /^allowed warning/);
  const root = await diagnose({}, { BAO_TOKEN: bao.rootToken });
  assert.match(root[2]!, /^rights warning: the token may do everything/);
  const short = await diagnose({}, { BAO_TOKEN: await bao.token("reads-dicode") });
  assert.match(short[2]!, /^lifetime warning: the token ends in (10|9) min .*auth: approle/);
  const [, bad] = await diagnose({}, { BAO_TOKEN: "s.canary-nonsense" });
  assert.match(bad!, /^authenticated broken: the token is unknown or expired/);
  await assert.rejects(
    diagnose({ auth: "approle" }, { ...role, BAO_SECRET_ID: "canary-wrong" }),
    /unauthenticated.*invalid role or secret ID/,
  );
  await bao.must("PUT", "sys/seal");
  assert.deepEqual(await diagnose({}, {}), [
    `reachable broken: ${host} is sealed unseal it: bao operator unseal`,
  ]);
});

testWithOpenbao(
  "the commands and the configuration of the docs' page work as they stand",
  async () => {
    await using bao = await Openbao.start();
    await using world = await World.make();
    const page = await Deno.readTextFile(`${ROOT}docs/providers/vault.md`);
    const [, commands] = /```sh\n([\s\S]*?)```/.exec(page)!;
    const [, yaml] = /```yaml\n([\s\S]*?)```/.exec(page)!;
    const bin = `${world.dir}/bin`;
    await Deno.mkdir(bin);
    const cli = `'${Deno.execPath()}' run --quiet --no-prompt -A '${ROOT}cli.ts'`;
    const scripts = { vault: `exec '${openbaoProgram()}' "$@"`, dicode: `exec ${cli} "$@"` };
    for (const [name, body] of Object.entries(scripts)) {
      await Deno.writeTextFile(`${bin}/${name}`, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
    }
    const denoDir = Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
    const { code, stderr } = await new Deno.Command("sh", {
      args: ["-eu", "-c", commands!],
      clearEnv: true,
      env: {
        HOME: world.home,
        PATH: `${bin}:/usr/bin:/bin`,
        DENO_DIR: denoDir,
        VAULT_ADDR: bao.address,
        VAULT_TOKEN: bao.rootToken,
      },
      stdin: "null",
    }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    const config = yaml!.replace(/https:\/\/vault\.example\.com:8200/, bao.address);
    assert.ok(config.includes(bao.address));
    await Deno.writeTextFile(`${world.dataDir}/dicode.yaml`, config);
    const shown = await world.run(await wants(world, "DB_PASS"));
    assert.equal(shown.stdout, "[12]\n", shown.stderr);
    assertHidden(shown, "the password");
  },
);
