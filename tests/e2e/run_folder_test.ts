/** Where the folders of runs lie, and that they go. */
import assert from "node:assert/strict";
import { until, World } from "../helpers.ts";

/** A data folder in which a socket's name would be too long. */
async function makeLong(world: World): Promise<string> {
  const dir = `${world.dir}/${"long".repeat(20)}`;
  await Deno.mkdir(dir, { mode: 0o700 });
  return dir;
}

/** A task that says where its Deno was sent, by a flag file, and waits to be let go. */
async function waits(world: World, files: Readonly<Record<string, string>> = {}) {
  await Deno.mkdir(`${world.dir}/flags`);
  const flags = JSON.stringify(`${world.dir}/flags`);
  return await world.task(
    "waits",
    `permissions: { fs: [{ path: ${flags}, permission: rw }] }`,
    `${files["deno.json"] ? 'import { word } from "word";' : 'const word = "none";'}
    export async function main() {
      Deno.writeTextFileSync(${flags} + "/here", "");
      while (![...Deno.readDirSync(${flags})].some(({ name }) => name === "go")) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      return word;
    }`,
    files,
  );
}

/** The names below a folder, folders' own left out. */
function namesBelow(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? namesBelow(`${folder}/${name}`) : [name]
  ).toSorted();
}

/** Where below a world sockets are in use: their names are gone once they are dialled. */
function socketsOf(world: World): string[] {
  return Deno.readTextFileSync("/proc/net/unix").split("\n")
    .map((line) => line.slice(line.indexOf("/")))
    .filter((path) => path.startsWith(`${world.dir}/`))
    .map((path) => path.slice(world.dir.length).replace(/dicode-\d+-\d+-[0-9a-f]{8}/, "NAME"));
}

async function runWatched(
  world: World,
  dir: string,
  args: readonly string[],
  look: () => void,
  env: Readonly<Record<string, string>> = {},
) {
  const running = world.dicode([...args, "run", dir, "--isolation", "deno"], { env });
  const here = `${world.dir}/flags/here`;
  await until("the task", () => Deno.stat(here).then(() => true, () => false));
  try {
    look();
  } finally {
    await Deno.writeTextFile(`${world.dir}/flags/go`, "");
  }
  return await running;
}

const NAMED = {
  "deno.json": '{ "imports": { "word": "./word.ts" } }',
  "word.ts": 'export const word = "own";\n',
};

Deno.test("socket and import map lie in the data folder, wherever temporary files would", async () => {
  await using world = await World.make();
  await Deno.mkdir(`${world.dir}/xdg`);
  const dir = await waits(world, NAMED);
  const look = () => {
    assert.deepEqual(namesBelow(`${world.dataDir}/run`), ["imports.json"]);
    assert.deepEqual(new Set(socketsOf(world)), new Set(["/home/.dicode/run/NAME/s"]));
    const [folder] = [...Deno.readDirSync(`${world.dataDir}/run`)];
    for (const path of ["run", `run/${folder!.name}`]) {
      assert.equal(Deno.statSync(`${world.dataDir}/${path}`).mode! & 0o777, 0o700, path);
    }
    assert.deepEqual([...Deno.readDirSync(`${world.dir}/xdg`)], []);
  };
  const env = { XDG_RUNTIME_DIR: `${world.dir}/xdg` };
  const shown = await runWatched(world, dir, [], look, env);
  assert.deepEqual(shown, { code: 0, stdout: '"own"\n', stderr: shown.stderr });
  assert.deepEqual(listIfThere(`${world.dataDir}/run`), []);
});

Deno.test("under a data folder with a long path the socket alone lies elsewhere", async () => {
  await using world = await World.make();
  const dataDir = await makeLong(world);
  await Deno.mkdir(`${world.dir}/xdg`);
  const dir = await waits(world, NAMED);
  const look = () => {
    assert.deepEqual(namesBelow(`${dataDir}/run`), ["imports.json"]);
    assert.deepEqual(new Set(socketsOf(world)), new Set(["/xdg/NAME/s"]));
  };
  const env = { XDG_RUNTIME_DIR: `${world.dir}/xdg` };
  const shown = await runWatched(world, dir, ["--data-dir", dataDir], look, env);
  assert.equal(shown.stdout, '"own"\n', shown.stderr);
  for (const place of [`${dataDir}/run`, `${world.dir}/xdg`]) {
    assert.deepEqual(listIfThere(place), []);
  }
});

