/** What a run shows never holds a value that must be hidden, in whatever form and place. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { assertHidden, type CliOptions, ISOLATION, type Shown, World } from "../helpers.ts";
import { hasScript, shell } from "./shell.ts";

/** A secret whose every part some encoder changes; no part of it may be left. */
const SECRET = `Canary77 "é/+&'?Y=#\\%\tTail88Zz`;
const PARTS = ["anary77", "Tail88Z"];

/** Code for task.ts: every form of a value that common code prints, by name. */
const FORMS = `
export function forms(secret: string): Record<string, string> {
  const bytes = new TextEncoder().encode(secret);
  const base64 = (before: string, alphabet: "base64" | "base64url") =>
    new Uint8Array([...new TextEncoder().encode(before), ...bytes]).toBase64({ alphabet });
  const url = new URL("http://host/");
  url.searchParams.set("q", secret);
  const query = url.href.slice(url.href.indexOf("q=") + 2);
  return {
    plain: secret,
    base64_0: base64("", "base64"),
    base64_1: base64("x", "base64"),
    base64_2: base64("xy", "base64"),
    base64url_0: base64("", "base64url"),
    base64url_1: base64("x", "base64url"),
    base64url_2: base64("xy", "base64url"),
    hex: bytes.toHex(),
    hex_upper: bytes.toHex().toUpperCase(),
    component: encodeURIComponent(secret),
    component_lower: encodeURIComponent(secret).replace(/%../g, (digits) => digits.toLowerCase()),
    params: new URLSearchParams({ q: secret }).toString().slice(2),
    query,
    url_query: new URL("http://host/?q=" + secret).href.slice(15),
    url_user: new URL("http://" + encodeURIComponent(secret) + "@host/").username,
    json: JSON.stringify(secret).slice(1, -1),
    json_twice: JSON.stringify(JSON.stringify(secret)).slice(3, -3),
    inspect: Deno.inspect(secret).slice(1, -1),
  };
}
`;

const SECRET_YAML = "permissions: { env: [{ name: SECRET, secret: canary }] }";

/** A task that shows all forms in all places; \`how\` says how it ends. */
const SHOW_ALL = `
import { forms } from "./forms.ts";
export async function main({ env, params }: any) {
  const secret = env.get("SECRET");
  const all = forms(secret);
  for (const print of [console.log, console.error]) {
    for (const [name, form] of Object.entries(all)) print(name + "<" + form + ">");
    print({ token: secret, nested: { list: [secret] } });
    print([secret, [secret]]);
    print(new Map([[secret, secret]]));
  }
  if (await params.get("how") === "throw") {
    const error = new Error("first " + secret + "\\nthen " + all.base64_1 + " " + all.json_twice);
    error.name = "Refused" + all.hex;
    throw error;
  }
  return { all, nested: { list: [[secret]] }, [secret]: 1, ["key " + all.json]: { [all.hex]: 2 } };
}
`;

/** Asserts that each form was printed \`times\` times, and that at most 6 characters beside it show. */
function assertFormsHidden(text: string, times: number): void {
  const found = [...text.matchAll(/^(\w+)<(.*)>$/gm)];
  assert.equal(found.length, 18 * times, text);
  for (const [, name, shown = ""] of found) {
    assert.match(shown, /^[^*]{0,6}\*\*\*[^*]{0,6}$/, `${name}: ${shown}`);
  }
}

Deno.test("no form of a secret is readable on stdout, stderr, in the result or with --verbose", async () => {
  await using world = await World.make();
  await world.store({ canary: SECRET });
  const yaml = `${SECRET_YAML}\nparams: { how: return }`;
  const dir = await world.task("show", yaml, SHOW_ALL, { "forms.ts": FORMS });
  const shown = await world.run(dir, ["--verbose"]);
  assert.equal(shown.code, 0, shown.stderr);
  assertHidden(shown, ...PARTS);
  assertFormsHidden(shown.stdout, 1);
  assertFormsHidden(shown.stderr, 1);
  assert.match(shown.stdout, /^ {2}token: `\*\*\*`,\n {2}nested: \{ list: \[ `\*\*\*` \] \}$/m);
  const result = JSON.parse(shown.stdout.trimEnd().split("\n").at(-1)!);
  assertResultHidden(result);
  await world.assertNothingLeft(...PARTS);
});

