import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { isAlive, type Shown, until, World } from "../helpers.ts";

/** More than a loaded machine needs to start or end two processes. */
const SLACK_MS = 8_000;

/** A run under way: what it has shown so far, and its end. */
class Running {
  stdout = "";
  stderr = "";
  readonly ended: Promise<Shown>;

  constructor(readonly child: Deno.ChildProcess) {
    const collect = async (pipe: ReadableStream<Uint8Array>, stream: "stdout" | "stderr") => {
      const decoder = new TextDecoder();
      for await (const chunk of pipe) this[stream] += decoder.decode(chunk, { stream: true });
    };
    const pipes = [collect(child.stdout, "stdout"), collect(child.stderr, "stderr")];
    this.ended = Promise.all([child.status, ...pipes]).then(([{ code }]) => {
      return { code, stdout: this.stdout, stderr: this.stderr };
    });
  }

  /** Waits until stdout, or another stream, holds the text. */
  async shows(text: string, stream: "stdout" | "stderr" = "stdout"): Promise<void> {
    await until(`${text} on ${stream}`, () => this[stream].includes(text));
  }

  /** The numbers that the task printed as `name=123`. */
  pids(): number[] {
    return [...this.stdout.matchAll(/\w=(\d+)/g)].map(([, pid]) => Number(pid));
  }
}

/** A world in which the folders of runs lie in one place, and nowhere else. */
class Runs implements AsyncDisposable {
  private constructor(readonly world: World) {}

  static async make(): Promise<Runs> {
    const world = await World.make();
    await Deno.mkdir(`${world.dataDir}/run`, { recursive: true, mode: 0o700 });
    return new Runs(world);
  }

  start(dir: string, ...args: string[]): Running {
    const running = new Running(
      this.world.spawn(["run", dir, "--isolation", "deno", ...args]),
    );
    running.child.stdin.close().catch(() => {});
    return running;
  }

  /** What runs have left in the folder that they make theirs in. */
  leftovers(): string[] {
    return [...Deno.readDirSync(`${this.world.dataDir}/run`)].map(({ name }) => name);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.world[Symbol.asyncDispose]();
  }
}

