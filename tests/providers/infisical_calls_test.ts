/** What Infisical is asked, how often, and what its answers come to, by the real CLI. */
import assert from "node:assert/strict";
import { assertHidden, type Shown, World } from "../helpers.ts";
import { FakeInfisical, type FakeInfisicalOptions, refuse } from "../services/fake_infisical.ts";
import { makeAuthority } from "../services/own_authority.ts";
import { assertGot, runSeveral } from "./several.ts";

const PROJECT = "4a1f0c1e-6f0e-4a53-8c2e-0b5f6d7e8f90";
const CLIENT = { id: "client-id-canary-0123", secret: "client-secret-canary-4567" };
const LOGIN = "/api/v1/auth/universal-auth/login";
const V4 = "/api/v4/secrets";
const V3 = "/api/v3/secrets/raw";

function start(options: FakeInfisicalOptions = {}): FakeInfisical {
  const fake = new FakeInfisical(options);
  fake.identity(CLIENT.id, CLIENT.secret);
  fake.folder(PROJECT, "prod", "/", { KEY: "value-canary-4711" });
  return fake;
}

/** What a run needs beside the fake and the keys. */
interface More {
  readonly options?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  readonly command?: readonly string[];
}

/** A run, or another command, of a task that wants these keys of the fake. */
async function run(
  world: World,
  fake: FakeInfisical,
  keys: readonly string[],
  { options = {}, env = {}, command }: More = {},
): Promise<Shown> {
  const place = { address: fake.address, project_id: PROJECT, environment: "prod" };
  const shown = await runSeveral({
    world,
    entry: { type: "infisical", ...place, ...options },
    keys,
    command,
    env: {
      INFISICAL_UNIVERSAL_AUTH_CLIENT_ID: CLIENT.id,
      INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: CLIENT.secret,
      ...env,
    },
  });
  assertHidden(shown, CLIENT.secret, "canary");
  return shown;
}

Deno.test("infisical: 50 secrets are one login and one list, with every parameter said", async () => {
  await using world = await World.make();
  await using fake = start();
  const keys = Array.from({ length: 50 }, (_, at) => `KEY_${at}`);
  fake.folder(
    PROJECT,
    "prod",
    "/",
    Object.fromEntries(keys.map((key) => [key, `value-of-${key}`])),
  );
  await assertGot(await run(world, fake, keys), keys.map((key) => `value-of-${key}`));
  const query = "environment=prod&secretPath=%2F&viewSecretValue=true" +
    "&expandSecretReferences=true&recursive=false&includeImports=true&include_imports=true";
  assert.deepEqual(fake.seen.map(({ line }) => line), [
    `POST ${LOGIN}`,
    `GET ${V4}?projectId=${PROJECT}&${query}`,
  ]);
});

Deno.test("infisical: own secrets win over imports, and of imports the last; references are resolved", async () => {
  for (
    const options of [{}, { importsParameter: "include_imports" }, { v4: false }] as const
  ) {
    await using world = await World.make();
    await using fake = start(options);
    fake.folder(PROJECT, "prod", "/app", { OWN: "own", URL: "https://${OWN}/" }, [
      { environment: "base", path: "/first" },
      { environment: "base", path: "/last" },
    ]);
    fake.folder(PROJECT, "prod", "/app/below", { DEEP: "deep" });
    fake.folder(PROJECT, "base", "/first", { OWN: "1", BOTH: "first", FIRST: "first" });
    fake.folder(PROJECT, "base", "/last", { OWN: "2", BOTH: "last" });
    const keys = ["OWN", "URL", "BOTH", "FIRST", "DEEP?"];
    const shown = await run(world, fake, keys, { options: { path: "/app" } });
    await assertGot(shown, ["own", "https://own/", "last", "first", ""]);
    const lists = "v4" in options ? [V4, V3] : [V4];
    assert.deepEqual(fake.paths, [LOGIN, ...lists]);
  }
});

Deno.test("infisical: a user's own copies of secrets are left out", async () => {
  await using world = await World.make();
  await using fake = start();
  const secret = { secretKey: "KEY", secretValueHidden: false };
  const secrets = [
    { ...secret, secretValue: "shared", type: "shared" },
    { ...secret, secretValue: "personal", type: "personal" },
  ];
  fake.fail({ on: /^\/api\/v4/, body: JSON.stringify({ secrets, imports: [] }) });
  await assertGot(await run(world, fake, ["KEY"]), ["shared"]);
});

