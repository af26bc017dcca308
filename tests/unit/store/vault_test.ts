/** The kinds vault and openbao in process, by the fake: names, requests, logins, tokens given back. */
import assert from "node:assert/strict";
import { withDeadline } from "../../../store/deadline.ts";
import { loadKind, type ProviderContext } from "../../../store/kinds.ts";
import { type Provider, ProviderFailure } from "../../../store/provider.ts";
import { FakeVault } from "../../services/fake_vault.ts";
import { TempFolder } from "./helpers.ts";

const TOKEN = "s.canary-token-7f3a9c";
const APPROLE = { role_id: "canary-role-id", secret_id: "canary-secret-id" };
const ROLE_ENV = { VAULT_ROLE_ID: APPROLE.role_id, VAULT_SECRET_ID: APPROLE.secret_id };
const never = new AbortController().signal;

interface Opened extends Provider {
  readonly notes: string[];
  readonly concealed: string[];
  /** Waits for what goes on after an answer. */
  settled(): Promise<void>;
}

async function open(
  fake: FakeVault,
  options: Readonly<Record<string, unknown>>,
  env: Readonly<Record<string, string>> = { VAULT_TOKEN: TOKEN },
  type = "vault",
): Promise<Opened> {
  const notes: string[] = [];
  const concealed: string[] = [];
  const later: Promise<void>[] = [];
  const context: ProviderContext = {
    env: (name) => env[name],
    openStore: () => assert.fail("the store is not needed"),
    refused: () => false,
    conceal: (credential) => void concealed.push(credential),
    note: (message) => void notes.push(message),
    later: (work) => void later.push(work),
    retries: 2,
  };
  fake.tokens.set(TOKEN, { reads: [""] });
  const kind = (await loadKind(type))!;
  const provider = kind.open(
    "it",
    { address: fake.address, mount: "secret/app", ...options },
    context,
  );
  return {
    ...provider,
    notes,
    concealed,
    settled: async () => void await Promise.all(later),
  };
}

async function read(provider: Provider, ...keys: string[]): Promise<Record<string, string>> {
  const found = await provider.get(keys, never);
  return Object.fromEntries([...found].map(([key, secret]) => [key, secret.reveal()]));
}

async function failureOf(work: Promise<unknown>): Promise<ProviderFailure> {
  const error = await work.then(() => undefined, (error) => error);
  assert.ok(error instanceof ProviderFailure, String(error));
  const shown = `${error.message} ${error.hint} ${error.cause}`;
  for (const secret of [TOKEN, ...Object.values(APPROLE)]) {
    assert.ok(!shown.includes(secret), shown);
  }
  assert.ok(error.hint !== undefined);
  return error;
}

Deno.test("the mount is the first segment, or whole where a path is written; version 1 has no data", async () => {
  await using fake = new FakeVault();
  const cases = [
    [{}, "secret/data/app/K"],
    [{ mount: "secret" }, "secret/data/K"],
    [{ mount: "/secret/app/" }, "secret/data/app/K"],
    [{ mount: "secret/a/b", prefix: "P_" }, "secret/data/a/b/P_K"],
    [{ mount: "deep/er", path: "" }, "deep/er/data/K"],
    [{ mount: "deep/er", path: "x/y" }, "deep/er/data/x/y/K"],
    [{ mount: "old/app", kv_version: "1" }, "old/app/K"],
    [{ map: { K: "team/slack" } }, "secret/data/app/team/slack"],
  ] as const;
  for (const [options, path] of cases) {
    fake.put(path, { value: `at ${path}` });
    assert.deepEqual(await read(await open(fake, options), "K"), { K: `at ${path}` });
  }
  assert.deepEqual(fake.reads, cases.map(([, path]) => path));
});

