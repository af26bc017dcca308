/** `limits` of task.yaml: each ends the run alone, with a message of its own, and the host goes on. */
import assert from "node:assert/strict";
import { findWorkingBwrap } from "../../runtime/bwrap_probe.ts";
import { findProcesses, ISOLATION, until, World } from "../helpers.ts";
import { canCover, shellWith } from "./shell.ts";

/** A task that meets a limit, and what `--json` says of it. */
interface Overrun {
  readonly limits: string;
  readonly body: string;
  /** Its exit code, error code and message; several where two allocators race to the limit. */
  readonly ends: readonly (readonly [exit: number, code: string, message: RegExp])[];
  readonly hint: RegExp;
}

const HEAP = "const all = []; for (;;) all.push(Array.from({ length: 1e6 }, (_, i) => ({ i })));";
const CRASH = [
  133,
  "memory_limit",
  /^the task was killed by SIGTRAP: it needed more memory/,
] as const;

const OVERRUNS: Readonly<Record<string, Overrun>> = {
  "the heap": {
    limits: "memory: 256MiB",
    body: HEAP,
    ends: [CRASH],
    hint: /raise limits\.memory$/,
  },
  "the heap of a worker": {
    limits: "memory: 256MiB",
    body: `new Worker("data:text/javascript," + encodeURIComponent(${JSON.stringify(HEAP)}),
        { type: "module" });
      await new Promise((resolve) => setTimeout(resolve, 50_000));`,
    ends: [CRASH],
    hint: /fewer workers, or raise limits\.memory$/,
  },
  "buffers": {
    limits: "memory: 256MiB",
    body: `const all = []; for (;;) all.push(new Uint8Array(8 * 1024 * 1024).fill(1));`,
    ends: [
      [1, "task_failed", /^the task threw RangeError: Array buffer allocation failed$/],
      CRASH,
    ],
    hint: /raise limits\.memory( of task\.yaml)?$/,
  },
  "the memory of WebAssembly": {
    limits: "memory: 256MiB",
    body: `const memory = new WebAssembly.Memory({ initial: 1 });
      for (;;) { memory.grow(1024); new Uint8Array(memory.buffer).fill(1); }`,
    ends: [[
      1,
      "task_failed",
      /^the task threw RangeError: WebAssembly\.Memory\.grow\(\): Unable to grow/,
    ], CRASH],
    hint: /raise limits\.memory( of task\.yaml)?$/,
  },
  "a file": {
    limits: "file: 1MiB",
    body: `await Deno.writeFile("out/big", new Uint8Array(2 * 1024 * 1024));`,
    ends: [[
      153,
      "file_limit",
      /^the task was killed by SIGXFSZ: it wrote a file larger than limits\.file/,
    ]],
    hint: /raise limits\.file$/,
  },
  "a hundred thousand open files": {
    limits: "memory: 2GiB",
    body: `const all = [];
      for (let i = 0; i < 100_000; i++) all.push(await Deno.open("task.yaml"));`,
    ends: [[1, "task_failed", /^the task threw Error: Too many open files \(os error 24\)/]],
    hint: /raise limits\.files of task\.yaml$/,
  },
  "open files, and nobody catches it": {
    limits: "files: 64",
    body: `setTimeout(() => { for (const all = [];;) all.push(Deno.openSync("task.yaml")); });`,
    ends: [[1, "task_failed", /^the task ended with exit code 1$/]],
    hint: /raise limits\.files of task\.yaml$/,
  },
  "output": {
    limits: "output: 1MiB",
    body: `for (;;) await Deno.stdout.write(new Uint8Array(65536).fill(97));`,
    ends: [[
      1,
      "output_limit",
      /^the task was ended: it wrote more than limits\.output of task\.yaml allows$/,
    ]],
    hint: /raise limits\.output$/,
  },
};

