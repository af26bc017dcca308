import assert from "node:assert/strict";
import {
  askTool,
  type Call,
  decodeOutput,
  lastLine,
  type ToolEnd,
} from "../../../store/ask_tool.ts";
import { ProviderFailure } from "../../../store/provider.ts";
import { isAlive, until } from "../../helpers.ts";

const never = new AbortController().signal;
const env = (name: string) => name === "PATH" ? "/usr/bin:/bin" : undefined;

function call(script: string, more: Partial<Call> = {}): Call {
  return { provider: "p", argv: ["sh", "-c", script], env, ...more };
}

async function run(script: string, more: Partial<Call> = {}): Promise<ToolEnd & { text: string }> {
  const ended = await askTool(call(script, more), never);
  return { ...ended, text: new TextDecoder().decode(ended.stdout) };
}

async function failure(work: Promise<unknown>): Promise<ProviderFailure> {
  const error = await work.then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof ProviderFailure, `${error}`);
  return error;
}

Deno.test("askTool() says how a program ended, and all that it printed", async () => {
  const ended = await run("echo out; echo err >&2; exit 3");
  const { code, signal, text, stderr } = ended;
  assert.deepEqual({ code, signal, text, stderr }, {
    code: 3,
    signal: null,
    text: "out\n",
    stderr: "err\n",
  });
  assert.equal((await run("kill -TERM $$")).signal, "SIGTERM");
  assert.equal((await run("head -c 1048576 /dev/zero")).stdout.length, 1024 * 1024);
});

Deno.test("askTool() gives a program what it reads, or nothing and no terminal", async () => {
  assert.equal((await run("cat", { stdin: "a\nb" })).text, "a\nb");
  assert.equal((await run("cat; tty")).text, "not a tty\n");
  const unread = await run("echo done", { stdin: "x".repeat(2 ** 20) });
  assert.equal(unread.text, "done\n");
});

Deno.test("askTool() gives a program the variables that are named and the usual ones alone", async () => {
  const host: Record<string, string> = {
    PATH: "/usr/bin:/bin",
    HOME: "/home/x",
    MINE: "1",
    OTHER: "2",
    LD_PRELOAD: "/x.so",
    DICODE_MASTER_KEY: "key",
  };
  const more = { env: (name: string) => host[name], pass: ["MINE"], set: { LC_ALL: "C" } };
  const names = (await run("env", more)).text.split("\n").map((line) => line.split("=")[0]);
  const shells = ["PWD", "OLDPWD", "SHLVL", "_", ""];
  const given = names.filter((name) => !shells.includes(name!)).sort();
  assert.deepEqual(given, ["HOME", "LC_ALL", "MINE", "PATH"]);
});

Deno.test("askTool() runs a program in the root folder: no file beside the task steers it", async () => {
  assert.equal((await run("pwd")).text, "/\n");
});

Deno.test("askTool() takes no path from where it is run, and says what it cannot start", async () => {
  const missing = await failure(askTool(call("", { argv: ["no-such-program"] }), never));
  assert.equal(missing.kind, "tool_missing");
  assert.match(missing.message, /"no-such-program": there is no such program$/);
  const hinted = call("", { argv: ["no-such-program"], missingHint: "buy it" });
  assert.equal((await failure(askTool(hinted, never))).hint, "buy it");
  const denied = await failure(askTool(call("", { argv: ["/etc/passwd"] }), never));
  assert.match(denied.message, /"\/etc\/passwd": it cannot be run: permission denied$/);
  assert.match(denied.hint ?? "", /^chmod \+x \/etc\/passwd, or/);
  const long = await failure(askTool(call("", { argv: ["echo", "x".repeat(2 ** 20)] }), never));
  assert.match(long.message, /"echo": it cannot be started$/);
  assert.ok(!long.message.includes("xxx"));
});