Deno.test("no form of a secret is readable in any field of --json", async () => {
  await using world = await World.make();
  await world.store({ canary: SECRET });
  const yaml = `${SECRET_YAML}\nparams: { how: return }`;
  const dir = await world.task("show", yaml, SHOW_ALL, { "forms.ts": FORMS });
  const [returned, thrown] = await Promise.all([
    world.run(dir, ["--json", "--verbose"]),
    world.run(dir, ["--json", "--verbose", "-p", "how=throw"]),
  ]);
  assertHidden(returned, ...PARTS);
  const document = JSON.parse(returned.stdout);
  assert.equal(document.status, "ok");
  assertFormsHidden(document.stdout, 1);
  assertFormsHidden(document.stderr, 1);
  assertResultHidden(document.result);

  assertHidden(thrown, ...PARTS);
  const { status, exit_code, error } = JSON.parse(thrown.stdout);
  assert.deepEqual([status, exit_code], ["failed", 1]);
  assert.match(error.message, /^the task threw Refused\*\*\*: first \*\*\*\nthen .{0,4}\*\*\*/);
  assert.match(thrown.stderr, /error: the task threw Refused\*\*\*: first \*\*\*\ndicode: \| then/);
  await world.assertNothingLeft(...PARTS);
});

Deno.test("an error that a task throws shows its message and stack without the secret", async () => {
  await using world = await World.make();
  await world.store({ canary: SECRET });
  const dir = await world.mainTask(
    "thrower",
    SECRET_YAML,
    `const secret = context.env.get("SECRET");
     const error = new Error("no: " + secret);
     Object.defineProperty(error, "stack", { value: error.stack + "\\n    at " + secret + ":1:2" });
     throw error;`,
  );
  const shown = await world.run(dir);
  assert.equal(shown.code, 1);
  assertHidden(shown, ...PARTS);
  assert.match(shown.stderr, /error: the task threw Error: no: \*\*\*\n/);
  assert.match(shown.stderr, /^dicode: \| at main /m);
  assert.match(shown.stderr, /^dicode: \| at \*\*\*:1:2/m);
});

function assertResultHidden(result: Record<string, unknown>): void {
  for (const [name, form] of Object.entries(result.all as Record<string, string>)) {
    assert.match(form, /^[^*]{0,6}\*\*\*[^*]{0,6}$/, name);
  }
  assert.deepEqual(result.nested, { list: [["***"]] });
  assert.equal(result["***"], 1);
  assert.deepEqual(result["key ***"], { "***": 2 });
}

Deno.test("a result that spells a secret as a number or as JSON is masked, and the rest of it is not", async () => {
  await using world = await World.make();
  await world.store({ number: "8675309123", object: '{"user":"canary77","n":[1,2]}' });
  const dir = await world.mainTask(
    "spell",
    `permissions:
  env: [{ name: NUMBER, secret: number }, { name: OBJECT, secret: object }]`,
    `const object = JSON.parse(context.env.get("OBJECT"));
     return { number: Number(context.env.get("NUMBER")), deep: [{ object }], kept: [1, null, "x"] };`,
  );
  const shown = await world.run(dir);
  assert.equal(shown.stdout, '{"number":"***","deep":[{"object":"***"}],"kept":[1,null,"x"]}\n');
});