Deno.test("there, a write grant that reaches the sockets of runs is refused", async () => {
  await using world = await World.make();
  const dataDir = await makeLong(world);
  await Deno.mkdir(`${world.dir}/xdg/below`, { recursive: true });
  await Deno.symlink(`${world.dir}/xdg`, `${world.dir}/link`);
  const env = { XDG_RUNTIME_DIR: `${world.dir}/xdg` };
  for (
    const [path, permission, code] of [
      ["xdg", "rw", 6],
      ["xdg", "w", 6],
      ["link", "rw", 6],
      ["xdg/below", "rw", 0],
      // Then the socket is in /tmp.
      ["xdg", "r", 0],
    ] as const
  ) {
    const yaml =
      `permissions: { fs: [{ path: "${world.dir}/${path}", permission: ${permission} }] }`;
    const dir = await world.mainTask("reaches", yaml, "return 'RAN'");
    const args = ["--data-dir", dataDir, "run", dir, "--isolation", "deno"];
    const shown = await world.dicode(args, { env });
    assert.equal(shown.code, code, `${path} ${permission}: ${shown.stderr}`);
    assert.equal(shown.stdout, code === 0 ? '"RAN"\n' : "");
    if (code === 0) continue;
    assert.match(shown.stderr, /for writing: sockets of runs lie in ".*\/xdg", because a socket's/);
    assert.match(shown.stderr, /hint: grant a narrower folder, or .* at most 66 bytes: --data-dir/);
    // Under a short path the same grant is in order.
    assert.equal((await world.run(dir, [], { env })).code, 0);
  }
});

Deno.test("a data folder whose `run` is a link or a file is refused", async () => {
  await using world = await World.make();
  await Deno.mkdir(world.dataDir, { mode: 0o700 });
  await Deno.mkdir(`${world.dir}/elsewhere`);
  const dir = await world.mainTask("plain", "name: plain", "console.log('RAN')");
  await Deno.symlink(`${world.dir}/elsewhere`, `${world.dataDir}/run`);
  const linked = await world.run(dir);
  assert.equal(linked.code, 6);
  assert.match(linked.stderr, /cannot make a folder for the run: ".*\/run" is a link/);
  await Deno.remove(`${world.dataDir}/run`);
  await Deno.writeTextFile(`${world.dataDir}/run`, "");
  const file = await world.run(dir);
  assert.equal(file.code, 6);
  assert.match(file.stderr, /cannot make a folder for the run: ".*\/run" is not a folder/);
  assert.equal(linked.stdout + file.stdout, "");
});

Deno.test({
  name: "a data folder that cannot be written: all lies elsewhere, by the same rule",
  ignore: !await hasBwrap(),
  async fn() {
    await using world = await World.make();
    await Deno.mkdir(world.dataDir, { mode: 0o700 });
    await Deno.mkdir(`${world.dir}/xdg`);
    const dir = await world.task(
      "named",
      "name: named",
      'import { word } from "word";\nexport function main() { return word; }\n',
      NAMED,
    );
    const reaching = await world.mainTask(
      "reaches",
      `permissions: { fs: [{ path: "${world.dir}/xdg", permission: rw }] }`,
      "return 'RAN'",
    );
    const run = async (task: string) => {
      const cli = new URL("../../cli.ts", import.meta.url).pathname;
      const deno = ["--no-prompt", "-A", cli, "run", task, "--isolation", "deno"];
      const { code, stdout, stderr } = await new Deno.Command("bwrap", {
        args: [
          ...[
            "--bind",
            "/",
            "/",
            "--ro-bind",
            world.home,
            world.home,
            "--dev-bind",
            "/dev",
            "/dev",
          ],
          ...["--proc", "/proc", Deno.execPath(), "run", "--quiet", ...deno],
        ],
        env: { HOME: world.home, XDG_RUNTIME_DIR: `${world.dir}/xdg`, DENO_DIR: cacheDir() },
      }).output();
      const decoder = new TextDecoder();
      return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
    };
    const named = await run(dir);
    assert.equal(named.stdout, '"own"\n', named.stderr);
    assert.deepEqual([...Deno.readDirSync(`${world.dir}/xdg`)], []);
    const refused = await run(reaching);
    assert.equal(refused.code, 6, refused.stderr);
    assert.match(refused.stderr, /sockets of runs lie in ".*\/xdg", because .* cannot be written/);
    assert.equal(refused.stdout, "");
  },
});

async function hasBwrap(): Promise<boolean> {
  const probe = new Deno.Command("bwrap", { args: ["--bind", "/", "/", "true"] });
  return await probe.output().then(({ success }) => success, () => false);
}

/** Where this process keeps its own packages. */
function cacheDir(): string {
  return Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`;
}

/** The folders in memory of runs of one host. */
function memoryOf(pid: number): string[] {
  const name = new RegExp(`^dicode-\\d+-${pid}-[0-9a-f]{8}$`);
  return [...Deno.readDirSync("/dev/shm")].map(({ name }) => name).filter((text) =>
    name.test(text)
  );
}

const DEEP = `const script = \`for (1 .. 15000) { mkdir "d" or die; chdir "d" or die }\`;
  const args = ["-e", script];
  const { DENO_DIR } = JSON.parse(new TextDecoder().decode((await new Deno.Command("perl", {
    args: ["-e", 'print qq({"DENO_DIR": "$ENV{DENO_DIR}"})'] }).output()).stdout));
  const { success } = await new Deno.Command("perl", { args, cwd: DENO_DIR }).output();
  return success;`;

Deno.test("15,000 nested folders in a run's cache go with it, and end nobody", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("deep", "permissions: { run: [perl] }", DEEP);
  for (let count = 0; count < 2; count++) {
    const child = world.spawn(["run", dir, "--isolation", "deno"]);
    await child.stdin.close();
    const { code, stdout } = await child.output();
    assert.equal(code, 0);
    assert.equal(new TextDecoder().decode(stdout), "true\n");
    await until("the end of the folders", () => memoryOf(child.pid).length === 0, 60_000);
  }
  assert.deepEqual(listIfThere(`${world.dataDir}/run`), []);
});

Deno.test("such a folder, left by a host that was killed, is swept and ends no later run", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("plain", "name: plain", "return 1");
  assert.equal((await world.run(dir)).code, 0);
  const namespace = /\d+/.exec(await Deno.readLink("/proc/self/ns/pid"))![0];
  // No process has it: the kernel's greatest is one less.
  const dead = 4194304;
  const stale = `${world.dataDir}/run/dicode-${namespace}-${dead}-0123abcd`;
  await Deno.mkdir(`${stale}/closed/inner/d`, { recursive: true });
  // What a link leads to, and what has another name or is a link itself, stays.
  await Deno.mkdir(`${world.dir}/kept/inner`, { recursive: true });
  await Deno.symlink(`${world.dir}/kept`, `${stale}/link`);
  const others = [`dicode-1-${dead}-0123abcd`, `dicode-${namespace}-${Deno.pid}-0123abcd`];
  for (const name of others) await Deno.mkdir(`${world.dataDir}/run/${name}`);
  const linked = `dicode-${namespace}-${dead}-99999999`;
  await Deno.symlink(`${world.dir}/kept`, `${world.dataDir}/run/${linked}`);
  const script = `for (1 .. 15000) { mkdir "d" or die; chdir "d" or die }`;
  const perl = new Deno.Command("perl", { args: ["-e", script], cwd: stale });
  assert.equal((await perl.output()).code, 0);
  const names = () =>
    [...Deno.readDirSync(`${world.dataDir}/run`)].map(({ name }) => name).toSorted().join();
  const expected = [...others, linked].toSorted().join();
  for (let count = 0; count < 3; count++) assert.equal((await world.run(dir)).code, 0);
  await until("the sweep", () => names() === expected, 60_000);
  assert.deepEqual([...Deno.readDirSync(`${world.dir}/kept`)].map(({ name }) => name), ["inner"]);
});

/** What lies in a folder; the first run takes an empty one away. */
function listIfThere(folder: string): Deno.DirEntry[] {
  try {
    return [...Deno.readDirSync(folder)];
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
