/** The child that is started before a run was checked: taken when nothing has changed, gone otherwise. */
import assert from "node:assert/strict";
import { findWorkingBwrap } from "../../runtime/bwrap_probe.ts";
import { findProcesses, type Shown, World } from "../helpers.ts";

const bwrap = await findWorkingBwrap(await Deno.makeTempDir());
if (!bwrap.works) console.error(`skipped: head starts behind bubblewrap: ${bwrap.reason}`);

const BODY = `console.log("ran"); try { await Deno.readTextFile("extra.txt"); console.log("read"); }
  catch (error) { console.log(error.name); }`;

async function run(world: World, dir: string, ...more: string[]): Promise<Shown> {
  return await world.dicode(["run", dir, "--isolation", "deno", "--verbose", ...more]);
}

function told({ stderr }: Shown): string | undefined {
  return /^dicode: debug: head start: (.*)$/m.exec(stderr)?.[1];
}

/** The one memory of a start, as text, and how to replace it. */
async function openMemory(world: World) {
  const folder = `${world.dataDir}/cache/starts`;
  const names = await Array.fromAsync(Deno.readDir(folder), ({ name }) => name);
  assert.equal(names.length, 1);
  const path = `${folder}/${names[0]}`;
  return {
    name: names[0]!,
    text: await Deno.readTextFile(path),
    write: (text: string) => Deno.writeTextFile(path, text),
  };
}

async function assertNothingIsLeft(world: World, dir: string): Promise<void> {
  assert.deepEqual(await findProcesses(`file://${dir}/`), []);
  assert.deepEqual(await Array.fromAsync(Deno.readDir(`${world.dataDir}/run`)), []);
}

Deno.test("an unchanged task has a head start from its second run on", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("same", "name: same\n", BODY);
  const first = await run(world, dir);
  assert.equal(told(first), "none");
  for (const more of [[], ["-p", "x=1"], ["--timeout", "9s"]]) {
    const again = await run(world, dir, ...more);
    if (more[0] === "-p") {
      assert.equal(again.code, 2, "the task has no such parameter");
      continue;
    }
    assert.equal(told(again), "taken", again.stderr);
    assert.equal(again.stdout, first.stdout);
  }
  await assertNothingIsLeft(world, dir);
});

Deno.test("a task whose grants have changed has those, and no others", async () => {
  await using world = await World.make();
  const wide = "permissions: { fs: [{ path: extra.txt, permission: r }] }\n";
  const dir = await world.mainTask("changed", wide, BODY);
  await Deno.writeTextFile(`${dir}/extra.txt`, "");
  await run(world, dir);
  assert.equal((await run(world, dir)).stdout, "ran\nread\n");

  await Deno.writeTextFile(`${dir}/task.yaml`, "name: narrow\n");
  const narrowed = await run(world, dir);
  assert.equal(told(narrowed), "none");
  assert.equal(narrowed.stdout, "ran\nNotCapable\n");
  assert.equal(told(await run(world, dir)), "taken");

  await Deno.writeTextFile(`${dir}/task.yaml`, wide);
  assert.equal((await run(world, dir)).stdout, "ran\nread\n");
  await assertNothingIsLeft(world, dir);
});

Deno.test("a child that was started with more than the task declares never gets to its code", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("planted", "name: planted\n", BODY);
  await Deno.writeTextFile(`${dir}/extra.txt`, "");
  await run(world, dir);
  const memory = await openMemory(world);
  await memory.write(memory.text.replace('"--allow-read=', '"--allow-env","--allow-read=/,'));
  const shown = await run(world, dir);
  assert.equal(told(shown), "none");
  assert.equal(shown.stdout, "ran\nNotCapable\n");
  for (const text of ["", "{}", "null", memory.text.replace('"args"', '"argv"')]) {
    await memory.write(text);
    assert.equal((await run(world, dir)).stdout, "ran\nNotCapable\n", text);
  }
  await assertNothingIsLeft(world, dir);
});

