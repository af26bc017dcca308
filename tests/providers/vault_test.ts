/** HashiCorp Vault, by the fake that answers as OpenBao did: the scenarios that every kind knows. */
import assert from "node:assert/strict";
import { ISOLATION, World } from "../helpers.ts";
import { FakeVault, type Fault } from "../services/fake_vault.ts";
import { makeAuthority } from "../services/own_authority.ts";
import { type Setup, type Subject, testConformance } from "./conformance.ts";

const TOKEN = "s.canary-token-7f3a9c";
const PATH = "secret/data/dicode/WANTED_KEY";

interface Options {
  readonly fault?: Fault;
  readonly fields?: Readonly<Record<string, unknown>> | null;
  readonly token?: string;
  readonly more?: Partial<Setup>;
}

/** A fake with the value, the entry that asks it, and the faults that come first. */
function behind({ value, stack }: Subject, options: Options = {}): { fake: FakeVault; it: Setup } {
  const { fault, fields = { value }, token = TOKEN, more } = options;
  const fake = stack.use(new FakeVault());
  fake.tokens.set(TOKEN, { reads: [""] });
  if (fields !== null) fake.put(PATH, fields);
  if (fault !== undefined) fake.faults.push(fault);
  const it: Setup = {
    entry: { address: fake.address, mount: "secret/dicode" },
    env: { VAULT_TOKEN: token },
    credentials: [token],
    ...more,
  };
  return { fake, it };
}

const HUGE = JSON.stringify({ data: { data: { value: "x".repeat(2 * 1024 * 1024) } } });

const LIMITED = JSON.stringify({
  errors: [`request path "${PATH}": rate limit quota exceeded`],
});

testConformance("vault", {
  found: (subject) => behind(subject).it,
  absent: (subject) => behind(subject, { fields: null }).it,
  empty: (subject) => behind(subject, { fields: { value: "" } }).it,
  deleted: (subject) => {
    const { fake, it } = behind(subject);
    fake.put(PATH, {}, "deleted");
    return it;
  },
  ambiguous: "a path names one secret",
  unauthorised: (subject) =>
    behind(subject, {
      token: "s.canary-other-token",
      more: { said: /hint: get another one with vault login/ },
    }).it,
  forbidden: (subject) => {
    const { fake, it } = behind(subject);
    fake.tokens.set(TOKEN, { reads: ["secret/data/other/"] });
    return {
      ...it,
      said: /path "secret\/data\/dicode\/WANTED_KEY" \{ capabilities = \["read"\] \}/,
    };
  },
  limited: (subject) => {
    const fault = { status: 429, headers: { "retry-after": "1" }, body: LIMITED };
    return behind(subject, { fault }).it;
  },
  flaky: (subject) => behind(subject, { fault: { status: 500, body: '{"errors":["oops"]}' } }).it,
  hang: (subject) => {
    const { it } = behind(subject, { fault: { delayMs: Infinity } });
    return { ...it, entry: { ...it.entry, timeout: "1s" } };
  },
  truncated: (subject) => behind(subject, { fault: { status: 200, body: '{"data":{"da' } }).it,
  huge: (subject) => behind(subject, { fault: { status: 200, body: HUGE } }).it,
  html: (subject) => {
    const headers = { "content-type": "text/html" };
    const fault = { status: 502, headers, body: "<html>Bad Gateway</html>", times: 99 };
    return behind(subject, { fault }).it;
  },
  redirect: (subject) => {
    const other = subject.stack.use(new FakeVault());
    subject.stack.defer(() => assert.deepEqual(other.asked, []));
    const headers = { location: `${other.address}/v1/${PATH}` };
    return behind(subject, { fault: { status: 307, headers, times: 99 } }).it;
  },
  wrongCa: async (subject) => {
    const { tls } = await makeAuthority(subject.world.dir);
    const fake = subject.stack.use(new FakeVault(tls));
    const { it } = behind(subject);
    return { ...it, entry: { ...it.entry, address: fake.address }, said: /ca_file/ };
  },
  newline: (subject) => behind(subject, { token: `${TOKEN}\ns.canary-second-line` }).it,
});

Deno.test("a command ends when the token of its login is given back", async () => {
  await using world = await World.make();
  await using fake = new FakeVault();
  const login = { role_id: "canary-role-id", secret_id: "canary-secret-id" };
  fake.allowLogin("auth/approle/login", login);
  fake.put(PATH, { value: "canary-value" });
  const config = `${world.dir}/dicode.yaml`;
  const provider = {
    type: "vault",
    address: fake.address,
    mount: "secret/dicode",
    auth: "approle",
  };
  await Deno.writeTextFile(config, JSON.stringify({ secrets: { providers: [provider] } }));
  const yaml = "permissions: { env: [{ name: GOT, secret: WANTED_KEY }] }\n";
  const dir = await world.mainTask("wants", yaml, "return 1;");
  const env = { VAULT_ROLE_ID: login.role_id, VAULT_SECRET_ID: login.secret_id };
  const before = fake.tokens.size;
  for (const command of ["check", "run"]) {
    fake.faults.push({ path: "revoke-self", delayMs: 700 });
    const shown = await world.dicode(["--config", config, command, dir], { env });
    assert.equal(shown.code, 0, shown.stderr);
    assert.equal(fake.tokens.size, before, `${command} has left a token behind`);
  }
});

Deno.test("a server that is gone ends the run, or is passed over where dicode.yaml says so", async () => {
  await using world = await World.make();
  const gone = new FakeVault();
  await gone[Symbol.asyncDispose]();
  const config = `${world.dir}/dicode.yaml`;
  const yaml = "permissions: { env: [{ name: GOT, secret: WANTED_KEY }] }\n";
  const dir = await world.mainTask("wants", yaml, `return context.env.get("GOT").length;`);
  const env = { VAULT_TOKEN: TOKEN, WANTED_KEY: "four" };
  const run = async (more: Readonly<Record<string, unknown>>) => {
    const provider = { type: "vault", address: gone.address, mount: "secret/dicode", ...more };
    const secrets = { providers: [provider, { type: "env" }] };
    await Deno.writeTextFile(config, JSON.stringify({ isolation: ISOLATION, secrets }));
    return await world.dicode(["--config", config, "run", dir], { env });
  };
  const failed = await run({});
  assert.equal(failed.code, 4);
  assert.match(
    failed.stderr,
    /provider "vault" \(unreachable\): .*nothing listens there\n.*hint: /,
  );
  const passed = await run({ on_error: "next" });
  assert.equal(passed.stdout, "4\n", passed.stderr);
  assert.match(passed.stderr, /provider "vault" \(unreachable\): .*on_error: next/);
  for (const { stderr } of [failed, passed]) assert.doesNotMatch(stderr, /canary/);
});
