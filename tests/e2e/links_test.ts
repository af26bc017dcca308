/** Links in granted folders: where they may lead, behind either wall, and second names of files. */
import assert from "node:assert/strict";
import { findWorkingBwrap } from "../../runtime/bwrap_probe.ts";
import { assertHidden, World } from "../helpers.ts";

const bwrap = await findWorkingBwrap(await Deno.makeTempDir());
if (!bwrap.works) console.error(`skipped: links behind bubblewrap: ${bwrap.reason}`);

const GRANT = "permissions: { fs: [{ path: ./data, permission: rw }] }";

/** A task with ./data, and that folder. */
async function makeTask(world: World, name: string, body: string, yaml = GRANT) {
  const dir = await world.mainTask(name, yaml, body);
  const data = `${dir}/data`;
  await Deno.mkdir(data);
  return { dir, data };
}

Deno.test("a link in a granted folder to dicode's own files is refused before the run under Deno's permissions alone", async () => {
  await using world = await World.make();
  await world.store({ key: "canary-of-the-store" });
  const outside = `${world.dir}/outside`;
  await Deno.mkdir(`${outside}/deep`, { recursive: true });
  await Deno.symlink(world.dataDir, `${outside}/deep/second`);
  const config = `${world.dir}/conf/dicode.yaml`;
  await Deno.mkdir(`${world.dir}/conf`);
  await Deno.writeTextFile(config, "isolation: deno\n");
  const ways: Record<string, (data: string) => Promise<unknown>> = {
    folder: (data) => Deno.symlink(world.dataDir, `${data}/a`),
    file: (data) => Deno.symlink(`${world.dataDir}/master.key`, `${data}/a`),
    relative: (data) => Deno.symlink("../../../home/.dicode/data.db", `${data}/a`),
    above: (data) => Deno.symlink(world.home, `${data}/a`),
    root: (data) => Deno.symlink("/", `${data}/a`),
    nested: async (data) => {
      await Deno.mkdir(`${data}/x/y/z`, { recursive: true });
      await Deno.symlink(world.dataDir, `${data}/x/y/z/a`);
    },
    hidden: (data) => Deno.symlink(world.dataDir, `${data}/.a`),
    "of a link": async (data) => {
      await Deno.symlink("b", `${data}/a`);
      await Deno.symlink(world.dataDir, `${data}/b`);
    },
    "by way of another folder": (data) => Deno.symlink(outside, `${data}/a`),
    "to what is not there yet": (data) => Deno.symlink(`${world.dataDir}/dicode.yaml`, `${data}/a`),
    "by two that lead nowhere yet": async (data) => {
      await Deno.symlink("../b", `${data}/a`);
      await Deno.symlink(`${world.dataDir}/dicode.yaml`, `${data}/../b`);
    },
    "configuration elsewhere": (data) => Deno.symlink(config, `${data}/a`),
    "to processes": (data) => Deno.symlink("/proc", `${data}/a`),
    "to a process": (data) => Deno.symlink("/proc/self", `${data}/a`),
    "by magic": (data) => Deno.symlink("/proc/self/root", `${data}/a`),
  };
  for (const [name, make] of Object.entries(ways)) {
    const { dir, data } = await makeTask(world, name, "console.log('RAN')");
    await make(data);
    const shown = await world.dicode(["run", dir, "--isolation", "deno"], {
      env: { DICODE_CONFIG: config },
    });
    assert.equal(shown.code, 6, `${name}: ${shown.stdout}${shown.stderr}`);
    assert.match(
      shown.stderr,
      /task\.yaml:1:21: cannot grant the folder of ".*": it is a link to /,
    );
    assert.match(shown.stderr, /hint: rm /, name);
    assert.match(shown.stderr, /process/.test(name) ? /through which every file/ : /dicode's data/);
    assert.equal(shown.stdout, "", name);
  }
});

Deno.test("links that lead elsewhere, in circles or nowhere are no reason to refuse a run", async () => {
  await using world = await World.make();
  await world.store({ key: "canary-of-the-store" });
  const { dir, data } = await makeTask(
    world,
    "fine",
    "return (await Deno.stat('data/here')).isFile",
  );
  await Deno.mkdir(`${world.dir}/outside`);
  await Deno.symlink(data, `${world.dir}/outside/back`);
  await Deno.writeTextFile(`${data}/real`, "");
  const targets = {
    here: "real",
    self: "self",
    ping: "pong",
    pong: "ping",
    circle: ".",
    gone: "/nowhere/at/all",
    inFile: "real/below",
    null: "/dev/null",
    out: "/dev/stdout",
    version: "/proc/version",
    hosts: "/etc/hosts",
    away: `${world.dir}/outside`,
    sibling: `${world.home}/.dicode-of-another`,
    long: "x/".repeat(2000),
  };
  for (const [name, target] of Object.entries(targets)) {
    await Deno.symlink(target, `${data}/${name}`);
  }
  const shown = await world.dicode(["run", dir, "--isolation", "deno"]);
  assert.deepEqual(shown, { code: 0, stdout: "true\n", stderr: "" });
});

Deno.test({
  name: "behind bubblewrap a link in a granted folder leads nowhere",
  ignore: !bwrap.works,
  async fn() {
    await using world = await World.make();
    await world.store({ key: "canary-of-the-store" });
    const { dir, data } = await makeTask(
      world,
      "linked",
      `const found = [];
      for (const path of ["folder/master.key", "file", "home/.dicode/master.key", "folder"]) {
        await Deno.stat("data/" + path).then(() => found.push(path), () => {});
        await Deno.readTextFile("data/" + path).then(() => found.push(path), () => {});
        await Deno.writeTextFile("data/" + path, "").then(() => found.push(path), () => {});
      }
      await Deno.writeTextFile("data/new", "text").then(() => found.push("new"), () => {});
      const cat = await new Deno.Command("cat", { args: ["data/file", "data/home/.dicode/data.db"] })
        .output();
      return { found, said: new TextDecoder().decode(cat.stdout) };`,
      "permissions: { run: [cat], fs: [{ path: ./data, permission: rw }] }",
    );
    await Deno.symlink(world.dataDir, `${data}/folder`);
    await Deno.symlink(`${world.dataDir}/master.key`, `${data}/file`);
    await Deno.symlink(world.home, `${data}/home`);
    await Deno.symlink(`${world.dataDir}/dicode.yaml`, `${data}/new`);
    const key = (await Deno.readTextFile(`${world.dataDir}/master.key`)).trim();
    const shown = await world.dicode(["run", dir, "--isolation", "bwrap"]);
    assert.equal(shown.code, 0, shown.stderr);
    assert.equal(shown.stdout, '{"found":[],"said":""}\n');
    assertHidden(shown, key);
    await assert.rejects(Deno.stat(`${world.dataDir}/dicode.yaml`), Deno.errors.NotFound);
  },
});

Deno.test("a hard link to a file of dicode's own in what is granted is refused, behind either wall", async () => {
  await using world = await World.make();
  await world.store({ key: "canary-of-the-store" });
  await Deno.mkdir(`${world.dataDir}/go-store`, { mode: 0o700 });
  await Deno.writeTextFile(`${world.dataDir}/go-store/master.key`, "old", { mode: 0o600 });
  const { dir, data } = await makeTask(world, "linked", "console.log('RAN')");
  const other = `${world.dir}/backup`;
  await Deno.mkdir(`${data}/deep`);
  await Deno.mkdir(other);
  // A second name where no task reaches is no matter, such as that of a backup.
  await Deno.link(`${world.dataDir}/master.key`, `${other}/master.key`);
  const walls = bwrap.works ? ["deno", "bwrap"] : ["deno"];
  for (const wall of walls) {
    assert.equal((await world.dicode(["run", dir, "--isolation", wall])).stdout, "RAN\n", wall);
  }
  for (
    const [file, name] of [
      ["master.key", "data/deep/notes"],
      ["data.db", "data/notes"],
      ["go-store/master.key", "data/notes"],
      ["master.key", "beside-the-code.txt"],
    ]
  ) {
    await Deno.link(`${world.dataDir}/${file}`, `${dir}/${name}`);
    for (const wall of walls) {
      const shown = await world.dicode(["run", dir, "--isolation", wall]);
      assert.equal(shown.code, 6, shown.stdout + shown.stderr);
      assert.match(shown.stderr, /is a hard link to dicode's own file ".*\/home\/\.dicode\//);
      assert.match(shown.stderr, /hint: rm /);
      assert.equal(shown.stdout, "");
    }
    await Deno.remove(`${dir}/${name}`);
  }
  const yaml = `permissions: { fs: [{ path: "${other}/master.key", permission: r }] }`;
  const direct = await world.run(await world.mainTask("direct", yaml, "console.log('RAN')"));
  assert.equal(direct.code, 6, direct.stdout);
});

Deno.test("a hard link to task.yaml or to code in a folder that is granted for writing is refused", async () => {
  await using world = await World.make();
  const dir = await world.task(
    "copied",
    "permissions: { fs: [{ path: ./data, permission: rw }] }",
    `import { said } from "./lib.ts";\nexport const main = () => said;\n`,
    { "lib.ts": "export const said = 1;\n", "data/own": "" },
  );
  // A second name elsewhere, such as a backup makes, is none of the task's.
  await Deno.link(`${dir}/task.yaml`, `${world.dir}/backup`);
  assert.equal((await world.run(dir)).stdout, "1\n");
  for (const name of ["task.yaml", "lib.ts"]) {
    await Deno.link(`${dir}/${name}`, `${dir}/data/other`);
    for (const args of [["run", dir], ["check", dir]]) {
      const shown = await world.dicode(args);
      assert.equal(shown.code, 6, shown.stderr);
      assert.match(shown.stderr, /data\/other" is ".*" by another name \(a hard link\)/);
    }
    await Deno.remove(`${dir}/data/other`);
  }
});
