/** Files encrypted with sops as providers; by sops itself where it has been built, else by a stub. */
import assert from "node:assert/strict";
import { assertHidden, type Shown, World } from "../helpers.ts";
import { makeAgeKey } from "../services/age.ts";
import { SOPS, Sops } from "../services/sops.ts";
import { runTask, type Setup, type Subject, testConformance } from "./conformance.ts";

const isReal = SOPS === "sops";
if (!isReal) console.error(`${SOPS}: 2 tests of files of sops are skipped, the others use it`);

const NO_HTTP = "nothing is asked over the network by dicode itself";
const KEY = await makeAgeKey();
const OTHER = await makeAgeKey();

/** An entry over an encrypted file of this text, with the identity in a variable. */
async function entryOf(
  { world }: Pick<Subject, "world">,
  text: string,
  { name = "secrets.json", identity = KEY.identity, command }: {
    name?: string;
    identity?: string;
    command?: string;
  } = {},
): Promise<Setup & { readonly file: string }> {
  const file = `${world.dir}/${name}`;
  await Deno.writeTextFile(file, text);
  const isThere = await Deno.stat(`${world.dir}/bin`).catch(() => undefined);
  if (isThere === undefined) await Sops.install(`${world.dir}/bin`);
  await Sops.at(`${world.dir}/bin`).encrypt(file, KEY);
  return {
    file,
    entry: { file, identity_env: "SOPS_IDENTITY", command: command ?? `${world.dir}/bin/sops` },
    env: { SOPS_IDENTITY: identity },
    credentials: [KEY.identity, OTHER.identity],
  };
}

/** Changes the encrypted text of a file; it must change. */
async function change(file: string, from: RegExp | string, to: string): Promise<void> {
  const text = await Deno.readTextFile(file);
  const changed = text.replace(from, to);
  assert.notEqual(changed, text);
  await Deno.writeTextFile(file, changed);
}

/** A program in place of sops. */
async function script({ world }: Pick<Subject, "world">, body: string): Promise<string> {
  const path = `${world.dir}/other-sops`;
  await Deno.writeTextFile(path, `#!/bin/sh\n${body}\n`, { mode: 0o755 });
  return path;
}

testConformance("sops", {
  found: (subject) => entryOf(subject, JSON.stringify({ [subject.key]: subject.value })),
  absent: (subject) => entryOf(subject, '{"other": "canary-other"}'),
  empty: (subject) => entryOf(subject, JSON.stringify({ [subject.key]: "" })),
  async deleted(subject) {
    const { key, value } = subject;
    await entryOf(subject, JSON.stringify({ [key]: value, other: value }));
    return await entryOf(subject, JSON.stringify({ other: value }));
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
      ...await entryOf(subject, text, { identity: OTHER.identity }),
      said: /no key that opens it is to be had here\n.*hint: identity_file: PATH in dicode\.yaml/,
    };
  },
  forbidden: "root may read any file: tests/providers/file_test.ts takes that right away",
  limited: NO_HTTP,
  flaky: NO_HTTP,
  async hang(subject) {
    // As where a pin is asked for that nobody can see; what the script starts holds its output open.
    const command = await script(subject, "sleep 30 & sleep 30");
    const text = JSON.stringify({ [subject.key]: subject.value });
    const setup = await entryOf(subject, text);
    return { ...setup, entry: { ...setup.entry, command, timeout: "1s" } };
  },
  async truncated(subject) {
    const setup = await entryOf(subject, JSON.stringify({ [subject.key]: subject.value }));
    const text = await Deno.readTextFile(setup.file);
    await Deno.writeTextFile(setup.file, text.slice(0, text.length / 2));
    return { ...setup, said: /cannot open ".*secrets\.json": it is cut off, or not of the type/ };
  },
  async huge(subject) {
    const setup = await entryOf(subject, JSON.stringify({ [subject.key]: subject.value }));
    const command = await script(subject, "head -c 2097152 /dev/zero");
    return { ...setup, entry: { ...setup.entry, command }, said: /prints more than 1 MiB/ };
  },
  html: NO_HTTP,
  redirect: NO_HTTP,
  wrongCa: NO_HTTP,
  async newline(subject) {
    const { identity } = KEY;
    const split = `${identity.slice(0, 40)}\n${identity.slice(40)}`;
    const text = JSON.stringify({ [subject.key]: subject.value });
    return {
      ...await entryOf(subject, text, { identity: split }),
      credentials: [identity, split],
      expected: ["unauthenticated"], // sops may be handed several lines: which is wrong it does not say
    };
  },
});

