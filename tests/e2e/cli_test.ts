/** The command line as a person meets it: flags, messages, hints and exit codes. */
import assert from "node:assert/strict";
import { openStore } from "../../store/secrets.ts";
import { assertHidden, ISOLATION, type Shown, World } from "../helpers.ts";
import { hasScript, shell } from "./shell.ts";

const ROOT = new URL("../..", import.meta.url).pathname;

const RUN = ["--isolation", ISOLATION];
const MIB = 1024 * 1024;

/** What the store holds for some keys. */
async function storedValues(world: World, keys: string[]): Promise<Record<string, string>> {
  using store = openStore({ dataDir: world.dataDir, env: () => undefined });
  return Object.fromEntries(await store.getMany(keys));
}

/** A command that must fail with 2, and what its error and hint are. */
function assertUsage(shown: Shown, message: RegExp, hint?: RegExp): void {
  assert.equal(shown.code, 2, shown.stderr);
  assert.equal(shown.stdout, "");
  const [error = "", second = ""] = shown.stderr.split("\n");
  assert.match(error, /^dicode: error: [^A-Z].*[^.]$/);
  assert.match(error, message);
  if (hint !== undefined) assert.match(second, hint);
}

Deno.test("secrets set takes a value from standard input and keeps all but one line end", async () => {
  await using world = await World.make();
  const given: Record<string, [given: string, stored: string]> = {
    two_lines: ["line1\nline2\n", "line1\nline2"],
    two_ends: ["value\n\n", "value\n"],
    crlf: ["value\r\n", "value"],
    cr: ["value\r", "value\r"],
    bom: ["\ufeffvalue", "\ufeffvalue"],
    spaces: ["  value \t", "  value \t"],
    largest: ["x".repeat(MIB) + "\r\n", "x".repeat(MIB)],
  };
  for (const [key, [stdin]] of Object.entries(given)) {
    const shown = await world.dicode(["secrets", "set", key], { stdin });
    assert.deepEqual(shown, { code: 0, stdout: "", stderr: `dicode: stored "${key}"\n` });
    await Deno.writeTextFile(`${world.dir}/${key}.txt`, stdin);
    const read = await world.dicode(["secrets", "set", `${key}_file`, "--from-file", `${key}.txt`]);
    assert.equal(read.code, 0, read.stderr);
  }
  const keys = Object.keys(given);
  const values = await storedValues(world, [...keys, ...keys.map((key) => `${key}_file`)]);
  for (const [key, [, expected]] of Object.entries(given)) {
    assert.ok(values[key] === expected, key);
    assert.ok(values[`${key}_file`] === expected, `${key} from a file`);
  }
});

Deno.test("secrets set takes a value as an argument, after --, and from a file that is a pipe", async () => {
  await using world = await World.make();
  const commands: [args: string[], stdin?: string][] = [
    [["secrets", "set", "plain", "value-1"]],
    [["secrets", "set", "dashes", "--", "--token-1"]],
    [["secrets", "set", "--", "toString", "constructor"]],
    [["secrets", "set", "hasOwnProperty", "--from-file=/dev/stdin"], "piped\n"],
    [["secrets", "set", "short", "e"]],
    [["secrets", "set", "dash", "-token-1"]],
    [["secrets", "set", "a=b", "value-1"]],
  ];
  for (const [args, stdin] of commands) {
    const shown = await world.dicode(args, { stdin });
    assert.equal(shown.code, 0, shown.stderr);
    assert.ok(!shown.stderr.includes("***"), shown.stderr);
  }
  assert.deepEqual(
    await storedValues(world, ["plain", "dashes", "toString", "hasOwnProperty", "short", "dash"]),
    {
      plain: "value-1",
      dashes: "--token-1",
      toString: "constructor",
      hasOwnProperty: "piped",
      short: "e",
      dash: "-token-1",
    },
  );
});

Deno.test("secrets set refuses what cannot be a value, stores nothing and shows nothing of it", async () => {
  await using world = await World.make();
  const bytes = (...values: number[]) => new Uint8Array(values);
  const refused: [stdin: string | Uint8Array, found: RegExp][] = [
    ["", /it is empty/],
    ["\n", /it is empty/],
    [bytes(0xff, 0xfe, 0x63), /it is not UTF-8 text/],
    ["canary\0canary", /it holds a NUL/],
    ["canary".padEnd(MIB + 1, "x"), /bytes, the limit is 1048576/],
    ["canary".padEnd(3 * MIB, "x"), /it is over 1 MiB/],
  ];
  for (const [stdin, found] of refused) {
    const shown = await world.dicode(["secrets", "set", "k"], { stdin });
    assertUsage(shown, found);
    assertHidden(shown, "canary");
    const content = typeof stdin === "string" ? new TextEncoder().encode(stdin) : stdin;
    await Deno.writeFile(`${world.dir}/value`, content);
    const file = await world.dicode(["secrets", "set", "k", "--from-file", "value"]);
    assertUsage(file, found);
  }
  for (const path of ["/dev/zero", "missing", ".", "value/below"]) {
    assertUsage(
      await world.dicode(["secrets", "set", "k", "--from-file", path]),
      /cannot (read|store)/,
    );
  }
  assert.equal((await world.dicode(["secrets", "list", "--json"])).stdout, "[]\n");
});

