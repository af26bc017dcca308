import assert from "node:assert/strict";
import { type Shown, World } from "../helpers.ts";

/** A task and what a run of it comes to. */
interface Case {
  /** The body of main; or `code`, the whole of task.ts. */
  readonly main?: string;
  readonly code?: string;
  readonly yaml?: string;
  readonly exit: number;
  /** Default: nothing. */
  readonly stdout?: string;
  /** What stderr holds; by default nothing. */
  readonly stderr?: readonly RegExp[];
  readonly stderrWithout?: RegExp;
}

/** Runs all cases, two at a time; a name says what the task does. */
async function assertOutcomes(cases: Readonly<Record<string, Case>>): Promise<void> {
  await using world = await World.make();
  const left = Object.entries(cases);
  const work = async (worker: number) => {
    for (let next; (next = left.pop()) !== undefined;) {
      const [name, { main, code, yaml = "timeout: 30s\n", ...expected }] = next;
      const folder = `t${worker}-${left.length}`;
      const dir = code === undefined
        ? await world.mainTask(folder, yaml, main!)
        : await world.task(folder, yaml, code);
      assertShown(name, await world.run(dir), expected);
    }
  };
  await Promise.all([work(1), work(2)]);
}

function assertShown(name: string, shown: Shown, expected: Omit<Case, "main" | "code">): void {
  const { code, stdout, stderr } = shown;
  const all = `${name}: ${JSON.stringify({ code, stdout, stderr }).slice(0, 2000)}`;
  assert.equal(code, expected.exit, all);
  assert.equal(stdout, expected.stdout ?? "", all);
  if (expected.stderr === undefined) assert.equal(stderr, "", all);
  for (const pattern of expected.stderr ?? []) assert.match(stderr, pattern, all);
  assert.doesNotMatch(stderr, /this is a bug/, all);
  if (expected.stderrWithout) assert.doesNotMatch(stderr, expected.stderrWithout, all);
}

Deno.test("what main returns is the last line of stdout, as JSON; undefined is no line", async () => {
  await assertOutcomes({
    "returns nothing": { main: "", exit: 0 },
    "returns undefined after output": {
      main: `console.log("said");`,
      exit: 0,
      stdout: "said\n",
    },
    "returns null": { main: "return null;", exit: 0, stdout: "null\n" },
    "returns an object": {
      main: `console.log("said"); return { a: [1, null, "x"], d: new Date(0), u: undefined };`,
      exit: 0,
      stdout: `said\n{"a":[1,null,"x"],"d":"1970-01-01T00:00:00.000Z"}\n`,
    },
    "leaves its last line open": {
      main: `await Deno.stdout.write(new TextEncoder().encode("open")); return 1;`,
      exit: 0,
      stdout: "open\n1\n",
    },
    "writes on after main has returned": {
      main: `setTimeout(() => console.log("late"), 50); return 1;`,
      exit: 0,
      stdout: "late\n1\n",
    },
    "returns a function, which JSON does not have": { main: "return () => 1;", exit: 0 },
    "returns a symbol, which JSON does not have": { main: `return Symbol("x");`, exit: 0 },
    "returns a key that is a prototype's": {
      main: `return JSON.parse('{"__proto__":{"a":1},"constructor":2}');`,
      exit: 0,
      stdout: `{"__proto__":{"a":1},"constructor":2}\n`,
    },
    "exports main as default": { code: "export default () => 7;\n", exit: 0, stdout: "7\n" },
  });
});

const BOOTSTRAP = /bootstrap\.ts/;

