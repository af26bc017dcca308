/**
 * Programs as a provider, a run for each key: stubs bring about what programs do. Programs that are
 * real are in exec_real_test.ts, the presets in exec_preset_test.ts, mode: json in exec_json_test.ts.
 */
import assert from "node:assert/strict";
import { assertHidden, until, World } from "../helpers.ts";
import { Stubs } from "../services/stub.ts";
import { type Setup, type Subject, testConformance } from "./conformance.ts";

const NO_HTTP = "the program speaks to the service, and reads its answers";

/** An entry in mode: value whose program has this body; `$1` is the key. */
async function ask({ world }: Subject, body: string, more: object = {}): Promise<Setup> {
  const program = await new Stubs(world.dir).write("stub", body);
  return { entry: { name: "stub", command: [program, "{key}"], ...more } };
}

testConformance("exec", {
  found: (subject) => ask(subject, `[ "$1" = ${subject.key} ] && echo "${subject.value}"`),
  absent: (subject) => ask(subject, "exit 44"),
  empty: (subject) => ask(subject, "echo"),
  deleted: (subject) =>
    ask(subject, 'echo "the secret $1 was deleted yesterday" >&2; exit 2', {
      not_found_stderr: "was deleted",
    }),
  ambiguous: async (subject) => ({
    ...await ask(subject, 'echo "more than one item matches $1" >&2; exit 1'),
    expected: ["tool_failed"],
    said: /cannot get "WANTED_KEY": ".*\/stub" exits with 1 and says "more than one item matches/,
  }),
  unauthorised: async (subject) => ({
    ...await ask(subject, 'echo "bad token $STUB_KEY" >&2; exit 1', {
      credential_env: ["STUB_KEY"],
    }),
    env: { STUB_KEY: "canary-credential" },
    credentials: ["canary-credential"],
    expected: ["tool_failed"],
    said: /exits with 1 and says "bad token \*\*\*"/,
  }),
  forbidden: async (subject) => ({
    ...await ask(subject, `echo "${subject.value}"; echo "no: ${subject.value}" >&2; exit 3`),
    expected: ["tool_failed"],
    said: /exits with 3 and says "no: \*\*\*"/,
  }),
  limited: NO_HTTP,
  flaky: NO_HTTP,
  // A child of its own holds the pipe.
  hang: (subject) => ask(subject, "sleep 600 & sleep 600", { timeout: "1s" }),
  truncated: "what it prints is the value; mode: json is in exec_json_test.ts",
  huge: async (subject) => ({
    ...await ask(subject, `while :; do echo ${subject.value}; done`),
    said: /prints more than 1 MiB/,
  }),
  html: NO_HTTP,
  redirect: NO_HTTP,
  wrongCa: NO_HTTP,
  newline: async (subject) => ({
    ...await ask(subject, 'IFS= read -r a; IFS= read -r b; echo "$a$b"', { stdin_env: "STUB_IN" }),
    env: { STUB_IN: `${subject.value}\n` },
    expected: "value",
  }),
});

/** A world with a stub, and a task that wants these keys; `run` gives what the task got of each. */
async function makeWorld(
  body: string,
  entry: object = {},
  keys: readonly string[] = ["A"],
): Promise<{ world: World; dir: string; config: string; args: string[] } & AsyncDisposable> {
  const world = await World.make();
  const program = await new Stubs(world.dir).write("stub", body);
  const config = `${world.dir}/dicode.yaml`;
  const providers = [{ type: "exec", command: [program, "{key}"], ...entry }];
  await Deno.writeTextFile(config, JSON.stringify({ isolation: "deno", secrets: { providers } }));
  const env = keys.map((secret, at) => ({ name: `V${at}`, secret, optional: true }));
  const dir = await world.mainTask(
    "t",
    JSON.stringify({ permissions: { env } }),
    `return ${keys.length} <= 1
      ? Array.from(context.env.get("V0"), (c) => c.charCodeAt(0))
      : Array.from({ length: ${keys.length} }, (_, at) => context.env.get("V" + at).length);`,
  );
  const args = ["--config", config, "run", dir];
  return { world, dir, config, args, [Symbol.asyncDispose]: () => world[Symbol.asyncDispose]() };
}

const codes = (text: string) => JSON.stringify(Array.from(text, (c) => c.charCodeAt(0)));

