/** A task's output on a real terminal, made by `script`, and through a pipe. */
import assert from "node:assert/strict";
import { ISOLATION, type Shown, World } from "../helpers.ts";
import { hasScript, shell } from "./shell.ts";

const terminal = await hasScript("3 tests of a terminal");

/** The CLI on a terminal, which `script` writes down; `after` follows it in the same shell. */
async function onTerminal(world: World, args: readonly string[], after = ""): Promise<Shown> {
  const script = `export SHELL=/bin/sh TERM=xterm; exec script -qec "$*${after}" /dev/null`;
  const shown = await shell(world, script, args);
  return { ...shown, stdout: shown.stdout.replaceAll("\r\n", "\n") };
}

/** Sets the title and the clipboard, clears, asks for an answer; and in every part `green` in green. */
const STEERING = "\x1b]0;evil\x07\x1b]52;c;ZXZpbA==\x07\x1b[2J\x1b[6n\u009b3J\x1b[8m" +
  "\x1b[32mgreen\x1b[39m \u202e日本";
const STEERING_SHOWN = "\\u001b]0;evil\\u0007\\u001b]52;c;ZXZpbA==\\u0007\\u001b[2J\\u001b[6n" +
  "\\u009b3J\\u001b[8m\x1b[32mgreen\x1b[39m \\u202e日本";

/** Writes it to both streams, byte for byte the same. */
const BODY = `const bytes = new TextEncoder().encode(${JSON.stringify(STEERING)} + "\\n");
  await Deno.stdout.write(bytes);
  await Deno.stderr.write(bytes);`;

Deno.test({
  name: "on a terminal what sets the title or the clipboard or clears is shown, and colours stay",
  ignore: !terminal,
  async fn() {
    await using world = await World.make();
    const dir = await world.mainTask("steering", "timeout: 60s", BODY);
    const run = ["run", dir, "--isolation", ISOLATION];
    const both = await onTerminal(world, run);
    assert.equal(both.code, 0, both.stdout);
    assert.equal(
      both.stdout.replaceAll(`${STEERING_SHOWN}\n`, "<>").replaceAll(/dicode: .*\n/g, ""),
      "<><>\x1b[0m\x1b[0m",
    );
    // Each stream for itself.
    const one = await onTerminal(world, run, ` 2>'${world.dir}/errors'`);
    assert.ok(one.stdout.includes(`${STEERING_SHOWN}\n`), one.stdout);
    assert.ok((await Deno.readTextFile(`${world.dir}/errors`)).includes(`${STEERING}\n`));
  },
});

Deno.test("through a pipe a task's bytes come as they are", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("steering", "timeout: 60s", BODY);
  const shown = await world.run(dir);
  assert.equal(shown.stdout, `${STEERING}\n`);
  assert.ok(shown.stderr.includes(`${STEERING}\n`));
});

Deno.test({
  name: "the host's lines stand on lines of their own, in no colour of the task, however it ends",
  ignore: !terminal,
  async fn() {
    await using world = await World.make();
    const open = `await Deno.stdout.write(new TextEncoder().encode("open \\x1b[30;40m\\x1b["));`;
    const ends = {
      throws: `${open} throw new Error("\\x1b[1A\\x1b[2K\\u009b2Jdicode: forged");`,
      returns: `${open} return "\\x1b[2J\\u009b2J\\u202e";`,
      hangs: `${open} await new Promise((resolve) => setTimeout(resolve, 60_000));`,
    };
    const lines = {
      throws: "dicode: error: the task threw Error: \\u001b[1A\\u001b[2K\\u009b2Jdicode: forged\n",
      returns: '"\\u001b[2J\\u009b2J\\u202e"\n',
      hangs: "dicode: error: the task reached its time limit of 5s\n",
    };
    for (const end of ["throws", "returns", "hangs"] as const) {
      const yaml = `timeout: ${end === "hangs" ? "5s" : "60s"}`;
      const dir = await world.mainTask(end, yaml, ends[end]);
      const shown = await onTerminal(world, ["run", dir, "--isolation", ISOLATION]);
      const expected = `open \x1b[30;40m\\u001b[\x1b[0m\n${lines[end]}`;
      assert.ok(shown.stdout.includes(expected), JSON.stringify(shown.stdout));
    }
  },
});

Deno.test({
  name: "a program that a task may run has no terminal of its own to write to",
  ignore: !terminal,
  async fn() {
    await using world = await World.make();
    const dir = await world.mainTask(
      "tty",
      "permissions: { run: [sh] }",
      `const args = ["-c", "echo reached >/dev/tty"];
       const { code } = await new Deno.Command("sh", { args, stderr: "null" }).output();
       return code;`,
    );
    const shown = await onTerminal(world, ["run", dir, "--isolation", ISOLATION]);
    assert.match(shown.stdout, /^[12]\n/m);
    assert.ok(!shown.stdout.includes("reached"), shown.stdout);
  },
});