Deno.test("a key's path is encoded, and none leads out of its place", async () => {
  await using fake = new FakeVault();
  const provider = await open(fake, {});
  for (const key of ["a b", "ü", "a%2Fb", "a?b", "a+b", "x/y", "name.with.dots"]) {
    fake.put(`secret/data/app/${key}`, { value: key });
    assert.deepEqual(await read(provider, key), { [key]: key });
    assert.equal(fake.asked.at(-1)!.path, `secret/data/app/${key}`);
  }
  const before = fake.asked.length;
  for (const key of ["../other", "a/../b", ".", "a//b", "/a", "a/", "-x", "a\nb", "K#"]) {
    assert.equal(provider.offers!(key), false, key);
    assert.deepEqual(await read(provider, key), {});
  }
  assert.equal(fake.asked.length, before);
});

Deno.test("50 keys with `secret` are one request; else one each, at most 8 at once", async () => {
  await using fake = new FakeVault();
  const keys = Array.from({ length: 50 }, (_, at) => `KEY_${at}`);
  const values = Object.fromEntries(keys.map((key) => [key, `value of ${key}`]));
  fake.put("secret/data/app/all", values);
  for (const key of keys) fake.put(`secret/data/app/${key}`, { value: values[key] });
  assert.deepEqual(await read(await open(fake, { secret: "all" }), ...keys), values);
  assert.deepEqual(fake.reads, ["secret/data/app/all"]);
  fake.asked.length = 0;
  fake.delayMs = 20;
  assert.deepEqual(await read(await open(fake, {}), ...keys), values);
  assert.deepEqual(
    fake.asked.map(({ path }) => path).sort(),
    keys.map((key) => `secret/data/app/${key}`).sort(),
  );
  assert.equal(fake.mostInFlight, 8);
});

Deno.test("fields: the usual one, another, `#`, and what is no text", async () => {
  await using fake = new FakeVault();
  fake.put("secret/data/app/db", {
    value: "usual",
    user: "me",
    port: 5432,
    on: true,
    list: [1, "a"],
    none: null,
  });
  const provider = await open(fake, { map: { MAPPED: "db#user" } });
  assert.deepEqual(await read(provider, "db", "db#user", "db#port", "db#on", "db#list", "MAPPED"), {
    db: "usual",
    "db#user": "me",
    "db#port": "5432",
    "db#on": "true",
    "db#list": '[1,"a"]',
    MAPPED: "me",
  });
  assert.deepEqual(fake.reads, ["secret/data/app/db"]);
  assert.deepEqual(await read(await open(fake, { field: "user" }), "db"), { db: "me" });
  assert.deepEqual(await read(provider, "db#none"), {});
});

Deno.test("a field that a secret has not is a failure that names its fields, with `secret` absence", async () => {
  await using fake = new FakeVault();
  fake.put("secret/data/app/db", { password: "canary-value", user: "canary-user" });
  const failure = await failureOf(read(await open(fake, {}), "db"));
  assert.equal(failure.kind, "misconfigured");
  assert.match(
    failure.message,
    /secret\/data\/app\/db has no field "value": it has "password", "user"/,
  );
  assert.doesNotMatch(failure.message, /canary/);
  await failureOf(read(await open(fake, {}), "db#toString"));
  const one = await open(fake, { secret: "db" });
  assert.deepEqual(await read(one, "user", "nothing", "toString"), { user: "canary-user" });
});

Deno.test("a deleted or destroyed version is absent, and said", async () => {
  await using fake = new FakeVault();
  fake.put("secret/data/app/GONE", {}, "deleted");
  fake.put("secret/data/app/CRUSHED", {}, "destroyed");
  const provider = await open(fake, {});
  assert.deepEqual(await read(provider, "GONE", "CRUSHED", "NEVER"), {});
  assert.deepEqual(provider.notes.sort(), [
    'provider "it": the latest version of secret/data/app/CRUSHED is destroyed',
    'provider "it": the latest version of secret/data/app/GONE is deleted 2026-01-02T03:04:05.678901234Z',
  ]);
});