async function digest(value: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(value));
  return `"${new Uint8Array(bytes).toHex()}"\n`;
}

async function run(world: World, setup: Setup): Promise<Shown> {
  return await runTask(world, "sops", setup, {});
}

Deno.test(`sops: the identity comes from a variable, a file or the store (by ${SOPS})`, async () => {
  await using world = await World.make();
  await world.store({ age_identity: KEY.identity });
  const { file, entry, env } = await entryOf({ world }, '{"WANTED_KEY": "canary-a"}');
  const keys = `${world.dir}/keys.txt`;
  await Deno.writeTextFile(keys, `# public key: x\n${KEY.identity}\n`, { mode: 0o600 });
  const { command } = entry;
  for (
    const setup of [
      { entry, env },
      { entry: { file, command, identity_file: keys } },
      { entry: { file, command, identity_secret: "age_identity" } },
      // As sops finds it in the shell of the user.
      { entry: { file, command }, env: { SOPS_AGE_KEY_FILE: keys } },
      { entry: { file, command }, env: { SOPS_AGE_KEY: KEY.identity } },
      { entry: { file, command: "~/../bin/sops" }, env: { SOPS_AGE_KEY_FILE: keys } },
      { entry: { file }, env: { SOPS_AGE_KEY_FILE: keys, PATH: `${world.dir}/bin:/usr/bin:/bin` } },
    ]
  ) {
    const shown = await run(world, setup);
    assert.equal(shown.stdout, await digest("canary-a"), shown.stderr);
    assertHidden(shown, KEY.identity, "canary-a");
  }
});

Deno.test({
  name: `sops: YAML, .env and INI files, and members of members (by ${SOPS})`,
  ignore: !isReal,
  async fn() {
    await using world = await World.make();
    const yaml =
      "WANTED_KEY: canary-yaml\ndb: { pass: { word: canary-deep, id: 1234567890123456789 } }\n";
    const a = await entryOf({ world }, yaml, { name: "a.yaml" });
    const b = await entryOf({ world }, "WANTED_KEY=canary-env\n", { name: "b.env" });
    const c = await entryOf({ world }, "[part]\nWANTED_KEY = canary-ini\n", { name: "c.ini" });
    const d = `${world.dir}/d.enc`;
    await Deno.copyFile(a.file, d);
    const cases: [setup: Setup, more: Record<string, unknown>, value: string][] = [
      [a, {}, "canary-yaml"],
      [a, { map: { WANTED_KEY: "db#pass#word" } }, "canary-deep"],
      [a, { map: { WANTED_KEY: "db#pass#id" } }, "1234567890123456789"],
      [a, { file: d, input_type: "yaml" }, "canary-yaml"],
      [b, {}, "canary-env"],
      [c, { map: { WANTED_KEY: "part#WANTED_KEY" } }, "canary-ini"],
    ];
    for (const [setup, more, value] of cases) {
      const shown = await run(world, { ...setup, entry: { ...setup.entry, ...more } });
      assert.equal(shown.stdout, await digest(value), `${JSON.stringify(more)}: ${shown.stderr}`);
    }
    const untyped = await run(world, { ...a, entry: { ...a.entry, file: d } });
    assert.match(untyped.stderr, /not of the type that its name says\n.*hint: write input_type/);
  },
});