async function assertGone(running: Running, count: number): Promise<void> {
  const pids = running.pids();
  assert.equal(pids.length, count, running.stdout);
  for (const pid of pids) await until(`the end of ${pid}`, async () => !await isAlive(pid), 1_000);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

const SHELL = "permissions: { run: [sh] }\n";
const FOREVER = "setInterval(() => {}, 1000); await new Promise(() => {});";
/** A grandchild that prints its pid and ignores signals. */
const STUBBORN = `
  const script = 'trap "" TERM INT HUP; echo shell=$$; while :; do sleep 1; done';
  new Deno.Command("sh", { args: ["-c", script], stdin: "null" }).spawn();`;

Deno.test("a task that ignores SIGTERM, or whose grandchild does, is gone 2 s after its time limit", async () => {
  await using runs = await Runs.make();
  const dirs = [
    await runs.world.mainTask(
      "deaf",
      "timeout: 500ms\n",
      `Deno.addSignalListener("SIGTERM", () => console.log("heard")); console.log("task=" + Deno.pid);
      ${FOREVER}`,
    ),
    await runs.world.mainTask(
      "deaf-grandchild",
      `timeout: 500ms\n${SHELL}`,
      `console.log("task=" + Deno.pid); ${STUBBORN} ${FOREVER}`,
    ),
  ];
  await Promise.all(dirs.map(async (dir, at) => {
    const running = runs.start(dir);
    await running.shows("task=");
    const startedAt = Date.now();
    const { code, stderr } = await running.ended;
    const elapsed = Date.now() - startedAt;
    assert.equal(code, 124);
    assert.match(stderr, /^dicode: error: the task reached its time limit of 500ms$/m);
    assert.match(stderr, /^dicode: hint: raise timeout in task.yaml, or give --timeout$/m);
    assert.ok(elapsed > 1_500 && elapsed < 2_500 + SLACK_MS, `it took ${elapsed} ms`);
    await assertGone(running, 1 + at);
  }));
  assert.deepEqual(runs.leftovers(), []);
});

Deno.test("a task that spins is ended at its time limit, and one that obeys has no grace to wait out", async () => {
  await using runs = await Runs.make();
  const dir = await runs.world.mainTask(
    "spin",
    "timeout: 1m\n",
    `console.log("task=" + Deno.pid); for (;;);`,
  );
  const running = runs.start(dir, "--timeout", "300ms");
  const { code, stderr } = await running.ended;
  assert.equal(code, 124);
  assert.match(stderr, /time limit of 300ms$/m);
  await assertGone(running, 1);
  assert.deepEqual(runs.leftovers(), []);
});

Deno.test("the time limit counts from the hand-over: waiting for the store is not the task's time", async () => {
  await using runs = await Runs.make();
  await runs.world.store({ token: "s3cret-of-this-test" });
  const dir = await runs.world.mainTask(
    "late",
    "timeout: 1s\npermissions: { env: [{ name: TOKEN, secret: token }] }\n",
    `return context.env.get("TOKEN").length;`,
  );
  using database = new DatabaseSync(`${runs.world.dataDir}/data.db`);
  database.exec("BEGIN EXCLUSIVE");
  const running = runs.start(dir, "--verbose");
  await running.shows("modules:", "stderr");
  await pause(1_500);
  assert.doesNotMatch(running.stderr, /handed over/);
  database.exec("COMMIT");
  assert.deepEqual(await running.ended.then(({ code, stdout }) => [code, stdout]), [0, "19\n"]);
});

Deno.test("SIGINT, SIGTERM and SIGHUP end task and grandchild: exit 130, 143, 129, nothing is left", async () => {
  await using runs = await Runs.make();
  const body = `console.log("task=" + Deno.pid);
    new Deno.Command("sh", { args: ["-c", "echo shell=$$; sleep 60; :"] }).spawn(); ${FOREVER}`;
  const dir = await runs.world.mainTask("waits", SHELL, body);
  const exits = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
  await Promise.all(
    Object.entries(exits).map(async ([signal, exit]) => {
      const running = runs.start(dir);
      await running.shows("shell=");
      running.child.kill(signal as Deno.Signal);
      const { code, stderr } = await running.ended;
      assert.equal(code, exit);
      assert.equal(stderr, `dicode: error: the task was ended by ${signal}\n`);
      await assertGone(running, 2);
    }),
  );
  assert.deepEqual(runs.leftovers(), []);
});

Deno.test("a grandchild that ignores SIGINT is killed after the grace, though the task is gone at once", async () => {
  await using runs = await Runs.make();
  const body = `console.log("task=" + Deno.pid); ${STUBBORN} ${FOREVER}`;
  const running = runs.start(await runs.world.mainTask("stubborn", SHELL, body));
  await running.shows("shell=");
  running.child.kill("SIGINT");
  assert.equal((await running.ended).code, 130);
  await assertGone(running, 2);
});

const CLEANS_UP = (ms: number) => `
  Deno.addSignalListener("SIGINT", () => {
    console.log("heard");
    setTimeout(() => { console.log("cleaned"); Deno.exit(0); }, ${ms});
  });
  console.log("task=" + Deno.pid); ${FOREVER}`;

Deno.test("two SIGINTs at once leave a task the second that it cleans up in", async () => {
  await using runs = await Runs.make();
  const running = runs.start(
    await runs.world.mainTask("cleans", "timeout: 1m\n", CLEANS_UP(1_000)),
  );
  await running.shows("task=");
  running.child.kill("SIGINT");
  await running.shows("heard");
  running.child.kill("SIGINT");
  const { code, stdout } = await running.ended;
  assert.equal(code, 130);
  assert.match(stdout, /cleaned/);
  await assertGone(running, 1);
});

Deno.test("a second SIGINT, more than half a second after the first, kills at once", async () => {
  await using runs = await Runs.make();
  const running = runs.start(await runs.world.mainTask("slow", "timeout: 1m\n", CLEANS_UP(1_900)));
  await running.shows("task=");
  running.child.kill("SIGINT");
  await running.shows("heard");
  await pause(600);
  running.child.kill("SIGINT");
  const { code, stdout } = await running.ended;
  assert.equal(code, 130);
  assert.doesNotMatch(stdout, /cleaned/);
  await assertGone(running, 1);
});

/** A run of a task whose modules take for ever to list: one is a pipe that nobody writes to. */
async function listForever(runs: Runs): Promise<{ running: Running; pipe: string }> {
  const code = `import "./pipe.ts";\nconsole.log("ran");\n`;
  const pipe = `${await runs.world.task("pipe", "name: pipe\n", code)}/pipe.ts`;
  await new Deno.Command("mkfifo", { args: [pipe] }).output();
  const running = runs.start(pipe.replace("/pipe.ts", ""), "--verbose");
  await running.shows("debug: grants:", "stderr");
  return { running, pipe };
}

Deno.test("a signal while the modules are listed ends the run before any task code", async () => {
  await using runs = await Runs.make();
  const { running, pipe } = await listForever(runs);
  running.child.kill("SIGINT");
  const { code, stdout, stderr } = await running.ended;
  await letGo(runs, pipe);
  assert.equal(code, 130);
  assert.equal(stdout, "");
  assert.match(stderr, /^dicode: error: the task was ended by SIGINT$/m);
});

Deno.test({
  name: "a signal while the modules are listed leaves no process behind",
  async fn() {
    await using runs = await Runs.make();
    const { running, pipe } = await listForever(runs);
    const folder = runs.world.dir;
    await until("the list of modules", async () => (await processesNaming(folder)).length > 1);
    running.child.kill("SIGINT");
    await running.ended;
    try {
      await until("its end", async () => (await processesNaming(folder)).length === 0, 1_000);
      assert.deepEqual(runs.leftovers(), []);
    } finally {
      await letGo(runs, pipe);
    }
  },
});

/** Ends what still waits for the pipe. */
async function letGo(runs: Runs, pipe: string): Promise<void> {
  const { dir } = runs.world;
  await until("the end of all", async () => {
    // It may not have come to the pipe yet: again and again.
    Deno.openSync(pipe, { read: true, write: true }).close();
    return (await processesNaming(dir)).length === 0;
  });
}

/** The processes that have the text in their arguments. */
async function processesNaming(text: string): Promise<number[]> {
  const found: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const args = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    if (args.includes(text)) found.push(Number(name));
  }
  return found;
}