Deno.test("what main throws is shown, whatever it is, with the task's own frames alone", async () => {
  await assertOutcomes({
    "throws an error": {
      main: `console.log("said");\nfail();\nfunction fail() { throw new RangeError("too far"); }`,
      exit: 1,
      stdout: "said\n",
      stderr: [
        /^dicode: error: the task threw RangeError: too far$/m,
        /^dicode: \| at fail \(file:\/\/\/.*\/task\.ts:4:25\)$/m,
        /^dicode: \| at main \(file:\/\/\/.*\/task\.ts:3:1\)$/m,
      ],
      stderrWithout: BOOTSTRAP,
    },
    "throws an error of two lines with control characters": {
      main: `throw new Error("one\\ntwo\\u001b[2J");`,
      exit: 1,
      stderr: [/^dicode: error: the task threw Error: one\ndicode: \| two\\u001b\[2J$/m],
    },
    "throws lines in the host's voice": {
      main:
        `throw new Error("boom\\nerror: the key is lost\\nhint: run this" + "\\nx".repeat(99));`,
      exit: 1,
      stderr: [
        /^dicode: \| error: the key is lost$/m,
        /^dicode: \| hint: run this$/m,
        /^dicode: \| … \d+ more lines$/m,
      ],
      stderrWithout: /^dicode: (error: the key|hint:)/m,
    },
    "throws an error with a cause": {
      main: `const cause = new TypeError("refused", { cause: "the wall" });
        throw new Error("no answer", { cause });`,
      exit: 1,
      stderr: [
        /^dicode: error: the task threw Error: no answer$/m,
        /^dicode: \| caused by TypeError: refused$/m,
        /^dicode: \| caused by "the wall"$/m,
      ],
    },
    "throws what was denied, as a cause": {
      main: `try { Deno.hostname(); } catch (cause) { throw new Error("wrapped", { cause }); }`,
      exit: 1,
      stderr: [/^dicode: hint: add to task\.yaml: permissions: \{ sys: \[hostname\] \}$/m],
    },
    "throws an error of a class of its own, without a message": {
      main: `class Mine extends Error { override name = "Mine"; }\nthrow new Mine();`,
      exit: 1,
      stderr: [/^dicode: error: the task threw Mine$/m],
      stderrWithout: BOOTSTRAP,
    },
    "rejects": {
      code: `export function main() { return Promise.reject(new Error("no")); }\n`,
      exit: 1,
      stderr: [/^dicode: error: the task threw Error: no$/m],
      stderrWithout: BOOTSTRAP,
    },
    "throws a string": { main: `throw "text";`, exit: 1, stderr: [/the task threw .*"text"$/m] },
    "throws an object": { main: `throw { a: 1 };`, exit: 1, stderr: [/threw .*\{ a: 1 \}$/m] },
    "throws null": { main: `throw null;`, exit: 1, stderr: [/the task threw .*null$/m] },
    "throws undefined": { main: `throw undefined;`, exit: 1, stderr: [/threw .*undefined$/m] },
    "throws what throws at every touch": {
      main: `const trap = { get: () => () => { throw new Error("trap"); } };
        throw new Proxy({}, new Proxy({}, trap));`,
      exit: 1,
      stderr: [/^dicode: error: the task threw .*something that cannot be shown$/m],
    },
    "throws an error whose stack throws": {
      main: `throw Object.defineProperty(new Error("m"), "stack", { get() { throw 1; } });`,
      exit: 1,
      stderr: [/^dicode: error: the task threw .*something that cannot be shown$/m],
    },
    "throws a message of 9 MiB": {
      main: `throw new Error("m".repeat(9 * 1024 * 1024));`,
      exit: 1,
      stderr: [/^dicode: error: the task threw Error: m{65514}…$/m],
    },
    "throws while its modules load": {
      code: `throw new Error("at load");\nexport function main() {}\n`,
      exit: 1,
      stderr: [/^dicode: error: the task threw Error: at load$/m],
    },
  });
});

const CANNOT = /^dicode: error: the task threw TypeError: cannot return the value of main: /m;

Deno.test("a value that cannot be sent is an error of the task that says why", async () => {
  const tooLong = /main: it is longer than 8 MiB as JSON$/m;
  await assertOutcomes({
    "holds itself": {
      main: `const it: any = {}; it.it = it; return it;`,
      exit: 1,
      stderr: [CANNOT, /circular/],
    },
    "is a BigInt": { main: "return 1n;", exit: 1, stderr: [CANNOT, /BigInt/] },
    "throws when it is serialised": {
      main: `return { toJSON() { throw new Error("on purpose"); } };`,
      exit: 1,
      stderr: [CANNOT, /on purpose/],
    },
    "has 9 MiB": { main: `return "a".repeat(9 * 1024 * 1024);`, exit: 1, stderr: [tooLong] },
    "has 10 MiB in 5 Mi characters": {
      main: `return "é".repeat(5 * 1024 * 1024);`,
      exit: 1,
      stderr: [CANNOT, tooLong],
    },
  });
});

Deno.test("a value of nearly 8 MiB arrives whole", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("big", "timeout: 30s\n", `return "é".repeat(4_100_000);`);
  const { code, stdout } = await world.run(dir);
  assert.equal(code, 0);
  assert.ok(stdout === `"${"é".repeat(4_100_000)}"\n`);
});

Deno.test("a task without an end, a beginning or a main says which of them it lacks", async () => {
  await assertOutcomes({
    "never settles": {
      main: "await new Promise(() => {});",
      exit: 1,
      stderr: [/^dicode: error: .*main never settled: it awaits something that nothing will/m],
    },
    "never settles at its top level": {
      code: "await new Promise(() => {});\nexport function main() {}\n",
      exit: 1,
      stderr: [/Top-level await promise never resolved/, /^dicode: error: /m],
    },
    "is no TypeScript": {
      code: "export function main( {\n",
      exit: 6,
      stderr: [/^dicode: error: .*\/task\.ts:1:24: cannot load a module: SyntaxError/m],
    },
    "exports no main": {
      code: "export const other = 1;\n",
      exit: 1,
      stderr: [/^dicode: error: the task threw TypeError: task\.ts exports no function "main"$/m],
    },
    "exports a main that is no function": {
      code: "export const main = 7;\n",
      exit: 1,
      stderr: [/task\.ts exports no function "main"$/m],
    },
  });
});

