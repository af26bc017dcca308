/** What Doppler is asked, how often, and what its answers come to, by the real CLI. */
import assert from "node:assert/strict";
import { assertHidden, type Shown, World } from "../helpers.ts";
import { FakeDoppler, refuse } from "../services/fake_doppler.ts";
import { makeAuthority } from "../services/own_authority.ts";
import { assertGot, runSeveral } from "./several.ts";

const TOKEN = "dp.st.prd.canary-0123456789abcdef";
const PERSONAL = "dp.pt.canary-fedcba9876543210";
const VALUE = "value-canary-4711";
const DOWNLOAD = "/v3/configs/config/secrets/download";
const NAMES = "/v3/configs/config/secrets/names";

/** The fake with one config, by a service token and by a personal one. */
function start(secrets: Readonly<Record<string, string>> = { API_KEY: VALUE }): FakeDoppler {
  const fake = new FakeDoppler();
  fake.config("backend", "prd", secrets);
  fake.token(TOKEN, { bound: { project: "backend", config: "prd" } });
  fake.token(PERSONAL, { projects: ["backend", "gone"] });
  return fake;
}

/** A run, or another command, of a task that wants these keys of the fake. */
async function run(
  world: World,
  fake: FakeDoppler,
  keys: readonly string[],
  options: Readonly<Record<string, unknown>> = {},
  more: { readonly token?: string; readonly command?: readonly string[] } = {},
): Promise<Shown> {
  const { token = TOKEN, command } = more;
  const entry = { type: "doppler", address: fake.address, ...options };
  return await runSeveral({ world, entry, keys, command, env: { DOPPLER_TOKEN: token } });
}

Deno.test("doppler: 50 secrets are one request, which issues no lease", async () => {
  await using world = await World.make();
  const keys = Array.from({ length: 50 }, (_, at) => `KEY_${at}`);
  await using fake = start(Object.fromEntries(keys.map((key) => [key, `value-of-${key}`])));
  const shown = await run(world, fake, keys);
  await assertGot(shown, keys.map((key) => `value-of-${key}`));
  assertHidden(shown, TOKEN);
  assert.deepEqual(fake.seen.map(({ line }) => line), [
    `GET ${DOWNLOAD}?include_dynamic_secrets=false&format=json`,
  ]);
  assert.equal(fake.leases, 0);
});

Deno.test("doppler: a token without a config takes project and config from dicode.yaml", async () => {
  await using world = await World.make();
  await using fake = start();
  const place = { project: "backend", config: "prd" };
  const shown = await run(world, fake, ["API_KEY"], place, { token: PERSONAL });
  await assertGot(shown, [VALUE]);
  const cases: readonly (readonly [Record<string, string>, RegExp, RegExp])[] = [
    [{}, /\(misconfigured\).*answered 400: "You must specify a project"/, /service token/],
    [
      { project: "other", config: "prd" },
      /\(denied\).*answered 400: "This token does not have access to requested project 'other'"/,
      /hint: use a token that may read this config/,
    ],
    [
      { project: "gone", config: "prd" },
      /\(misconfigured\).*answered 404: "Could not find requested project 'gone'"/,
      /"project" and "config"/,
    ],
    [
      { project: "backend", config: "dev" },
      /\(misconfigured\).*answered 404: "Could not find requested config 'dev'"/,
      /"project" and "config"/,
    ],
  ];
  for (const [options, message, hint] of cases) {
    const before = fake.seen.length;
    const refused = await run(world, fake, ["API_KEY"], options, { token: PERSONAL });
    assert.equal(refused.code, 4, refused.stderr);
    assert.match(refused.stderr, message);
    assert.match(refused.stderr, hint);
    assert.equal(fake.seen.length, before + 1, "a refusal is not asked for again");
  }
});

Deno.test("doppler: a 5xx in JSON is its last word", async () => {
  await using world = await World.make();
  await using fake = start();
  fake.fail({ status: 500, body: await refuse(500, "Something broke").text() });
  const shown = await run(world, fake, ["API_KEY"]);
  assert.equal(shown.code, 4);
  assert.match(shown.stderr, /\(unreachable\).*answered 500: "Something broke"/);
  assert.equal(fake.seen.length, 1);
});

