/** What dicode.yaml may say of a Vault: what is wrong over several options, and where it is said. */
import assert from "node:assert/strict";
import { loadKind } from "../../../store/kinds.ts";
import { World } from "../../helpers.ts";

const vault = (await loadKind("vault"))!;
const openbao = (await loadKind("openbao"))!;

Deno.test("options that exclude or need each other are named, with the one to point at", () => {
  const base = { mount: "secret/app" };
  const jwt = { auth: "jwt", role: "r", jwt_env: "CI_JWT" };
  const cases: readonly (readonly [Readonly<Record<string, unknown>>, ...(readonly RegExp[])])[] = [
    [{}],
    [{ auth: "approle", role_id_env: "A", secret_id_file: "/x", auth_mount: "ci" }],
    [jwt],
    [{ auth: "kubernetes", role: "r" }],
    [{ client_cert_file: "/c", client_key_file: "/k", ca_file: "/ca" }],
    [{ secret: "all", map: { K: "any thing//" } }],
    [{ map: { K: "team/slack", L: "team/slack#token" } }],
    [{ secret_id_env: "A" }, /^secret_id_env: .* not for auth: token; write auth: approle$/],
    [{ ...jwt, token_env: "A" }, /^token_env: .* not for auth: jwt; write auth: token$/],
    [{ auth: "approle", role: "r" }, /^role: .*; write auth: jwt or kubernetes$/],
    [{ auth_mount: "x" }, /^auth_mount: /],
    [{ auth: "jwt" }, /^auth: nothing says where the JWT is/, /^auth: auth: jwt needs a role/],
    [{ auth: "kubernetes" }, /^auth: auth: kubernetes needs a role/],
    [{ secret: "all", field: "x" }, /^field: /],
    [{ client_cert_file: "/c" }, /^client_cert_file: .* needs /],
    [{ client_key_file: "/c" }, /^client_key_file: .* needs /],
    [{ map: { K: "../other", L: "a#" } }, /^map: "..\/other" is no path/, /^map: "a#" is no path/],
  ];
  for (const [options, ...expected] of cases) {
    for (const kind of [vault, openbao]) {
      const faults = [...kind.validate!({ ...base, ...options })];
      const found = faults.map(({ option, state, hint }) => `${option}: ${state}; ${hint}`);
      assert.equal(found.length, expected.length, `${JSON.stringify(options)}: ${found}`);
      for (const [at, pattern] of expected.entries()) assert.match(found[at]!, pattern);
    }
  }
});

Deno.test("a server on this machine needs no network", () => {
  const env = (name: string) =>
    ({ VAULT_ADDR: "https://vault.example.com", BAO_ADDR: "http://127.0.0.1:8200" })[name];
  const uses = (kind: typeof vault, address?: string) => kind.usesNetwork!({ address }, env);
  assert.equal(uses(vault), true);
  assert.equal(uses(openbao), false);
  assert.equal(uses(vault, "https://[::1]:8200"), false);
  assert.equal(uses(vault, "https://localhost.example.com"), true);
  assert.equal(vault.usesNetwork!({}, () => undefined), true);
});

Deno.test("mistakes in dicode.yaml are said with their place; a literal token is not shown", async () => {
  await using world = await World.make();
  const config = `${world.dir}/dicode.yaml`;
  await Deno.writeTextFile(
    config,
    `secrets:
  providers:
    - type: vault
      mount: secret/../sys
      adress: https://vault.example.com
      auth: aprole
      kv_version: 3
      token: s.canary-literal-token
    - type: openbao
      auth: jwt
      mount: secret
`,
  );
  const dir = await world.mainTask("t", "name: t\n", "");
  const shown = await world.dicode(["--config", config, "check", dir]);
  assert.equal(shown.code, 3, shown.stderr);
  for (
    const expected of [
      /dicode\.yaml:4:14: .*"secret\/\.\.\/sys".* is no path/,
      /dicode\.yaml:5:7: .*"adress"[\s\S]*did you mean "address"/,
      /dicode\.yaml:6:13: .*"aprole"/,
      /dicode\.yaml:7:19: .*"3"/,
      /dicode\.yaml:8:7: .*never written in this file[\s\S]*token_env/,
      /dicode\.yaml:10:7: .*nothing says where the JWT is/,
      /dicode\.yaml:10:7: .*needs a role/,
    ]
  ) assert.match(shown.stderr, expected);
  assert.doesNotMatch(shown.stderr, /canary/);
});
