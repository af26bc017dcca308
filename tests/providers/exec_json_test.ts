/** Programs as a provider in mode: json, where one run answers all keys (OpenClaw's protocol). */
import assert from "node:assert/strict";
import { World } from "../helpers.ts";
import { Stubs } from "../services/stub.ts";
import { type Setup, type Subject, testConformance } from "./conformance.ts";

const NO_HTTP = "the program speaks to the service, and reads its answers";

/** An entry in mode: json whose program prints this, whatever it is asked. */
async function askJson(
  { world, value }: Subject,
  answer: (value: string) => string,
): Promise<Setup> {
  const body = `cat > /dev/null; cat <<'END'\n${answer(value)}\nEND`;
  const program = await new Stubs(world.dir).write("stub", body);
  return {
    entry: { name: "stub", command: [program], mode: "json" },
    said: /"[^ ]*stub" prints |the program refuses /,
  };
}

const answer = (members: object) => JSON.stringify({ protocolVersion: 1, ...members });

testConformance("exec", {
  found: (subject) => askJson(subject, (value) => answer({ values: { WANTED_KEY: value } })),
  absent: (subject) => askJson(subject, () => answer({ values: {} })),
  empty: (subject) => askJson(subject, () => answer({ values: { WANTED_KEY: "" } })),
  deleted: (subject) =>
    askJson(subject, () => answer({ errors: { WANTED_KEY: { message: "Not found: deleted" } } })),
  ambiguous: async (subject) => ({
    ...await askJson(subject, () => answer({ errors: { WANTED_KEY: { message: "two of them" } } })),
    expected: ["tool_failed"],
    said: /the program refuses "WANTED_KEY" and says "two of them"/,
  }),
  unauthorised: async (subject) => ({
    ...await askJson(subject, (value) =>
      answer({
        values: { OTHER: value },
        errors: { WANTED_KEY: { message: `no, ${value}` } },
      })),
    expected: ["tool_failed"],
    said: /refuses "WANTED_KEY" and says "no, \*\*\*"/,
  }),
  forbidden: async ({ world, value }) => ({
    entry: {
      name: "stub",
      command: [await new Stubs(world.dir).write("stub", `echo ${value}; exit 2`)],
      mode: "json",
    },
    expected: ["tool_failed"],
    said: /"[^ ]*stub" exits with 2 and says nothing on stderr/,
  }),
  limited: NO_HTTP,
  flaky: NO_HTTP,
  hang: async ({ world }) => ({
    entry: {
      name: "stub",
      command: [await new Stubs(world.dir).write("stub", "sleep 600 & cat; sleep 600")],
      mode: "json",
      timeout: "1s",
    },
  }),
  truncated: (subject) =>
    askJson(subject, (value) => answer({ values: { A: value } }).slice(0, -2)),
  huge: (subject) => askJson(subject, (value) => answer({ values: { A: value.repeat(50_000) } })),
  html: async (subject) => ({
    ...await askJson(subject, (value) => `<html>${value}</html>`),
    expected: ["bad_answer"],
    said: /prints what is not whole JSON\n.*hint: .*mode: value/,
  }),
  redirect: NO_HTTP,
  wrongCa: NO_HTTP,
  newline: "stdin_* has no place beside the request",
});

Deno.test("exec: in mode: json one run is asked for all keys, as the protocol has it", async () => {
  await using world = await World.make();
  const body = `cat > "$LOG"; echo '${
    answer({
      values: { "place/a": "of a", b2: 712, c: { d: [true] }, e: null },
      errors: { f: { message: "secret was not found" } },
    })
  }'`;
  const program = await new Stubs(world.dir).write("stub", body);
  const config = `${world.dir}/dicode.yaml`;
  const entry = {
    type: "exec",
    name: "mine",
    command: [program],
    mode: "json",
    pass_env: ["LOG"],
    map: { a: "place/a", b: "b2" },
  };
  const text = JSON.stringify({ isolation: "deno", secrets: { providers: [entry] } });
  await Deno.writeTextFile(config, text);
  const keys = ["a", "b", "c", "e", "f", "g", "-x"];
  const env = keys.map((secret, at) => ({ name: `V${at}`, secret, optional: true }));
  const dir = await world.mainTask(
    "t",
    JSON.stringify({ permissions: { env } }),
    `return Array.from({ length: 7 }, (_, at) => [...context.env.get("V" + at)].join(" "));`,
  );
  const log = `${world.dir}/log`;
  const shown = await world.dicode(["--config", config, "run", dir], { env: { LOG: log } });
  const values = ["o f   a", "7 1 2", '{ " d " : [ t r u e ] }', "", "", "", ""];
  assert.deepEqual(JSON.parse(shown.stdout), values, shown.stderr);
  const ids = ["place/a", "b2", "c", "e", "f", "g"];
  assert.deepEqual(JSON.parse(await Deno.readTextFile(log)), {
    protocolVersion: 1,
    provider: "mine",
    ids,
  });
});

Deno.test("exec: an answer in mode: json that is not the protocol's is a failure", async () => {
  const cases = [
    ['[1, "canary"]', /prints JSON that is no object/],
    ['{"values":{"WANTED_KEY":"canary"}}', /prints no "protocolVersion": 1/],
    ['{"protocolVersion":2,"values":{"WANTED_KEY":"canary"}}', /prints no "protocolVersion": 1/],
    ['{"protocolVersion":1,"values":"canary"}', /"values" or "errors" that are no objects/],
    ["canary-as-it-is", /prints what is not whole JSON/],
  ] as const;
  for (const [printed, found] of cases) {
    await using world = await World.make();
    const program = await new Stubs(world.dir).write("stub", `echo '${printed}'`);
    const config = `${world.dir}/dicode.yaml`;
    const providers = [{ type: "exec", command: [program], mode: "json" }];
    await Deno.writeTextFile(config, JSON.stringify({ secrets: { providers } }));
    const yaml = "permissions: { env: [{ name: V, secret: WANTED_KEY }] }\n";
    const dir = await world.mainTask("t", yaml, "");
    const shown = await world.dicode(["--config", config, "run", "--isolation", "deno", dir]);
    assert.equal(shown.code, 4, shown.stderr);
    assert.match(shown.stderr, found);
    assert.doesNotMatch(shown.stderr, /canary/);
  }
});