Deno.test("a signal while a secret is waited for ends the run before any task code", async () => {
  await using runs = await Runs.make();
  await runs.world.store({ token: "s3cret-of-this-test" });
  const dir = await runs.world.task(
    "waits",
    "permissions: { env: [{ name: TOKEN, secret: token }] }\n",
    `console.log("ran");\nexport function main() {}\n`,
  );
  using database = new DatabaseSync(`${runs.world.dataDir}/data.db`);
  database.exec("BEGIN EXCLUSIVE");
  const running = runs.start(dir, "--verbose");
  await running.shows("modules:", "stderr");
  await pause(300);
  running.child.kill("SIGTERM");
  const { code, stdout, stderr } = await running.ended;
  assert.equal(code, 143);
  assert.equal(stdout, "");
  assert.match(stderr, /^dicode: error: the task was ended by SIGTERM$/m);
  assert.deepEqual(runs.leftovers(), []);
});

Deno.test({
  name: "SIGTERM ends a run though nobody reads what its task has written",
  async fn() {
    await using world = await World.make();
    const body = `console.error("task=" + Deno.pid);
      const bytes = new Uint8Array(64 * 1024).fill(97); for (;;) await Deno.stdout.write(bytes);`;
    const dir = await world.mainTask("floods", "timeout: 1m\n", body);
    const child = world.spawn(["run", dir, "--isolation", "deno"]);
    child.stdin.close();
    await pause(1_000);
    child.kill("SIGTERM");
    const ended = await Promise.race([child.status, pause(SLACK_MS)]);
    if (ended === undefined) child.kill("SIGKILL");
    await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.status]);
    assert.equal(ended?.code, 143);
  },
});

