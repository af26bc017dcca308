/** Which walls stand on this machine, what is said about it, and what is refused without the kernel's. */
import assert from "node:assert/strict";
import { findWorkingBwrap } from "../../runtime/bwrap_probe.ts";
import { findWorkingLandlock } from "../../runtime/landlock_probe.ts";
import { Capture, loadTask, runTask } from "../../mod.ts";
import { type Shown, World } from "../helpers.ts";
import { canCover, cliArgs, cliEnv, shellWith } from "./shell.ts";

const bwrap = await findWorkingBwrap(await Deno.makeTempDir());
const landlock = await findWorkingLandlock(await Deno.makeTempDir());
console.error(
  `Landlock ${landlock.works ? "works here" : `does not work here: ${landlock.reason}`}`,
);
console.error(`bubblewrap ${bwrap.works ? "works here" : `does not work here: ${bwrap.reason}`}`);

/** A task that says whether the host's own process exists for it. */
const LOOKS = `permissions: { run: [ls] }`;
const LOOK = `const { stdout } = await new Deno.Command("ls", { args: ["/proc"] }).output();
  const pids = new TextDecoder().decode(stdout).split("\\n").filter((name) => /^\\d+$/.test(name));
  return pids.length;`;
/** Its answer: the first process, deno and ls; or /proc cannot be listed. */
const SEEN = { bwrap: "3\n", landlock: "0\n" };
const best = bwrap.works ? "bwrap" : landlock.works ? "landlock" : undefined;
/** What Landlock leaves open for programs is said, unless it was asked for by name. */
const GAP = /^dicode: warning: isolation: Landlock, since .*; its programs could ask services/;
const BEST_SAYS = best === "landlock" && landlock.works && landlock.gap !== undefined ? GAP : /^$/;

Deno.test("auto runs behind the kernel's wall where it works, and says so where it does not", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("looks", LOOKS, LOOK);
  const shown = await world.dicode(["run", dir]);
  assert.equal(shown.code, 0, shown.stderr);
  if (best !== undefined) {
    assert.equal(shown.stdout, SEEN[best]);
    assert.match(shown.stderr, BEST_SAYS);
  } else {
    assert.match(shown.stderr, /^dicode: warning: isolation: Deno's permissions alone, since/);
  }
  assert.equal((await world.dicode(["run", dir, "--isolation=deno"])).stderr, "");
});

Deno.test("isolation that was asked for is had, or refused with exit 6 and a hint", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("looks", LOOKS, LOOK);
  const had = {
    require: best,
    bwrap: bwrap.works ? "bwrap" : undefined,
    landlock: landlock.works ? "landlock" : undefined,
  } as const;
  for (const [isolation, wall] of Object.entries(had)) {
    const shown = await world.dicode(["run", dir, "--isolation", isolation]);
    if (wall !== undefined) {
      assert.equal(shown.code, 0);
      assert.equal(shown.stdout, SEEN[wall]);
      assert.match(shown.stderr, isolation === "require" ? BEST_SAYS : /^$/);
      continue;
    }
    assert.equal(shown.code, 6);
    assert.equal(shown.stdout, "");
    assert.match(shown.stderr, new RegExp(`cannot run with isolation "${isolation}"`));
    assert.match(shown.stderr, /dicode: hint: /);
  }
});

Deno.test("a master key in the environment is hidden by the kernel, or refused", async () => {
  await using world = await World.make();
  const key = btoa("0123456789abcdef0123456789abcdef");
  const dir = await world.mainTask("plain", "name: plain", "return 1");
  const env = { DICODE_MASTER_KEY: key };
  const shown = await world.dicode(["run", dir], { env });
  assert.equal(shown.code, best !== undefined ? 0 : 6);
  if (best === undefined) assert.match(shown.stderr, /hint: .*DICODE_MASTER_KEY_FILE/);
  assert.ok(!shown.stderr.includes(key));
  assert.equal((await world.dicode(["run", dir, "--isolation", "deno"], { env })).code, 0);

  const file = `${world.dir}/key`;
  await Deno.writeTextFile(file, key, { mode: 0o600 });
  const byFile = { DICODE_MASTER_KEY_FILE: file };
  assert.equal((await world.dicode(["run", dir], { env: byFile })).code, 0);
});

/** A perl script that makes the kernel answer Landlock's first call with an error, then goes on. */
function refuseLandlock(errno: number): string[] {
  const script = `my $filter = join "", map { pack "SCCL", @$_ }
      [0x20, 0, 0, 0], [0x15, 0, 1, 444], [6, 0, 0, ${0x50000 + errno}], [6, 0, 0, 0x7fff0000];
    my $program = pack "S x6 P", 4, $filter;
    my $prctl = ${Deno.build.arch === "x86_64" ? 157 : 167};
    syscall($prctl, 38, 1, 0, 0, 0) == 0 && syscall($prctl, 22, 2, $program, 0, 0) == 0 or die $!;
    exec @ARGV;`;
  return ["perl", "-e", script, "--"];
}