Deno.test("infisical: auth: token takes an access token and logs in nowhere", async () => {
  await using world = await World.make();
  await using fake = start();
  const token = fake.token();
  const options = { auth: "token" };
  const shown = await run(world, fake, ["KEY"], { options, env: { INFISICAL_TOKEN: token } });
  await assertGot(shown, ["value-canary-4711"]);
  assert.deepEqual(fake.paths, [V4]);
  const cases = [
    [
      fake.token({ expired: true }),
      /answered 403: "Your token has expired/,
      /has expired: make a new one/,
    ],
    ["opaque-token", /answered 403: "The provided access token is malformed/, /wrong or revoked/],
    ["eyJh.bGci.OiJI", /answered 403: "invalid signature \(req-/, /wrong or revoked/],
  ] as const;
  for (const [refused, message, hint] of cases) {
    const shown = await run(world, fake, ["KEY"], { options, env: { INFISICAL_TOKEN: refused } });
    assert.equal(shown.code, 4);
    assert.match(shown.stderr, /\(unauthenticated\)/);
    assert.match(shown.stderr, message);
    assert.match(shown.stderr, hint);
    assertHidden(shown, refused);
  }
});

Deno.test("infisical: a refusal says what, with the id of the request, and is asked once", async () => {
  await using world = await World.make();
  await using fake = start();
  fake.identity("stranger", "stranger-secret", { projects: [] });
  fake.identity("used-up", "used-up-secret", { uses: 0 });
  const as = (id: string) => ({
    INFISICAL_UNIVERSAL_AUTH_CLIENT_ID: id,
    INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: `${id}-secret`,
  });
  const cases: readonly (readonly [More, kind: string, RegExp, RegExp])[] = [
    [
      { options: { project_id: "my-project" } },
      "misconfigured",
      /answered 404: "Project with my-project not found \(req-\w+\)"/,
      /"project_id" wants the ID, a UUID in the settings of the project; a slug is none/,
    ],
    [
      { options: { project_id: PROJECT.replace("4", "5") } },
      "misconfigured",
      /answered 404: "Project with 5a1f/,
      /the ID is in the settings of the project/,
    ],
    [
      { options: { environment: "staging" } },
      "misconfigured",
      /answered 404: "Folder with path '\/' in environment 'staging' was not found/,
      /see "environment", the slug of one, and "path"/,
    ],
    [{ env: as("stranger") }, "denied", /answered 403: "You are not a member/, /give .* a role/],
    [
      { env: as("used-up") },
      "unauthenticated",
      /usage limit reached \(req-\w+\)"/,
      /without a number of uses/,
    ],
  ];
  for (const [more, kind, message, hint] of cases) {
    const before = fake.seen.length;
    const shown = await run(world, fake, ["KEY"], more);
    assert.equal(shown.code, 4, shown.stderr);
    assert.match(shown.stderr, new RegExp(`provider "infisical" \\(${kind}\\): `));
    assert.match(shown.stderr, message);
    assert.match(shown.stderr, hint);
    const asked = fake.paths.slice(before);
    assert.equal(new Set(asked).size, asked.length, "a refusal is not asked for again");
    assert.ok(!asked.includes(V3), "a refusal is no sign of an old server");
  }
});

Deno.test("infisical: a login is tried again after 429, and not after a 500", async () => {
  await using world = await World.make();
  await using fake = start();
  const body = await refuse(429, "RateLimitExceeded", "Rate limit exceeded").text();
  fake.fail({ on: /login$/, status: 429, headers: { "retry-after": "0" }, body, times: 1 });
  await assertGot(await run(world, fake, ["KEY"]), ["value-canary-4711"]);
  assert.deepEqual(fake.paths, [LOGIN, LOGIN, V4]);
  fake.fail({ on: /login$/, status: 500, body });
  const shown = await run(world, fake, ["KEY"]);
  assert.match(shown.stderr, /\(unreachable\).*answered 500: "Rate limit exceeded \(req-/);
  assert.equal(fake.paths.length, 4);
});

Deno.test("infisical: the access token of a login is hidden like a credential", async () => {
  await using world = await World.make();
  await using fake = start();
  const token = fake.token();
  const answer = { accessToken: token, expiresIn: 1, accessTokenMaxTTL: 1, tokenType: "Bearer" };
  fake.fail({ on: /login$/, body: JSON.stringify(answer) });
  const body = await refuse(403, "PermissionDenied", `${token} may not`).text();
  fake.fail({ on: /^\/api\/v4/, status: 403, body });
  const shown = await run(world, fake, ["KEY"]);
  assert.match(shown.stderr, /answered 403: ".* may not \(req-/);
  assertHidden(shown, token);
});

Deno.test("infisical: a server that shows nothing at all is told of", async () => {
  await using world = await World.make();
  await using fake = start({ absentFolder: "empty" });
  const shown = await run(world, fake, ["KEY?"], { options: { environment: "prd" } });
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stderr, /provider "infisical" sees nothing in environment "prd", path "\/"/);
});

Deno.test("infisical: the address may come from the variables of its own clients", async () => {
  await using world = await World.make();
  await using fake = start();
  const options = { address: undefined };
  const both = { INFISICAL_DOMAIN: fake.address, INFISICAL_API_URL: "http://127.0.0.1:1" };
  const older: Record<string, string> = { INFISICAL_API_URL: `${fake.address}/api` };
  for (const env of [both, older]) {
    await assertGot(await run(world, fake, ["KEY"], { options, env }), ["value-canary-4711"]);
  }
  const env = { INFISICAL_DOMAIN: "http://user:password-canary@127.0.0.1:1" };
  const shown = await run(world, fake, ["KEY"], { options, env });
  assert.equal(shown.code, 4, shown.stderr);
  assert.match(shown.stderr, /the variable INFISICAL_DOMAIN holds no http or https address/);
});

Deno.test("infisical: dicode.yaml is held to one way to log in, and to a folder's path", async () => {
  await using world = await World.make();
  await using fake = start();
  for (
    const [options, message] of [
      [{ token_env: "X" }, /has "token_env", which is for auth: token/],
      [{ auth: "token", client_id_env: "X" }, /"client_id_env", which is for auth: universal/],
      [{ path: "app" }, /"app" is no path of a folder\n.*hint: write "\/app"/],
      [{ project_id: undefined }, /project_id/],
    ] as const
  ) {
    const shown = await run(world, fake, ["KEY"], { options });
    assert.equal(shown.code, 3, shown.stderr);
    assert.match(shown.stderr, message);
  }
  assert.deepEqual(fake.seen, []);
});

Deno.test("infisical: check asks for names, and fetches no value", async () => {
  await using world = await World.make();
  await using fake = start();
  const shown = await run(world, fake, ["KEY", "ABSENT?"], { command: ["check"] });
  assert.equal(shown.code, 0, shown.stderr);
  assert.deepEqual(fake.paths, [LOGIN, V4]);
  assert.match(fake.seen[1]!.line, /&viewSecretValue=false&/);
});

Deno.test("infisical: ca_file names who signed the certificate of a server of one's own", async () => {
  await using world = await World.make();
  const { caFile, tls } = await makeAuthority(world.dir);
  await using fake = start({ tls });
  const shown = await run(world, fake, ["KEY"], { options: { ca_file: caFile } });
  await assertGot(shown, ["value-canary-4711"]);
});

Deno.test("infisical: --offline passes over it, but for one on this machine", async () => {
  await using world = await World.make();
  await using fake = start();
  const command = ["--offline", "run"];
  await assertGot(await run(world, fake, ["KEY"], { command }), ["value-canary-4711"]);
  const options = { address: "https://infisical.example" };
  const shown = await run(world, fake, ["KEY?"], { command, options });
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stderr, /provider "infisical" is not asked: it needs the network/);
});

Deno.test("infisical: answers that are not Infisical's are none of its words", async () => {
  await using world = await World.make();
  await using fake = start();
  for (
    const [on, body, message] of [
      [/login$/, '{"token":"x"}', /no access token/],
      [/^\/api\/v4/, '{"data":[]}', /no list of secrets/],
      [/^\/api\/v4/, "<html></html>", /HTML, not JSON/],
    ] as const
  ) {
    fake.fail({ on, body, times: 1 });
    const shown = await run(world, fake, ["KEY"]);
    assert.equal(shown.code, 4, shown.stderr);
    assert.match(shown.stderr, /\(bad_answer\)/);
    assert.match(shown.stderr, message);
  }
});
