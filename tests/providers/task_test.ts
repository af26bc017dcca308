/** A dicode task as a provider: what it gives, what it may reach, and that no chain asks itself. */
import assert from "node:assert/strict";
import { assertHidden, findProcesses, ISOLATION, World } from "../helpers.ts";
import { FakeConnect } from "../services/fake_connect.ts";
import { type Setup, type Subject, testConformance } from "./conformance.ts";

const NO_SERVICE = "the task itself is the provider";

/** A provider whose task has this body. */
async function provider({ world }: Pick<Subject, "world">, body: string): Promise<Setup> {
  return { entry: { dir: await world.mainTask("provider", "timeout: 20s\n", body) } };
}

testConformance("task", {
  found: ({ world, key, value }) =>
    provider({ world }, `return { ${key}: ${JSON.stringify(value)}, OTHER: "x" };`),
  absent: (subject) => provider(subject, "return {};"),
  empty: (subject) => provider(subject, `return { WANTED_KEY: "" };`),
  deleted: (subject) => provider(subject, `return { WANTED_KEY: null };`),
  ambiguous: "a map has each key once",
  unauthorised: async (subject) => ({
    ...await provider(subject, `throw new Error("401 for ${subject.value}");`),
    expected: ["tool_failed"],
  }),
  forbidden: async (subject) => ({
    ...await provider(subject, `await fetch("http://127.0.0.1:1/");`),
    expected: ["tool_failed"],
  }),
  limited: NO_SERVICE,
  flaky: NO_SERVICE,
  hang: async (subject) => {
    const setup = await provider(subject, "await new Promise((done) => setTimeout(done, 60_000));");
    return { ...setup, entry: { ...setup.entry, timeout: "1s" } };
  },
  truncated: async (subject) => ({
    ...await provider(subject, `return ["${subject.value}"];`),
    said: /returns no map/,
  }),
  huge: async (subject) => ({
    ...await provider(subject, `return { WANTED_KEY: "x".repeat(20 * 1024 * 1024) };`),
    expected: ["tool_failed"],
  }),
  html: NO_SERVICE,
  redirect: NO_SERVICE,
  wrongCa: NO_SERVICE,
  newline: NO_SERVICE,
});

/** Writes dicode.yaml; local, then the entries. */
async function configure(world: World, ...entries: readonly string[]): Promise<readonly string[]> {
  const path = `${world.dir}/dicode.yaml`;
  const providers = ["local", ...entries].map((entry) =>
    entry.startsWith("{") ? `    - ${entry}\n` : `    - { type: ${entry} }\n`
  );
  const text = `isolation: ${ISOLATION}\nsecrets:\n  providers:\n${providers.join("")}`;
  await Deno.writeTextFile(path, text);
  return ["--config", path];
}

const WANTS_TWO = `permissions:
  env:
    - { name: A, secret: alpha }
    - { name: B, secret: beta, optional: true }
`;

Deno.test("it is asked once for all keys, by the names that prefix and map give them", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "provider",
    "{}\n",
    `return Object.fromEntries(context.input.keys.map((key, at) => [key, key + at]));`,
  );
  const entry = `{ type: task, dir: ${dir}, prefix: x/, map: { beta: "y#z" } }`;
  const flags = await configure(world, entry);
  const task = await world.mainTask(
    "wants",
    WANTS_TWO,
    `return [context.env.get("A").split(""), context.env.get("B").split("")];`,
  );
  const shown = await world.dicode([...flags, "run", task]);
  assert.equal(shown.stdout, `${JSON.stringify([[..."x/alpha0"], [..."y#z1"]])}\n`, shown.stderr);
});

