/** The Task that a build remembers of an unchanged task.yaml: used if nothing has changed, else made anew. */
import assert from "node:assert/strict";
import { loadTask } from "../../runtime/task.ts";
import { World } from "../helpers.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const YAML = "version: 1\npermissions: { env: [{ name: WORD, value: written }] }\n";
const BODY = `console.log(context.env.get("WORD"));`;

/** A task that was run by a build, and what is remembered of it. */
async function openBuilt(world: World) {
  const folder = `${world.dir}/built`;
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "-A", `${ROOT}tools/build.ts`, folder],
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const dir = await world.mainTask("known", YAML, BODY);
  const run = (...more: string[]) =>
    world.dicode(["run", dir, "--isolation", "deno", ...more], { cli: `${folder}/cli.js` });
  // The first run makes the data folder.
  await run();
  const first = await run();
  const memories = `${world.dataDir}/cache/tasks`;
  const names = await Array.fromAsync(Deno.readDir(memories), ({ name }) => name);
  assert.equal(names.length, 1);
  const path = `${memories}/${names[0]}`;
  const text = await Deno.readTextFile(path);
  // What no file says: it shows whether the memory was used.
  const planted = text.replace('"value":"written"', '"value":"planted"');
  assert.notEqual(planted, text);
  return { dir, run, first, path, text, planted };
}

Deno.test("a task.yaml is remembered as long as it is the same, to the letter", async () => {
  await using world = await World.make();
  const { dir, run, first, path, text, planted } = await openBuilt(world);
  assert.equal(first.stdout, "written\n");
  assert.match(first.stderr, /"version" has no effect/);
  assert.deepEqual(await run(), first, "the warning too");
  assert.equal((await Deno.stat(path)).mode! & 0o777, 0o600);

  await Deno.writeTextFile(path, planted);
  assert.equal((await run()).stdout, "planted\n");
  await Deno.writeTextFile(`${dir}/task.yaml`, `${YAML}\n`);
  assert.equal((await run()).stdout, "written\n", "a line more");
  assert.notEqual(await Deno.readTextFile(path), text);
  await Deno.writeTextFile(`${dir}/task.yaml`, "permisions: {}\n");
  assert.equal((await run()).code, 3);

  await Deno.writeTextFile(`${dir}/task.yaml`, YAML);
  await run();
  await Deno.remove(`${dir}/task.ts`);
  await Deno.writeTextFile(`${dir}/task.js`, `export function main(context) { ${BODY} }`);
  await Deno.writeTextFile(path, planted);
  assert.equal((await run()).stdout, "written\n", "its code has another name");
  await Deno.remove(`${dir}/task.js`);
  assert.match((await run()).stderr, /neither task\.ts nor task\.js/);
});

Deno.test("a memory that does not fit, or is none, is forgotten", async () => {
  await using world = await World.make();
  const { run, first, path, text, planted } = await openBuilt(world);
  const { key } = JSON.parse(text);
  const [build, deno, ...rest] = JSON.parse(key);
  assert.match(build, /^[0-9a-f]{64}$/);
  const withKey = (...parts: unknown[]) =>
    JSON.stringify({ ...JSON.parse(planted), key: JSON.stringify(parts) });
  const odd = ["", "{}", "null", planted.slice(0, -9), JSON.stringify({ key })];
  const others = [withKey("0".repeat(64), deno, ...rest), withKey(build, "2.0.0", ...rest)];
  for (const memory of [...odd, ...others]) {
    await Deno.writeTextFile(path, memory);
    assert.deepEqual(await run(), first, memory);
    assert.equal(await Deno.readTextFile(path), text, "and made anew");
  }
});

Deno.test("a memory that others may write is not looked at", async () => {
  await using world = await World.make();
  const { run, path, text } = await openBuilt(world);
  await Deno.writeTextFile(path, text.replace('"id":"known"', '"id":"planted"'));
  assert.equal(JSON.parse((await run("--json")).stdout).task, "planted");
  await Deno.chmod(world.dataDir, 0o777);
  const shown = await run("--json");
  await Deno.chmod(world.dataDir, 0o700);
  assert.equal(shown.code, 5);
  assert.equal(JSON.parse(shown.stdout).task, "known");
});

Deno.test("a memory that is a link, a pipe or open to others is none", async () => {
  await using world = await World.make();
  const { run, first, path, planted } = await openBuilt(world);
  const tasks = `${world.dataDir}/cache/tasks`;
  const elsewhere = `${world.dir}/elsewhere`;
  await Deno.mkdir(elsewhere, { mode: 0o700 });
  const other = `${elsewhere}/${path.slice(tasks.length + 1)}`;
  const cases: Record<string, () => Promise<unknown>> = {
    "a link to a file": () => Deno.symlink(other, path),
    "a pipe": () => new Deno.Command("mkfifo", { args: [path] }).output(),
    "a file that others may write": async () => {
      await Deno.writeTextFile(path, planted);
      await Deno.chmod(path, 0o666);
    },
    "a link to a folder": async () => {
      await Deno.remove(tasks, { recursive: true });
      await Deno.symlink(elsewhere, tasks);
    },
  };
  for (const [name, make] of Object.entries(cases)) {
    await Deno.writeTextFile(other, planted, { mode: 0o600 });
    await Deno.remove(path).catch(() => {});
    await make();
    assert.equal((await run()).stdout, first.stdout, name);
  }
});

Deno.test("a Task is the same after it was written as JSON", async () => {
  await using world = await World.make();
  const full = await world.mainTask(
    "full",
    `description: a
trigger: { chain: { from: other, params: { __proto__: x } } }
params: { __proto__: "1", n: { type: number, default: 1 }, needed: { required: true } }
limits: { output: 0 }
permissions:
  env: [A, { name: B, from: A, optional: true }, { name: C, secret: c, mask: false }]
  net: ["*"]
  fs: [{ path: ., permission: rw }]
  dicode: { secrets_write: ["a*"] }
`,
    "",
  );
  const dirs = await Array.fromAsync(
    Deno.readDir(`${ROOT}examples`),
    ({ name }) => `${ROOT}examples/${name}`,
  );
  for (const dir of [full, ...dirs]) {
    const task = await loadTask(dir).catch((error) => {
      assert.notEqual(dir, full, error.message);
      return undefined; // a folder of several tasks
    });
    assert.deepEqual(JSON.parse(JSON.stringify(task ?? null)), task ?? null);
  }
});