Deno.test("each limit that is met says which it was, and what to do", async () => {
  await using world = await World.make();
  const left = Object.entries(OVERRUNS);
  const work = async () => {
    for (let next; (next = left.pop()) !== undefined;) {
      const [name, { limits, body, ends, hint }] = next;
      const yaml = `timeout: 60s
permissions: { fs: [{ path: ./out/, permission: rw }, { path: ./task.yaml, permission: r }] }
limits: { ${limits} }`;
      const dir = await world.mainTask(`t${left.length}`, yaml, body);
      const shown = await world.run(dir, ["--json"]);
      const { error, stdout } = JSON.parse(shown.stdout);
      const end = ends.find(([exit, code]) => exit === shown.code && code === error?.code);
      assert.ok(end !== undefined, `${name}: ${shown.code} ${shown.stdout.slice(0, 2000)}`);
      assert.match(error.message, end[2], name);
      assert.match(error.hint ?? "", hint, name);
      assert.ok(stdout.length <= 1024 * 1024, name);
    }
  };
  await Promise.all([work(), work()]);
});

Deno.test("a small task meets no limit, and one above what the system has is the system's", async () => {
  await using world = await World.make();
  const body = "await new Promise((resolve) => setTimeout(resolve, 100)); return 1;";
  for (
    const limits of ["memory: 0", "files: 100000000", "files: 0, processes: 0", "processes: 1"]
  ) {
    const dir = await world.mainTask("small", `limits: { ${limits} }`, body);
    assert.deepEqual(await world.run(dir), { code: 0, stdout: "1\n", stderr: "" }, limits);
  }
});

Deno.test({
  name:
    "without prlimit a run says once which of its limits nobody sets, and nothing if it has none",
  ignore: !await canCover("/usr/bin/prlimit", "runs without prlimit"),
  async fn() {
    await using world = await World.make();
    const run = async (limits: string) => {
      const dir = await world.mainTask("small", `limits: { ${limits} }`, "return 1;");
      return await shellWith(world, { "/usr/bin/prlimit": "/dev/null" }, 'exec "$@"', [
        ...["run", dir, "--isolation", "deno"],
      ]);
    };
    assert.deepEqual(await run("memory: 0, output: 1MiB"), {
      code: 0,
      stdout: "1\n",
      stderr:
        "dicode: warning: limits: nothing holds the task to files, file, since prlimit is not " +
        "installed (install it: apt-get install util-linux; or silence this with limits: " +
        "{ files: 0, file: 0 })\n",
    });
    const none = await run("memory: 0, files: 0, file: 0");
    assert.deepEqual(none, { code: 0, stdout: "1\n", stderr: "" });
  },
});

Deno.test("a program's memory bomb dies of limits.memory, and the task goes on", async () => {
  await using world = await World.make();
  const yaml = "timeout: 30s\npermissions: { run: [awk] }\nlimits: { memory: 224MiB }";
  const body = `const program = 'BEGIN { for (s = "x";; ) s = s s }';
    const { success, stderr } = await new Deno.Command("awk", { args: [program] }).output();
    return { success, said: new TextDecoder().decode(stderr).length > 0 };`;
  const shown = await world.run(await world.mainTask("doubles", yaml, body));
  assert.equal(shown.code, 0, shown.stderr);
  assert.equal(shown.stdout, '{"success":false,"said":true}\n');
});

const bwrap = await findWorkingBwrap(await Deno.makeTempDir());
if (!bwrap.works) console.error(`skipped: fork bombs behind bubblewrap: ${bwrap.reason}`);
const WALLS = bwrap.works ? ["bwrap", "deno"] : ["deno"];

const MORE =
  `dicode: error: the task was ended: it had more processes or threads than limits.processes of task.yaml allows
dicode: hint: start fewer at a time, or raise limits.processes
`;

/** A task whose main runs a shell script to its end. */
function shellTask(world: World, name: string, limits: string, script: string): Promise<string> {
  const yaml = `timeout: 60s\npermissions: { run: [sh] }\nlimits: { ${limits} }`;
  const args = JSON.stringify(["-c", `exec 2>/dev/null\n${script}`]);
  const body = `await new Deno.Command("sh", { args: ${args}, stdin: "null" }).spawn().status;`;
  return world.mainTask(name, yaml, body);
}

