/** A task's output on its way: as it comes, in order, at the reader's speed, until the reader leaves. */
import assert from "node:assert/strict";
import { isAlive, ISOLATION, until, World } from "../helpers.ts";
import { shell } from "./shell.ts";

const isSlow = Deno.env.get("SLOW") === "1";
const MIB = 1024 * 1024;
const RUN = ["--isolation", ISOLATION];
/** For tests that look at the pid which a task prints: in a namespace it is another. */
const RUN_SEEN = ["--isolation", "deno"];

/** Lets the task wait until the test makes the file `go` in its folder. */
const WAIT = `
async function waitForGo() {
  while (!await Deno.stat("go").then(() => true, () => false)) {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}`;
const WAIT_YAML = "permissions: { fs: [{ path: ., permission: r }] }";

/** Writes its pid on a line, then without end. */
function endless(stream: "stdout" | "stderr"): string {
  return `export async function main() {
    await Deno.stdout.write(new TextEncoder().encode(Deno.pid + "\\n"));
    const bytes = new Uint8Array(4096).fill(97);
    for (;;) await Deno.${stream}.write(bytes);
  }`;
}

Deno.test("a slow reader of much output does not make the host hold it: under 200 MB", async () => {
  const size = isSlow ? 1024 * MIB : 256 * MIB;
  await using world = await World.make();
  await world.store({ canary: "canary-in-much-output" });
  const dir = await world.mainTask(
    "much",
    "timeout: 5m\npermissions: { env: [{ name: SECRET, secret: canary }] }",
    `const bytes = new Uint8Array(64 * 1024).fill(98);
     bytes.set(new TextEncoder().encode(context.env.get("SECRET")), 1000);
     for (let sent = 0; sent < ${size};) {
       for (let at = 0; at < bytes.length;) at += await Deno.stdout.write(bytes.subarray(at));
       sent += bytes.length;
     }`,
  );
  const child = world.spawn(["run", dir, ...RUN]);
  const errors = new Response(child.stderr).text();
  const reader = child.stdout.getReader({ mode: "byob" });
  let received = 0;
  let marks = 0;
  let peakKib = 0;
  let pauses = 20; // of 100 ms each, every 64 KiB: the task is far ahead if nothing holds it back
  let nextSample = 0;
  for (;;) {
    const { done, value } = await reader.read(new Uint8Array(64 * 1024));
    if (done) break;
    received += value.length;
    for (let at = value.indexOf(42); at >= 0; at = value.indexOf(42, at + 1)) marks++;
    if (pauses-- > 0) await new Promise((resolve) => setTimeout(resolve, 100));
    if (received < nextSample) continue;
    nextSample = received + 4 * MIB;
    peakKib = Math.max(peakKib, await readPeakKib(child.pid));
  }
  const { code } = await child.status;
  assert.equal(code, 0, await errors);
  const writes = size / (64 * 1024);
  assert.equal(received, size - writes * ("canary-in-much-output".length - 3));
  assert.equal(marks, writes * 3);
  assert.ok(peakKib > 0 && peakKib < 200_000, `the host's memory rose to ${peakKib} KiB`);
});

async function readPeakKib(pid: number): Promise<number> {
  const status = await Deno.readTextFile(`/proc/${pid}/status`).catch(() => "");
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0);
}

Deno.test("a task that writes nothing ends with nothing shown", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("silent", "name: silent", "");
  assert.deepEqual(await world.run(dir), { code: 0, stdout: "", stderr: "" });
});

Deno.test("a task that closes its streams ends normally, and its result is shown", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "closer",
    "name: closer",
    `console.log("last line");
     Deno.stdout.close();
     Deno.stderr.close();
     await new Promise((resolve) => setTimeout(resolve, 100));
     return "done";`,
  );
  assert.deepEqual(await world.run(dir), { code: 0, stdout: 'last line\n"done"\n', stderr: "" });
  const { stdout } = await world.run(dir, ["--json"]);
  const { status, result } = JSON.parse(stdout);
  assert.deepEqual([status, result], ["ok", "done"]);
});