Deno.test({
  name: `sops: what was changed without sops is refused, and none of it is shown (by ${SOPS})`,
  ignore: !isReal,
  async fn() {
    await using world = await World.make();
    const text = '{"WANTED_KEY": "canary-a", "other": "canary-b"}';
    const sops = `${world.dir}/bin/sops`;
    const cases: [from: RegExp, to: string, said: RegExp, theirs: RegExp][] = [
      // sops quotes the value, and a sum over all values.
      [
        /"other": "ENC.*?"/,
        '"other": "canary-plain"',
        /a value in it does not decrypt/,
        /canary-pl/,
      ],
      [/"other": "ENC.*?",/, "", /its MAC is not that of its values/, /computed [0-9A-F]{128}/],
      [/"mac": ".*?"/, '"mac": ""', /its MAC is not that of its values/, /computed [0-9A-F]{128}/],
      [/data:.../, "data:AAA", /a value in it does not decrypt/, /authentication failed/],
    ];
    for (const [from, to, said, theirs] of cases) {
      const setup = await entryOf({ world }, text);
      await change(setup.file, from, to);
      const { stderr } = await new Deno.Command(sops, {
        args: ["decrypt", "--output-type", "json", setup.file],
        clearEnv: true,
        env: { HOME: world.home, SOPS_AGE_KEY: KEY.identity },
      }).output();
      const words = theirs.exec(new TextDecoder().decode(stderr));
      assert.ok(words !== null, "sops says something else");
      const shown = await run(world, setup);
      assert.match(shown.stderr, /error: provider "sops" \(bad_answer\): cannot open ".*\.json": /);
      assert.match(shown.stderr, said);
      assertHidden(shown, words[0], "canary-plain", KEY.identity);
    }
  },
});

Deno.test("sops: each exit code has its meaning, and what is written beside it is shown nowhere", async () => {
  await using world = await World.make();
  const setup = await entryOf({ world }, '{"WANTED_KEY": "canary-a"}');
  const cases: [body: string, kind: string, said: RegExp][] = [
    ["exit 1", "tool_failed", /sops ended with exit code 1\n/],
    ["exit 2", "unreachable", /sops cannot read it\n/],
    ["exit 24", "bad_answer", /its MAC does not decrypt/],
    ["exit 25", "bad_answer", /a value in it does not decrypt/],
    ["exit 51", "bad_answer", /its MAC is not that of its values/],
    ["exit 52", "bad_answer", /it has no MAC/],
    ["exit 100", "misconfigured", /there is no such file/],
    ["exit 111", "tool_failed", /sops ended with exit code 111\n/],
    ["exit 128", "unauthenticated", /no key that opens it is to be had here/],
    ["echo sops metadata not found >&2; exit 1", "bad_answer", /it is not encrypted with sops/],
    ["kill -KILL $$", "tool_failed", /sops ended with exit code 137\n/],
    ["exit 0", "bad_answer", /it is JSON that is cut off/],
    ["echo '[1]'", "bad_answer", /it holds JSON, but no object/],
    ['printf \'{"WANTED_KEY": "\\377"}\'', "bad_answer", /prints what is not UTF-8 text/],
  ];
  for (const [body, kind, said] of cases) {
    const command = await script({ world }, `echo canary-stderr >&2; ${body}`);
    const shown = await run(world, { ...setup, entry: { ...setup.entry, command } });
    assert.equal(shown.code, 4, shown.stderr);
    assert.match(shown.stderr, new RegExp(`error: provider "sops" \\(${kind}\\): `), body);
    assert.match(shown.stderr, said);
    assert.match(shown.stderr, /^dicode: hint: /m);
    assertHidden(shown, "canary-stderr", "canary-a", KEY.identity);
  }
  for (const command of ["no-such-sops", `${world.dir}/no-such-sops`]) {
    const shown = await run(world, { ...setup, entry: { ...setup.entry, command } });
    assert.match(
      shown.stderr,
      /provider "sops" \(tool_missing\): ".*no-such-sops": there is no such/,
    );
    assert.match(shown.stderr, /hint: install sops, or write its path: command: /);
  }
});