Deno.test("a task may have as many programs at once as limits.processes says, and not one more", async () => {
  await using world = await World.make();
  const yaml = "permissions: { run: [sleep] }\nlimits: { processes: 8 }";
  const body = `const { length, seconds } = context.input;
    const all = Array.from({ length }, () =>
      new Deno.Command("sleep", { args: [seconds] }).spawn().status);
    return (await Promise.all(all)).length;`;
  const dir = await world.mainTask("sleeps", yaml, body);
  for (const wall of WALLS) {
    const run = (length: number, seconds: string) =>
      world.dicode([
        ...["run", dir, "--isolation", wall],
        ...["--input", JSON.stringify({ length, seconds })],
      ]);
    assert.deepEqual(await run(8, "1"), { code: 0, stdout: "8\n", stderr: "" }, wall);
    assert.deepEqual(await run(9, "50"), { code: 1, stdout: "", stderr: MORE }, wall);
  }
});

/** Doubles until it has 1,023 processes, should nobody end it. */
function doubles(mark: string): string {
  return `: ${mark}; f() { [ $1 -gt 0 ] && { f $(($1-1)) & f $(($1-1)) & }; sleep 40; }; f 9`;
}

/** The same, each in a session of its own, as the orphan of one that is gone. */
function leaves(mark: string): string {
  const twice = `setsid sh -c "$B" $(($0-1)) & setsid sh -c "$B" $(($0-1)) &`;
  return `B=': ${mark}; [ $0 -gt 0 ] && { ${twice} }; [ $0 -gt 6 ] || sleep 40'
    export B; sh -c "$B" 9; sleep 40`;
}

Deno.test("a fork bomb is ended alone: nothing of it is left, and other runs go on", async () => {
  await using world = await World.make();
  const small = await world.mainTask("small", "name: small", "return 1;");
  const mark = `mark of ${world.dir}`;
  const dirs = {
    doubles: await shellTask(world, "doubles", "processes: 16", doubles(mark)),
    leaves: await shellTask(world, "leaves", "processes: 16", leaves(mark)),
  };
  for (const wall of WALLS) {
    // Only a namespace holds what has left session, group and parent.
    for (const dir of wall === "bwrap" ? Object.values(dirs) : [dirs.doubles]) {
      const [shown, beside] = await Promise.all([
        world.dicode(["run", dir, "--isolation", wall]),
        world.run(small),
      ]);
      assert.deepEqual(shown, { code: 1, stdout: "", stderr: MORE }, `${dir} ${wall}`);
      assert.equal(beside.stdout, "1\n", beside.stderr);
      await until("its end", async () => (await findProcesses(mark)).length === 0);
    }
  }
});

Deno.test("a task that keeps every processor busy holds up neither a signal nor another run", async () => {
  await using world = await World.make();
  const spins = "for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do while :; do :; done & done";
  const dir = await shellTask(world, "spins", "processes: 64", `${spins}; echo busy; wait`);
  const small = await world.mainTask("small", "name: small", "return 1;");
  const child = world.spawn(["run", dir, "--isolation", ISOLATION]);
  child.stdin.close().catch(() => {});
  const reader = child.stdout.getReader();
  assert.equal(new TextDecoder().decode((await reader.read()).value), "busy\n");
  assert.equal((await world.run(small)).stdout, "1\n");
  child.kill("SIGINT");
  const signalledAt = Date.now();
  assert.equal((await child.status).code, 130);
  assert.ok(Date.now() - signalledAt < 10_000);
  await Promise.all([reader.cancel(), child.stderr.cancel()]);
});

Deno.test("a fork bomb that begins in the grace of a time limit has no grace", async () => {
  await using world = await World.make();
  const bomb = `(${doubles("late")}) & sleep 1; echo survived`;
  const dir = await shellTask(world, "late", "processes: 16", `trap '${bomb}' TERM; sleep 40`);
  const code = await Deno.readTextFile(`${dir}/task.ts`);
  await Deno.writeTextFile(`${dir}/task.ts`, `Deno.addSignalListener("SIGTERM", () => {});${code}`);
  for (const wall of WALLS) {
    const shown = await world.dicode(["run", dir, "--isolation", wall, "--timeout", "1s"]);
    assert.deepEqual([shown.code, shown.stdout], [124, ""], `${wall} ${shown.stderr}`);
  }
});