Deno.test("exec: 50 keys are 50 runs, at most 4 at a time", async () => {
  const keys = Array.from({ length: 50 }, (_, at) => `key${at}`);
  const count = `mkdir "$DIR/$$"; ls "$DIR" | wc -l >> "$LOG"; sleep 0.05; rmdir "$DIR/$$"`;
  await using made = await makeWorld(`${count}; echo "value-of-$1"`, {
    pass_env: ["DIR", "LOG"],
    timeout: "60s",
  }, keys);
  const { world, args } = made;
  await Deno.mkdir(`${world.dir}/running`);
  const env = { DIR: `${world.dir}/running`, LOG: `${world.dir}/log` };
  const shown = await world.dicode(args, { env });
  assert.equal(shown.code, 0, shown.stderr);
  assert.deepEqual(JSON.parse(shown.stdout), keys.map((key) => `value-of-${key}`.length));
  const counts = (await Deno.readTextFile(env.LOG)).trim().split("\n").map(Number);
  assert.equal(counts.length, 50);
  assert.equal(Math.max(...counts), 4);
});

Deno.test("exec: a key is one argument, or part of one, whatever it looks like", async () => {
  const echo = 'printf "%s|" "$@"';
  const command = (world: World) => [`${world.dir}/bin/stub`, "-x={key}", "{key}{key}", "{keys}"];
  await using made = await makeWorld(echo, {}, ["A:b/c#d@e-1"]);
  const text = JSON.parse(await Deno.readTextFile(made.config));
  text.secrets.providers[0].command = command(made.world);
  await Deno.writeTextFile(made.config, JSON.stringify(text));
  const shown = await made.world.dicode(made.args);
  const key = "A:b/c#d@e-1";
  assert.equal(shown.stdout, `${codes(`-x=${key}|${key}${key}|{keys}|`)}\n`, shown.stderr);
});

Deno.test("exec: what a map names is taken as it is; no shell reads it, nothing is filled in twice", async () => {
  const name = "$(touch /tmp/x); '{file}' {key} \"$HOME\" $& $1";
  await using made = await makeWorld('printf "%s" "$1"', { map: { A: name } });
  const shown = await made.world.dicode(made.args);
  assert.equal(shown.stdout, `${codes(name)}\n`, shown.stderr);
});

Deno.test("exec: a key that could be an option, or leave its place, is asked of nobody", async () => {
  const odd = ["-x", "--help", "../A", "a/../b", "a/..", "a b", "$(id)", "a;b", "a/.", "", "ä"]
    .filter((key) => key !== "");
  await using made = await makeWorld('echo "$1" >> "$LOG"; echo value', {
    pass_env: ["LOG"],
    prefix: "place/",
  }, [...odd, "fine"]);
  const log = `${made.world.dir}/log`;
  const shown = await made.world.dicode(made.args, { env: { LOG: log } });
  assert.equal(shown.stdout, `${JSON.stringify([...odd.map(() => 0), 5])}\n`, shown.stderr);
  assert.equal(await Deno.readTextFile(log), "place/fine\n");
});

Deno.test("exec: of a value one newline at the end is taken, and no other", async () => {
  for (
    const [printed, value] of [
      ["v\\n\\n", "v\n"],
      ["v\\r\\n", "v"],
      [" v ", " v "],
      ["\\na", "\na"],
      ["a\\nb\\n", "a\nb"],
    ] as const
  ) {
    await using made = await makeWorld(`printf '${printed}'`);
    const shown = await made.world.dicode(made.args);
    assert.equal(shown.stdout, `${codes(value)}\n`, shown.stderr);
  }
  await using made = await makeWorld("printf 'one\\r\\ntwo\\n'", { first_line: true });
  const shown = await made.world.dicode(made.args);
  assert.equal(shown.stdout, `${codes("one")}\n`, shown.stderr);
});

Deno.test("exec: a signal, another exit code, and what is no UTF-8 are failures; stdout is not shown", async () => {
  for (
    const [body, found] of [
      [
        "echo canary; kill -9 $$",
        /cannot get "A": "[^ ]*stub" is ended by SIGKILL and says nothing/,
      ],
      ["echo canary; exit 45", /exits with 45 and says nothing on stderr/],
      ["printf 'canary\\377'", /\(bad_answer\).* prints what is not UTF-8 text/],
      ["echo no >&2; exit 1", /exits with 1 and says "no"\n.*hint: .*not_found_stderr/],
      ["printf 'a\\033[31mred\\033[0m\\a b' >&2; exit 1", /says "ared {2}b"/],
    ] as const
  ) {
    await using made = await makeWorld(body);
    const shown = await made.world.dicode(["--verbose", ...made.args]);
    assert.equal(shown.code, 4, shown.stderr);
    assert.match(shown.stderr, found);
    assertHidden(shown, "canary");
  }
});