Deno.test("small writes keep their order on each stream", async () => {
  await using world = await World.make();
  await world.store({ canary: "xx" });
  const dir = await world.mainTask(
    "small",
    "permissions: { env: [{ name: SECRET, secret: canary }] }",
    `const encoder = new TextEncoder();
     for (let at = 0; at < 2000; at++) {
       Deno.stdout.writeSync(encoder.encode(at + "\\n"));
       Deno.stderr.writeSync(encoder.encode("e" + at));
       Deno.stderr.writeSync(encoder.encode("x\\n"));
       if (at % 500 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
     }`,
  );
  const shown = await world.run(dir);
  const numbers = Array.from({ length: 2000 }, (_, at) => at);
  assert.equal(shown.stdout, numbers.map((at) => `${at}\n`).join(""));
  assert.equal(shown.stderr, numbers.map((at) => `e${at}x\n`).join(""));
});

Deno.test("output is shown while the task runs, also without a line feed, on both streams", async () => {
  await using world = await World.make();
  await world.store({ canary: "canary-while-running" });
  // The full stops: a last byte that may begin a form of a secret is held back, and they cannot.
  const dir = await world.task(
    "live",
    `permissions:
  env: [{ name: SECRET, secret: canary }]
  fs: [{ path: ., permission: r }]`,
    `${WAIT}
    export async function main() {
      await Deno.stdout.write(new TextEncoder().encode("first, no line feed."));
      await Deno.stderr.write(new TextEncoder().encode("first error."));
      await waitForGo();
      console.log(" second");
      return { done: true };
    }`,
  );
  const child = world.spawn(["run", dir, ...RUN]);
  const [output, errors] = [new Collected(child.stdout), new Collected(child.stderr)];
  await until("the first output", () => output.text === "first, no line feed.");
  await until("the first error output", () => errors.text === "first error.");
  await Deno.writeTextFile(`${dir}/go`, "");
  assert.equal((await child.status).code, 0);
  await Promise.all([output.ended, errors.ended]);
  assert.equal(output.text, 'first, no line feed. second\n{"done":true}\n');
  assert.equal(errors.text, "first error.");
});

/** A stream's text as far as it has come. */
class Collected {
  text = "";
  readonly ended: Promise<void>;

  constructor(stream: ReadableStream<Uint8Array>) {
    this.ended = (async () => {
      const decoder = new TextDecoder();
      for await (const chunk of stream) this.text += decoder.decode(chunk, { stream: true });
    })();
  }
}

Deno.test("the result begins a line of its own, whatever the task printed last", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "unfinished",
    "name: unfinished",
    `await Deno.stdout.write(new TextEncoder().encode("no line feed")); return null;`,
  );
  assert.equal((await world.run(dir)).stdout, "no line feed\nnull\n");
});

Deno.test("an error begins a line of its own, whatever the task wrote last", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "unfinished",
    "name: unfinished",
    `await Deno.stderr.write(new TextEncoder().encode("no line feed")); throw new Error("x");`,
  );
  assert.match(
    (await world.run(dir)).stderr,
    /^no line feed\ndicode: error: the task threw Error: x\n/,
  );
});

Deno.test("dicode run | head -1 ends with 141, a silent stderr, and the task gone", async () => {
  await using world = await World.make();
  const dir = await world.task("endless", "timeout: 60s", endless("stdout"));
  const script = `{ "$@"; echo $? >code; } | head -1`;
  const { stdout, stderr } = await shell(world, script, ["run", dir, ...RUN_SEEN]);
  assert.equal(stderr, "");
  assert.match(stdout, /^\d+\n$/);
  assert.equal(await Deno.readTextFile(`${world.dir}/code`), "141\n");
  assert.equal(await isAlive(Number(stdout)), false);
});

Deno.test("dicode run 2>&1 | head -1 ends with 141 as well", async () => {
  await using world = await World.make();
  const dir = await world.task("endless", "timeout: 60s", endless("stderr"));
  const script = `{ "$@"; echo $? >code; } 2>&1 | head -1`;
  const { stdout, stderr } = await shell(world, script, ["run", dir, ...RUN_SEEN]);
  assert.equal(stderr, "");
  assert.equal(await Deno.readTextFile(`${world.dir}/code`), "141\n");
  assert.equal(await isAlive(Number(stdout)), false);
});