Deno.test("its own secret comes from those before it; its output is shown nowhere", async () => {
  await using world = await World.make();
  await world.store({ own: "canary-own-token" });
  const dir = await world.mainTask(
    "provider",
    "permissions: { env: [{ name: OWN, secret: own }] }\n",
    `console.log("canary-value-1"); console.error("canary-value-1");
     return { alpha: context.env.get("OWN") + "/canary-value-1" };`,
  );
  const flags = await configure(world, `{ type: task, dir: ${dir}, expose: [own] }`);
  const task = await world.mainTask("wants", WANTS_TWO, `return context.env.get("A").length;`);
  const shown = await world.dicode([...flags, "--verbose", "run", task]);
  assert.equal(shown.stdout, "31\n", shown.stderr);
  assert.ok(!shown.stderr.includes("canary"), shown.stderr);
  // The task that is run may not have what is the provider's own.
  const thief = await world.mainTask(
    "thief",
    "permissions: { env: [{ name: A, secret: own }] }\n",
    "return 1;",
  );
  const refused = await world.dicode([...flags, "run", thief]);
  assert.equal(refused.code, 6, refused.stderr);
  assert.match(refused.stderr, /the credential of a provider/);
  // Run by hand it may have it, as the hint of a failure says to do.
  await Deno.symlink(dir, `${world.dir}/by-hand`);
  const input = ["--input", `{"keys": []}`];
  const byHand = await world.dicode([...flags, "run", `${world.dir}/by-hand`, ...input]);
  assert.equal(byHand.code, 0, byHand.stderr);
  assertHidden(byHand, "canary-own-token");
  await world.dicode(["secrets", "delete", "own"]);
  const lacking = await world.dicode([...flags, "run", task]);
  assert.equal(lacking.code, 4);
  assert.match(
    lacking.stderr,
    /its task failed: cannot resolve OWN .*\n.*hint: dicode secrets set own$/m,
  );
});

Deno.test("a task that is a provider cannot ask itself, and not a provider after it", async () => {
  await using world = await World.make();
  const loop = await world.mainTask(
    "loop",
    "permissions: { env: [{ name: A, secret: alpha }] }\n",
    `return { alpha: "never" };`,
  );
  const flags = await configure(world, `{ type: task, dir: ${loop} }`);
  const itself = await world.dicode([...flags, "run", loop]);
  assert.equal(itself.code, 4);
  assert.match(itself.stderr, /provider "task" \(misconfigured\): .* cannot be its own provider/);
  const other = await world.mainTask("wants", WANTS_TWO, "return 1;");
  const asked = await world.dicode([...flags, "run", other]);
  assert.equal(asked.code, 4);
  assert.match(
    asked.stderr,
    /provider "task" \(tool_failed\): its task failed: cannot resolve A \(secret "alpha"\): not found; asked: local/,
  );
});

Deno.test("it is ended with the run that asks, where that is refused meanwhile", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "provider",
    "{}\n",
    "await new Promise((done) => setTimeout(done, 20_000)); return {};",
  );
  const flags = await configure(world, `{ type: task, dir: ${dir} }`);
  const task = await world.task("wants", WANTS_TWO, `import "./nowhere.ts";\n`);
  const startedAt = Date.now();
  const shown = await world.dicode([...flags, "run", task]);
  assert.equal(shown.code, 6, shown.stderr);
  assert.match(shown.stderr, /cannot load the module/);
  assert.ok(Date.now() - startedAt < 15_000);
  assert.deepEqual(await findProcesses(dir), []);
});

Deno.test("check says that a task has it; --offline passes over it, and says so", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("provider", "{}\n", `return { alpha: "canary-value-2" };`);
  const flags = await configure(world, `{ type: task, name: svc, dir: ${dir} }`);
  const task = await world.mainTask("wants", WANTS_TWO, "return 1;");
  const checked = await world.dicode([...flags, "check", task]);
  assert.match(checked.stdout, /A: secret "alpha": svc\n {2}B: secret "beta": not set/);
  const offline = await world.dicode([...flags, "--offline", "run", task]);
  assert.equal(offline.code, 4);
  assert.match(offline.stderr, /warning: provider "svc" is not asked: it needs the network/);
  assert.match(offline.stderr, /not found; asked: local; passed over: svc/);
});