Deno.test("a data folder that others may write says nothing of what is started", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("open", "name: open\n", BODY);
  await run(world, dir);
  const memory = await openMemory(world);
  const start = JSON.parse(memory.text);
  const mark = `${world.dir}/started`;
  const command = { ...start.command, program: "/usr/bin/touch", args: [mark] };
  await memory.write(JSON.stringify({ ...start, command }));

  await Deno.chmod(world.dataDir, 0o777);
  const refused = await run(world, dir);
  assert.equal(refused.code, 5, refused.stderr);
  await assert.rejects(Deno.stat(mark), "it was started all the same");

  // The memory is believed where nobody else may write: then, and only then, it is started.
  await Deno.chmod(world.dataDir, 0o700);
  assert.equal((await run(world, dir)).stdout, "ran\nNotCapable\n");
  assert.ok((await Deno.stat(mark)).isFile);
});

Deno.test("a memory that is a link, a pipe, open to others, or vast is none", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("odd", "name: odd\n", BODY);
  await run(world, dir);
  const memory = await openMemory(world);
  const start = JSON.parse(memory.text);
  const mark = `${world.dir}/started`;
  const command = { ...start.command, program: "/usr/bin/touch", args: [mark] };
  const planted = JSON.stringify({ ...start, command });
  const starts = `${world.dataDir}/cache/starts`;
  const elsewhere = `${world.dir}/elsewhere`;
  await Deno.mkdir(elsewhere, { mode: 0o700 });
  const other = `${elsewhere}/${memory.name}`;
  const plant = () => Deno.writeTextFile(other, planted, { mode: 0o600 });
  const cases: Record<string, () => Promise<unknown>> = {
    "a link to a file": () => Deno.symlink(other, `${starts}/${memory.name}`),
    "a link to a folder": async () => {
      await Deno.remove(starts, { recursive: true });
      await Deno.symlink(elsewhere, starts);
    },
    "a pipe": async () => {
      const { success } = await new Deno.Command("mkfifo", { args: [`${starts}/${memory.name}`] })
        .output();
      assert.ok(success);
    },
    "a file that others may write": async () => {
      await memory.write(planted);
      await Deno.chmod(`${starts}/${memory.name}`, 0o666);
    },
    "vast": () => memory.write(planted.padEnd(8 * 1024 * 1024)),
  };
  for (const [name, make] of Object.entries(cases)) {
    await plant();
    await Deno.remove(`${starts}/${memory.name}`).catch(() => {});
    await make();
    assert.equal((await run(world, dir)).stdout, "ran\nNotCapable\n", name);
    await assert.rejects(Deno.stat(mark), `${name}: it was started all the same`);
    if (name === "a link to a folder") await Deno.remove(starts);
    await Deno.mkdir(starts, { recursive: true, mode: 0o700 });
  }
});

Deno.test("a run that is refused leaves no child and no folder of its head start", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("refused", "name: refused\n", BODY);
  await run(world, dir);
  for (
    const [yaml, code] of [
      ["permisions: {}\n", 3],
      ["permissions: { env: [{ name: A, secret: absent }] }\n", 4],
      ["permissions: { fs: [{ path: absent, permission: r }] }\n", 6],
    ] as const
  ) {
    await Deno.writeTextFile(`${dir}/task.yaml`, yaml);
    const shown = await run(world, dir);
    assert.equal(shown.code, code, shown.stderr);
    assert.equal(shown.stdout, "");
    await assertNothingIsLeft(world, dir);
  }
  await Deno.remove(`${dir}/task.ts`);
  assert.notEqual((await run(world, dir)).code, 0);
  await assertNothingIsLeft(world, dir);
});

Deno.test({
  name: "behind bubblewrap, a granted folder that this run makes is no reason to fail",
  ignore: !bwrap.works,
  fn: async () => {
    await using world = await World.make();
    const yaml = "permissions: { fs: [{ path: ./out/, permission: rw }] }\n";
    const dir = await world.mainTask("makes", yaml, `await Deno.writeTextFile("out/x", "x");`);
    const go = () => world.dicode(["run", dir, "--isolation", "bwrap", "--verbose"]);
    await go();
    assert.equal(told(await go()), "taken");
    // The child of the head start has no folder to mount, and ends.
    await Deno.remove(`${dir}/out`, { recursive: true });
    const anew = await go();
    assert.equal(anew.code, 0, anew.stderr);
    assert.equal(await Deno.readTextFile(`${dir}/out/x`), "x");
    assert.equal(told(await go()), "taken");
    await assertNothingIsLeft(world, dir);
  },
});