Deno.test("a secret split over two writes with a pause between is hidden on both streams", async () => {
  await using world = await World.make();
  await world.store({ canary: SECRET });
  const dir = await world.mainTask(
    "split",
    SECRET_YAML,
    `const bytes = new TextEncoder().encode("before " + context.env.get("SECRET") + " after\\n");
     for (const stream of [Deno.stdout, Deno.stderr]) {
       await stream.write(bytes.subarray(0, 15));
       await new Promise((resolve) => setTimeout(resolve, 200));
       await stream.write(bytes.subarray(15));
     }`,
  );
  const shown = await world.run(dir);
  assert.deepEqual(shown, { code: 0, stdout: "before *** after\n", stderr: "before *** after\n" });
});

Deno.test("of two secrets, one within the other, both are hidden, whichever is declared first", async () => {
  await using world = await World.make();
  await world.store({ inner: "inner-canary", outer: "left-inner-canary-right" });
  const entries = ["{ name: INNER, secret: inner }", "{ name: OUTER, secret: outer }"];
  const body = `const { env } = context;
    console.log("<" + env.get("OUTER") + "><" + env.get("INNER") + ">");
    console.error("<" + env.get("INNER") + "><" + env.get("OUTER") + ">");
    return [env.get("OUTER"), "x" + env.get("INNER")];`;
  for (const order of [entries, entries.toReversed()]) {
    const dir = await world.mainTask("two", `permissions: { env: [${order.join(", ")}] }`, body);
    const shown = await world.run(dir);
    assert.deepEqual(shown, {
      code: 0,
      stdout: '<***><***>\n["***","x***"]\n',
      stderr: "<***><***>\n",
    });
  }
});

Deno.test("a PEM is hidden line by line, whole, and as JSON", async () => {
  await using world = await World.make();
  const body = crypto.getRandomValues(new Uint8Array(480)).toBase64().match(/.{1,64}/g)!;
  const lines = ["-----BEGIN PRIVATE KEY-----", ...body, "-----END PRIVATE KEY-----"];
  await world.store({ pem: lines.join("\n") + "\n" });
  const dir = await world.mainTask(
    "pem",
    "permissions: { env: [{ name: PEM, secret: pem }] }",
    `const pem = context.env.get("PEM");
     const lines = pem.split("\\n");
     for (const [at, line] of lines.entries()) console.log(at + "<" + line + ">");
     for (const line of lines.toReversed()) console.error("  " + btoa(line) + " " + line);
     console.log(pem);
     console.log({ pem });
     return { lines, pem, pair: lines[1] + lines[2] };`,
  );
  for (const flags of [[], ["--json"]]) {
    const shown = await world.run(dir, flags);
    assert.equal(shown.code, 0, shown.stderr);
    assertHidden(shown, ...lines, ...lines.map((line) => line.slice(8, 24)));
    assertHidden(shown, ...lines.map((line) => btoa(line).slice(0, 16)));
  }
});

Deno.test("binary output beside a secret comes through byte for byte", async () => {
  await using world = await World.make();
  await world.store({ canary: SECRET });
  const dir = await world.mainTask(
    "binary",
    SECRET_YAML,
    `const secret = new TextEncoder().encode(context.env.get("SECRET"));
     const bytes = new Uint8Array(1024 * 1024 + 256);
     for (let at = 0; at < 1024 * 1024; at += 65536) {
       crypto.getRandomValues(bytes.subarray(at, at + 65536));
     }
     for (let byte = 0; byte < 256; byte++) bytes[1024 * 1024 + byte] = byte;
     for (const part of [secret, bytes, secret]) {
       for (let at = 0; at < part.length;) at += await Deno.stdout.write(part.subarray(at));
     }
     const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
     console.error(hash);`,
  );
  const { code, stdout, stderr } = await world.spawn(["run", dir, "--isolation", ISOLATION])
    .output();
  assert.equal(code, 0);
  const mark = new TextEncoder().encode("***");
  assert.equal(stdout.length, 1024 * 1024 + 256 + 2 * mark.length);
  assert.deepEqual(stdout.subarray(0, 3), mark);
  assert.deepEqual(stdout.subarray(-3), mark);
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", stdout.slice(3, -3))).toHex();
  assert.equal(hash, new TextDecoder().decode(stderr).trim());
});

