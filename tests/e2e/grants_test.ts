/** Path and program grants: what they open, and that no spelling opens more. */
import assert from "node:assert/strict";
import { World } from "../helpers.ts";

/** A task that tries each expression and returns "ok" or the error's name for each. */
function attempts(expressions: readonly string[]): string {
  const tries = expressions.map((expression) =>
    `try { await (${expression}); outcomes.push("ok"); } catch (e) { outcomes.push(e.name); }`
  );
  return `const outcomes = [];\n${tries.join("\n")}\nreturn outcomes;`;
}

Deno.test("a path grant opens that path for what it says, and nothing beside it", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "paths",
    `permissions:
  fs:
    - { path: ./in, permission: r }
    - { path: ./out/, permission: w }
    - { path: "\${TASK_DIR}/both", permission: rw }
    - { path: ~/notes.txt, permission: r }`,
    attempts([
      `Deno.readTextFile("in/a.txt")`,
      `Deno.writeTextFile("in/a.txt", "x")`,
      `Deno.writeTextFile("out/b.txt", "x")`,
      `Deno.readTextFile("out/b.txt")`,
      `Deno.writeTextFile("both/c.txt", "x").then(() => Deno.readTextFile("both/c.txt"))`,
      `Deno.readTextFile("${world.home}/notes.txt")`,
      `Deno.readTextFile("${world.home}/other.txt")`,
      `Deno.readTextFile("in/../task.yaml")`,
      `Deno.readTextFile("inside.txt")`,
      `Deno.symlink("${world.home}/other.txt", "both/link")`,
      `Deno.link("${world.home}/other.txt", "both/link")`,
      `Deno.rename("${world.home}/other.txt", "both/moved")`,
    ]),
  );
  await Deno.mkdir(`${dir}/in`);
  await Deno.mkdir(`${dir}/both`);
  await Deno.writeTextFile(`${dir}/in/a.txt`, "a");
  await Deno.writeTextFile(`${dir}/inside.txt`, "a");
  await Deno.writeTextFile(`${world.home}/notes.txt`, "n");
  await Deno.writeTextFile(`${world.home}/other.txt`, "private");
  const shown = await world.run(dir);
  const no = "NotCapable";
  const expected = ["ok", no, "ok", no, "ok", "ok", no, no, no, no, no, no];
  assert.deepEqual(JSON.parse(shown.stdout), expected, shown.stderr);
});

Deno.test("a write grant on the task's folder does not reach task.yaml or the code", async () => {
  await using world = await World.make();
  const dir = await world.task(
    "self",
    `permissions: { fs: [{ path: ., permission: rw }] }`,
    `import "./lib/helper.ts";
export async function main() {\n${
      attempts([
        `Deno.writeTextFile("task.yaml", "")`,
        `Deno.writeTextFile("task.ts", "")`,
        `Deno.writeTextFile("lib/helper.ts", "")`,
        `Deno.remove("lib/helper.ts")`,
        `Deno.rename("task.ts", "old.ts")`,
        `Deno.rename("lib", "old")`,
        `Deno.writeTextFile("task.js", "")`,
        `Deno.writeTextFile("deno.json", "{}")`,
        `Deno.writeTextFile("data.txt", "fine")`,
      ])
    }\n}\n`,
    { "lib/helper.ts": "export {};\n" },
  );
  const shown = await world.run(dir);
  const no = "NotCapable";
  const expected = [no, no, no, no, no, no, no, no, "ok"];
  assert.deepEqual(JSON.parse(shown.stdout), expected, shown.stderr);
});