Deno.test("every request names the namespace, and that it is no browser's", async () => {
  await using fake = new FakeVault();
  fake.allowLogin("auth/approle/login", APPROLE);
  const provider = await open(fake, { auth: "approle" }, { ...ROLE_ENV, VAULT_NAMESPACE: "team" });
  await read(provider, "K");
  await provider.settled();
  assert.equal(fake.asked.length, 3);
  for (const { namespace, headers } of fake.asked) {
    assert.equal(namespace, "team");
    assert.equal(headers.get("x-vault-request"), "true");
  }
  const written = await open(fake, { namespace: "nowhere" }, {
    VAULT_TOKEN: TOKEN,
    VAULT_NAMESPACE: "team",
  });
  const failure = await failureOf(read(written, "K"));
  assert.equal(failure.kind, "misconfigured");
  assert.match(failure.message, /no such namespace/);
});

Deno.test("each way to log in sends what it must, once, and its token alone after that", async () => {
  await using fake = new FakeVault();
  using folder = new TempFolder();
  const jwt = `${folder.path}/jwt`;
  await Deno.writeTextFile(jwt, "canary.jwt.file\n");
  fake.allowLogin("auth/approle/login", APPROLE);
  fake.allowLogin("auth/ci/roles/login", APPROLE);
  fake.allowLogin("auth/jwt/login", { role: "dicode", jwt: "canary.jwt.env" });
  fake.allowLogin("auth/kubernetes/login", { role: "dicode", jwt: "canary.jwt.file" });
  const cases = [
    [{ auth: "approle" }, ROLE_ENV],
    [{ auth: "approle", auth_mount: "ci/roles" }, ROLE_ENV],
    [{ auth: "jwt", role: "dicode", jwt_env: "CI_JWT" }, { CI_JWT: "canary.jwt.env" }],
    [{ auth: "kubernetes", role: "dicode", jwt_file: jwt }, {}],
  ] as const;
  for (const [options, env] of cases) {
    fake.asked.length = 0;
    fake.put("secret/data/app/K", { value: "v" });
    fake.put("secret/data/app/L", { value: "w" });
    const provider = await open(fake, options, env);
    assert.deepEqual(await read(provider, "K", "L"), { K: "v", L: "w" });
    await provider.settled();
    const [login, ...others] = fake.asked;
    assert.match(login!.path, /^auth\/.*login$/);
    assert.equal(login!.token, null);
    const token = others[0]!.token!;
    assert.ok(provider.concealed.includes(token));
    assert.deepEqual(others.map((asked) => asked.token), [token, token, token]);
    assert.equal(others.at(-1)!.path, "auth/token/revoke-self");
    assert.ok(!fake.tokens.has(token));
  }
});

Deno.test("a token is not given back that is not of a login, short-lived, or a batch token", async () => {
  await using fake = new FakeVault();
  const cases = [
    [{}, { VAULT_TOKEN: TOKEN }, {}],
    [{ auth: "approle" }, ROLE_ENV, { leaseDuration: 59 }],
    [{ auth: "approle" }, ROLE_ENV, { tokenType: "batch" }],
  ] as const;
  for (const [at, [options, env, auth]] of cases.entries()) {
    fake.allowLogin(`auth/m${at}/login`, APPROLE, auth);
    const provider = await open(fake, { ...options, auth_mount: `m${at}` }, env);
    await read(provider, "K");
    await provider.settled();
    assert.equal(fake.count("auth/token/revoke-self"), 0);
  }
});

Deno.test("a token that has gone is replaced by one new login, for all that is read", async () => {
  await using fake = new FakeVault();
  fake.allowLogin("auth/approle/login", APPROLE);
  const keys = ["A", "B", "C", "D"];
  for (const key of keys) fake.put(`secret/data/app/${key}`, { value: key });
  const login = { times: 1, path: "auth/approle/login", status: 200 };
  const auth = { client_token: "s.canary-gone", lease_duration: 600, token_type: "service" };
  fake.faults.push({ ...login, body: JSON.stringify({ auth }) });
  const provider = await open(fake, { auth: "approle" }, ROLE_ENV);
  assert.deepEqual(Object.keys(await read(provider, ...keys)), keys);
  assert.equal(fake.count("auth/approle/login"), 2);
  assert.equal(fake.count("auth/token/lookup-self"), 1);
});