Deno.test("from: values of 8 bytes are masked, shorter and bare ones not, and mask: decides", async () => {
  await using world = await World.make();
  await world.store({ open: "open-secret-1" });
  const dir = await world.mainTask(
    "from",
    `permissions:
  env:
    - { name: EIGHT, from: H_EIGHT }
    - { name: SEVEN, from: H_SEVEN }
    - { name: WIDE, from: H_WIDE }
    - { name: FORCED, from: H_FORCED, mask: true }
    - { name: SHOWN, from: H_SHOWN, mask: false }
    - { name: OPEN, secret: open, mask: false }
    - { name: LITERAL, value: literal-value, mask: true }
    - { name: LEVEL, value: information }
    - HOME`,
    `const names = ["EIGHT", "SEVEN", "WIDE", "FORCED", "SHOWN", "OPEN", "LITERAL", "LEVEL", "HOME"];
     for (const name of names) console.log(name + "=" + context.env.get(name));`,
  );
  const shown = await world.run(dir, [], {
    env: {
      H_EIGHT: "12345678",
      H_SEVEN: "7654321",
      H_WIDE: "äöüß", // four characters, eight bytes
      H_FORCED: "abc",
      H_SHOWN: "shown-from-host",
    },
  });
  assert.equal(shown.code, 0, shown.stderr);
  assert.equal(
    shown.stdout,
    "EIGHT=***\nSEVEN=7654321\nWIDE=***\nFORCED=***\nSHOWN=shown-from-host\n" +
      `OPEN=open-secret-1\nLITERAL=***\nLEVEL=information\nHOME=${world.home}\n`,
  );
});

Deno.test("a value that the task stores is masked from then on, and with --json also before", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "setter",
    "permissions: { dicode: { secrets_write: true } }",
    `const fresh = "fresh-canary-1";
     console.log("before " + fresh);
     await new Promise((resolve) => setTimeout(resolve, 300));
     await context.dicode.secrets_set("token", fresh);
     console.log("after " + fresh);
     console.error("after " + btoa("x" + fresh));
     return fresh;`,
  );
  const shown = await world.run(dir);
  assert.equal(shown.code, 0, shown.stderr);
  assert.equal(shown.stdout, 'before fresh-canary-1\nafter ***\n"***"\n');
  assert.match(shown.stderr, /^after ..?\*\*\*.{0,3}\n$/);
  const json = await world.run(dir, ["--json"]);
  assertHidden(json, "fresh-canary-1");
  assert.equal(JSON.parse(json.stdout).stdout, "before ***\nafter ***\n");
});

Deno.test("uncaught errors that Deno prints are masked: at top level, from a timer, a rejection", async () => {
  await using world = await World.make();
  await world.store({ canary: "canary-in-error-1" });
  const secret = `Deno.env.get("SECRET")`;
  const main = "export function main() {";
  const codes = [
    `throw new Error("top " + ${secret});\n${main}}`,
    `${main} setTimeout(() => { throw new Error("timer " + ${secret}); }, 1); }`,
    `${main} Promise.reject(new Error("rejected " + ${secret})); return 1; }`,
    `${main} throw ${secret}; }`,
    `${main} throw { token: ${secret}, cause: new Error(${secret}) }; }`,
    `${main} reportError(new Error("reported", { cause: ${secret} })); }`,
  ];
  const shown = await Promise.all(codes.map(async (code, at) => {
    const dir = await world.task(`uncaught${at}`, SECRET_YAML, code);
    return await world.run(dir, ["--verbose"]);
  }));
  for (const each of shown) {
    assert.equal(each.code, 1, each.stderr);
    assertHidden(each, "canary-in-error-1", "canary-in");
    assert.match(each.stderr, /\*\*\*/);
  }
});

const terminal = await hasScript("the test of colours on a terminal");

