/**
 * The fake Vault is believed because node-vault reads from it what it reads from the real OpenBao; and
 * what is recorded of that is what this OpenBao still answers.
 */
import assert from "node:assert/strict";
import answers from "../fixtures/openbao/answers.json" with { type: "json" };
import type { Call } from "../oracles/vault_call.ts";
import { FakeVault } from "../services/fake_vault.ts";
import { Openbao, testWithOpenbao } from "../services/openbao.ts";
import {
  enableJwt,
  enableKubernetes,
  serveTokenReview,
  SERVICE_ACCOUNT,
  serviceAccountClaims,
  Signer,
} from "../services/openbao_logins.ts";
import { record, settle } from "../services/record_openbao.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

/** What node-vault makes of each call, one after the other. */
async function ask(address: string, calls: readonly Call[]): Promise<unknown[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", "--config", "tests/oracles/deno.json", "tests/oracles/vault.ts"]
      .concat(address),
    cwd: ROOT,
    clearEnv: true,
    env: Object.fromEntries(
      ["HOME", "PATH", "DENO_DIR"].flatMap((name) => {
        const value = Deno.env.get(name);
        return value === undefined ? [] : [[name, value]];
      }),
    ),
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(calls)));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** The calls, and in what way each of them is to be read; `credentials` differ between the two. */
function calls(credentials: {
  readonly token: string;
  readonly approle: Record<string, string>;
  readonly jwt: Record<string, string>;
  /** Signed by somebody else. */
  readonly badJwt: string;
  readonly kubernetes: Record<string, string>;
}): [Call, expected: RegExp][] {
  const { token, approle, jwt, badJwt, kubernetes } = credentials;
  const read = (path: string, more: Partial<Call> = {}): Call => ({
    does: "read",
    path,
    token,
    ...more,
  });
  const login = (login: NonNullable<Call["login"]>, body: Record<string, string>): Call => ({
    does: "login",
    login,
    body,
  });
  return [
    [read("secret/data/app/one"), /"data":\{"data":\{"n":7,"value":"value of one"\}/],
    [read("secret/data/app/none"), /"error":"Status 404".*"body":\{"errors":\[\]\}/],
    [read("secret/data/app/gone"), /"error":"Status 404".*"data":null.*"deletion_time":"2/],
    [read("secret/data/app/destroyed"), /"error":"Status 404".*"destroyed":true/],
    [read("old/app/one"), /"data":\{"value":"value of one"\}/],
    [read("old/app/none"), /"error":"Status 404".*"body":\{"errors":\[\]\}/],
    [read("secret/app/one"), /"error":"Status 404".*Invalid path for a versioned K\/V/],
    [read("secret/data/other/one"), /permission denied.*"status":403/],
    [read("nowhere/data/app/one"), /permission denied.*"status":403/],
    [read("nowhere/data/app/one", { token: "ROOT" }), /no handler for route.*"status":404/],
    [read("secret/data/app/one", { token: "nonsense" }), /permission denied.*"status":403/],
    [read("secret/data/app/one", { namespace: "nowhere" }), /namespace not found.*"status":404/],
    [login("approle", approle), /"client_token":"s\.recordedtoken".*"lease_duration":600/],
    [login("approle", { ...approle, secret_id: "no" }), /invalid role or secret ID.*"status":400/],
    [login("jwt", jwt), /"client_token":"s\.recordedtoken".*"lease_duration":600/],
    [login("jwt", { ...jwt, jwt: badJwt }), /error validating token.*"status":400/],
    [login("kubernetes", kubernetes), /"service_account_name":"dicode"/],
    [{ does: "health" }, /"initialized":true,"sealed":false/],
    [{ does: "lookup", token }, /"policies":\["default","reads-app"\]/],
    [{ does: "lookup", token: "nonsense" }, /permission denied.*"status":403/],
    [{ does: "revoke", token }, /./],
    [read("secret/data/app/one"), /permission denied.*"status":403/],
  ];
}

const FIELDS = { n: 7, value: "value of one" };

/** What the fake is like, read by node-vault, with ids and times as they are recorded. */
async function askFake(): Promise<{ asked: ReturnType<typeof calls>; found: string[] }> {
  await using fake = new FakeVault();
  fake.put("secret/data/app/one", FIELDS);
  fake.put("secret/data/app/gone", {}, "deleted");
  fake.put("secret/data/app/destroyed", {}, "destroyed");
  fake.put("old/app/one", { value: "value of one" });
  const reads = ["secret/data/app/", "old/app/", "secret/app/"];
  fake.tokens.set("limited", { reads });
  const logins = {
    approle: { role_id: "role", secret_id: "secret" },
    jwt: { role: "dicode", jwt: "jwt" },
    kubernetes: { role: "dicode", jwt: "account" },
  };
  for (const [name, body] of Object.entries(logins)) {
    fake.allowLogin(`auth/${name}/login`, body, { reads });
  }
  const asked = calls({ token: "limited", badJwt: "other", ...logins });
  const sent = asked.map(([call]) => call.token === "ROOT" ? { ...call, token: "root" } : call);
  const results = await ask(fake.address, sent);
  return { asked, found: results.map((result) => JSON.stringify(settle(result).body)) };
}

Deno.test("node-vault reads each answer of the fake Vault", async () => {
  const { asked, found } = await askFake();
  for (const [at, [call, expected]] of asked.entries()) {
    assert.match(found[at]!, expected, `${JSON.stringify(call)}: ${found[at]}`);
  }
});

testWithOpenbao("node-vault reads the same from OpenBao as from the fake", async () => {
  await using bao = await Openbao.start();
  await bao.write("app/one", FIELDS);
  await bao.write("app/gone", { value: "gone" });
  await bao.must("DELETE", "secret/data/app/gone");
  await bao.write("app/destroyed", { value: "gone" });
  await bao.must("POST", "secret/destroy/app/destroyed", { versions: [1] });
  await bao.must("POST", "sys/mounts/old", { type: "kv", options: { version: "1" } });
  await bao.must("POST", "old/app/one", { value: "value of one" });
  await bao.must("POST", "sys/namespaces/team");
  await bao.allow("reads-app", "secret/data/app/*", "old/app/*", "secret/app/*");
  const { roleId, secretId } = await bao.appRole("dicode", ["reads-app"]);
  const signer = await Signer.make();
  await enableJwt(bao, signer, "dicode", ["reads-app"]);
  const api = serveTokenReview();
  await enableKubernetes(bao, api, "dicode", ["reads-app"]);
  const asked = calls({
    token: await bao.token("reads-app"),
    approle: { role_id: roleId, secret_id: secretId },
    jwt: { role: "dicode", jwt: await signer.sign({ sub: "ci", aud: "dicode" }) },
    badJwt: await (await Signer.make()).sign({ sub: "ci", aud: "dicode" }),
    kubernetes: { role: "dicode", jwt: await signer.sign(serviceAccountClaims(SERVICE_ACCOUNT)) },
  });
  const sent = asked.map(([call]) =>
    call.token === "ROOT" ? { ...call, token: bao.rootToken } : call
  );
  const real = await ask(bao.address, sent);
  const fake = await askFake();
  for (const [at, [call, expected]] of asked.entries()) {
    const found = JSON.stringify(settle(real[at]).body);
    assert.match(found, expected, `${JSON.stringify(call)}: ${found}`);
    assert.equal(fake.found[at], found, JSON.stringify(call));
  }
  await api.shutdown();
});

testWithOpenbao("the recorded answers are what this OpenBao answers", async () => {
  assert.deepEqual(await record(), answers);
});