Deno.test("what a 403 means is found out: the token, or its policies, after one new login at most", async () => {
  await using fake = new FakeVault();
  fake.tokens.set("s.canary-narrow", { reads: ["secret/data/other/"] });
  const bad = await failureOf(read(await open(fake, {}, { VAULT_TOKEN: "s.canary-bad" }), "K"));
  assert.equal(bad.kind, "unauthenticated");
  const denied = await failureOf(
    read(await open(fake, {}, { VAULT_TOKEN: "s.canary-narrow" }), "K"),
  );
  assert.equal(denied.kind, "denied");
  assert.match(denied.hint!, /path "secret\/data\/app\/K" \{ capabilities = \["read"\] \}/);
  fake.allowLogin("auth/approle/login", APPROLE, { reads: ["secret/data/other/"] });
  // A token whose policies are without `default` may not look itself up.
  fake.faults.push({
    path: "lookup-self",
    times: 9,
    status: 403,
    body: '{"errors":["permission denied"]}',
  });
  const role = await open(fake, { auth: "approle" }, ROLE_ENV);
  const before = fake.tokens.size;
  assert.equal((await failureOf(read(role, "K"))).kind, "denied");
  assert.equal(fake.count("auth/approle/login"), 2);
  await role.settled();
  assert.equal(fake.tokens.size, before);
});

Deno.test("openbao reads BAO_ variables before VAULT_ ones; one that is set to nothing counts", async () => {
  await using fake = new FakeVault();
  const env = {
    BAO_ADDR: fake.address,
    VAULT_ADDR: "http://127.0.0.1:1",
    BAO_NAMESPACE: "",
    VAULT_NAMESPACE: "nowhere",
    BAO_TOKEN: TOKEN,
    VAULT_TOKEN: "s.canary-bad",
  };
  fake.put("secret/data/app/K", { value: "v" });
  const provider = await open(fake, { address: undefined }, env, "openbao");
  assert.deepEqual(await read(provider, "K"), { K: "v" });
  const none = await open(fake, { address: undefined }, {});
  assert.match((await failureOf(read(none, "K"))).hint!, /VAULT_ADDR/);
  const odd = await open(fake, { address: undefined }, { VAULT_ADDR: "vault.example.com:8200" });
  assert.equal((await failureOf(read(odd, "K"))).kind, "misconfigured");
});

Deno.test("the time limit ends a request that hangs, and nothing is waited for after it", async () => {
  await using fake = new FakeVault();
  fake.allowLogin("auth/approle/login", APPROLE);
  fake.faults.push({ path: "secret/data", delayMs: Infinity });
  const provider = await open(fake, { auth: "approle" }, ROLE_ENV);
  const late = new Error("late");
  await assert.rejects(
    withDeadline(300, never, () => late, (signal) => provider.get(["K"], signal)),
    late,
  );
  await provider.settled();
});

Deno.test("a key, a field's name or a server's word that turns a line around is shown in quotes", async () => {
  await using fake = new FakeVault();
  const odd = 'a"b\u202e c';
  fake.put("secret/data/app/K", { [odd]: "x", ["f".repeat(1000)]: "y" });
  fake.tokens.set("s.canary-narrow", { reads: ["secret/data/app/K"] });
  const provider = await open(fake, {}, { VAULT_TOKEN: "s.canary-narrow" });
  const denied = await failureOf(read(provider, odd));
  assert.match(denied.hint!, /path "secret\/data\/app\/a\\"b\\u\{202e\} c" \{ cap/);
  const field = await failureOf(read(provider, "K"));
  const metadata = { deletion_time: "\x1b[2Jnow", destroyed: false };
  const body = JSON.stringify({ data: { data: null, metadata } });
  fake.faults.push({ path: "app/K", status: 404, body });
  assert.deepEqual(await read(provider, "K"), {});
  const shown = [denied.message, denied.hint, field.message, field.hint, ...provider.notes].join(
    "",
  );
  assert.doesNotMatch(shown, /\p{Cc}|\p{Cf}|f{200}/u);
});