Deno.test("the exit code that a task gives is that of the run; a late error is 1, a kill 128 + N", async () => {
  await assertOutcomes({
    "exits with 0, before its result": { main: "Deno.exit(0); return 1;", exit: 0 },
    "exits with 7": {
      main: "Deno.exit(7);",
      exit: 7,
      stderr: [/^dicode: error: the task ended with exit code 7$/m],
    },
    "exits with 124, which is not the time limit": {
      main: "Deno.exit(124);",
      exit: 124,
      stderr: [/^dicode: error: the task ended with exit code 124$/m],
      stderrWithout: /time limit/,
    },
    "exits with 70, which is not a bug of ours": {
      main: "Deno.exit(70);",
      exit: 70,
      stderr: [/^dicode: error: the task ended with exit code 70$/m],
    },
    "fails in a timer after it has returned": {
      main: `setTimeout(() => { throw new Error("late"); }, 20); return 1;`,
      exit: 1,
      stderr: [/Uncaught Error: late/, /^dicode: error: the task ended with exit code 1$/m],
    },
    "leaves a rejection unhandled": {
      main: `Promise.reject(new Error("nobody's")); return 1;`,
      exit: 1,
      stderr: [/nobody's/, /^dicode: error: the task ended with exit code 1$/m],
    },
    "kills itself": {
      main: `const { default: process } = await import("node:process");
        process.kill(process.pid, "SIGKILL"); await new Promise(() => {});`,
      exit: 137,
      stderr: [/^dicode: error: the task was killed by SIGKILL$/m],
    },
  });
});

Deno.test("a variable that is not declared reads as undefined, and setting one has no effect", async () => {
  await assertOutcomes({
    "reads and sets": {
      main: `Deno.env.set("MINE", "1");
        return [context.env.get("HOME") ?? null, Deno.env.get("MINE") ?? null, Deno.env.toObject()];`,
      exit: 0,
      stdout: "[null,null,{}]\n",
    },
  });
});

Deno.test("what is denied comes with the line of task.yaml that would allow it, and that line does", async () => {
  await using world = await World.make();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response("served"),
  );
  const { port } = server.addr;
  const text = (expression: string) => `return new TextDecoder().decode(${expression});`;
  const denied: Record<string, { main: string; hint: string; stdout: string }> = {
    read: {
      main: `return await Deno.readTextFile("./data.txt");`,
      hint: "fs: [{ path: ./data.txt, permission: r }]",
      stdout: `"data"\n`,
    },
    "read by Node's name": {
      main: `return (await import("node:fs")).readFileSync("data.txt", "utf8");`,
      hint: `fs: [{ path: data.txt, permission: r }]`,
      stdout: `"data"\n`,
    },
    write: {
      main: `await Deno.writeTextFile("data.txt", "data"); return 1;`,
      hint: "fs: [{ path: ./, permission: rw }]",
      stdout: "1\n",
    },
    net: {
      main: `return await (await fetch("http://127.0.0.1:${port}/")).text();`,
      hint: `net: ["127.0.0.1:${port}"]`,
      stdout: `"served"\n`,
    },
    run: {
      main: text(`(await new Deno.Command("echo", { args: ["x"] }).output()).stdout`),
      hint: "run: [echo]",
      stdout: `"x\\n"\n`,
    },
    sys: {
      main: "return typeof Deno.hostname();",
      hint: "sys: [hostname]",
      stdout: `"string"\n`,
    },
    "read in a timer": {
      main: `setTimeout(() => Deno.readTextFileSync("data.txt"), 10);`,
      hint: "fs: [{ path: data.txt, permission: r }]",
      stdout: "",
    },
  };
  await Promise.all(
    Object.entries(denied).map(async ([name, { main, hint, stdout }], at) => {
      const files = { "data.txt": "data" };
      const code = `export async function main() {\n${main}\n}\n`;
      const dir = await world.task(`d${at}`, "timeout: 30s\n", code, files);
      const refused = await world.run(dir);
      assert.equal(refused.code, 1, `${name}: ${refused.stderr}`);
      assert.match(refused.stderr, /NotCapable: Requires \w+ access to/, name);
      const [, permissions] = /^dicode: hint: add to task\.yaml: (permissions: .*)$/m
        .exec(refused.stderr) ?? [];
      assert.equal(permissions, `permissions: { ${hint} }`, name);
      await Deno.writeTextFile(`${dir}/task.yaml`, `timeout: 30s\n${permissions}\n`);
      assert.deepEqual(await world.run(dir), { code: 0, stdout, stderr: "" }, name);
    }),
  );
});