Deno.test({
  name: "what a task prints in colour on a terminal is masked",
  ignore: !terminal,
  async fn() {
    await using world = await World.make();
    await world.store({ canary: SECRET });
    const dir = await world.mainTask(
      "colour",
      SECRET_YAML,
      `const secret = context.env.get("SECRET");
       console.log([secret, { secret }, new Error(secret)]);
       console.log("%c" + secret, "color: red");
       throw new Error("last " + secret);`,
    );
    const script = `export SHELL=/bin/sh TERM=xterm; exec script -qec "$*" /dev/null`;
    const shown = await shell(world, script, ["run", dir, "--isolation", ISOLATION]);
    assert.equal(shown.code, 1, shown.stdout);
    assertHidden(shown, ...PARTS);
    // deno-lint-ignore no-control-regex
    assert.match(shown.stdout, /\x1b\[3\dm`\*\*\*`\x1b\[39m/);
  },
});

Deno.test("a denied permission's hint does not show the secret that was part of the path", async () => {
  await using world = await World.make();
  await world.store({ canary: "canary-in-path-1" });
  const dir = await world.mainTask(
    "denied",
    SECRET_YAML,
    `await Deno.readTextFile("/srv/" + context.env.get("SECRET"));`,
  );
  for (const flags of [[], ["--json"]]) {
    const shown = await world.run(dir, flags);
    assert.equal(shown.code, 1);
    assertHidden(shown, "canary-in-path");
    assert.match(shown.stderr, /hint: add to task.yaml: .*\/srv\/\*\*\*/);
  }
});

Deno.test("the master key of DICODE_MASTER_KEY is never shown", async () => {
  await using world = await World.make();
  const key = crypto.getRandomValues(new Uint8Array(32)).toBase64();
  const half = key.slice(0, 20);
  const options: CliOptions = { env: { DICODE_MASTER_KEY: key } };
  const stored = await world.dicode(["secrets", "set", "a", "value-of-a", "--verbose"], options);
  assert.equal(stored.code, 0, stored.stderr);
  const yaml = "params: { echo: none }\npermissions: { env: [{ name: A, secret: a }] }";
  const dir = await world.mainTask(
    "echo",
    yaml,
    `const text = await context.params.get("echo");
     console.log(text, btoa("x" + text), context.env.get("A"));
     return text;`,
  );
  const echoed = await world.run(dir, ["-p", `echo=${key}`, "--verbose"], options);
  assert.equal(echoed.code, 0, echoed.stderr);
  assert.match(echoed.stdout, /^\*\*\* .{0,3}\*\*\*.{0,4} \*\*\*\n"\*\*\*"\n$/);
  const asks = [
    "[DICODE_MASTER_KEY]",
    "[{ name: K, from: DICODE_MASTER_KEY }]",
    "[{ name: K, secret: DICODE_MASTER_KEY }]",
  ];
  const refused = await Promise.all(asks.map(async (env, at) => {
    const dir = await world.mainTask(`ask${at}`, `permissions: { env: ${env} }`, "");
    return await world.run(dir, ["--verbose"], options);
  }));
  for (const { code } of refused) assert.equal(code, 3);
  // Refused where only Deno's wall stands (tests/e2e/isolation_test.ts).
  const auto = await world.dicode(["run", dir], options);
  for (const shown of [stored, echoed, auto, ...refused]) assertHidden(shown, key, half);
});

Deno.test("a master key that is not usable is refused without being shown", async () => {
  await using world = await World.make();
  await world.store({ a: "value-of-a" });
  const key = crypto.getRandomValues(new Uint8Array(32)).toBase64();
  const unfit = ["canary-not-base64", key.slice(0, 20), `${key}${key}`, key];
  const shown = await Promise.all([
    ...unfit.map((value) =>
      world.dicode(["secrets", "set", "b", "c", "--verbose"], { env: { DICODE_MASTER_KEY: value } })
    ),
    // The key where the name of its file belongs.
    world.dicode(["secrets", "set", "b", "c", "--verbose"], {
      env: { DICODE_MASTER_KEY_FILE: key },
    }),
  ]);
  for (const [at, each] of shown.entries()) {
    assert.equal(each.code, 5, `${at}: ${each.stderr}`);
    assertHidden(each, ...unfit);
  }
});

Deno.test("variables that are not UTF-8 are named and not shown", async () => {
  await using world = await World.make();
  const yaml = (env: string) => `permissions: { env: [${env}] }`;
  const bySecret = await world.mainTask("secret", yaml("{ name: A, secret: BAD }"), "");
  const byFrom = await world.mainTask("from", yaml("{ name: A, from: BAD }"), "");
  const byName = await world.mainTask("name", yaml("BAD"), "");
  const run = ["--isolation", ISOLATION, "--verbose"];
  const cases: [name: string, args: string[], code: number][] = [
    ["BAD", ["run", bySecret, ...run], 4],
    ["BAD", ["run", byFrom, ...run], 4],
    ["BAD", ["run", byName, ...run], 4],
    ["BAD", ["check", byFrom, "--verbose"], 4],
    ["DICODE_MASTER_KEY", ["secrets", "set", "a", "b", "--verbose"], 4],
    ["HOME", ["secrets", "list", "--verbose"], 4],
    ["DICODE_MASTER_KEY", ["--version"], 0],
  ];
  const shown = await Promise.all(cases.map(([name, args]) => withBadVariable(world, name, args)));
  for (const [at, [name, args, code]] of cases.entries()) {
    const each = shown[at]!;
    assert.equal(each.code, code, `${args.join(" ")}: ${each.stderr}`);
    assertHidden(each, "canary");
    if (code !== 0) assert.match(each.stderr, new RegExp(`\\b${name}\\b.*UTF-8`));
  }
});

/** Runs the CLI with a variable that no Deno.Command could set. */
async function withBadVariable(world: World, name: string, args: string[]): Promise<Shown> {
  return await shell(world, `export ${name}="$(printf 'canary\\377\\376')"; exec "$@"`, args);
}

Deno.test("nothing that is given as a parameter, input or flag's value is quoted in a message", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("typed", "params: { limit: { type: number, default: 1 } }", "");
  const mistakes = [
    ["-p", "limit=canary77"],
    ["-p", "limti=canary77"],
    ["-p", "canary77"],
    ["-p", "=canary77"],
    ["-p", "Y2FuYXJ5canary77=="],
    ["--input", '{"token": "canary77"'],
    ["--input=canary77"],
    ["--timeout", "canary77"],
    ["--timeout", "5canary77"],
    ["--isolation", "canary77"],
    ["--canary77"],
    ["--jsno=canary77"],
    ["--json=canary77"],
    ["canary77"],
    ["-p", "limit=1", "canary77"],
  ];
  const shown = await Promise.all(
    mistakes.map((args) => world.dicode(["run", dir, "--verbose", ...args])),
  );
  for (const [at, each] of shown.entries()) {
    assert.equal(each.code, 2, `${mistakes[at]}: ${each.stderr}`);
    assertHidden(each, "anary77");
    assert.match(each.stderr, /^(dicode: (debug|timing|warning|hint): .*\n)*dicode: error: /);
  }
});

Deno.test("a stored value that was tampered with is an error that shows nothing of it", async () => {
  await using world = await World.make();
  await world.store({ canary: "canary-in-store-1", other: "other-in-store-1" });
  const database = new DatabaseSync(`${world.dataDir}/data.db`);
  database.exec(
    "UPDATE secrets SET ciphertext = (SELECT ciphertext FROM secrets WHERE key = 'other'), " +
      "nonce = (SELECT nonce FROM secrets WHERE key = 'other') WHERE key = 'canary'",
  );
  database.close();
  const dir = await world.task("reader", SECRET_YAML, `console.log("started");`);
  for (const flags of [["--verbose"], ["--json", "--verbose"]]) {
    const shown = await world.run(dir, flags);
    assert.equal(shown.code, 5, shown.stderr);
    assertHidden(shown, "canary-in-store-1", "other-in-store-1", "started");
    assert.match(shown.stderr, /error: .*"canary"/);
  }
});