Deno.test("on_error: next goes on and says so; without it the failure ends the run", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("provider", "{}\n", `throw new Error("x");`);
  const task = await world.mainTask("wants", WANTS_TWO, `return context.env.get("A").length;`);
  const strict = await configure(world, `{ type: task, dir: ${dir} }`, "env");
  const failed = await world.dicode([...strict, "run", task], { env: { alpha: "from-env" } });
  assert.equal(failed.code, 4);
  assert.match(
    failed.stderr,
    /provider "task" \(tool_failed\): its task failed: it ended with task_failed/,
  );
  const next = await configure(world, `{ type: task, dir: ${dir}, on_error: next }`, "env");
  const shown = await world.dicode([...next, "run", task], { env: { alpha: "from-env" } });
  assert.equal(shown.stdout, "8\n", shown.stderr);
  assert.match(shown.stderr, /warning: provider "task" \(tool_failed\).*; going on without it/);
});

Deno.test("the command in the hint is one command, and asks for no secret, whatever the keys hold", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("provider", "{}\n", `throw new Error("x");`);
  const flags = await configure(world, `{ type: task, dir: ${dir} }`);
  const key = "it's $(id); x";
  const task = await world.mainTask(
    "wants",
    `permissions: { env: [{ name: A, secret: ${JSON.stringify(key)} }] }\n`,
    "return 1;",
  );
  const shown = await world.dicode([...flags, "run", task]);
  const command = /hint: dicode (run .*)/.exec(shown.stderr)?.[1];
  assert.ok(command !== undefined, shown.stderr);
  const printf = new Deno.Command("sh", { args: ["-c", `printf '%s\\n' ${command}`] });
  const words = new TextDecoder().decode((await printf.output()).stdout);
  assert.equal(words, `run\n${dir}\n--input\n{"keys": []}\n`);
});

Deno.test("what its own provider says is masked, and that one was passed over is said", async () => {
  await using world = await World.make();
  const token = "canary-inner-token";
  await using fake = new FakeConnect({ token });
  fake.fail({ status: 401, body: JSON.stringify({ status: 401, message: `no ${token}` }) });
  const own = "permissions: { env: [{ name: OWN, secret: own, optional: true }] }\n";
  const dir = await world.mainTask("provider", own, `return { alpha: "value-of-alpha" };`);
  const task = await world.mainTask("wants", WANTS_TWO, `return context.env.get("A").length;`);
  const connect = `type: 1password-connect, keys: [own], vault: V, address: "${fake.address}"`;
  const env = { OP_CONNECT_TOKEN: token };
  const strict = await configure(world, `{ ${connect} }`, `{ type: task, dir: ${dir} }`);
  for (const command of [["run"], ["run", "--json"], ["check"], ["check", "--json"], ["doctor"]]) {
    const dirs = command[0] === "doctor" ? [] : [task];
    const failed = await world.dicode([...strict, ...command, ...dirs], { env });
    assert.notEqual(failed.code, 0);
    assert.match(failed.stdout + failed.stderr, /answered 401: .*no \*\*\*/);
    assertHidden(failed, token);
  }
  const next = await configure(
    world,
    `{ ${connect}, on_error: next }`,
    `{ type: task, dir: ${dir} }`,
  );
  const shown = await world.dicode([...next, "run", task], { env });
  assert.equal(shown.stdout, "14\n", shown.stderr);
  assert.match(shown.stderr, /warning: provider "1password-connect" .*; going on without it/);
  assertHidden(shown, token);
});

Deno.test("a value that no variable can have, or that is over 1 MiB, ends the run", async () => {
  await using world = await World.make();
  const task = await world.mainTask("wants", WANTS_TWO, `return context.env.get("A").length;`);
  const values: [string, RegExp | undefined][] = [
    [`"canary".repeat(200_000)`, /cannot set A: it has 1200000 bytes, the limit is 1048576/],
    [`"canary\\0"`, /cannot set A: it holds a NUL byte/],
    [`"canary\\ud800"`, /cannot set A: it is not well-formed text/],
    [`"canary\\u00e9"`, undefined],
  ];
  for (const [value, pattern] of values) {
    const dir = await world.mainTask("provider", "{}\n", `return { alpha: ${value} };`);
    const flags = await configure(world, `{ type: task, dir: ${dir} }`);
    const shown = await world.dicode([...flags, "run", task]);
    assert.equal(shown.code, pattern === undefined ? 0 : 4, shown.stderr);
    if (pattern !== undefined) assert.match(shown.stderr, pattern);
    assertHidden(shown, "canary");
  }
});
