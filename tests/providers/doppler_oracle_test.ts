/** Doppler's fake: its own CLI reads each answer, and its OpenAPI document has each name in it. */
import assert from "node:assert/strict";
import { DopplerCli, testWithDoppler } from "../services/doppler_cli.ts";
import { DOPPLER_PARAMETERS, FakeDoppler, refuse } from "../services/fake_doppler.ts";

const SECRETS = { API_KEY: 'a "quoted"\nvalue', UMLAUT: "é", EMPTY: "" };
const MANAGED = { DOPPLER_CONFIG: "prd", DOPPLER_ENVIRONMENT: "prd", DOPPLER_PROJECT: "backend" };
const DOWNLOAD = ["secrets", "download", "--no-file", "--no-fallback", "--token"];

function start(): FakeDoppler {
  const fake = new FakeDoppler();
  fake.config("backend", "prd", SECRETS);
  fake.token("dp.st.prd.one", { bound: { project: "backend", config: "prd" } });
  fake.token("dp.pt.two", { projects: ["backend", "gone"] });
  return fake;
}

testWithDoppler("Doppler's CLI reads secrets and names from the fake", async () => {
  await using fake = start();
  await using cli = await DopplerCli.make(fake.address);
  const service = await cli.run(...DOWNLOAD, "dp.st.prd.one");
  assert.deepEqual(JSON.parse(service.stdout), { ...SECRETS, ...MANAGED });
  const personal = ["--project", "backend", "--config", "prd", "--token", "dp.pt.two"];
  const download = await cli.run("secrets", "download", "--no-file", "--no-fallback", ...personal);
  assert.deepEqual(JSON.parse(download.stdout), { ...SECRETS, ...MANAGED });
  assert.equal(fake.leases, 2, "the CLI asks for dynamic secrets");
  const names = await cli.run("secrets", "--only-names", "--json", ...personal);
  assert.deepEqual(
    Object.keys(JSON.parse(names.stdout)).sort(),
    Object.keys({ ...SECRETS, ...MANAGED }).sort(),
  );
  assert.equal(fake.leases, 2);
});

testWithDoppler("Doppler's CLI takes the fake's 304 for its cached copy", async () => {
  await using fake = start();
  await using cli = await DopplerCli.make(fake.address);
  const args = ["secrets", "download", "--no-file", "--token", "dp.st.prd.one"];
  const first = await cli.run(...args);
  const second = await cli.run(...args);
  assert.deepEqual(fake.seen.map(({ status }) => status), [200, 304]);
  assert.deepEqual(JSON.parse(second.stdout), JSON.parse(first.stdout));
});

testWithDoppler("Doppler's CLI words the fake's errors as the real service's", async () => {
  await using fake = start();
  await using cli = await DopplerCli.make(fake.address);
  const cases: readonly (readonly [message: string, ...args: string[]])[] = [
    ["Invalid Auth token", "dp.st.prd.wrong"],
    ["You must specify a project", "dp.pt.two"],
    ["Please provide a valid config.", "dp.pt.two", "--project", "backend"],
    [
      "This token does not have access to requested project 'other'",
      ...["dp.pt.two", "--project", "other", "--config", "prd"],
    ],
    [
      "This token does not have access to requested config 'dev'",
      ...["dp.st.prd.one", "--project", "backend", "--config", "dev"],
    ],
    [
      "Could not find requested project 'gone'",
      ...["dp.pt.two", "--project", "gone", "--config", "prd"],
    ],
    [
      "Could not find requested config 'dev'",
      ...["dp.pt.two", "--project", "backend", "--config", "dev"],
    ],
  ];
  for (const [message, ...args] of cases) {
    const { code, stderr } = await cli.run(...DOWNLOAD, ...args);
    assert.equal(code, 1);
    assert.ok(stderr.includes(`Doppler Error: ${message}\n`), stderr);
  }
  assert.equal(fake.seen.length, cases.length, "none is tried again");
});

testWithDoppler("Doppler's CLI tries 429 and a 502 in HTML again, and no 500 in JSON", async () => {
  await using fake = start();
  await using cli = await DopplerCli.make(fake.address);
  const html = { headers: { "content-type": "text/html" }, body: "<html></html>" };
  const json = await refuse(500, "Something broke").text();
  for (
    const [fault, tries, code] of [
      [{ status: 429, body: await refuse(429, "Too many requests").text() }, 2, 0],
      [{ status: 502, ...html }, 2, 0],
      [{ status: 500, body: json }, 1, 1],
    ] as const
  ) {
    const before = fake.seen.length;
    fake.fail({ ...fault, times: 1 });
    const shown = await cli.run(...DOWNLOAD, "dp.st.prd.one");
    assert.equal(shown.code, code, shown.stderr);
    assert.equal(fake.seen.length - before, tries, `after ${fault.status}`);
  }
});

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Record<
    string,
    { content: Record<string, { schema: { properties: Record<string, { type: string }> } }> }
  >;
}

Deno.test("Doppler's OpenAPI document has the fake's paths, parameters and members", async () => {
  const file = new URL("../fixtures/doppler/openapi.json", import.meta.url);
  const { paths } = JSON.parse(await Deno.readTextFile(file));
  await using fake = start();
  for (const [path, parameters] of Object.entries(DOPPLER_PARAMETERS)) {
    const operation: Operation = paths[path].get;
    const documented = (operation.parameters ?? []).map((parameter) => parameter.name);
    assert.deepEqual(parameters.filter((name) => !documented.includes(name)), [], path);

    const response = await fetch(`${fake.address}${path}`, {
      headers: { authorization: "Bearer dp.st.prd.one" },
    });
    const body = await response.json();
    const schema = operation.responses[response.status]!.content["application/json"]!.schema;
    if (path.endsWith("/names")) {
      assert.equal(schema.properties.names!.type, "array");
      assert.deepEqual(Object.keys(body), ["names"]);
      assert.ok(Array.isArray(body.names));
      continue;
    }
    for (const value of Object.values(body)) assert.equal(typeof value, "string");
    for (const { type } of Object.values(schema.properties)) assert.equal(type, "string");
  }
});
