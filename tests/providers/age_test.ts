/** Files encrypted with age as providers; made by age itself where it is installed. */
import assert from "node:assert/strict";
import { type Shown, World } from "../helpers.ts";
import { AGE, type AgeKey, encryptAge, makeAgeKey } from "../services/age.ts";
import { runTask, type Setup, type Subject, testConformance } from "./conformance.ts";

if (AGE !== "age") console.error(`${AGE}: files of age are made by the library`);

const NO_HTTP = "nothing is asked over the network";
const KEY = await makeAgeKey();
const OTHER = await makeAgeKey();

/** An entry over a file that holds this text, with the identity in a file as age-keygen writes it. */
async function entryOf(
  { world }: Pick<Subject, "world">,
  text: string,
  { key = KEY, change }: { key?: AgeKey; change?: (bytes: Uint8Array) => Uint8Array } = {},
): Promise<Setup> {
  const [file, identity_file] = [`${world.dir}/secrets.age`, `${world.dir}/key.txt`];
  const bytes = await encryptAge(text, [KEY.recipient]);
  await Deno.writeFile(file, change?.(bytes) ?? bytes);
  const written = `# created: today\n# public key: ${key.recipient}\n${key.identity}\n`;
  await Deno.writeTextFile(identity_file, written, { mode: 0o600 });
  return { entry: { file, identity_file }, credentials: [key.identity] };
}

testConformance("age", {
  found: (subject) => entryOf(subject, JSON.stringify({ [subject.key]: subject.value })),
  absent: (subject) => entryOf(subject, '{"other": "canary-other"}'),
  empty: (subject) => entryOf(subject, `${subject.key}=\n`),
  async deleted(subject) {
    await entryOf(subject, `${subject.key}=${subject.value}\n`);
    return await entryOf(subject, "OTHER=canary-other\n");
  },
  async ambiguous(subject) {
    const { key, value } = subject;
    return {
      ...await entryOf(subject, `{"${key}": "${value}", "${key}": "${value}-2"}`),
      said: /it has a name more than once/,
    };
  },
  async unauthorised(subject) {
    const text = JSON.stringify({ [subject.key]: subject.value });
    return {
      ...await entryOf(subject, text, { key: OTHER }),
      said: /encrypted for other recipients than those of the identity\n.*hint: age-keygen -y FILE/,
    };
  },
  forbidden: "root may read any file: tests/providers/file_test.ts takes that right away",
  limited: NO_HTTP,
  flaky: NO_HTTP,
  async hang(subject) {
    const setup = await entryOf(subject, "A=1\n");
    const file = `${subject.world.dir}/pipe.age`;
    assert.ok((await new Deno.Command("mkfifo", { args: [file] }).output()).success);
    return {
      ...setup,
      entry: { ...setup.entry, file, timeout: "1s" },
      expected: ["misconfigured"],
      said: /it is a pipe, not a file/,
    };
  },
  async truncated(subject) {
    const text = JSON.stringify({ [subject.key]: subject.value });
    return {
      ...await entryOf(subject, text, { change: (bytes) => bytes.subarray(0, -20) }),
      said: /cannot open ".*secrets\.age": it (is cut off|was cut off or changed)\n/,
    };
  },
  huge: (subject) => entryOf(subject, `${subject.key}=${subject.value.padEnd(2 ** 21, "x")}\n`),
  html: NO_HTTP,
  redirect: NO_HTTP,
  wrongCa: NO_HTTP,
  async newline(subject) {
    const setup = await entryOf(subject, JSON.stringify({ [subject.key]: subject.value }));
    const { identity } = KEY;
    return {
      entry: { file: setup.entry.file, identity_env: "AGE_IDENTITY" },
      env: { AGE_IDENTITY: `${identity.slice(0, 40)}\n${identity.slice(40)}` },
      credentials: [identity, identity.slice(0, 40), identity.slice(40)],
      said: /line 1 is not a whole identity: a character is wrong or missing\n/,
    };
  },
});

async function digest(value: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(value));
  return `"${new Uint8Array(bytes).toHex()}"\n`;
}

async function run(world: World, setup: Setup): Promise<Shown> {
  return await runTask(world, "age", setup, {});
}

Deno.test(`age: files by ${AGE}, armored or not, JSON or .env, for several recipients`, async () => {
  await using world = await World.make();
  await Deno.writeTextFile(`${world.dir}/key.txt`, `${OTHER.identity}\n\n${KEY.identity}\n`, {
    mode: 0o600,
  });
  const both = [OTHER.recipient, KEY.recipient];
  const cases: [file: string, text: string, recipients: string[], armored: boolean][] = [
    ["a.age", "WANTED_KEY='canary one'\n", [KEY.recipient], false],
    ["b.age", "WANTED_KEY='canary one'\n", both, true],
    ["c.json.age", ' {"WANTED_KEY": "canary one"}', both, false],
  ];
  for (const [file, text, recipients, armored] of cases) {
    await Deno.writeFile(`${world.dir}/${file}`, await encryptAge(text, recipients, armored));
    const shown = await run(world, { entry: { file, identity_file: "key.txt" } });
    assert.equal(shown.stdout, await digest("canary one"), `${file}: ${shown.stderr}`);
  }
  const entry = { file: "c.json.age", identity_file: "key.txt", format: "dotenv" };
  const forced = await run(world, { entry });
  assert.match(
    forced.stderr,
    /\(bad_answer\): cannot use what ".*c\.json\.age" holds: line 1 has no/,
  );
});