Deno.test("SIGTERM ends a run whose task has ended, though nobody reads what it left", async () => {
  await using world = await World.make();
  const fills = `const bytes = new Uint8Array(256 * 1024).fill(97);
    const written = Deno.stdout.write(bytes);`;
  const cases: Record<string, [body: string, code: number]> = {
    exits: [
      `${fills} await new Promise((resolve) => setTimeout(resolve, 300)); Deno.exit(0);`,
      143,
    ],
    limit: [`${fills} await written; await new Promise(() => setInterval(() => {}, 1000));`, 124],
  };
  await Promise.all(
    Object.entries(cases).map(async ([name, [body, code]]) => {
      // However busy the machine is, the first ends by itself.
      const timeout = name === "exits" ? "1m" : "500ms";
      const dir = await world.mainTask(name, `timeout: ${timeout}\n`, body);
      const child = world.spawn(["run", dir, "--isolation", "deno"]);
      child.stdin.close();
      await pause(4_000);
      child.kill("SIGTERM");
      const ended = await Promise.race([child.status, pause(SLACK_MS)]);
      if (ended === undefined) child.kill("SIGKILL");
      await Promise.all([child.stdout.cancel(), child.stderr.cancel(), child.status]);
      assert.equal(ended?.code, code, name);
    }),
  );
});

Deno.test("the folder of a host that was killed is removed by a later run, that of a live one is not", async () => {
  await using runs = await Runs.make();
  const dir = await runs.world.mainTask("waits", "timeout: 1m\n", `console.log("up"); ${FOREVER}`);
  const killed = runs.start(dir);
  await killed.shows("up");
  killed.child.kill("SIGKILL");
  await killed.ended;
  assert.equal(runs.leftovers().length, 1);
  const alive = runs.start(dir);
  await alive.shows("up");
  await until("the sweep", () => runs.leftovers().length === 1);
  await runs.start(await runs.world.mainTask("ends", "name: ends", "")).ended;
  assert.equal(runs.leftovers().length, 1);
  alive.child.kill("SIGTERM");
  assert.equal((await alive.ended).code, 143);
  assert.deepEqual(runs.leftovers(), []);
});

Deno.test("kill -9 of the host ends the task within a second, also one that spins", async () => {
  await using runs = await Runs.make();
  const bodies = { idle: FOREVER, spins: "for (;;);" };
  await Promise.all(
    Object.entries(bodies).map(async ([name, body]) => {
      const code = `console.log("task=" + Deno.pid); ${body}`;
      const running = runs.start(await runs.world.mainTask(name, "timeout: 1m\n", code));
      await running.shows("task=");
      running.child.kill("SIGKILL");
      await assertGone(running, 1);
      // Its end of the pipes is closed as well: nothing holds on.
      assert.equal((await running.ended).code, 137);
    }),
  );
});

Deno.test("the folder of a run is gone after its end and after its failure, with all the task put there", async () => {
  await using runs = await Runs.make();
  const body = `localStorage.setItem("a", "b");
    await caches.open("c").then((cache) => cache.put("http://a/", new Response("d")));
    if (context.input) throw new Error("on purpose");`;
  const dir = await runs.world.mainTask("stores", "name: stores\n", body);
  assert.equal((await runs.start(dir).ended).code, 0);
  assert.deepEqual(runs.leftovers(), []);
  assert.equal((await runs.start(dir, "--input", "true").ended).code, 1);
  assert.deepEqual(runs.leftovers(), []);
});