Deno.test("a write grant under which the code cannot be kept read-only is refused", async () => {
  await using world = await World.make();
  const self = "permissions: { fs: [{ path: ., permission: rw }] }";
  const ran = "console.log('RAN');";
  const linked = await world.task("linked", self, `import "./a.ts";\n${ran}`, { "b.ts": "" });
  await Deno.symlink("b.ts", `${linked}/a.ts`);
  const comma = await world.task("comma", self, `import "./x,y.ts";\n${ran}`, { "x,y.ts": "" });
  const yaml = await world.task("yaml", self, ran, { "conf/real.yaml": self });
  await Deno.remove(`${yaml}/task.yaml`);
  await Deno.symlink("conf/real.yaml", `${yaml}/task.yaml`);
  const above = await world.mainTask(
    "above",
    "permissions: { fs: [{ path: .., permission: rw }] }",
    ran,
  );
  for (
    const [dir, said] of [
      [linked, /a\.ts" read-only under a write grant: it is a link/],
      [comma, /x,y\.ts" read-only .* comma/],
      [yaml, /task\.yaml" read-only .* link/],
      [above, /for writing: it covers ".*above", which holds code/],
    ] as const
  ) {
    const shown = await world.run(dir);
    assert.equal(shown.code, 6, shown.stderr);
    assert.match(shown.stderr, said);
    assert.equal(shown.stdout, "");
    const checked = await world.dicode(["check", dir]);
    assert.equal(checked.code, 6, checked.stderr);
    assert.match(checked.stderr, said);
  }
});

Deno.test("a task that is refused has made no folder", async () => {
  await using world = await World.make();
  const refused = [
    `fs: [{ path: ~/.dicode/data.db-journal/, permission: w }]`,
    `fs: [{ path: ./new/, permission: w }], run: [no-such-program]`,
    `fs: [{ path: ./new/, permission: w }, { path: ./absent, permission: r }]`,
  ];
  for (const [at, permissions] of refused.entries()) {
    const dir = await world.mainTask(`t${at}`, `permissions: { ${permissions} }`, "");
    assert.equal((await world.run(dir)).code, 6);
    await assert.rejects(Deno.stat(`${dir}/new`), Deno.errors.NotFound);
  }
  await assert.rejects(Deno.stat(`${world.dataDir}/data.db-journal`), Deno.errors.NotFound);
});

Deno.test("the file of the master key cannot be granted, wherever it is", async () => {
  await using world = await World.make();
  const keys = `${world.dir}/keys`;
  await Deno.mkdir(`${world.dir}/real`);
  await Deno.mkdir(keys);
  const key = btoa("0123456789abcdef0123456789abcdef");
  for (const name of ["keys/master", "keys/master.next", "real/master"]) {
    await Deno.writeTextFile(`${world.dir}/${name}`, key, { mode: 0o600 });
  }
  await Deno.symlink("../real/master", `${keys}/linked`);
  await Deno.symlink("keys", `${world.dir}/far`);
  for (
    const [granted, named] of [
      [keys, `${keys}/master`],
      // As a rotation calls the new one.
      [`${keys}/master.next`, `${keys}/master`],
      // The host reads it so from its working directory, world.dir.
      [keys, "keys/master"],
      ["../../keys", "./home/../keys/master"],
      [`${keys}/master.next`, "keys/master"],
      // As the kernel reads it: the link first, then "..".
      [`${world.dir}/real`, "far/../real/master"],
      [keys, "keys/linked"],
      [`${world.dir}/real`, "keys/linked"],
    ] as const
  ) {
    const yaml = `permissions: { fs: [{ path: "${granted}", permission: r }] }`;
    const dir = await world.mainTask("keys", yaml, "console.log('RAN')");
    const shown = await world.run(dir, [], { env: { DICODE_MASTER_KEY_FILE: named } });
    assert.equal(shown.code, 6, `${granted} ${named}: ${shown.stderr}`);
    assert.match(shown.stderr, /covers dicode's data folder, or a file of its own/);
    assert.equal(shown.stdout, "");
  }
});

Deno.test("the file of the configuration cannot be granted, however it is named", async () => {
  await using world = await World.make();
  await Deno.mkdir(`${world.dir}/conf`);
  await Deno.writeTextFile(`${world.dir}/conf/dicode.yaml`, "isolation: deno\n");
  const yaml = `permissions: { fs: [{ path: "${world.dir}/conf", permission: rw }] }`;
  const dir = await world.mainTask("conf", yaml, "console.log('RAN')");
  for (const file of [`${world.dir}/conf/dicode.yaml`, "conf/dicode.yaml"]) {
    for (
      const [args, env] of [
        [["--config", file, "run", dir], {}],
        [["--config", file, "run", dir, "--explain"], {}],
        [["--config", file, "check", dir], {}],
        [["run", dir], { DICODE_CONFIG: file }],
      ] as const
    ) {
      const shown = await world.dicode(args, { env });
      assert.equal(shown.code, 6, `${args.join(" ")}: ${shown.stderr}`);
      assert.match(shown.stderr, /covers dicode's data folder, or a file of its own/);
      assert.equal(shown.stdout, "");
    }
  }
});

Deno.test("a data folder that others may enter decides nothing: it is refused", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("plain", "name: plain", "console.log('RAN')");
  await Deno.mkdir(world.dataDir);
  await Deno.writeTextFile(`${world.dataDir}/dicode.yaml`, "isolation: deno\n");
  await Deno.chmod(world.dataDir, 0o777);
  const shown = await world.run(dir);
  assert.equal(shown.code, 5);
  assert.match(shown.stderr, /hint: chmod 700/);
  assert.equal(shown.stdout, "");
});

Deno.test("a path that does not exist is refused with the mkdir that makes it", async () => {
  await using world = await World.make();
  const yaml = `permissions:\n  fs: [{ path: ./da ta, permission: rw }]`;
  const dir = await world.mainTask("absent", yaml, "console.log('RAN')");
  const shown = await world.run(dir);
  assert.equal(shown.code, 6);
  assert.match(shown.stderr, /task\.yaml:2:\d+: cannot grant ".*\/da ta": there is no such path/);
  assert.match(shown.stderr, /hint: mkdir -p '.*\/da ta'/);
  assert.equal(shown.stdout, "");
});

Deno.test("a grant that covers the data folder is refused, also through a link or from above", async () => {
  await using world = await World.make();
  await world.store({ key: "value-of-key" });
  await Deno.symlink(world.dataDir, `${world.dir}/innocent`);
  for (
    const path of [
      world.dataDir,
      `${world.dataDir}/data.db`,
      world.home,
      "/",
      `${world.dir}/innocent`,
    ]
  ) {
    const yaml = `permissions: { fs: [{ path: "${path}", permission: r }] }`;
    const dir = await world.mainTask("covers", yaml, "console.log('RAN')");
    const shown = await world.run(dir);
    assert.equal(shown.code, 6, path);
    assert.match(shown.stderr, /covers dicode's data folder/);
    const modules = await world.mainTask("roots", `permissions: { modules: ["${path}"] }`, "");
    assert.equal((await world.run(modules)).code, 6, path);
  }
});

Deno.test("a link that leads to a name with a comma is refused: it would be two grants", async () => {
  await using world = await World.make();
  await Deno.mkdir(`${world.dir}/a,${world.home.slice(1).replaceAll("/", "_")}`);
  const dir = await world.mainTask(
    "comma",
    "permissions: { fs: [{ path: ./link, permission: r }] }",
    "",
  );
  await Deno.symlink(`${world.dir}/a,${world.home.slice(1).replaceAll("/", "_")}`, `${dir}/link`);
  const shown = await world.run(dir);
  assert.equal(shown.code, 6);
  assert.match(shown.stderr, /holds a comma/);
});

Deno.test("a program is found on PATH or by its path; one that is not there is refused", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "programs",
    "permissions: { run: [echo, ./tool.sh] }",
    attempts([
      `new Deno.Command("echo", { args: ["hi"] }).output()`,
      `new Deno.Command("./tool.sh").output()`,
      `new Deno.Command("/bin/cat", { args: ["/etc/hostname"] }).output()`,
      `new Deno.Command(Deno.execPath()).output()`,
      `new Deno.Command("echo", { env: { LD_PRELOAD: "/x.so" } }).output()`,
    ]),
  );
  await Deno.writeTextFile(`${dir}/tool.sh`, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  const shown = await world.run(dir);
  const no = "NotCapable";
  assert.deepEqual(JSON.parse(shown.stdout), ["ok", "ok", no, no, no], shown.stderr);

  const absent = await world.mainTask("absent", "permissions: { run: [no-such-program] }", "");
  const refused = await world.run(absent);
  assert.equal(refused.code, 6);
  assert.match(refused.stderr, /no-such-program.*on PATH/);
});