Deno.test("secrets set refuses a key that turns a line around, as task.yaml does", async () => {
  await using world = await World.make();
  for (const key of ["a\u200eb", "a\u202eb", "a\u2028b"]) {
    const shown = await world.dicode(["secrets", "set", key], { stdin: "canary-1" });
    assertUsage(shown, /cannot use that key for a secret: it holds a line break or a control char/);
    assertHidden(shown, "canary-1", key);
  }
  assert.equal((await world.dicode(["secrets", "list", "--json"])).stdout, "[]\n");
});

Deno.test("secrets set and delete take a key that begins with - for a flag, unless -- is before it", async () => {
  await using world = await World.make();
  for (const key of ["--k", "-x1", "-", "---k", "--1"]) {
    for (const args of [["set", key, "value-1"], ["delete", key], ["delete", "--take-over", key]]) {
      const shown = await world.dicode(["secrets", ...args]);
      assertUsage(shown, /cannot use that key: it begins with "-"/, /hint: put "--" before it/);
    }
    const set = await world.dicode(["secrets", "set", "--", key, "value-1"]);
    assert.deepEqual([set.code, set.stderr], [0, `dicode: stored "${key}"\n`]);
    const deleted = await world.dicode(["secrets", "delete", "--", key]);
    assert.deepEqual([deleted.code, deleted.stderr], [0, `dicode: deleted "${key}"\n`]);
  }
  assert.equal((await world.dicode(["secrets", "list"])).stdout, "");
});

Deno.test("secrets set --from-file names a folder as one, and says that - needs no flag", async () => {
  await using world = await World.make();
  const from = (path: string) =>
    world.dicode(["secrets", "set", "k", "--from-file", path], { stdin: "value-1" });
  assertUsage(await from("tasks"), /cannot read ".*\/tasks": it is a folder$/);
  assertUsage(await from("tasks/none"), /there is no such file$/);
  assertUsage(
    await from("-"),
    /cannot read "-"/,
    /hint: leave the flag out: standard input is read without it$/,
  );
  await Deno.writeTextFile(`${world.dir}/-`, "value-2");
  assert.equal((await from("./-")).code, 0);
  assert.deepEqual(await storedValues(world, ["k"]), { k: "value-2" });
});

Deno.test("wrong usage of secrets set never shows what was typed", async () => {
  await using world = await World.make();
  const typed: string[][] = [
    ["set", "k", "canary77", "extra"],
    ["set", "k", "v", "canary77"],
    ["set", "token=canary77"],
    ["set", "k", "--canary77"],
    ["set", "k", "--from-file="],
    ["set", "k", "--token=canary77"],
    ["set", "k", "--take-over=canary77", "v"],
    ["set", "k", "--no-canary77"],
    ["set", "k", "canary77", "--from-file", "missing"],
    ["set", "DICODE_canary77", "canary77"],
    ["set", " canary77 ", "v"],
    ["set", "canary77\n", "v"],
    ["set", "", "canary77"],
    ["set", "canary77".repeat(40), "v"],
    ["sett", "k", "canary77"],
    ["canary77"],
    ["list", "canary77"],
    ["delete", "k", "canary77"],
    ["delete", "--canary77"],
    ["get", "k", "canary77"],
  ];
  const shown = await Promise.all(
    typed.map((args) => world.dicode(["secrets", ...args, "--verbose"])),
  );
  for (const [at, each] of shown.entries()) {
    assert.equal(each.code, 2, `${typed[at]}: ${each.stderr}`);
    assertHidden(each, "anary77");
  }
  assert.equal((await world.dicode(["secrets", "list"])).stdout, "");
});

Deno.test("secrets list prints sorted names, delete takes one away or names the nearest", async () => {
  await using world = await World.make();
  const empty = await world.dicode(["secrets", "list"]);
  assert.deepEqual([empty.code, empty.stdout], [0, ""]);
  assert.match(empty.stderr, /^dicode: hint: no secrets yet: dicode secrets set KEY\n$/);
  assert.equal((await world.dicode(["secrets", "list", "--json"])).stdout, "[]\n");

  await world.store({
    zeta: "1234",
    github_token: "ghp_abc123def456",
    "a b": "1234",
    Alpha: "1234",
  });
  const listed = await world.dicode(["secrets", "list"]);
  assert.deepEqual(listed, { code: 0, stdout: "Alpha\na b\ngithub_token\nzeta\n", stderr: "" });
  const json = await world.dicode(["secrets", "list", "--json"]);
  assert.deepEqual(JSON.parse(json.stdout), ["Alpha", "a b", "github_token", "zeta"]);

  const missing = await world.dicode(["secrets", "delete", "github_tokn"]);
  assert.deepEqual(missing, {
    code: 1,
    stdout: "",
    stderr: 'dicode: error: cannot delete "github_tokn": not stored\n' +
      'dicode: hint: did you mean "github_token"?\n',
  });
  const far = await world.dicode(["secrets", "delete", "unlike_any"]);
  assert.deepEqual([far.code, far.stderr.split("\n")[1]], [1, "dicode: hint: dicode secrets list"]);
  const deleted = await world.dicode(["secrets", "delete", "github_token"]);
  assert.deepEqual(deleted, { code: 0, stdout: "", stderr: 'dicode: deleted "github_token"\n' });
  assert.equal((await world.dicode(["secrets", "delete", "github_token"])).code, 1);
  assert.equal((await world.dicode(["secrets", "list"])).stdout, "Alpha\na b\nzeta\n");
});

