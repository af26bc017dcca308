/** Odd spellings and odd names of paths: each opens what it says, or is refused before the run. */
import assert from "node:assert/strict";
import { loadTask, SandboxError } from "../../mod.ts";
import { buildGrants, readSurroundings } from "../../runtime/grants.ts";
import { findWorkingBwrap } from "../../runtime/bwrap_probe.ts";
import { World } from "../helpers.ts";
import { shell } from "./shell.ts";

const bwrap = await findWorkingBwrap(await Deno.makeTempDir());

/** Reads each of these paths and returns the ones that it can. */
function reads(paths: readonly string[]): string {
  return `const opened = [];
    for (const path of ${JSON.stringify(paths)}) {
      await Deno.readTextFile(path).then(() => opened.push(path), () => {});
    }
    return opened;`;
}

function grant(path: string, permission = "r"): string {
  return `permissions:\n  fs: [{ path: ${JSON.stringify(path)}, permission: ${permission} }]\n`;
}

/** The error with which a task's grants are refused, or undefined; nothing is run. */
async function refusal(
  world: World,
  yaml: string,
  env: Readonly<Record<string, string>> = {},
): Promise<SandboxError | undefined> {
  const task = await loadTask(await world.mainTask("refused", yaml, ""));
  const given: Record<string, string> = { HOME: world.home, PATH: "/usr/bin:/bin", ...env };
  const around = readSurroundings((name) => given[name], world.dataDir);
  try {
    await buildGrants(task, around, false);
  } catch (error) {
    assert.ok(error instanceof SandboxError, String(error));
    assert.equal(error.code, "path_refused");
    assert.equal(error.where?.line, 2);
    return error;
  }
}

/** Runs a shell script; `printf` writes names that are not UTF-8. */
async function prepare(script: string, cwd: string): Promise<void> {
  const { success } = await new Deno.Command("sh", { args: ["-c", script], cwd }).output();
  assert.ok(success, script);
}