Deno.test("doppler: a message that quotes the token is shown without it", async () => {
  await using world = await World.make();
  await using fake = start();
  fake.fail({ status: 401, body: await refuse(401, `Token ${TOKEN} is no good`).text() });
  const shown = await run(world, fake, ["API_KEY"]);
  assert.equal(shown.code, 4);
  assert.match(shown.stderr, /answered 401: "Token .* is no good"/);
  assertHidden(shown, TOKEN);
});

Deno.test("doppler: a key that differs in its case alone is told, with the line that mends it", async () => {
  await using world = await World.make();
  await using fake = start();
  for (const command of [["run"], ["check"]]) {
    const shown = await run(world, fake, ["api_key?", "other_key?"], {}, { command });
    assert.equal(shown.code, 0, shown.stderr);
    const told = 'provider "doppler" has no "api_key", but "API_KEY"';
    assert.ok(shown.stderr.includes(told), shown.stderr);
    assert.ok(shown.stderr.includes('map: { "api_key": API_KEY }'), shown.stderr);
    assert.ok(!shown.stderr.includes("OTHER_KEY"), shown.stderr);
  }
  const mended = await run(world, fake, ["api_key"], { map: { api_key: "API_KEY" } });
  await assertGot(mended, [VALUE]);
});

Deno.test("doppler: prefix and map make names, which have to be Doppler's", async () => {
  await using world = await World.make();
  await using fake = start({ PROD_API_KEY: VALUE, SLACK: "value-s" });
  const naming = { prefix: "PROD_", map: { slack: "SLACK" } };
  await assertGot(await run(world, fake, ["API_KEY", "slack"], naming), [VALUE, "value-s"]);
  for (
    const [options, message] of [
      [{ prefix: "prod_" }, /"prefix".*"prod_" is no name that Doppler takes/],
      [{ map: { slack: "Slack" } }, /"Slack" is no name that Doppler takes/],
      [{ project: "backend" }, /has "project" and no "config"/],
      [{ token: TOKEN }, /a credential is never written in this file/],
    ] as const
  ) {
    const shown = await run(world, fake, ["API_KEY"], options);
    assert.equal(shown.code, 3, shown.stderr);
    assert.match(shown.stderr, message);
    assertHidden(shown, TOKEN);
  }
});

Deno.test("doppler: check asks for names, and fetches no value", async () => {
  await using world = await World.make();
  await using fake = start();
  const shown = await run(world, fake, ["API_KEY", "ABSENT?"], {}, { command: ["check"] });
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout + shown.stderr, /doppler/);
  assert.deepEqual(fake.paths, [NAMES]);
  assert.equal(fake.leases, 0);
});

Deno.test("doppler: ca_file names who signed the certificate of a proxy", async () => {
  await using world = await World.make();
  const { caFile, tls } = await makeAuthority(world.dir);
  await using fake = new FakeDoppler(tls);
  fake.config("backend", "prd", { API_KEY: VALUE });
  fake.token(TOKEN, { bound: { project: "backend", config: "prd" } });
  await assertGot(await run(world, fake, ["API_KEY"], { ca_file: caFile }), [VALUE]);
});

Deno.test("doppler: --offline passes over it and says so", async () => {
  await using world = await World.make();
  await using fake = start();
  const shown = await run(world, fake, ["API_KEY?"], {}, { command: ["--offline", "run"] });
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stderr, /provider "doppler" is not asked: it needs the network/);
  assert.deepEqual(fake.seen, []);
});

Deno.test("doppler: answers that are not Doppler's are none of its words", async () => {
  await using world = await World.make();
  await using fake = start();
  for (const [body, message] of [["[]", /JSON/], ['{"names":{}}', /no list of names/]] as const) {
    fake.fail({ body, times: 1 });
    const command = body === "[]" ? ["run"] : ["check"];
    const shown = await run(world, fake, ["API_KEY"], {}, { command });
    assert.equal(shown.code, 4, shown.stderr);
    assert.match(shown.stderr, message);
  }
});