Deno.test("secrets get explains itself, whatever follows", async () => {
  await using world = await World.make();
  await world.store({ k: "canary77" });
  const tails = [[], ["k"], ["k", "l", "m"], ["--json"], ["k", "--plain"], ["--", "k"], ["-x"]];
  for (const tail of tails) {
    const shown = await world.dicode(["secrets", "get", ...tail]);
    assertUsage(shown, /cannot show a secret/, /hint: a task receives one by declaring it/);
    assertHidden(shown, "canary77");
  }
});

const terminal = await hasScript("the test of the hidden prompt");

/** Answers the hidden prompt for `key` on a terminal of its own; returns all that the terminal showed. */
async function typeAtPrompt(world: World, key: string, keys: string): Promise<string> {
  const script = `"$@"; echo "code=$?"; read -r next; echo "next=<$next>"; stty -a`;
  const inner = `${world.dir}/${key}.sh`;
  // The shell that `script` starts gets the arguments through this file.
  const args = ["secrets", "set", key].map((arg) => `'${arg}'`).join(" ");
  await Deno.writeTextFile(
    inner,
    `set -- "$DENO" run --quiet --no-prompt -A "$CLI" ${args}\n${script}\n`,
  );
  const child = new Deno.Command("script", {
    args: ["-qec", `sh '${inner}'`, "/dev/null"],
    clearEnv: true,
    env: {
      HOME: world.home,
      PATH: "/usr/bin:/bin",
      SHELL: "/bin/sh",
      TERM: "dumb",
      DENO: Deno.execPath(),
      DENO_DIR: Deno.env.get("DENO_DIR") ??
        `${Deno.env.get("XDG_CACHE_HOME") ?? Deno.env.get("HOME") + "/.cache"}/deno`,
      CLI: new URL("../../cli.ts", import.meta.url).pathname,
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  const decoder = new TextDecoder();
  let text = "";
  const answers = [["(hidden): ", keys], ["code=", "sentinel\r"]] as const;
  let answered = 0;
  for await (const chunk of child.stdout) {
    text += decoder.decode(chunk, { stream: true });
    const [question, answer] = answers[answered] ?? [];
    if (question === undefined || !text.includes(question)) continue;
    answered++;
    await writer.write(new TextEncoder().encode(answer));
  }
  await writer.close().catch(() => {});
  await child.status;
  return text;
}

Deno.test({
  name:
    "the hidden prompt shows nothing typed, can be corrected and cancelled, and restores the echo",
  ignore: !terminal,
  async fn() {
    await using world = await World.make();
    const cases: Record<string, [keys: string, code: number, stored: string | undefined]> = {
      typed: ["canary77\r", 0, "canary77"],
      corrected: ["canary7X\x7f7\r", 0, "canary77"],
      umlaut: ["canary77\u00e9\x08\r", 0, "canary77"],
      retyped: ["junk\x15canary77\r", 0, "canary77"],
      spaced: [" canary77\tq \n", 0, " canary77\tq "],
      at_end: ["canary77\x04", 0, "canary77"],
      cancelled: ["canary77\x03", 130, undefined],
      left: ["\x04", 130, undefined],
      empty: ["\r", 2, undefined],
      pasted: ["canary77\recho canary77\r", 2, undefined],
      long_paste: ["canary77\r".repeat(2000), 2, undefined],
      arrow: ["canary77\x1b[D\r", 2, undefined],
      stopped: ["canary77\x1a", 2, undefined],
    };
    const shown = await Promise.all(
      Object.entries(cases).map(([key, [keys]]) => typeAtPrompt(world, key, keys)),
    );
    const stored = await storedValues(world, Object.keys(cases));
    for (const [at, [key, [, code, value]]] of Object.entries(cases).entries()) {
      const text = shown[at]!;
      assert.match(text, new RegExp(`dicode: value of "${key}" \\(hidden\\): \r?\n`), key);
      assert.ok(text.includes(`code=${code}\r\n`), `${key}: ${text}`);
      assert.ok(!text.includes("anary77"), `${key}: ${text}`);
      assert.match(text, /next=<sentinel>/, `${key}: some of it went to the shell`);
      assert.match(text, /[^-]\becho\b/, `${key}: the terminal's echo is off`);
      assert.match(text, /[^-]\bicanon\b/, `${key}: the terminal is raw`);
      assert.equal(stored[key], value, key);
    }
  },
});

Deno.test("--help shows an example for every command, --version the version, both on stdout", async () => {
  await using world = await World.make();
  const commands = ["", "run", "check", "secrets", "secrets set", "secrets list", "secrets delete"];
  const helped = await Promise.all(
    [...commands, "secrets import", "secrets get"].flatMap((command) => {
      const words = command.split(" ").filter((word) => word !== "");
      return [world.dicode([...words, "--help"]), world.dicode([...words, "-h"])];
    }),
  );
  for (const { code, stdout, stderr } of helped) {
    assert.deepEqual([code, stderr], [0, ""]);
    assert.match(stdout, /^Usage\n/);
    assert.match(stdout, /^Example: /m);
    // The library's own texts are in another voice.
    assert.doesNotMatch(stdout, /subsequent|interpreted/);
  }
  for (const words of [[], ["secrets"]]) {
    const { code, stdout } = await world.dicode(words);
    assert.equal(code, 0);
    assert.equal(stdout, helped[words.length === 0 ? 0 : 6]!.stdout);
  }
  const version = await world.dicode(["--version"], { env: { HOME: "" } });
  assert.match(version.stdout, /^dicode \d+\.\d+\.\d+\n$/);
  assert.equal(version.code, 0);
});

Deno.test("a command or flag that does not exist is exit 2, with the nearest one if there is one", async () => {
  await using world = await World.make();
  const mistakes: [args: string[], message: RegExp, hint: RegExp][] = [
    [["rnu", "x"], /no such command/, /hint: did you mean "run"\?$/],
    [["secret", "list"], /no such command/, /hint: did you mean "secrets"\?$/],
    [["secrets", "lst"], /no such command/, /hint: did you mean "list"\?$/],
    [["help"], /no such command/, /hint: dicode --help$/],
    [["version"], /no such command/, /hint: dicode --help$/],
    [["secrets", "show"], /no such command/, /hint: dicode secrets --help$/],
    [["--versoin"], /no such flag/, /hint: did you mean --version\?$/],
    [["--nocolor", "run", "x"], /no such flag/, /hint: did you mean --no-color\?$/],
    [["run", "x", "--jsno"], /no such flag/, /hint: did you mean --json\?$/],
    [["run", "x", "--data-dri=y"], /no such flag/, /hint: did you mean --data-dir\?$/],
    [["run", "x", "-x"], /no such flag/, /hint: dicode run --help$/],
    [["secrets", "set", "k", "--form-file", "f"], /no such flag/, /did you mean --from-file\?$/],
    [["run"], /<dir> is missing/, /hint: dicode run --help$/],
    [["check"], /<dir> is missing/, /hint: dicode check --help$/],
    [["run", "x", "y"], /too many arguments: it takes 1/, /hint: dicode run --help$/],
    [["run", "x", "-p"], /cannot use --param: it has no value/, /hint: dicode run --help$/],
    [
      ["run", "x", "--isolation", "wall"],
      /one of auto, require, bwrap/,
      /hint: dicode run --help$/,
    ],
    [["secrets", "set", "run", "--json"], /no such flag/, /hint: dicode secrets set --help$/],
    [["run", "x", "--timeout", "1s", "--timeout", "2s"], /given twice/, /hint: dicode run --help$/],
  ];
  const shown = await Promise.all(mistakes.map(([args]) => world.dicode(args)));
  for (const [at, [, message, hint]] of mistakes.entries()) assertUsage(shown[at]!, message, hint);
});

Deno.test("global flags stand before or after the command, once, with a value", async () => {
  await using world = await World.make();
  const set = await world.dicode(["--data-dir", "one", "secrets", "set", "in_one", "value"]);
  assert.equal(set.code, 0, set.stderr);
  const list = ["secrets", "list"];
  const places: [args: string[], env: Record<string, string>, keys: string][] = [
    [["--data-dir", "one", ...list], {}, "in_one\n"],
    [[...list, "--data-dir", "one"], {}, "in_one\n"],
    [["secrets", "--data-dir=one", "list", "--verbose", "--no-color"], {}, "in_one\n"],
    [list, { DICODE_DATA_DIR: "one" }, "in_one\n"],
    [["--data-dir", "two", ...list], { DICODE_DATA_DIR: "one" }, ""],
    [list, {}, ""],
    // `deno task` runs in the folder of deno.json, and says where the person is; npm says so too.
    [["--data-dir", "./one", ...list], { INIT_CWD: world.dir }, "in_one\n"],
    [["--data-dir", "../one", ...list], { INIT_CWD: `${world.dir}/tasks` }, "in_one\n"],
    [["--data-dir", `${world.dir}/one`, ...list], { HOME: "" }, "in_one\n"],
  ];
  for (const [at, [args, env, keys]] of places.entries()) {
    const cwd = "INIT_CWD" in env ? ROOT : world.dir;
    const shown = await world.dicode(args, { env, cwd });
    assert.deepEqual([shown.code, shown.stdout], [0, keys], `${at}: ${shown.stderr}`);
  }
  assertUsage(await world.dicode([...list, "--data-dir"]), /--data-dir: it has no value/, /DIR$/);
  assertUsage(await world.dicode(["--config=", ...list]), /--config: it has no value/, /FILE$/);
  const twice = ["--data-dir", "one", ...list, "--data-dir=one"];
  assertUsage(await world.dicode(twice), /--data-dir: it is given twice/);
  assertUsage(await world.dicode([...list, "--verbose=yes"]), /--verbose: it takes no value/);

  const after = await world.dicode(["secrets", "set", "--", "--data-dir", "value"]);
  assert.equal(after.stderr, 'dicode: stored "--data-dir"\n');
});

Deno.test("without HOME and without a data folder, the error says what to give", async () => {
  await using world = await World.make();
  const list = await shell(world, `unset HOME; exec "$@"`, ["secrets", "list"]);
  assertUsage(list, /HOME is not set/, /--data-dir DIR, or DICODE_DATA_DIR$/);
  const dir = await world.mainTask("any", "name: any", "return 1;");
  const run = await shell(world, `unset HOME; exec "$@"`, ["run", dir, "--json", ...RUN]);
  assert.equal(run.code, 2);
  assert.equal(
    JSON.parse(run.stdout).error.message,
    "cannot find the data folder: HOME is not set",
  );
});

Deno.test("a data folder that cannot be written is exit 5 and names the folder", async () => {
  await using world = await World.make();
  await Deno.writeTextFile(`${world.dir}/file`, "");
  for (const folder of [`${world.dir}/file/data`, "/proc/dicode-data"]) {
    const args = ["secrets", "set", "k", "canary77", "--verbose", "--data-dir", folder];
    const shown = await world.dicode(args);
    assert.equal(shown.code, 5, shown.stderr);
    assert.ok(shown.stderr.includes(folder), shown.stderr);
    assertHidden(shown, "canary77");
    assert.match(shown.stderr, /^dicode: hint: /m);
  }
});

Deno.test({
  name: "a data folder without write permission is exit 5",
  ignore: Deno.uid() === 0, // root may write anywhere
  async fn() {
    await using world = await World.make();
    await Deno.mkdir(`${world.dir}/locked`, { mode: 0o500 });
    const shown = await world.dicode(["secrets", "set", "k", "v", "--data-dir", "locked/data"]);
    assert.equal(shown.code, 5, shown.stderr);
  },
});

Deno.test("dicode.yaml: named by --config, DICODE_CONFIG or in the data folder, orders the providers", async () => {
  await using world = await World.make();
  await world.store({ WHO: "store" });
  const dir = await world.mainTask(
    "who",
    "permissions: { env: [{ name: WHO, secret: WHO, mask: false }] }",
    `return context.env.get("WHO");`,
  );
  const envFirst = "secrets: { providers: [{ type: env }, { type: local }] }\n";
  await Deno.writeTextFile(`${world.dir}/env-first.yaml`, envFirst);
  await Deno.writeTextFile(`${world.dir}/deno.yaml`, "isolation: deno\n");
  // Never from a task's folder or the working directory: it names programs to run.
  await Deno.writeTextFile(`${dir}/dicode.yaml`, envFirst);
  await Deno.writeTextFile(`${world.dir}/dicode.yaml`, envFirst);
  const host = { WHO: "host" };
  const cases: [flags: string[], env: Record<string, string>, who: string][] = [
    [RUN, host, "store"],
    [[...RUN, "--config", "env-first.yaml"], host, "host"],
    [[...RUN, "--config=env-first.yaml"], {}, "store"],
    [RUN, { ...host, DICODE_CONFIG: "env-first.yaml" }, "host"],
    [["--config", "deno.yaml"], { ...host, DICODE_CONFIG: "env-first.yaml" }, "store"],
  ];
  for (const [flags, env, who] of cases) {
    const shown = await world.dicode(["run", dir, ...flags], { env });
    // With `isolation: deno` written down there is no warning.
    assert.deepEqual(shown, { code: 0, stdout: `"${who}"\n`, stderr: "" }, flags.join(" "));
  }
  await Deno.writeTextFile(`${world.dataDir}/dicode.yaml`, envFirst);
  assert.equal((await world.run(dir, [], { env: host })).stdout, '"host"\n');

  const missing = await world.run(dir, ["--config", "nowhere.yaml"]);
  assert.equal(missing.code, 3);
  assert.match(
    missing.stderr,
    /^dicode: error: cannot read .*nowhere\.yaml: no such file\ndicode: hint: --config or .*\n$/,
  );
  await Deno.writeTextFile(`${world.dataDir}/dicode.yaml`, "isolation: dneo\nsecret: {}\n");
  const broken = await world.run(dir);
  assert.equal(broken.code, 3);
  assert.match(broken.stderr, /dicode\.yaml:1:12: .*\n.*did you mean "deno"/);
  assert.match(broken.stderr, /dicode\.yaml:2:1: /);
});

Deno.test("the store wins over the environment, which answers once the store's secret is deleted", async () => {
  await using world = await World.make();
  await world.store({ API_TOKEN: "from-the-store" });
  const dir = await world.task(
    "asks",
    `permissions:
  env:
    - { name: TOKEN, secret: API_TOKEN, mask: false }
    - { name: MAYBE, secret: not_there, optional: true }
  fs: [{ path: ./out/, permission: rw }]`,
    `await Deno.writeTextFile("out/started", "");
     export function main({ env }: any) { return [env.get("TOKEN"), env.get("MAYBE")]; }`,
  );
  const env = { API_TOKEN: "from-the-host" };
  assert.equal((await world.run(dir, [], { env })).stdout, '["from-the-store",""]\n');
  assert.equal((await world.dicode(["secrets", "delete", "API_TOKEN"])).code, 0);
  assert.equal((await world.run(dir, [], { env })).stdout, '["from-the-host",""]\n');

  await Deno.remove(`${dir}/out/started`);
  for (const value of [undefined, ""]) {
    const shown = await world.run(dir, [], {
      env: value === undefined ? {} : { API_TOKEN: value },
    });
    assert.equal(shown.code, 4);
    assert.equal(shown.stdout, "");
    assert.ok(!await Deno.stat(`${dir}/out/started`).then(() => true, () => false), "code ran");
  }
});

Deno.test("a run without its secrets names every one, the providers asked and the commands", async () => {
  await using world = await World.make();
  await world.store({ present: "present-1" });
  const dir = await world.mainTask(
    "lacking",
    `permissions:
  env:
    - { name: HAS, secret: present }
    - { name: ONE, secret: "my key" }
    - { name: TWO, secret: two }
    - { name: THREE, from: THREE_FROM }
    - { name: FOUR, secret: four, optional: true }
    - UNSET_HERE`,
    "",
  );
  const shown = await world.run(dir);
  assert.equal(shown.code, 4);
  const [error = "", hint = ""] = shown.stderr.split("\n");
  assert.match(
    error,
    /ONE \(secret "my key"\), TWO \(secret "two"\), THREE \(host variable THREE_FROM\)/,
  );
  assert.match(error, /: not found; asked: local, env$/);
  assert.doesNotMatch(error, /HAS|FOUR|UNSET_HERE/);
  const commands = "dicode secrets set 'my key'; dicode secrets set two; export THREE_FROM=…";
  assert.equal(hint, `dicode: hint: ${commands}`);
  const { stdout } = await world.run(dir, ["--json"]);
  const { status, exit_code, error: { code } } = JSON.parse(stdout);
  assert.deepEqual([status, exit_code, code], ["refused", 4, "secret_unresolved"]);

  const checked = await world.dicode(["check", dir]);
  assert.equal(checked.code, 4);
  for (const command of commands.split("; ")) {
    assert.ok(checked.stderr.includes(`dicode: hint: ${command}\n`), checked.stderr);
  }
  assert.match(
    checked.stdout,
    /^lacking: 3 variables have no value\n {2}HAS: secret "present": local\n/,
  );
  assertHidden(checked, "present-1");
});

Deno.test("a name that begins with DICODE_ never resolves", async () => {
  await using world = await World.make();
  const env = { DICODE_TOKEN: "canary77-in-host" };
  for (const entry of ["{ name: T, secret: DICODE_TOKEN }", "{ name: T, from: DICODE_TOKEN }"]) {
    const dir = await world.mainTask("never", `permissions: { env: [${entry}] }`, "");
    const shown = await world.run(dir, [], { env });
    assert.equal(shown.code, 3, shown.stderr);
    assertHidden(shown, "canary77");
  }
});

Deno.test("-p: the last one counts, a value may hold =, and every mistake has its own words", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "params",
    `params:
  limit: { type: number, required: true }
  repo: denoland/deno
  __proto__: own`,
    "return await context.params.all();",
  );
  const all = await world.run(dir, ["-p", "limit=1", "--param", "limit=2", "-p", "repo=a=b= c"]);
  assert.equal(all.stdout, '{"limit":"2","repo":"a=b= c","__proto__":"own"}\n');
  const mistakes: [args: string[], message: RegExp, hint: RegExp][] = [
    [[], /cannot run without the parameter "limit"/, /hint: add -p limit=…$/],
    [["-p", "limt=1"], /parameter that the task does not have/, /hint: did you mean "limit"\?$/],
    [["-p", "wholly=1"], /parameter that the task does not have/, /takes limit, repo, __proto__$/],
    [["-p", "constructor=1"], /parameter that the task does not have/, /takes limit/],
    [["-p", "limit"], /cannot use -p: it takes name=value/, /hint: dicode run DIR -p name=value$/],
    [["-p", "=1"], /cannot use -p: it takes name=value/, /hint/],
    [["-p", "limit=many"], /"limit": its value is not a number/, /hint: write digits/],
    [["-p", "limit="], /"limit": its value/, /hint/],
  ];
  const shown = await Promise.all(mistakes.map(([args]) => world.run(dir, args)));
  for (const [at, [, message, hint]] of mistakes.entries()) assertUsage(shown[at]!, message, hint);
});

Deno.test("--input is any JSON, from the argument or standard input; what is not JSON is exit 2", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("input", "name: input", "return { input: context.input };");
  const good: [args: string[], stdin: string | undefined, result: string][] = [
    [[], undefined, "null"],
    [["--input", '{"a":[1,"ü"]}'], undefined, '{"a":[1,"ü"]}'],
    [["--input=7"], undefined, "7"],
    [["--input", "-"], ' {"a": "\\u00e9"}\n', '{"a":"é"}'],
  ];
  for (const [args, stdin, result] of good) {
    const shown = await world.run(dir, args, { stdin });
    assert.deepEqual([shown.code, shown.stdout], [0, `{"input":${result}}\n`], shown.stderr);
  }
  for (const text of ["", "{", "'canary77'", "canary77"]) {
    const shown = await world.run(dir, [`--input=${text}`]);
    assertUsage(
      shown,
      text === "" ? /flag that has no value after its =$/ : /cannot use --input: it is not JSON/,
    );
    assertHidden(shown, "canary77");
  }
  await Deno.writeTextFile(`${world.dir}/my input.json`, '{"a":1}');
  const named = await world.run(dir, ["--input", "my input.json"]);
  assertUsage(named, /cannot use --input: it is not JSON/, /hint: --input - < 'my input\.json'$/);
  for (const stdin of ["", "canary77", new Uint8Array([34, 0xff, 34])]) {
    const shown = await world.run(dir, ["--input", "-"], { stdin });
    assertUsage(shown, /cannot use standard input: it is not JSON/);
    assertHidden(shown, "canary77");
  }
});

