/** `dicode check` compares code with task.yaml: what it says, and that it changes nothing else. */
import assert from "node:assert/strict";
import { type Shown, World } from "../helpers.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url).pathname;

/** What `check` says of each task, by its name. */
async function check(world: World, ...dirs: string[]): Promise<Shown> {
  const shown = await world.dicode(["check", ...dirs]);
  return { ...shown, stderr: shown.stderr.replaceAll(`${world.dir}/`, "") };
}

const YAML = `name: both
permissions:
  env:
    - { name: SPARE, value: x }
  net: [a.example]
`;

Deno.test("check names what code and task.yaml do not have in common, and stays in order", async () => {
  await using world = await World.make();
  const dir = await world.task(
    "both",
    YAML,
    `import { load } from "./lib/load.ts";
export async function main({ env }: any) {
  await fetch("https://b.example/", { headers: { key: env.get("KEY") } });
  return await load();
}
`,
    { "lib/load.ts": 'export const load = () => Deno.readTextFile("./data/x.json");\n' },
  );
  assert.deepEqual(await check(world, dir), {
    code: 0,
    stdout: "both: ok\n  SPARE: a literal: task.yaml\n",
    stderr: [
      "warning: tasks/both/task.ts:3:15: the code asks for the host b.example, which net does not list",
      "warning: tasks/both/task.ts:3:63: the code names the variable KEY, which task.yaml does not declare",
      "warning: tasks/both/lib/load.ts:1:45: the code reads ./data/x.json, which fs does not list",
      "warning: tasks/both/task.yaml:4:7: the code does not name the variable SPARE",
      'warning: tasks/both/task.yaml:5:9: the code does not name the host "a.example"',
      "hint: add to task.yaml: permissions: { net: [b.example], env: [KEY], " +
      "fs: [{ path: ./data/x.json, permission: r }] }",
      "hint: remove from task.yaml what the task does not need",
    ].map((line) => `dicode: ${line}\n`).join(""),
  });
});

Deno.test("check tells of differences also where it ends with another code", async () => {
  await using world = await World.make();
  const yaml = "name: t\npermissions: { env: [{ name: KEY, secret: none }] }\n";
  const dir = await world.mainTask("t", yaml, 'return [context.env.get("KEY"), Deno.hostname()];');
  const missing = await check(world, dir);
  assert.equal(missing.code, 4);
  assert.match(missing.stderr, /the code asks for hostname, which sys does not list/);
  await Deno.mkdir(world.dataDir, { mode: 0o700 });
  await Deno.writeTextFile(`${world.dataDir}/data.db`, "no store".repeat(99), { mode: 0o600 });
  const unusable = await check(world, dir);
  assert.equal(unusable.code, 5, unusable.stderr);
  assert.match(unusable.stderr, /the code asks for hostname, which sys does not list/);
});

Deno.test("check finds in the examples what they do on purpose, and nothing else", async () => {
  await using world = await World.make();
  await world.store({ example_api_key: "x-example-key", example_service_token: "x-token" });
  const said: Record<string, string[]> = {};
  for (const { name, isDirectory } of Deno.readDirSync(EXAMPLES)) {
    if (!isDirectory) continue;
    const { code, stderr } = await check(world, EXAMPLES + name);
    assert.equal(code, 0, stderr);
    said[name] = stderr.split("\n").slice(0, -1)
      .map((line) => line.replace(/^dicode: /, "").replace(/\/\S*\/examples\//, ""));
  }
  assert.deepEqual(said, {
    "call-an-api": [],
    "provider": [],
    "rotate-token": [],
    "hello": [
      "warning: hello/task.ts:7:34: the code names the variable HOME, which task.yaml does not declare",
      "hint: add to task.yaml: permissions: { env: [HOME] }",
    ],
    "fails-on-purpose": [
      "warning: fails-on-purpose/task.ts:6:38: the code reads /etc/hostname, which fs does not list",
      "warning: fails-on-purpose/task.ts:8:26: the code asks for the host 127.0.0.1:8787, " +
      "which net does not list",
      "hint: add to task.yaml: permissions: { fs: [{ path: /etc/hostname, permission: r }], " +
      'net: ["127.0.0.1:8787"] }',
    ],
  });
});

Deno.test("check runs nothing of a task: neither its code nor plugins that its deno.json names", async () => {
  await using world = await World.make();
  const mark = `await Deno.writeTextFile("${world.dir}/mark", ""); console.log("ran");`;
  const config = {
    lint: { plugins: ["./plugin.ts"] },
    test: { include: ["task.ts"] },
    workspace: [],
    preload: ["./plugin.ts"],
  };
  const dir = await world.task("t", "name: t\n", `${mark} export function main() {}`, {
    "deno.json": JSON.stringify(config),
    "plugin.ts": mark,
    "task_test.ts": mark,
  });
  for (const cwd of [world.dir, dir]) {
    const shown = await world.dicode(["check", dir], { cwd });
    assert.equal(shown.stdout, "t: ok\n", shown.stderr);
    assert.doesNotMatch(shown.stderr, /ran/);
    await assert.rejects(Deno.stat(`${world.dir}/mark`), Deno.errors.NotFound);
  }
});

Deno.test("check goes on where code cannot be looked at, and claims nothing of it", async () => {
  await using world = await World.make();
  const code = `export function main() {}\n/*${"x".repeat(1024 * 1024)}*/\n`;
  assert.deepEqual(await check(world, await world.task("both", YAML, code)), {
    code: 0,
    stdout: "both: ok\n  SPARE: a literal: task.yaml\n",
    stderr:
      "dicode: warning: tasks/both/task.ts: cannot compare it with task.yaml: it is over 1 MiB\n",
  });
});