Deno.test("sops: it runs once for all keys, with the variables that dicode.yaml names and no others", async () => {
  await using world = await World.make();
  const { file, entry, env } = await entryOf({ world }, '{"WANTED_KEY": "canary-a"}');
  const log = `${world.dir}/log`;
  const names = Array.from({ length: 50 }, (_, at) => `KEY_${at}`);
  const answer = JSON.stringify(Object.fromEntries(names.map((name) => [name, `canary-${name}`])));
  const command = await script(
    { world },
    `echo "run $*" >> ${log}; env | sed 's/=.*//' | sort >> ${log}; echo '${answer}'`,
  );
  const variables = names.map((name) => `{ name: ${name}, secret: ${name} }`).join(", ");
  const task = await world.mainTask(
    "t",
    `permissions: { env: [${variables}] }\n`,
    `return ${
      JSON.stringify(names)
    }.filter((name) => context.env.get(name) === "canary-" + name).length;`,
  );
  const config = `${world.dir}/dicode.yaml`;
  const provider = { ...entry, type: "sops", command, pass_env: ["PASSED"], input_type: "json" };
  const text = JSON.stringify({ isolation: "deno", secrets: { providers: [provider] } });
  await Deno.writeTextFile(config, text);
  const shown = await world.dicode(["--config", config, "run", task], {
    env: {
      ...env,
      PASSED: "x",
      NOT_PASSED: "x",
      AWS_SECRET_ACCESS_KEY: "x",
      SOPS_AGE_KEY_CMD: "x",
    },
  });
  assert.equal(shown.stdout, "50\n", shown.stderr);
  const [first, ...passed] = (await Deno.readTextFile(log)).trim().split("\n");
  assert.equal(first, `run decrypt --output-type json --input-type json ${file}`);
  // The shell adds these itself.
  const own = passed.filter((name) => !["PWD", "SHLVL", "_", "OLDPWD"].includes(name));
  assert.deepEqual(own, ["HOME", "PASSED", "PATH", "SOPS_AGE_KEY"]);
});

Deno.test("sops: --offline asks it where an identity of age is named, and passes it over elsewhere", async () => {
  await using world = await World.make();
  const { file, entry, env } = await entryOf({ world }, '{"WANTED_KEY": "canary-a"}');
  const task = await world.mainTask(
    "t",
    "permissions: { env: [{ name: GOT, secret: WANTED_KEY }] }\n",
    `return context.env.get("GOT").length;`,
  );
  const config = `${world.dir}/dicode.yaml`;
  const runOffline = async (provider: Record<string, unknown>) => {
    const providers = [{ type: "sops", ...provider }, { type: "env" }];
    const text = JSON.stringify({ isolation: "deno", secrets: { providers } });
    await Deno.writeTextFile(config, text);
    return await world.dicode(["--config", config, "--offline", "run", task], {
      env: { ...env, WANTED_KEY: "canary-of-env", SOPS_AGE_KEY: KEY.identity },
    });
  };
  assert.equal((await runOffline(entry)).stdout, `${"canary-a".length}\n`);
  const passedOver = await runOffline({ file, command: entry.command });
  assert.equal(passedOver.stdout, `${"canary-of-env".length}\n`, passedOver.stderr);
  assert.match(passedOver.stderr, /provider "sops" is not asked: it needs the network/);
});

Deno.test("sops: a file that is not there or no file is told before sops runs", async () => {
  await using world = await World.make();
  const { entry, env } = await entryOf({ world }, '{"WANTED_KEY": "canary-a"}');
  const command = await script({ world }, `touch ${world.dir}/ran; exit 1`);
  const pipe = `${world.dir}/pipe`;
  assert.ok((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
  const cases: [file: string, said: RegExp][] = [
    [`${world.dir}/gone.json`, /cannot read ".*\/gone\.json": there is no such file\n/],
    [pipe, /it is a pipe, not a file\n/],
    [world.home, /it is a folder, not a file\n/],
  ];
  for (const [file, said] of cases) {
    const shown = await run(world, { entry: { ...entry, file, command }, env });
    assert.match(shown.stderr, /error: provider "sops" \(misconfigured\): cannot read/);
    assert.match(shown.stderr, said);
  }
  assert.equal(await Deno.stat(`${world.dir}/ran`).catch(() => "no"), "no");
});
