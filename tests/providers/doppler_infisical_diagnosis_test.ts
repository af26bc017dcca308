/** What `dicode doctor` is told of Doppler and of Infisical, without a value. */
import assert from "node:assert/strict";
import { openChain } from "../../store/open_chain.ts";
import type { Diagnosis, ProviderFailure } from "../../store/provider.ts";
import { assertHidden, World } from "../helpers.ts";
import { FakeDoppler } from "../services/fake_doppler.ts";
import { FakeInfisical } from "../services/fake_infisical.ts";

const never = new AbortController().signal;
const PROJECT = "4a1f0c1e-6f0e-4a53-8c2e-0b5f6d7e8f90";
const VALUE = "value-canary-4711";
const SECRET = "credential-canary-0815";

async function diagnose(
  type: string,
  options: Readonly<Record<string, unknown>>,
  variables: Readonly<Record<string, string>>,
): Promise<Diagnosis[]> {
  const chain = await openChain([{ type, name: type, options, retries: 0 }], {
    env: (name) => variables[name],
    openStore: () => assert.fail("the store is not needed"),
    refused: () => false,
    conceal: () => {},
  });
  const found = await chain.links[0]!.provider.diagnose!(never);
  for (const hidden of [VALUE, SECRET]) assert.ok(!JSON.stringify(found).includes(hidden));
  for (const { state, hint } of found) assert.equal(state === "ok", hint === undefined);
  return found;
}

const states = (found: readonly Diagnosis[]) => found.map(({ what, state }) => `${what} ${state}`);
const FINE = ["reachable ok", "authenticated ok", "allowed ok"];
const REFUSED = ["reachable ok", "authenticated broken"];
const DENIED = ["reachable ok", "authenticated ok", "allowed broken"];

Deno.test("doppler diagnose() lists names, and says how far it came", async () => {
  await using fake = new FakeDoppler();
  fake.config("backend", "prd", { API_KEY: VALUE });
  fake.token(SECRET, { bound: { project: "backend", config: "prd" } });
  fake.token(`${SECRET}-personal`);
  const options = { address: fake.address };
  const found = await diagnose("doppler", options, { DOPPLER_TOKEN: SECRET });
  assert.deepEqual(states(found), FINE);
  assert.match(found[2]!.found, /^4 names in the token's own config$/);
  const place = { ...options, project: "backend", config: "prd" };
  const named = await diagnose("doppler", place, { DOPPLER_TOKEN: `${SECRET}-personal` });
  assert.match(named[2]!.found, /^4 names in backend\/prd$/);

  const wrong = await diagnose("doppler", options, { DOPPLER_TOKEN: "another" });
  assert.deepEqual(states(wrong), REFUSED);
  assert.match(wrong[1]!.found, /answered 401: "Invalid Auth token"/);
  const elsewhere = { ...place, config: "dev" };
  assert.deepEqual(
    states(await diagnose("doppler", elsewhere, { DOPPLER_TOKEN: SECRET })),
    DENIED,
  );
  assert.ok(fake.paths.every((path) => path.endsWith("/names")), "a value was fetched");
  fake.fail({ status: 502, body: "bad gateway", headers: { "content-type": "text/plain" } });
  await assert.rejects(
    diagnose("doppler", options, { DOPPLER_TOKEN: SECRET }),
    (error: ProviderFailure) => error.kind === "unreachable",
  );
});

Deno.test("infisical diagnose() logs in and lists names, and says how far it came", async () => {
  await using fake = new FakeInfisical({ absentFolder: "empty" });
  fake.folder(PROJECT, "prod", "/", { KEY: VALUE });
  fake.identity("client", SECRET);
  const options = { address: fake.address, project_id: PROJECT, environment: "prod" };
  const env = {
    INFISICAL_UNIVERSAL_AUTH_CLIENT_ID: "client",
    INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: SECRET,
  };
  const found = await diagnose("infisical", options, env);
  assert.deepEqual(states(found), FINE);
  assert.match(found[2]!.found, /^1 name in environment "prod", path "\/"$/);
  assert.match(fake.seen.at(-1)!.line, /&viewSecretValue=false&/);

  const empty = await diagnose("infisical", { ...options, environment: "prd" }, env);
  assert.deepEqual(states(empty), [...FINE.slice(0, 2), "allowed warning"]);
  const wrong = { ...env, INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: "another" };
  assert.deepEqual(states(await diagnose("infisical", options, wrong)), REFUSED);
  const byToken = { ...options, auth: "token" };
  const taken = await diagnose("infisical", byToken, { INFISICAL_TOKEN: fake.token() });
  assert.deepEqual(states(taken), FINE);
  const opaque = await diagnose("infisical", byToken, { INFISICAL_TOKEN: "opaque" });
  assert.deepEqual(states(opaque), REFUSED);
  const slug = await diagnose("infisical", { ...options, project_id: "slug" }, env);
  assert.deepEqual(states(slug), DENIED);
  assert.match(slug[2]!.hint!, /a slug is none/);
});

Deno.test("dicode doctor asks Doppler and Infisical, and shows no credential", async () => {
  await using world = await World.make();
  await using doppler = new FakeDoppler();
  doppler.config("backend", "prd", { API_KEY: VALUE });
  doppler.token(SECRET, { bound: { project: "backend", config: "prd" } });
  await using infisical = new FakeInfisical();
  infisical.folder(PROJECT, "prod", "/", { KEY: VALUE });
  const token = infisical.token({ projects: [] });
  const place = { address: infisical.address, project_id: PROJECT, environment: "prod" };
  const providers = [
    { type: "doppler", address: doppler.address },
    { type: "infisical", ...place, auth: "token" },
  ];
  const config = `${world.dir}/dicode.yaml`;
  await Deno.writeTextFile(config, JSON.stringify({ secrets: { providers } }));
  const env = { DOPPLER_TOKEN: SECRET, INFISICAL_TOKEN: token };
  const shown = await world.dicode(["--config", config, "doctor"], { env });
  assert.equal(shown.code, 1, shown.stderr);
  assertHidden(shown, SECRET, token, VALUE);
  assert.match(shown.stdout, /^ok +provider "doppler": allowed: 4 names in/m);
  assert.match(shown.stdout, /^ok +provider "infisical": authenticated: /m);
  assert.match(shown.stdout, /^broken +provider "infisical": allowed: .*answered 403/m);
});