Deno.test("a spelling opens the folder that it names, and none that looks like it", async () => {
  await using world = await World.make();
  // What task.yaml says, the folder that it opens, and what lies beside it and stays closed.
  const table: readonly [spelled: string, opened: string, ...beside: string[]][] = [
    ["data", "data", "dat", "data2"],
    ["./slash/", "slash"],
    ["./dot/.", "dot"],
    [".//two//", "two"],
    ["./dat/../up", "up"],
    ["${TASK_DIR}/expanded", "expanded"],
    ["${TASK_DIR}//./more", "more"],
    ["~/in home", "../../home/in home", "in home"],
    ["./~", "~"],
    ["./a*b", "a*b", "aXb", "ab"],
    ["./q?", "q?", "qz"],
    ["./[xy]", "[xy]", "x"],
    ["./{z}", "{z}", "z"],
    ["./e=f", "e=f", "e"],
    ["./c:d", "c:d", "c", "d"],
    ["--allow-all", "--allow-all"],
    ["-A", "-A"],
    ["./%41", "%41", "A"],
    ["./back\\slash", "back\\slash", "back/slash"],
    ["./da ta ", "da ta ", "da ta"],
    ["./$v", "$v", "v"],
    ["./#h", "#h", "h"],
    ["./'i\"", "'i\"", "i"],
    ["./caf\u00e9", "caf\u00e9", "cafe\u0301"],
    ["./\u{1f511}", "\u{1f511}"],
    ["./Case", "Case", "case"],
    [`./${"l".repeat(255)}`, "l".repeat(255)],
  ];
  const entries = table.map(([path]) => `    - { path: ${JSON.stringify(path)}, permission: r }\n`);
  const place = (folder: string) => folder.replace(/^\.\.\/\.\./, world.dir) + "/file";
  const files = table.flatMap(([, ...folders]) => folders.map(place));
  const yaml = `permissions:\n  fs:\n${entries.join("")}`;
  const dir = await world.mainTask("spellings", yaml, reads(files));
  for (const file of files) {
    const path = file.startsWith("/") ? file : `${dir}/${file}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, "text");
  }
  const shown = await world.run(dir);
  assert.equal(shown.code, 0, shown.stderr);
  assert.deepEqual(JSON.parse(shown.stdout), table.map(([, opened]) => place(opened)));
});

Deno.test("`..` is taken from the text, whatever links say, and a link is what it leads to", async () => {
  await using world = await World.make();
  await Deno.mkdir(`${world.dir}/far/below`, { recursive: true });
  await Deno.writeTextFile(`${world.dir}/far/file`, "text");
  await Deno.writeTextFile(`${world.dir}/far/below/file`, "text");
  const files = ["data/file", "link/file", `${world.dir}/far/file`, `${world.dir}/far/below/file`];
  const task = async (name: string, spelled: string) => {
    const dir = await world.mainTask(name, grant(spelled), reads(files));
    await Deno.mkdir(`${dir}/data`);
    await Deno.writeTextFile(`${dir}/data/file`, "text");
    await Deno.symlink(`${world.dir}/far/below`, `${dir}/link`);
    return JSON.parse((await world.run(dir)).stdout);
  };
  assert.deepEqual(await task("dots", "./link/../data"), ["data/file"]);
  assert.deepEqual(await task("link", "./link"), ["link/file", `${world.dir}/far/below/file`]);
});

Deno.test("a path that cannot be reached or told apart is refused, and says why", async () => {
  await using world = await World.make();
  const table: readonly [spelled: string, permission: string, said: RegExp][] = [
    [`./${"x".repeat(256)}`, "r", /: file name too long/],
    [`./${"x".repeat(256)}/`, "rw", /: file name too long/],
    [`./${"dd/".repeat(1360)}x`, "r", /…": it is longer than 4095 bytes/],
    ["./task.yaml/x", "r", /: not a directory/],
    ["./task.yaml/x/", "rw", /: not a directory/],
    ["./loop/x", "r", /: too many levels of symbolic links/],
    ["./odd", "r", /: it leads to a name that is not UTF-8 text\ndicode: hint: rename/],
    ["./cafe\u0301", "r", /: there is no such path\ndicode: hint: copy the name from ls/],
    ["./nowhere/at/all", "r", /: there is no such path\ndicode: hint: mkdir -p /],
    ["./dangling/", "rw", /cannot make the folder/],
    ["./dangling/below/", "rw", /cannot make the folder/],
    ["./task.yaml/", "rw", /cannot make the folder/],
  ];
  for (const [at, [spelled, permission, said]] of table.entries()) {
    const dir = await world.mainTask(`t${at}`, grant(spelled, permission), "console.log('RAN')");
    await prepare(
      `ln -s loop loop; mkdir "$(printf '\\377')"; ln -s "$(printf '\\377')" odd
       mkdir "$(printf 'caf\\303\\251')"; ln -s ../../nowhere dangling`,
      dir,
    );
    const shown = await world.run(dir);
    assert.equal(shown.code, 6, spelled + shown.stderr);
    assert.match(shown.stderr, said, spelled);
    assert.equal(shown.stdout, "", spelled);
    await assert.rejects(Deno.stat(`${world.dir}/nowhere`), Deno.errors.NotFound);
  }
  const long = await world.mainTask("long", grant(`./${"dd/".repeat(1400)}`), "");
  assert.equal((await world.run(long)).code, 3);
});

Deno.test("an empty list of paths grants none", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("none", "permissions: { fs: [], modules: [] }", reads(["x"]));
  await Deno.writeTextFile(`${dir}/x`, "text");
  assert.deepEqual(await world.run(dir), { code: 0, stdout: "[]\n", stderr: "" });
  for (
    const yaml of ["permissions: { fs: }", "permissions: { fs: ~ }", "permissions: { fs: [~] }"]
  ) {
    const shown = await world.run(await world.mainTask("null", yaml, "console.log('RAN')"));
    assert.equal(shown.code, 3, yaml);
    assert.match(shown.stderr, /found nothing/);
  }
});

Deno.test("what is no folder or file of a disk is refused: processes, devices, the kernel's", async () => {
  await using world = await World.make();
  await Deno.symlink("/proc/self", `${world.dir}/innocent`);
  await Deno.symlink("/dev", `${world.dir}/devices`);
  const processes = /and through them every file|what lies there are processes/;
  const inside = /dicode's own things lie in \/run\/dicode/;
  const table: readonly [path: string, said: RegExp][] = [
    ["/proc", processes],
    ["/proc/self/environ", processes],
    ["/proc/self/root/etc", processes],
    [`${world.dir}/innocent`, /it leads to "\/proc\/\d+", and what lies there are processes/],
    ["/sys", /the kernel's/],
    ["/dev", /what lies there are devices/],
    ["/dev/shm", /devices/],
    ["/dev/tty", /devices/],
    ["/dev/null", /devices/],
    [`${world.dir}/devices/shm`, /it leads to "\/dev\/shm"/],
    ["/run", inside],
    ["/run/.", inside],
  ];
  for (const [path, said] of table) {
    for (
      const permissions of [
        `fs: [{ path: "${path}", permission: r }]`,
        `fs: [{ path: "${path}", permission: w }]`,
        `modules: ["${path}"]`,
      ]
    ) {
      const error = await refusal(world, `permissions:\n  ${permissions}\n`);
      assert.match(error?.message ?? "", said, path);
      assert.match(error?.hint ?? "", /^grant a folder/, path);
    }
  }
  const yaml = "permissions: { run: [/proc/self/exe] }";
  const program = await world.run(await world.mainTask("program", yaml, "console.log('RAN')"));
  assert.equal(program.code, 6);
  assert.match(program.stderr, processes);
  assert.equal(program.stdout, "");
});

Deno.test("folders of the system may be granted, /tmp among them", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "system",
    `permissions:
  fs:
    - { path: /etc, permission: r }
    - { path: /usr, permission: r }
    - { path: /tmp, permission: r }`,
    `const found = [];
    for (const path of ["/etc/passwd", "/usr/bin", "/tmp"]) {
      found.push((await Deno.stat(path)).isDirectory);
    }
    return found;`,
  );
  // A data folder in /tmp would be covered by it.
  const dataDir = await Deno.makeTempDir({ dir: "/var/tmp" });
  try {
    const shown = await world.run(dir, ["--data-dir", dataDir]);
    assert.equal(shown.stdout, "[false,true,true]\n", shown.stderr);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
});

Deno.test("a write grant does not reach the code that dicode runs; a grant to read it does", async () => {
  await using world = await World.make();
  const root = new URL("../..", import.meta.url).pathname;
  const cache = `${world.dir}/cache/deno`;
  await Deno.mkdir(cache, { recursive: true });
  const env = { XDG_CACHE_HOME: `${world.dir}/cache` };
  for (
    const path of [`${root}runtime`, `${root}cli.ts`, Deno.execPath(), cache, `${world.dir}/cache`]
  ) {
    for (const permission of ["w", "rw"]) {
      const error = await refusal(world, grant(path, permission), env);
      assert.match(error?.message ?? "", /for writing: code that dicode runs lies there/, path);
    }
    assert.equal(await refusal(world, grant(path), env), undefined, path);
  }
});

Deno.test("a task's folder may have an odd path; where its grants could be misread, they are refused", async () => {
  await using world = await World.make();
  const data = grant("./data");
  const plain = [
    "a b",
    "c:d=e",
    "*?[x]",
    "--allow-all",
    "100%41",
    "#?",
    "caf\u00e9",
    "x".repeat(255),
  ];
  for (const name of plain) {
    const dir = await world.mainTask(name, data, reads(["data/file"]));
    await Deno.mkdir(`${dir}/data`);
    await Deno.writeTextFile(`${dir}/data/file`, "text");
    assert.equal((await world.run(dir)).stdout, '["data/file"]\n', name);
  }
  for (const name of ["a,b", "a\nb", "a\tb", "a\x1b[2Jb"]) {
    const dir = await world.mainTask(name, data, "console.log('RAN')");
    await Deno.mkdir(`${dir}/data`);
    const shown = await world.run(dir);
    assert.equal(shown.code, 6, name + shown.stderr);
    assert.match(shown.stderr, /holds a comma or a control character\ndicode: hint: rename/);
    assert.equal(shown.stdout, "");
    await world.mainTask(name, "name: plain", "return 1");
    assert.equal((await world.run(dir)).stdout, "1\n", JSON.stringify(name));
  }
});

Deno.test("a task's folder whose path is not UTF-8 is refused in words, also as the working folder", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("plain", "name: plain", "console.log('RAN')");
  await prepare(
    `cp -r plain "$(printf 'odd\\377')"; ln -s "$(printf 'odd\\377')" link`,
    `${dir}/..`,
  );
  const link = await world.run(`${world.dir}/tasks/link`);
  assert.equal(link.code, 3);
  assert.match(link.stderr, /cannot read ".*link": it leads to a name that is not UTF-8 text/);
  for (const args of [["run", "."], ["run", dir], ["secrets", "list"]]) {
    const shown = await world.dicode(args, { cwd: `${world.dir}/tasks/link` });
    assert.equal(shown.code, 2, shown.stderr);
    assert.match(shown.stderr, /cannot work in this folder: its path is not UTF-8 text/);
  }
  const name = `${world.dir}/tasks/$(printf 'odd\\377')`;
  const named = await shell(world, `exec "$@" "${name}"`, ["run"]);
  assert.equal(named.code, 3);
  assert.match(named.stderr, /hint: rename the folder, in UTF-8/);
});

Deno.test("names that are not UTF-8 inside a granted folder hide nothing, and open nothing", async () => {
  await using world = await World.make();
  await world.store({ key: "canary-of-the-store" });
  const body = `const names = [];
    for await (const { name } of Deno.readDir("data")) names.push(name);
    const opened = [];
    for (const name of names) {
      await Deno.readTextFile("data/" + name).then(() => opened.push(name), () => {});
    }
    return { count: names.length, opened };`;
  const dir = await world.mainTask("odd", grant("./data"), body);
  await prepare(
    `mkdir data "data/$(printf '\\377')"; echo text > data/good; echo text > "data/$(printf '\\376')"
     ln -s '${world.dataDir}/master.key' "data/$(printf '\\375')"`,
    dir,
  );
  const shown = await world.run(dir);
  assert.equal(shown.stdout, '{"count":4,"opened":["good"]}\n', shown.stderr);

  // A link that can be spelled leads to a folder that cannot, and on from there.
  await prepare(
    `ln -s '${world.dataDir}' "data/$(printf '\\377')/a"; ln -s "$(printf '\\377')" data/way`,
    dir,
  );
  const refused = await world.dicode(["run", dir, "--isolation", "deno"]);
  assert.equal(refused.code, 6, refused.stdout);
  assert.match(refused.stderr, /"[^"]*data\/way\/a": it is a link to/);

  // What stands for the odd byte is a name as any other.
  await prepare(`rm data/way; mkdir data/\ufffd; ln -s '${world.dataDir}' data/\ufffd/a`, dir);
  const spelled = await world.dicode(["run", dir, "--isolation", "deno"]);
  assert.equal(spelled.code, 6, spelled.stdout);
});

Deno.test({
  name: "a folder that is mounted twice is off limits in both places, also below a grant",
  ignore: !bwrap.works,
  async fn() {
    await using world = await World.make();
    await world.store({ key: "canary-of-the-store" });
    const [home, processes] = [`${world.dir}/mnt/deep/home`, `${world.dir}/mnt/deep/pro c`];
    await Deno.mkdir(home, { recursive: true });
    await Deno.mkdir(processes);
    const check = async (path: string, permission = "r") => {
      const dir = await world.mainTask("mounted", grant(path, permission), "return 1");
      const mounts = `--bind '${world.home}' '${home}' --proc '${processes}' ` +
        `--bind '${world.dir}/tasks' '${world.dir}/alias'`;
      return await shell(world, `exec bwrap --dev-bind / / ${mounts} "$@"`, ["check", dir]);
    };
    await Deno.mkdir(`${world.dir}/alias`);
    const covers = /covers dicode's data folder/;
    for (
      const [path, said] of [
        [home, covers],
        [`${home}/.dicode`, covers],
        [`${home}/.dicode/data.db`, covers],
        [`${world.dir}/mnt`, covers],
        [processes, /what lies there are processes/],
        [`${processes}/self`, /what lies there are processes/],
      ] as const
    ) {
      const shown = await check(path);
      assert.equal(shown.code, 6, path);
      assert.match(shown.stderr, said, path);
    }
    assert.equal((await check(`${world.dir}/alias`)).code, 0);
    const code = await check(`${world.dir}/alias/mounted`, "rw");
    assert.match(code.stderr, /for writing: it covers ".*\/tasks\/mounted", which holds code/);
  },
});