Deno.test("--timeout and --isolation: bad values are exit 2, a wall that is not to be had exit 6", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("walls", "timeout: 60s", "return 1;");
  for (const text of ["5", "x", "-5s", "1s2", "1e3s"]) {
    assertUsage(await world.run(dir, [`--timeout=${text}`]), /cannot use --timeout: it /, /hint: /);
  }
  assert.equal((await world.run(dir, ["--timeout", "0"])).code, 0);
  const required = await world.dicode(["run", dir, "--isolation", "require", "--json"]);
  const auto = await world.dicode(["run", dir]);
  const document = JSON.parse(required.stdout);
  if (required.code === 6) {
    assert.deepEqual([document.status, document.error.code], ["refused", "isolation_unavailable"]);
    assert.match(required.stderr, /^dicode: error: cannot run with isolation "require"/);
    assert.match(auto.stderr, /^dicode: warning: isolation: /);
  } else {
    assert.deepEqual([required.code, document.status, auto.stderr], [0, "ok", ""]);
  }
  assert.deepEqual([auto.code, auto.stdout], [0, "1\n"]);
});

Deno.test("--json prints one document with the same keys, however the run was refused", async () => {
  await using world = await World.make();
  const task = (name: string, yaml: string) => world.mainTask(name, yaml, "return { a: 1 };");
  const good = await task("good", "name: good");
  const cases: [args: string[], code: number, error: string | null][] = [
    [[good], 0, null],
    [[good, "--jsno"], 2, "usage"],
    [[good, "--timeout", "x"], 2, "usage"],
    [[good, "-p", "x=1"], 2, "param_invalid"],
    [[good, "--input", "{"], 2, "input_invalid"],
    [[], 2, "usage"],
    [["nowhere"], 3, "config_not_found"],
    [[await task("broken", "nam: x")], 3, "config_invalid"],
    [
      [await task("lacks", "permissions: { env: [{ name: A, secret: a }] }")],
      4,
      "secret_unresolved",
    ],
    [
      [await task("pathless", "permissions: { fs: [{ path: ./no, permission: r }] }")],
      6,
      "path_not_found",
    ],
  ];
  const shown = await Promise.all(
    cases.map(([args]) => world.dicode(["run", ...args, "--json", ...RUN])),
  );
  const keys = Object.keys(JSON.parse(shown[0]!.stdout));
  for (const [at, [args, code, error]] of cases.entries()) {
    const { code: exit, stdout, stderr } = shown[at]!;
    assert.equal(exit, code, `${args}: ${stderr}`);
    assert.match(stdout, /^[^\n]*\n$/);
    const document = JSON.parse(stdout);
    assert.deepEqual(Object.keys(document), keys);
    assert.deepEqual([document.exit_code, document.error?.code ?? null], [code, error]);
    assert.equal(document.status, code === 0 ? "ok" : "refused");
  }
});