/** The CLI where the kernel allows nobody a user namespace: bubblewrap does not work there. */
async function runCaged(world: World, before: string[], args: string[]): Promise<Shown> {
  const cage = 'echo 0 > /proc/sys/user/max_user_namespaces && exec "$@"';
  const { code, stdout, stderr } = await new Deno.Command("unshare", {
    args: ["-Ur", "sh", "-c", cage, "sh", ...before, ...cliArgs(args)],
    clearEnv: true,
    env: cliEnv(world),
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

const canCage = await new Deno.Command("unshare", {
  args: ["-Ur", "sh", "-c", "echo 0 > /proc/sys/user/max_user_namespaces"],
  stdout: "null",
  stderr: "null",
}).output().then(({ success }) => success, () => false);
if (!canCage) console.error("skipped: tests of auto without bubblewrap: no user namespace to cage");

Deno.test({
  name:
    "where user namespaces are forbidden, auto and require take Landlock; a gap for programs is said",
  ignore: !canCage || !landlock.works,
  async fn() {
    await using world = await World.make();
    const plain = await world.mainTask("plain", "name: plain", "return 1");
    const looks = await world.mainTask("looks", LOOKS, LOOK);
    const hasGap = landlock.works && landlock.gap !== undefined;
    for (const isolation of ["auto", "require"]) {
      const alone = await runCaged(world, [], ["run", plain, "--isolation", isolation]);
      assert.deepEqual(alone, { code: 0, stdout: "1\n", stderr: "" });
      const shown = await runCaged(world, [], ["run", looks, "--isolation", isolation]);
      assert.equal(shown.stdout, "0\n");
      assert.match(shown.stderr, hasGap ? GAP : /^$/);
    }
    const named = await runCaged(world, [], ["run", looks, "--isolation", "landlock"]);
    assert.deepEqual(named, { code: 0, stdout: "0\n", stderr: "" });
  },
});

Deno.test({
  name: "where neither works, require names both reasons and cures, and auto warns",
  ignore: !canCage || !landlock.works,
  async fn() {
    await using world = await World.make();
    const dir = await world.mainTask("plain", "name: plain", "return 1");
    const said = { 1: /a container forbids it/, 38: /a container forbids it/, 95: /not enabled/ };
    for (const [errno, reason] of Object.entries(said)) {
      const before = refuseLandlock(Number(errno));
      const shown = await runCaged(world, before, ["run", dir, "--isolation", "require"]);
      assert.equal(shown.code, 6);
      assert.match(shown.stderr, /isolation "require": .*namespaces.*, and /);
      assert.match(shown.stderr, reason);
      assert.match(shown.stderr, /hint: on Ubuntu .*; or /);
    }
    const shown = await runCaged(world, refuseLandlock(38), ["run", dir]);
    assert.equal(shown.stdout, "1\n");
    assert.match(shown.stderr, /^dicode: warning: isolation: Deno's permissions alone, since/);
  },
});

Deno.test({
  name: "what works is remembered, for this user of this user namespace",
  ignore: !canCage || !landlock.works,
  async fn() {
    await using world = await World.make();
    const dir = await world.mainTask("plain", "name: plain", "return 1");
    const run = ["run", dir, "--isolation", "landlock"];
    assert.equal((await world.dicode(run)).code, 0);
    const remembered = `${world.dataDir}/cache/works-perl.json`;
    const { mtime } = await Deno.stat(remembered);
    assert.equal((await world.dicode(run)).code, 0);
    assert.deepEqual((await Deno.stat(remembered)).mtime, mtime);
    // Elsewhere it is tried again, and found not to work.
    const shown = await runCaged(world, refuseLandlock(38), run);
    assert.match(shown.stderr, /cannot run with isolation "landlock": this kernel has no Landlock/);
  },
});

/** A bubblewrap of before 0.7, as far as its options go: it starts nothing. */
const OLD_BWRAP = `#!/bin/sh
for option; do
  [ "$option" = --size ] && { echo "bwrap: Unknown option --size" >&2; exit 1; }
done
exit 0
`;

Deno.test({
  name: "a bubblewrap that lacks an option of a run is found out before the run",
  ignore: !await canCover("/usr/bin/bwrap", "a bubblewrap that is too old"),
  async fn() {
    await using world = await World.make();
    const dir = await world.mainTask("plain", "name: plain", "return 1");
    const old = `${world.dir}/bwrap`;
    await Deno.writeTextFile(old, OLD_BWRAP, { mode: 0o755 });
    const run = (isolation: string) =>
      shellWith(world, { "/usr/bin/bwrap": old }, 'exec "$@"', [
        ...["run", dir, "--isolation", isolation],
      ]);
    const shown = await run("auto");
    assert.deepEqual([shown.code, shown.stdout], [0, "1\n"], shown.stderr);
    const refused = await run("bwrap");
    assert.equal(refused.code, 6);
    assert.equal(
      refused.stderr,
      'dicode: error: cannot run with isolation "bwrap": this bubblewrap is too old (Unknown ' +
        "option --size)\ndicode: hint: install bubblewrap 0.7 or later\n",
    );
  },
});

for (const [wall, probe] of Object.entries({ bwrap, landlock })) {
  Deno.test({
    name: `a limit that keeps Deno from starting is not blamed on ${wall}, which stays remembered`,
    ignore: !probe.works,
    async fn() {
      await using world = await World.make();
      const task = await loadTask(await world.mainTask("plain", "name: plain", "return 1"));
      const run = (limits: Partial<typeof task.limits>) =>
        runTask({ ...task, limits: { ...task.limits, ...limits } }, {
          dataDir: world.dataDir,
          env: () => undefined,
          denoPath: Deno.execPath(),
          sinks: new Capture().sinks,
          isolation: wall as "bwrap" | "landlock",
        });
      // Less than task.yaml may say, but not than what a system may have.
      const files = await run({ files: 12 });
      assert.deepEqual([files.exitCode, files.error?.code], [1, "task_failed"]);
      assert.match(files.error?.hint ?? "", /raise limits\.files/);
      const file = await run({ fileBytes: 1 });
      assert.equal(file.error?.code, "file_limit");
      assert.ok(probe.works);
      const name = probe.program.slice(probe.program.lastIndexOf("/") + 1);
      await Deno.stat(`${world.dataDir}/cache/works-${name}.json`);
    },
  });
}