/** A script that starts a daemon which holds its stdout: out of its process group once it goes on. */
function withDaemon(dir: string, then: string): string {
  const daemon = `setsid sh -c 'echo $$ > ${dir}/daemon.new; mv ${dir}/daemon.new ${dir}/daemon
    exec sleep 600' &`;
  return `${daemon}\nwhile [ ! -e ${dir}/daemon ]; do sleep 0.02; done\n${then}`;
}

async function readPid(path: string): Promise<number> {
  return Number(await Deno.readTextFile(path));
}

Deno.test("a program's answer does not wait for what it leaves behind", async () => {
  const left = await run("sleep 600 & echo $! value");
  const pid = Number(left.text.split(" ")[0]);
  await until("the program's child to end", async () => !await isAlive(pid));
  const dir = await Deno.makeTempDir({ prefix: "dct-" });
  assert.equal((await run(withDaemon(dir, "echo value"))).text, "value\n");
  const daemon = await readPid(`${dir}/daemon`);
  assert.ok(await isAlive(daemon));
  Deno.kill(daemon, "SIGKILL");
  await Deno.remove(dir, { recursive: true });
});

Deno.test("a program that is given up is gone, and its children with it", async () => {
  const dir = await Deno.makeTempDir({ prefix: "dct-" });
  const script =
    `sleep 600 & echo $! > ${dir}/child; echo $$ > ${dir}/new; mv ${dir}/new ${dir}/self
    wait`;
  const [controller, over] = [new AbortController(), new Error("over")];
  const work = askTool(call(withDaemon(dir, script)), controller.signal);
  await until("the program", () => Deno.stat(`${dir}/self`).then(() => true, () => false));
  controller.abort(over);
  await assert.rejects(work, over);
  for (const name of ["child", "self"]) {
    const pid = await readPid(`${dir}/${name}`);
    await until(`${name} to end`, async () => !await isAlive(pid));
  }
  Deno.kill(await readPid(`${dir}/daemon`), "SIGKILL");
  await Deno.remove(dir, { recursive: true });
});

Deno.test("a program that prints too much is ended, on either stream", async () => {
  for (const stream of ["", ">&2"]) {
    const { kind, message } = await failure(run(`exec cat /dev/zero ${stream}`));
    assert.equal(kind, "bad_answer");
    assert.match(message, /"sh" prints more than 1 MiB$/);
  }
});

Deno.test("decodeOutput() takes UTF-8 alone, and keeps every character of it", async () => {
  const made = call("");
  const { stdout } = await run("printf '\\357\\273\\277\\303\\244 \\n'");
  assert.equal(decodeOutput(made, stdout), "\ufeffä \n");
  const bad = await run("printf 'canary\\377'");
  assert.throws(() => decodeOutput(made, bad.stdout), (error: ProviderFailure) => {
    assert.equal(error.kind, "bad_answer");
    assert.doesNotMatch(error.message, /canary/);
    return true;
  });
});

Deno.test("lastLine() shows a line without what steers a terminal, cut at a space", () => {
  assert.equal(lastLine("a\n\n  b \x1b[31mred\x1b[0m\x07 \n \n"), "b red");
  assert.equal(lastLine(""), "");
  assert.equal(lastLine("one\rtwo"), "two");
  const long = lastLine(`${"word ".repeat(60)}`);
  assert.ok(long.length <= 202 && long.endsWith("word …"), long);
  assert.equal(lastLine("x".repeat(300)), "");
});

Deno.test("lastLine() hides texts before it cuts", () => {
  const secret = "canary with a space";
  assert.equal(lastLine(`no: ${secret}!`, [secret]), "no: ***!");
  assert.equal(lastLine(`no: ${secret}!`, ["canary", secret, "ry w"]), "no: ***!");
  const cut = lastLine(`${"x ".repeat(95)}${secret} and on`, [secret]);
  assert.doesNotMatch(cut, /canary/);
  assert.equal(lastLine("exit 3: no", ["3", "no"]), "exit 3: no");
});