Deno.test("check looks at every folder given and exits as the first that is not in order", async () => {
  await using world = await World.make();
  const marker = `await Deno.writeTextFile("ran", "");\nexport function main() {}\n`;
  const ok = await world.task("ok", "permissions: { fs: [{ path: ., permission: rw }] }", marker);
  const broken = await world.task("broken", "nmae: x\ntimeout: 60", marker);
  const lacks = await world.task("lacks", "permissions: { env: [{ name: A, secret: a }] }", marker);
  const grant = "permissions: { fs: [{ path: ./no, permission: r }] }";
  const pathless = await world.task("pathless", grant, marker);
  const cases: [dirs: string[], code: number][] = [
    [[ok], 0],
    [[broken], 3],
    [[lacks], 4],
    [[pathless], 6],
    [[ok, lacks, broken], 4],
    [[ok, pathless, lacks, "nowhere"], 6],
  ];
  const shown = await Promise.all(cases.map(([dirs]) => world.dicode(["check", ...dirs])));
  for (const [at, [, code]] of cases.entries()) assert.equal(shown[at]!.code, code, String(at));
  assert.equal(shown[0]!.stdout, "ok: ok\n");
  assert.match(
    shown[1]!.stderr,
    /task\.yaml:1:1: .*\n.*did you mean "name".*\n.*task\.yaml:2:10: /,
  );
  assert.match(shown[2]!.stdout, /^lacks: 1 variable has no value\n {2}A: secret "a": MISSING\n$/);
  assert.match(shown[3]!.stderr, /hint: .*mkdir/);
  assert.match(shown[4]!.stdout, /^ok: ok\nlacks: /);
  assert.match(shown[4]!.stderr, /nmae|name/);
  assert.match(shown[5]!.stderr, /nowhere": no such folder/);
  assert.ok(!await Deno.stat(`${ok}/ran`).then(() => true, () => false), "check ran a task's code");
});

Deno.test("check says that a trigger other than manual starts nothing", async () => {
  await using world = await World.make();
  const triggers: [yaml: string, line: string][] = [
    ['cron: "0 3 * * *"', 'cron "0 3 * * *"'],
    ["webhook: /hooks/my-task, webhook_secret: canary77", 'webhook "/hooks/my-task"'],
    ["chain: { from: other }", 'chain "other"'],
    ["daemon: true", "daemon"],
    ["manual: true", ""],
  ];
  for (const [yaml, line] of triggers) {
    const dir = await world.mainTask(
      "waits",
      `trigger: { ${yaml} }\npermissions: { env: [HOME] }`,
      "",
    );
    const shown = await world.dicode(["check", dir]);
    const trigger = line && `  trigger: ${line} (dicode itself schedules nothing)\n`;
    assert.deepEqual(shown, {
      code: 0,
      stdout: `waits: ok\n${trigger}  HOME: host variable HOME: host\n`,
      stderr: "",
    });
  }
});

Deno.test("run says what is wrong with a folder that is none, a file, or without code", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("there", "name: there", "return 1;");
  await Deno.mkdir(`${world.dir}/empty`);
  await Deno.mkdir(`${world.dir}/codeless`);
  await Deno.writeTextFile(`${world.dir}/codeless/task.yaml`, "name: codeless");
  const cases: [dir: string, message: RegExp, hint: RegExp][] = [
    [
      "nowhere",
      /cannot find the task ".*nowhere": no such folder/,
      /folder that holds the task.yaml/,
    ],
    [`${dir}/task.yaml`, /it is a file, not a folder/, /pass the folder that holds it: .*there$/],
    ["empty", /the folder has no task\.yaml/, /create .*task\.yaml/],
    ["codeless", /neither task\.ts nor task\.js/, /create .*task\.ts/],
  ];
  for (const [path, message, hint] of cases) {
    const { code, stderr } = await world.run(path);
    assert.equal(code, 3, stderr);
    const [error = "", second = ""] = stderr.split("\n");
    assert.match(error, message);
    assert.match(second, hint);
    // A place that is no more than the file in the message is not said twice.
    assert.match(error, /^dicode: error: cannot /);
  }
});