Deno.test("age: the identity comes from a variable, a file or the store, and is masked", async () => {
  await using world = await World.make();
  await world.store({ age_identity: KEY.identity });
  const { entry } = await entryOf({ world }, `WANTED_KEY=${KEY.identity}-in-a-value\n`);
  const { file, identity_file } = entry;
  const env = { AGE_IDENTITY: `# a comment\n  ${KEY.identity} ` };
  for (
    const setup of [
      { entry: { file, identity_file } },
      { entry: { file, identity_secret: "age_identity" } },
      { entry: { file, identity_env: "AGE_IDENTITY" }, env },
    ]
  ) {
    const shown = await run(world, setup);
    assert.equal(shown.stdout, await digest(`${KEY.identity}-in-a-value`), shown.stderr);
  }
  // A task whose own text spells it shows stars.
  const task = await world.mainTask(
    "t",
    "permissions: { env: [{ name: GOT, secret: WANTED_KEY }] }\n",
    `console.log("x" + context.env.get("GOT").replace("-in-a-value", "") + "x");`,
  );
  const config = `${world.dir}/dicode.yaml`;
  const shown = await world.dicode(["--config", config, "run", task], { env });
  assert.equal(shown.stdout, "x***x\n", shown.stderr);
});

Deno.test("age: an identity that opens nothing is told apart, and never shown", async () => {
  await using world = await World.make();
  const { entry } = await entryOf({ world }, "WANTED_KEY=canary\n");
  const armored = new TextDecoder().decode(await encryptAge(KEY.identity, [OTHER.recipient], true));
  const cases: [identity: string, kind: string, said: RegExp][] = [
    ["", "unauthenticated", /the variable AGE_IDENTITY is empty/],
    ["# only a comment", "misconfigured", /cannot use the identity of age: there is none in it/],
    [`${KEY.identity}\n${KEY.recipient}`, "misconfigured", /line 2 is a recipient/],
    ["AGE-PLUGIN-YUBIKEY-1CANARYCANARY", "misconfigured", /line 1 needs a plugin of age/],
    [
      "-----BEGIN OPENSSH PRIVATE KEY-----\ncanary",
      "misconfigured",
      /begins a key of another kind/,
    ],
    [armored, "misconfigured", /it is locked with a passphrase, and a provider asks nobody/],
    [KEY.identity.toLowerCase(), "misconfigured", /line 1 is no identity of age/],
  ];
  for (const [identity, kind, said] of cases) {
    const setup = {
      entry: { file: entry.file, identity_env: "AGE_IDENTITY" },
      env: { AGE_IDENTITY: identity },
    };
    const shown = await run(world, setup);
    assert.equal(shown.code, 4, shown.stderr);
    assert.match(shown.stderr, new RegExp(`error: provider "age" \\(${kind}\\): `));
    assert.match(shown.stderr, said);
    assert.match(shown.stderr, /^dicode: hint: /m);
    for (const line of identity.split("\n").filter((line) => line.length > 7)) {
      assert.ok(!shown.stderr.includes(line), shown.stderr);
    }
  }
});

Deno.test("age: a file that is none of age's, or locked with a passphrase, is told apart", async () => {
  await using world = await World.make();
  const { entry } = await entryOf({ world }, "WANTED_KEY=canary\n");
  const { Encrypter } = await import("age-encryption");
  const locked = new Encrypter();
  locked.setPassphrase("canary-passphrase");
  locked.setScryptWorkFactor(4);
  const cases: [bytes: Uint8Array | string, kind: string, said: RegExp][] = [
    ["WANTED_KEY=canary\n", "bad_answer", /it is not encrypted with age\n/],
    ["", "bad_answer", /it is empty\n/],
    [await locked.encrypt("WANTED_KEY=canary"), "unauthenticated", /locked with a passphrase/],
    [new Uint8Array([0xff, 0xfe]), "bad_answer", /it is not encrypted with age\n/],
  ];
  for (const [bytes, kind, said] of cases) {
    const data = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
    await Deno.writeFile(entry.file as string, data);
    const shown = await run(world, { entry });
    assert.match(shown.stderr, new RegExp(`error: provider "age" \\(${kind}\\): cannot open "`));
    assert.match(shown.stderr, said);
    assert.ok(!/canary|backup/.test(shown.stderr), shown.stderr);
  }
  const bytes = new Uint8Array([0x63, 0x61, 0x6e, 0xff]);
  await Deno.writeFile(entry.file as string, await encryptAge(bytes, [KEY.recipient]));
  const odd = await run(world, { entry });
  assert.match(odd.stderr, /\(bad_answer\): cannot read ".*secrets\.age": it is not UTF-8 text\n/);
});

Deno.test("age: a mode that lets others read the identity is said, that of the file is not", async () => {
  await using world = await World.make();
  const { entry } = await entryOf({ world }, "WANTED_KEY=canary\n");
  await Deno.chmod(world.dir, 0o755);
  await Deno.chmod(entry.file as string, 0o644);
  const closed = await run(world, { entry });
  assert.ok(!closed.stderr.includes("other users"), closed.stderr);
  await Deno.chmod(entry.identity_file as string, 0o644);
  const { stderr, code } = await run(world, { entry });
  const said = `warning: provider "age": other users of this machine may read ` +
    `"${entry.identity_file}" (mode 644); chmod go-r ${entry.identity_file}\n`;
  assert.ok(stderr.includes(said), stderr);
  assert.equal(code, 0);
});
