/** `dicode doctor`, and `dicode check --json`: what is in order, for people and for programs. */
import assert from "node:assert/strict";
import { World } from "../helpers.ts";

interface Finding {
  readonly subject: string;
  readonly state: string;
  readonly found: string;
  readonly hint?: string;
}

async function examine(world: World, flags: readonly string[] = [], env = {}) {
  const shown = await world.dicode(["doctor", "--json", ...flags], { env });
  const { ok, findings } = JSON.parse(shown.stdout) as { ok: boolean; findings: Finding[] };
  assert.equal(shown.code, ok ? 0 : 1, shown.stderr);
  const broken = findings.filter(({ state }) => state === "broken");
  assert.equal(broken.length === 0, ok);
  return { ok, findings, broken };
}

Deno.test("doctor of a new machine finds nothing broken, and changes nothing", async () => {
  await using world = await World.make();
  const shown = await world.dicode(["doctor"]);
  assert.equal(shown.code, 0, shown.stdout + shown.stderr);
  for (const subject of ["deno", "dicode.yaml", "bubblewrap", "Landlock", "store"]) {
    assert.match(
      shown.stdout,
      new RegExp(`^(?:ok|warning) +${subject.replace(".", "\\.")}: `, "m"),
    );
  }
  assert.match(shown.stdout, /^ok {7}provider "local": readable: it holds no secrets$/m);
  assert.deepEqual([...Deno.readDirSync(world.home)].map(({ name }) => name), []);
});

Deno.test("a dicode.yaml that is named and not there: what names it", async () => {
  await using world = await World.make();
  const path = `${world.dir}/absent.yaml`;
  const shown = await world.dicode(["check", "x"], { env: { DICODE_CONFIG: path } });
  assert.equal(shown.code, 3, shown.stderr);
  const { broken } = await examine(world, ["--config", path]);
  assert.equal(broken[0]!.subject, "dicode.yaml");
  assert.match(broken[0]!.hint ?? "", /--config or DICODE_CONFIG/);
});

Deno.test("doctor says what is wrong with the store and its key, and shows no value", async () => {
  await using world = await World.make();
  await world.store({ a: "canary-value-a", b: "canary-value-b" });
  const { findings } = await examine(world);
  const store = findings.find(({ subject }) => subject === "store");
  assert.equal(store?.found, `the key opens 2 secrets in ${world.dataDir}`);
  const key = btoa("x".repeat(32));
  const wrong = await examine(world, [], { DICODE_MASTER_KEY: key });
  assert.deepEqual(wrong.broken.map(({ subject }) => subject), ["store"]);
  assert.ok(wrong.broken[0]!.hint);
  await Deno.chmod(`${world.dataDir}/master.key`, 0o644);
  const open = await examine(world);
  assert.match(open.broken[0]!.hint ?? "", /chmod 600/);
});

Deno.test("doctor goes on past a dicode.yaml that is wrong, with each mistake's place", async () => {
  await using world = await World.make();
  const path = `${world.dir}/dicode.yaml`;
  await Deno.writeTextFile(path, "isolation: none\nsecrets: { providers: [{ type: envv }] }\n");
  const { broken, findings } = await examine(world, ["--config", path]);
  assert.equal(broken.length, 2);
  assert.match(broken[0]!.found, /dicode\.yaml:1:12: cannot use "isolation"/);
  assert.match(broken[1]!.hint!, /did you mean "env"/);
  assert.ok(findings.some(({ subject }) => subject === 'provider "env"'));
});

Deno.test("doctor names a provider and its kind of failure once", async () => {
  await using world = await World.make();
  const path = `${world.dir}/dicode.yaml`;
  await Deno.writeTextFile(`${world.dir}/script`, "#!/bin/sh\n");
  const providers = [
    { type: "file", dir: `${world.dir}/absent` },
    { type: "exec", command: [`${world.dir}/script`, "{key}"] },
  ];
  await Deno.writeTextFile(path, JSON.stringify({ secrets: { providers } }));
  const { code, stdout } = await world.dicode(["doctor", "--config", path]);
  assert.equal(code, 1);
  assert.match(
    stdout,
    /^broken {3}provider "file": misconfigured: cannot read ".*absent": there is/m,
  );
  const unusable =
    `"${world.dir}/script" is no program that you may run\n +chmod \\+x .*script, or`;
  assert.match(stdout, new RegExp(`^broken {3}provider "exec": installed: ${unusable}`, "m"));
});

Deno.test("doctor goes on where no folder can be made for temporary files", async () => {
  await using world = await World.make();
  const { findings } = await examine(world, [], { TMPDIR: `${world.dir}/absent` });
  const walls = findings.filter(({ found }) => found.startsWith("it was not tried"));
  assert.deepEqual(walls.map(({ subject }) => subject), ["bubblewrap", "Landlock"]);
  assert.match(walls[0]!.hint ?? "", /TMPDIR/);
});

Deno.test("doctor asks every provider; one that fails has its cure, and the others are still asked", async () => {
  await using world = await World.make();
  const path = `${world.dir}/dicode.yaml`;
  const dir = await world.mainTask("provider", "{}\n", `throw new Error("no");`);
  const providers = [{ type: "task", name: "svc", dir }, { type: "env" }];
  await Deno.writeTextFile(path, JSON.stringify({ isolation: "deno", secrets: { providers } }));
  const { broken, findings } = await examine(world, ["--config", path]);
  assert.deepEqual(broken.map(({ subject }) => subject), ['provider "svc"']);
  assert.match(broken[0]!.hint!, /^dicode run .* --input/);
  assert.ok(findings.some(({ subject, state }) => subject === 'provider "env"' && state === "ok"));
  const offline = await examine(world, ["--config", path, "--offline"]);
  assert.ok(offline.ok);
  assert.ok(
    offline.findings.some(({ subject, state, found }) =>
      subject === 'provider "svc"' && state === "warning" && found === "it was not asked"
    ),
  );
});

Deno.test("check --json is one document for all tasks, also for those that are refused", async () => {
  await using world = await World.make();
  await world.store({ there: "canary-value-c" });
  const good = await world.mainTask(
    "good",
    "permissions: { env: [{ name: A, secret: there }, HOME, { name: B, value: b }] }\n",
    `return context.env.get("A") + context.env.get("HOME") + context.env.get("B");`,
  );
  const lacking = await world.mainTask(
    "lacking",
    "permissions: { env: [{ name: A, secret: absent }] }\n",
    `return context.env.get("A");`,
  );
  const broken = await world.mainTask("broken", "nmae: x\ntimeout: 60\n", "return 1;");
  const shown = await world.dicode(["check", "--json", good, lacking, broken]);
  assert.equal(shown.code, 4);
  assert.ok(!shown.stdout.includes("canary"));
  const { version, ok, tasks } = JSON.parse(shown.stdout);
  assert.deepEqual([version, ok], [1, false]);
  assert.deepEqual(tasks.map((task: { exit_code: number }) => task.exit_code), [0, 4, 3]);
  assert.deepEqual(tasks[0].env, [
    { name: "A", kind: "secret", source: "there", from: "local", required: true },
    { name: "HOME", kind: "pass", source: "HOME", from: "host", required: false },
    { name: "B", kind: "value", source: "B", from: "task.yaml", required: true },
  ]);
  assert.deepEqual(tasks[1].hints, ["dicode secrets set absent"]);
  assert.deepEqual(tasks[2].errors.map(({ hint }: { hint: string }) => hint), [
    'did you mean "name"?',
    "write 60s",
  ]);
});