Deno.test("exec: not_found_exit and not_found_stderr say what an absence is", async () => {
  const more = { not_found_exit: [3, 4, 137], not_found_stderr: "^none of that" };
  for (const body of ["exit 3", "exit 4", "echo; echo none of that >&2; exit 1"]) {
    await using made = await makeWorld(body, more);
    const shown = await made.world.dicode(made.args);
    assert.equal(shown.stdout, "[]\n", shown.stderr);
  }
  for (const body of ["exit 44", "echo none of this >&2; exit 1", "kill -9 $$"]) {
    await using made = await makeWorld(body, more);
    assert.equal((await made.world.dicode(made.args)).code, 4);
  }
});

Deno.test("exec: a credential that the program gets is hidden, and reaches no task", async () => {
  const token = "canary-of-the-program";
  await using made = await makeWorld('echo "$MY_KEY" | rev', { credential_env: ["MY_KEY"] });
  const { world, config, args } = made;
  const env = { MY_KEY: token };
  const shown = await world.dicode(args, { env });
  assert.equal(shown.stdout, `${codes([...token].reverse().join(""))}\n`, shown.stderr);
  for (const entry of ["MY_KEY", "{ name: X, from: MY_KEY }", "{ name: X, secret: MY_KEY }"]) {
    const task = `permissions: { env: [${entry}] }\n`;
    const dir = await world.mainTask("closed", task, "console.log(context.env.get('X'));");
    const refused = await world.dicode(["--config", config, "run", dir], { env });
    assertHidden(refused, token);
    if (!entry.includes("secret:")) {
      assert.equal(refused.code, 6, refused.stderr);
      assert.match(refused.stderr, /the credential of a provider/);
    }
  }
});

Deno.test("exec: after Ctrl-C nothing of the program is left", async () => {
  await using made = await makeWorld('echo $$ > "$LOG"; sleep 600 & sleep 600', {
    pass_env: ["LOG"],
    timeout: "0",
  });
  const log = `${made.world.dir}/pid`;
  const child = made.world.spawn(made.args, { env: { LOG: log } });
  const [out, err] = [new Response(child.stdout).text(), new Response(child.stderr).text()];
  await until("the program", async () => (await Deno.readTextFile(log).catch(() => "")) !== "");
  child.kill("SIGINT");
  assert.equal((await child.status).code, 130, `${await out}${await err}`);
  const pid = Number(await Deno.readTextFile(log));
  // Its children are in its group.
  await until("its group to end", () => {
    try {
      Deno.kill(-pid, "SIGCONT");
      return false;
    } catch {
      return true;
    }
  });
});

Deno.test("exec: --offline passes over what needs the network, a preset or as it is written", async () => {
  for (const entry of [{ network: true }, { preset: "doppler" }]) {
    await using made = await makeWorld('echo "$1" >> "$LOG"; echo value', {
      pass_env: ["LOG"],
      ...entry,
    });
    const log = `${made.world.dir}/log`;
    const shown = await made.world.dicode(["--offline", ...made.args], { env: { LOG: log } });
    assert.equal(shown.stdout, "[]\n", shown.stderr);
    assert.match(shown.stderr, /"exec"/);
    await assert.rejects(Deno.stat(log), Deno.errors.NotFound);
  }
});

Deno.test("exec: what the program reads is hidden without its newline, and arrives with one", async () => {
  const password = "c4n4r"; // so short that it is hidden in no other form
  const read = 'IFS= read -r it && printf "%s-and-more" "$it"';
  await using made = await makeWorld(read, { stdin_env: "WORD" });
  const { world, config } = made;
  const dir = await world.mainTask(
    "slices",
    "permissions: { env: [{ name: V, secret: A }] }\n",
    `return context.env.get("V").slice(0, ${password.length}) + " it is";`,
  );
  for (const WORD of [password, `${password}\n`]) {
    const shown = await world.dicode(["--config", config, "run", dir], { env: { WORD } });
    assert.equal(shown.stdout, '"*** it is"\n', shown.stderr);
  }
});