Deno.test("a run ends with 141 when the reader of its stderr alone goes away", async () => {
  await using world = await World.make();
  const dir = await world.task("errors", "timeout: 60s", endless("stderr"));
  const child = world.spawn(["run", dir, ...RUN_SEEN]);
  const output = new Collected(child.stdout);
  const reader = child.stderr.getReader();
  await reader.read();
  await reader.cancel();
  assert.equal((await child.status).code, 141);
  await output.ended;
  assert.match(output.text, /^\d+\n$/);
  assert.equal(await isAlive(Number(output.text)), false);
});

Deno.test("a result that nobody reads is exit 141 and a silent stderr", async () => {
  await using world = await World.make();
  const dir = await world.task(
    "late",
    WAIT_YAML,
    `${WAIT}\nexport async function main() { await waitForGo(); return "late"; }`,
  );
  for (const flags of [[], ["--json"]]) {
    await Deno.remove(`${dir}/go`).catch(() => {});
    const child = world.spawn(["run", dir, ...RUN, ...flags]);
    const errors = new Response(child.stderr).text();
    await child.stdout.cancel();
    await Deno.writeTextFile(`${dir}/go`, "");
    assert.equal((await child.status).code, 141, String(flags));
    assert.equal(await errors, "");
  }
});

Deno.test("other commands end with 141 and in silence as well when their reader goes away", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("checked", "name: checked", "");
  const commands = [["secrets", "list", "--json"], ["check", dir], ["doctor"], ["--help"]];
  for (const args of [...commands, ["doctor", "--json"], ["--version"]]) {
    const child = world.spawn(args);
    const errors = new Response(child.stderr).text();
    await child.stdout.cancel();
    assert.equal((await child.status).code, 141, args.join(" "));
    assert.equal(await errors, "");
  }
});

Deno.test("a task runs to its end with stdout, stderr or stdin closed from the start", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "closed",
    "params: { name: none }\npermissions: { fs: [{ path: ./out/, permission: rw }] }",
    `console.log("out"); console.error("err");
     await Deno.writeTextFile("out/" + await context.params.get("name"), "");
     return 1;`,
  );
  const expected: Record<string, { stdout: string; stderr: string }> = {
    ">&-": { stdout: "", stderr: "err\n" },
    "2>&-": { stdout: "out\n1\n", stderr: "" },
    "<&-": { stdout: "out\n1\n", stderr: "err\n" },
    "<&- >&- 2>&-": { stdout: "", stderr: "" },
  };
  for (const [at, [redirection, shown]] of Object.entries(expected).entries()) {
    const args = ["run", dir, ...RUN, "-p", `name=${at}`];
    const ended = await shell(world, `exec "$@" ${redirection}`, args);
    assert.deepEqual(ended, { code: 0, ...shown }, redirection);
    assert.ok((await Deno.stat(`${dir}/out/${at}`)).isFile);
  }
});

Deno.test("a full disk under stdout is said, and ends the run", async () => {
  await using world = await World.make();
  const dir = await world.task("full", "timeout: 60s", endless("stdout"));
  const script = `exec "$@" >/dev/full`;
  const shown = await Promise.all([
    shell(world, script, ["run", dir, ...RUN]),
    shell(world, script, ["run", dir, ...RUN, "--json", "--timeout", "1s"]),
    shell(world, script, ["--help"]),
  ]);
  const said = "dicode: error: cannot write to stdout: no space left on device (os error 28)\n";
  for (const { code, stderr } of shown) {
    assert.equal(code, 141);
    assert.ok(stderr.endsWith(said), stderr);
  }
  assert.equal(shown[0].stderr, said);
});

Deno.test("--json keeps the last 8 MiB of each stream and says that it did", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "long",
    "name: long",
    `console.error("first");
     for (let at = 0; at < 9 * 1024; at++) console.log(String(at).padStart(1023, "."));
     console.error("last");`,
  );
  const document = JSON.parse((await world.run(dir, ["--json"])).stdout);
  assert.equal(document.truncated, true);
  assert.equal(document.stdout.length, 8 * MIB);
  assert.ok(document.stdout.endsWith(".9215\n"));
  assert.ok(document.stdout.startsWith("."));
  assert.equal(document.stderr, "first\nlast\n");
});