const KEYS = [
  "task",
  "run_id",
  "status",
  "exit_code",
  "duration_ms",
  "result",
  "stdout",
  "stderr",
  "truncated",
  "error",
];

Deno.test("--json prints one line with the same keys, however the run ended", async () => {
  await using world = await World.make();
  const kill = `const { default: process } = await import("node:process");
    process.kill(process.pid, "SIGKILL"); await new Promise(() => {});`;
  const endings: [status: string, exit: number, code: string | null, yaml: string, main: string][] =
    [
      [
        "ok",
        0,
        null,
        "timeout: 30s\n",
        `console.log("a\\nb"); console.error("c"); return { r: 1 };`,
      ],
      ["failed", 1, "task_failed", "timeout: 30s\n", `throw new Error("no");`],
      ["failed", 9, "task_exited", "timeout: 30s\n", `Deno.exit(9);`],
      ["timeout", 124, "task_timeout", "timeout: 300ms\n", `console.log("on"); for (;;);`],
      ["killed", 137, "task_killed", "timeout: 30s\n", kill],
      ["refused", 4, "secret_unresolved", "permissions: { env: [{ name: A, secret: b }] }\n", ""],
      ["refused", 6, "path_not_found", "permissions: { fs: [{ path: no, permission: r }] }\n", ""],
      ["refused", 3, "config_invalid", "nonsense: 1\n", ""],
    ];
  await Promise.all(endings.map(async ([status, exit, errorCode, yaml, main], at) => {
    const dir = await world.mainTask(`j${at}`, yaml, main);
    const { code, stdout, stderr } = await world.run(dir, ["--json"]);
    const name = `${status} ${exit}: ${stdout} ${stderr}`;
    assert.equal(code, exit, name);
    assert.match(stdout, /^\{.*\}\n$/, name);
    const document = JSON.parse(stdout);
    assert.deepEqual(Object.keys(document), KEYS, name);
    assert.deepEqual([document.status, document.exit_code], [status, exit], name);
    assert.equal(document.error?.code ?? null, errorCode, name);
    if (document.error) {
      assert.deepEqual(Object.keys(document.error), ["code", "message", "hint"], name);
    }
    assert.ok(Number.isInteger(document.duration_ms) && !document.truncated, name);
    if (status === "ok") {
      const { result, stdout, stderr } = document;
      assert.deepEqual([result, stdout, stderr], [{ r: 1 }, "a\nb\n", "c\n"]);
    }
    if (status === "timeout") assert.equal(document.stdout, "on\n");
  }));
});

Deno.test("--json prints its document for a command line that cannot run as well", async () => {
  await using world = await World.make();
  for (const args of [["--bogus"], ["--timeout", "60"], ["--input", "{"]]) {
    const { code, stdout } = await world.run(`${world.dir}/none`, ["--json", ...args]);
    const document = JSON.parse(stdout);
    assert.deepEqual(Object.keys(document), KEYS);
    assert.equal(document.status, "refused");
    assert.equal(document.exit_code, code);
  }
});

Deno.test("--json keeps the last 8 MiB of each stream, and says whether a beginning is missing", async () => {
  await using world = await World.make();
  const write = (stream: string, bytes: string) => `
    { const bytes = ${bytes};
      for (let at = 0; at < bytes.length;) at += await Deno.${stream}.write(bytes.subarray(at)); }`;
  // In the whole one, invalid UTF-8 reads as U+FFFD, also where it was cut between two writes.
  const dirs = [
    await world.mainTask(
      "long",
      "timeout: 60s\n",
      write("stdout", `new TextEncoder().encode("begin" + "é".repeat(4_500_000) + "end")`),
    ),
    await world.mainTask(
      "whole",
      "timeout: 60s\n",
      write("stderr", `new Uint8Array(8 * 1024 * 1024).fill(97)`) +
        write("stdout", "new Uint8Array([65, 0xff, 66, 0xe2, 0x82])") +
        write("stdout", "new Uint8Array([0xac, 0xc3])"),
    ),
  ];
  const [long, whole] = await Promise.all(dirs.map(async (dir) => {
    const { code, stdout } = await world.run(dir, ["--json"]);
    assert.equal(code, 0);
    return JSON.parse(stdout);
  }));
  assert.equal(long.truncated, true);
  const bytes = new TextEncoder().encode(long.stdout).length;
  assert.ok(bytes > 8 * 1024 * 1024 - 4 && bytes <= 8 * 1024 * 1024, `${bytes} bytes are kept`);
  assert.ok(/^é+end$/.test(long.stdout), "a character was cut in two");
  assert.equal(whole.truncated, false);
  assert.ok(whole.stderr === "a".repeat(8 * 1024 * 1024));
  assert.equal(whole.stdout, "A\ufffdB€\ufffd");
});