const ORPHANS = {
  silent: "exec sleep 60",
  // Not to be killed by the end of the pipe, which would hide that the host waits for it.
  chatty: `trap "" PIPE; while :; do echo chatter 2>/dev/null; sleep 0.05; done`,
};

Deno.test("a grandchild that leaves the group and holds stdout does not hold the host", async () => {
  await using runs = await Runs.make();
  await Promise.all(
    Object.entries(ORPHANS).map(async ([name, script]) => {
      const body = `
      const args = ["sh", "-c", ${JSON.stringify(`echo orphan=$$; ${script}`)}];
      new Deno.Command("setsid", { args, stdin: "null" }).spawn().unref();
      await new Promise((resolve) => setTimeout(resolve, 400));
      console.log("last words: " + "x".repeat(100_000) + ".");`;
      const yaml = "timeout: 1m\npermissions: { run: [sh, setsid] }\n";
      const running = runs.start(await runs.world.mainTask(name, yaml, body));
      await assertReleased(running);
      // All of it, though the chatter may stand anywhere in between.
      assert.equal(running.stdout.split("x").length - 1, 100_000);
    }),
  );
});

Deno.test("a grandchild that was handed the open channel does not hold the host", async () => {
  await using runs = await Runs.make();
  // Node's spawn hands any descriptor on; which of them is the channel, the task need not know.
  const body = `
    const { spawn } = await import("node:child_process");
    const script = "readlink /proc/self/fd/*; echo orphan=$$; exec sleep 60 >&- 2>&-";
    const open = Array.from({ length: 30 }, (_, at) => at + 3).filter((fd) => {
      try {
        return spawn("sh", ["-c", ":"], { stdio: ["ignore", "ignore", "ignore", fd] });
      } catch {
        return false;
      }
    });
    spawn("setsid", ["sh", "-c", script], { stdio: ["ignore", 1, 2, ...open] }).unref();
    await new Promise((resolve) => setTimeout(resolve, 500));
    console.log("last words");
    Deno.exit(0);`;
  const yaml = "timeout: 1m\npermissions: { run: [sh, setsid] }\n";
  const running = runs.start(await runs.world.mainTask("hands-on", yaml, body));
  await assertReleased(running);
  assert.match(running.stdout, /socket:/, "no socket was handed on: this test proves nothing");
});

/** Fails if the orphan of a task that has said its last words holds the run. */
async function assertReleased(running: Running): Promise<void> {
  await running.shows("orphan=");
  const orphan = running.pids()[0]!;
  let held = false;
  const release = () => {
    held = true;
    Deno.kill(orphan, "SIGKILL");
  };
  await running.shows("last words");
  const timer = setTimeout(release, 1_000 + SLACK_MS);
  const { code } = await running.ended;
  clearTimeout(timer);
  if (!held) Deno.kill(orphan, "SIGKILL");
  assert.deepEqual([code, held], [0, false]);
}

Deno.test("a grandchild that stays in the group ends with the task, and cannot hold stdout", async () => {
  await using runs = await Runs.make();
  const body = `console.log("task=" + Deno.pid); ${STUBBORN}
    await new Promise((resolve) => setTimeout(resolve, 300));
    Deno.exit(0);`;
  const running = runs.start(await runs.world.mainTask("leaves", SHELL, body));
  const { code } = await running.ended;
  assert.equal(code, 0);
  await assertGone(running, 2);
});

Deno.test("stdin of a task is at its end, though that of the host is open and holds text", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "stdin",
    "timeout: 5s\n",
    `return [await Deno.stdin.read(new Uint8Array(4)), Deno.stdin.readSync(new Uint8Array(4))];`,
  );
  const child = world.spawn(["run", dir, "--isolation", "deno"]);
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode("for the host\n"));
  const { code, stdout } = await new Running(child).ended;
  assert.deepEqual([code, stdout], [0, "[null,null]\n"]);
  await writer.close().catch(() => {});
});