Deno.test("a task folder may have any name, and task.js for task.ts", async () => {
  await using world = await World.make();
  const names = [
    "with space",
    "ünïcode-日本",
    "a'b\"c",
    "plus+and&so=on",
    "dot.dir",
    "-dash",
    "e[x]*",
  ];
  const shown = await Promise.all(names.map(async (name) => {
    const body = `return (await import("./lib.ts")).answer;`;
    const dir = await world.mainTask(name, "name: odd", body);
    await Deno.writeTextFile(`${dir}/lib.ts`, "export const answer = 42;");
    return await world.run(dir);
  }));
  for (const [at, each] of shown.entries()) {
    assert.deepEqual(each, { code: 0, stdout: "42\n", stderr: "" }, names[at]);
  }
  const dir = await world.mainTask("js", "name: js", "return 1;");
  await Deno.remove(`${dir}/task.ts`);
  await Deno.writeTextFile(`${dir}/task.js`, "export default () => ({ js: true });");
  assert.equal((await world.run(dir)).stdout, '{"js":true}\n');
  assert.equal((await world.run(".", [], { cwd: dir })).stdout, '{"js":true}\n');
  assert.equal(
    (await world.run("js", [], { cwd: ROOT, env: { INIT_CWD: `${world.dir}/tasks` } })).code,
    0,
  );
});

Deno.test("a task folder's name may hold what has a meaning in URLs", async () => {
  await using world = await World.make();
  const names = ["has#hash", "has?mark", "has%20percent", "100%"];
  const shown = await Promise.all(names.map(async (name) => {
    return await world.run(await world.mainTask(name, "name: odd", "return 42;"));
  }));
  for (const [at, each] of shown.entries()) {
    assert.deepEqual(each, { code: 0, stdout: "42\n", stderr: "" }, names[at]);
  }
});

Deno.test("a field without effect is warned about with its place, the same by run, --explain and check", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("noted", "name: noted\nauthor: me\n", "");
  const said: string[] = [];
  for (const args of [["run", dir], ["run", dir, "--explain"], ["check", dir]]) {
    const { stderr } = await world.dicode(args);
    said.push(stderr.split("\n").find((line) => line.includes("author"))!);
  }
  assert.match(said[0]!, /^dicode: warning: .*\/noted\/task\.yaml:2:1: .*author/);
  assert.equal(new Set(said).size, 1, said.join("\n"));
});
