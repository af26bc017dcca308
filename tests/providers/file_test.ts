/** Files as providers: `file`, with the folders that Docker, Kubernetes and systemd make, and `dotenv`. */
import assert from "node:assert/strict";
import { loadKind } from "../../store/kinds.ts";
import { ISOLATION, type Shown, World } from "../helpers.ts";
import { cliArgs, cliEnv, works } from "../e2e/shell.ts";
import { mountDocker, mountKubernetes, mountSystemd } from "../services/mounts.ts";
import { runTask, type Setup, type Subject, testConformance } from "./conformance.ts";

const NO_HTTP = "nothing is asked over the network";
const NO_CREDENTIAL = "it needs no credential";
const ROOT_READS = "root may read any file: a test of its own takes that right away";

/** A JSON or .env file beside the task's folder, 0600. */
async function write({ world }: Pick<Subject, "world">, name: string, text: string) {
  const path = `${world.dir}/${name}`;
  await Deno.writeTextFile(path, text, { mode: 0o600 });
  return path;
}

async function makePipe({ world }: Subject): Promise<string> {
  const path = `${world.dir}/pipe`;
  assert.ok((await new Deno.Command("mkfifo", { args: [path] }).output()).success);
  return path;
}

testConformance("file", {
  async found({ world, key, value }) {
    const { dir } = await mountKubernetes(`${world.dir}/mount`, { [key]: `${value}\n` });
    return { entry: { dir } };
  },
  async absent({ world }) {
    const { dir } = await mountKubernetes(`${world.dir}/mount`, { other: "canary-other" });
    return { entry: { dir } };
  },
  async empty({ world, key }) {
    const { dir } = await mountDocker(`${world.dir}/mount`, { [key]: "\n" });
    return { entry: { dir } };
  },
  async deleted({ world, key, value }) {
    const mount = await mountKubernetes(`${world.dir}/mount`, { [key]: value, other: value });
    await mount.update({ other: value });
    return { entry: { dir: mount.dir } };
  },
  async ambiguous(subject) {
    const { key, value } = subject;
    const text = `{"${key}": "${value}", "${key}": "${value}-2"}`;
    return {
      entry: { file: await write(subject, "secrets.json", text) },
      said: /it has a name more than once/,
    };
  },
  unauthorised: NO_CREDENTIAL,
  forbidden: ROOT_READS,
  limited: NO_HTTP,
  flaky: NO_HTTP,
  async hang(subject) {
    const dir = `${subject.world.dir}/mount`;
    await Deno.mkdir(dir);
    await Deno.rename(await makePipe(subject), `${dir}/${subject.key}`);
    return {
      entry: { dir, timeout: "1s" },
      expected: ["misconfigured"],
      said: /cannot read ".*\/WANTED_KEY": it is a pipe, not a file/,
    };
  },
  async truncated(subject) {
    const text = `{"${subject.key}": "${subject.value}`;
    return {
      entry: { file: await write(subject, "secrets.json", text) },
      said: /it is JSON that is cut off/,
    };
  },
  async huge({ world, key, value }) {
    const text = value.padEnd(2 * 1024 * 1024, "x");
    const { dir } = await mountDocker(`${world.dir}/mount`, { [key]: text });
    return { entry: { dir }, said: /it is over 1 MiB/ };
  },
  html: NO_HTTP,
  redirect: NO_HTTP,
  wrongCa: NO_HTTP,
  newline: NO_CREDENTIAL,
});

testConformance("dotenv", {
  async found(subject) {
    const text = `# made by hand\nexport ${subject.key}="${subject.value}" # a comment\n`;
    return { entry: { file: await write(subject, ".env", text) } };
  },
  async absent(subject) {
    return { entry: { file: await write(subject, ".env", "OTHER=canary-other\n") } };
  },
  async empty(subject) {
    return { entry: { file: await write(subject, ".env", `${subject.key}=\n`) } };
  },
  async deleted(subject) {
    await write(subject, ".env", `${subject.key}=${subject.value}\n`);
    return { entry: { file: await write(subject, ".env", `# ${subject.key}=…\n`) } };
  },
  ambiguous: "of two lines with one name the last counts, as in every .env file",
  unauthorised: NO_CREDENTIAL,
  forbidden: ROOT_READS,
  limited: NO_HTTP,
  flaky: NO_HTTP,
  async hang(subject) {
    return {
      entry: { file: await makePipe(subject), timeout: "1s" },
      expected: ["misconfigured"],
      said: /it is a pipe, not a file/,
    };
  },
  async truncated(subject) {
    const text = `A=1\n${subject.key}="${subject.value}\n`;
    return {
      entry: { file: await write(subject, ".env", text) },
      expected: ["bad_answer"],
      said: /line 2 opens a quote \("\) that is never closed/,
    };
  },
  async huge(subject) {
    const text = `${subject.key}=${subject.value.padEnd(2 * 1024 * 1024, "x")}\n`;
    return { entry: { file: await write(subject, ".env", text) } };
  },
  html: NO_HTTP,
  redirect: NO_HTTP,
  wrongCa: NO_HTTP,
  newline: NO_CREDENTIAL,
});

/** Runs the task of the conformance suite, whose secret is WANTED_KEY, with one provider before env. */
async function run(world: World, type: string, setup: Setup): Promise<Shown> {
  return await runTask(world, type, setup, {});
}

async function digest(value: string): Promise<string> {
  const bytes = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(value));
  return `"${new Uint8Array(bytes).toHex()}"\n`;
}

Deno.test("file: Docker, Kubernetes and systemd hand the same task its secret", async () => {
  await using world = await World.make();
  const values = { WANTED_KEY: "canary-mount-4711\n" };
  const docker = await mountDocker(`${world.dir}/docker`, values);
  const kubernetes = await mountKubernetes(`${world.dir}/kubernetes`, values, 0o400);
  await using systemd = await mountSystemd(`${world.dir}/systemd`, values);
  const env = { CREDENTIALS_DIRECTORY: systemd.dir };
  const wanted = await digest("canary-mount-4711");
  for (
    const dir of [docker.dir, kubernetes.dir, "$CREDENTIALS_DIRECTORY", "${CREDENTIALS_DIRECTORY}"]
  ) {
    const shown = await run(world, "file", { entry: { dir }, env });
    assert.equal(shown.stdout, wanted, `${dir}: ${shown.stderr}`);
  }
  for (const mount of [docker, kubernetes, systemd]) {
    await mount.update({ WANTED_KEY: "canary-rotated" });
    const shown = await run(world, "file", { entry: { dir: mount.dir } });
    assert.equal(shown.stdout, await digest("canary-rotated"), shown.stderr);
  }
});

Deno.test("file: trim, lowercase, prefix and map decide over the value and its name", async () => {
  await using world = await World.make();
  const { dir } = await mountDocker(`${world.dir}/mount`, {
    WANTED_KEY: " canary-a \r\n",
    wanted_key: "canary-lower\n\n",
    "Prod_wanted_key": "canary-prefix",
    "PROD_WANTED_KEY": "canary-upper",
  });
  await mountDocker(`${dir}/db`, { password: "canary-below" });
  const cases: [entry: Record<string, unknown>, value: string][] = [
    [{ dir }, " canary-a "],
    [{ dir, trim: "none" }, " canary-a \r\n"],
    [{ dir, trim: "whitespace" }, "canary-a"],
    [{ dir, lowercase: true }, "canary-lower\n"],
    [{ dir, prefix: "PROD_" }, "canary-upper"],
    [{ dir, prefix: "Prod_", lowercase: true }, "canary-prefix"],
    [{ dir, map: { WANTED_KEY: "db/password" }, prefix: "X_", lowercase: true }, "canary-below"],
    [{ dir: "mount/db", map: { WANTED_KEY: "password" } }, "canary-below"], // beside dicode.yaml
  ];
  for (const [entry, value] of cases) {
    const shown = await run(world, "file", { entry });
    assert.equal(shown.stdout, await digest(value), `${JSON.stringify(entry)}: ${shown.stderr}`);
  }
});

Deno.test("file and dotenv: one file with several keys, and fields of objects in it", async () => {
  await using world = await World.make();
  const json = await write({ world }, "x.json", '{"db": {"key": {"id": 12345678901234567890}}}');
  const env = await write(
    { world },
    "x.env",
    "APP_WANTED_KEY='canary one'\nwanted_key=canary-two\n",
  );
  const cases: [type: string, entry: Record<string, unknown>, value: string][] = [
    ["file", { file: json, map: { WANTED_KEY: "db" } }, '{"key":{"id":12345678901234567890}}'],
    ["file", { file: json, map: { WANTED_KEY: "db#key#id" } }, "12345678901234567890"],
    ["file", { file: env, prefix: "APP_" }, "canary one"],
    ["file", { file: env, lowercase: true }, "canary-two"],
    ["file", { file: "x.env", format: "dotenv", prefix: "APP_" }, "canary one"],
    ["dotenv", { file: "x.env", prefix: "APP_" }, "canary one"],
    ["dotenv", { file: "~/../x.env", map: { WANTED_KEY: "wanted_key" } }, "canary-two"],
  ];
  for (const [type, entry, value] of cases) {
    const shown = await run(world, type, { entry });
    assert.equal(shown.stdout, await digest(value), `${JSON.stringify(entry)}: ${shown.stderr}`);
  }
  const absent = await run(world, "file", { entry: { file: json, map: { WANTED_KEY: "db#x" } } });
  assert.match(absent.stderr, /cannot resolve GOT \(secret "WANTED_KEY"\): not found/);
});

Deno.test("file: a key is a name in the folder, never a way out of it or into Kubernetes' own", async () => {
  await using world = await World.make();
  await Deno.writeTextFile(`${world.dir}/outside`, "canary-outside");
  const { dir } = await mountKubernetes(`${world.dir}/mount`, { inside: "canary-inside" });
  await mountDocker(`${dir}/folder`, { below: "canary-below" });
  const kind = (await loadKind("file"))!;
  const context = {
    env: () => undefined,
    openStore: () => assert.fail("the store is not asked"),
    refused: () => false,
    conceal: () => {},
    retries: 0,
  };
  const signal = new AbortController().signal;
  const provider = kind.open("files", { dir }, context);
  const out = [
    ...["../outside", "..", ".", "..data", "..data/inside", "folder/below", "/etc/hostname", "/"],
    ...["", "inside/", "./inside", "inside\0", "a\nb", "x".repeat(256)],
  ];
  for (const key of out) assert.equal(provider.offers!(key), false, JSON.stringify(key));
  for (const key of ["inside", "-n", ".hidden", "a b", "ü", "x".repeat(255)]) {
    assert.equal(provider.offers!(key), true, key);
  }
  assert.deepEqual([...(await provider.get(["inside", "-n"], signal)).keys()], ["inside"]);
  // What the chain does not ask for is not looked for either way, as the whole of dicode shows.
  const task = await world.mainTask(
    "t",
    `permissions: { env: [{ name: GOT, secret: "../outside", optional: true }] }\n`,
    `return context.env.get("GOT").length;`,
  );
  const config = `${world.dir}/dicode.yaml`;
  await Deno.writeTextFile(config, `secrets: { providers: [{ type: file, dir: ${dir} }] }\n`);
  const shown = await world.dicode(["--config", config, "run", task, "--isolation", ISOLATION]);
  assert.equal(shown.stdout, "0\n", shown.stderr);
});

Deno.test("file: a folder or file that is not there is a failure, and on_error: next goes on", async () => {
  await using world = await World.make();
  await Deno.writeTextFile(`${world.dir}/file`, "canary");
  const gone = `${world.dir}/gone`;
  const cases: [type: string, entry: Record<string, unknown>, said: RegExp][] = [
    ["file", { dir: gone }, /cannot read ".*\/gone": there is no such folder\n/],
    ["file", { dir: `${world.dir}/file` }, /cannot read ".*\/file": it is not a folder\n/],
    ["file", { file: gone }, /cannot read ".*\/gone": there is no such file\n/],
    ["dotenv", { file: gone }, /cannot read ".*\/gone": there is no such file\n/],
    ["file", { dir: "$CREDENTIALS_DIRECTORY" }, /the variable CREDENTIALS_DIRECTORY is not set/],
    ["dotenv", { file: "${NOWHERE}/x" }, /the variable NOWHERE is not set to a path\n/],
  ];
  for (const [type, entry, said] of cases) {
    const shown = await run(world, type, { entry });
    assert.equal(shown.code, 4, shown.stderr);
    assert.match(shown.stderr, /error: provider "(file|dotenv)" \(misconfigured\): cannot read/);
    assert.match(shown.stderr, said);
    const setup = { entry: { ...entry, on_error: "next" }, env: { WANTED_KEY: "canary-next" } };
    const next = await run(world, type, setup);
    assert.equal(next.stdout, await digest("canary-next"), next.stderr);
  }
});

Deno.test("file and dotenv: bytes that are no UTF-8 are refused, not replaced", async () => {
  await using world = await World.make();
  const bytes = new Uint8Array([0x63, 0x61, 0x6e, 0x61, 0x72, 0x79, 0xff]);
  await Deno.mkdir(`${world.dir}/mount`);
  await Deno.writeFile(`${world.dir}/mount/WANTED_KEY`, bytes);
  for (
    const [type, entry] of [
      ["file", { dir: "mount" }],
      ["file", { file: "mount/WANTED_KEY" }],
      ["dotenv", { file: "mount/WANTED_KEY" }],
    ] as const
  ) {
    const shown = await run(world, type, { entry });
    assert.match(
      shown.stderr,
      /\(bad_answer\): cannot read ".*WANTED_KEY": it is not UTF-8 text\n/,
    );
    assert.ok(!shown.stderr.includes("canary"), shown.stderr);
  }
});

Deno.test("file and dotenv: a mode that lets others read is said on every run, with the cure", async () => {
  await using world = await World.make();
  await Deno.chmod(world.dir, 0o755);
  const values = { WANTED_KEY: "canary-a", other: "canary-b" };
  const kubernetes = await mountKubernetes(`${world.dir}/mount`, values);
  const env = await write({ world }, ".env", "WANTED_KEY=canary-a\n");
  await Deno.chmod(env, 0o640);
  const said = (type: string, path: string, mode: string, cure: string) =>
    `dicode: warning: provider "${type}": other users of this machine may read "${path}" ` +
    `(mode ${mode}); ${cure}\n`;
  const mounted = await run(world, "file", { entry: { dir: kubernetes.dir } });
  const real = await Deno.realPath(`${kubernetes.dir}/WANTED_KEY`);
  const cure = "defaultMode: 0400 in the volume of the pod";
  assert.ok(mounted.stderr.includes(said("file", real, "644", cure)), mounted.stderr);
  const plain = await run(world, "dotenv", { entry: { file: env } });
  assert.ok(plain.stderr.includes(said("dotenv", env, "640", `chmod go-r ${env}`)), plain.stderr);
  assert.deepEqual([mounted.code, plain.code], [0, 0]);
  await Deno.chmod(world.dir, 0o700);
  for (const [type, entry] of [["file", { dir: kubernetes.dir }], ["dotenv", { file: env }]]) {
    const shown = await run(world, type as string, { entry: entry as Record<string, string> });
    assert.ok(!shown.stderr.includes("other users"), shown.stderr);
    assert.equal(shown.code, 0);
  }
});

// Root reads what it likes; without two capabilities it is held to modes as anybody is.
const asUser = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"];
const isHeld = Deno.uid() !== 0 || works(asUser[0]!, asUser[1]!, "true");
if (!isHeld) console.error("skipped, since setpriv does not work here: a test of files' modes");

Deno.test({
  name: "file, dotenv, age and sops: a file that dicode may not read is a failure (denied)",
  ignore: !isHeld,
  async fn() {
    await using world = await World.make();
    await Deno.mkdir(`${world.dir}/mount`);
    const file = await write({ world }, "mount/WANTED_KEY", "WANTED_KEY=canary-a\n");
    const task = await world.mainTask(
      "t",
      "permissions: { env: [{ name: GOT, secret: WANTED_KEY }] }\n",
      `return context.env.get("GOT").length;`,
    );
    const identity_env = "IDENTITY";
    const entries = [
      { type: "file", dir: `${world.dir}/mount` },
      { type: "file", file },
      { type: "dotenv", file },
      { type: "age", file, identity_env },
      { type: "sops", file, identity_env },
    ];
    await Deno.chmod(file, 0);
    for (const entry of entries) {
      const config = `${world.dir}/dicode.yaml`;
      const providers = [entry, { type: "env" }];
      await Deno.writeTextFile(config, JSON.stringify({ secrets: { providers } }));
      const args = cliArgs(["--config", config, "run", "--isolation", "deno", task]);
      const [program, ...rest] = Deno.uid() === 0 ? [...asUser, ...args] : args;
      const { code, stderr } = await new Deno.Command(program!, {
        args: rest,
        clearEnv: true,
        env: { ...cliEnv(world), WANTED_KEY: "canary-next", IDENTITY: "x" },
        stdin: "null",
      }).output();
      const shown = new TextDecoder().decode(stderr);
      const found = `provider "${entry.type}" (denied): cannot read "${file}": permission denied\n`;
      assert.ok(shown.includes(found), shown);
      assert.match(shown, /hint: namei -l .* shows the modes on the way\n/);
      assert.equal(code, 4);
    }
  },
});

Deno.test("no task is granted a folder or file of secrets that a provider reads, nor lies beside one", async () => {
  await using world = await World.make();
  const { dir } = await mountDocker(`${world.dir}/mount`, { WANTED_KEY: "canary-a" });
  const env = await write({ world }, ".env", "WANTED_KEY=canary-a\n");
  const cases: [entry: Record<string, string>, path: string | undefined, beside: string][] = [
    [{ type: "file", dir }, `${dir}/WANTED_KEY`, "x"],
    [{ type: "file", dir }, world.dir, "x"],
    [{ type: "file", file: env }, env, "x"],
    [{ type: "dotenv", file: env }, env, "x"],
    // A task may import what lies in its own folder, as text too.
    [{ type: "dotenv", file: `${world.dir}/tasks/t/.env` }, undefined, ".env"],
  ];
  for (const [entry, path, beside] of cases) {
    const fs = path === undefined ? "" : `{ path: "${path}", permission: r }`;
    const yaml = `permissions: { fs: [${fs}] }\n`;
    const code = "export function main() { return 1; }\n";
    const task = await world.task("t", yaml, code, { [beside]: "WANTED_KEY=canary-a\n" });
    const config = `${world.dir}/home/dicode.yaml`;
    await Deno.writeTextFile(config, JSON.stringify({ secrets: { providers: [entry] } }));
    const shown = await world.dicode(["--config", config, "run", task, "--isolation", ISOLATION]);
    assert.equal(shown.code, 6, shown.stderr);
    assert.match(shown.stderr, /it covers dicode's data folder, or a file .*of a provider's: "/);
    const cure = path === undefined ? /hint: keep the two apart/ : /hint: grant a narrower folder/;
    assert.match(shown.stderr, cure);
  }
});

Deno.test("dicode.yaml: what goes together in an entry of type file, dotenv, age and sops", async () => {
  await using world = await World.make();
  const cases: [entry: string, place: string, said: string][] = [
    ["{ type: file }", "3:7", 'it has neither "dir" nor "file"'],
    ["{ type: file, dir: /a, file: /b }", "3:30", 'it has both "dir" and "file"'],
    ["{ type: file, dir: /a, format: json }", "3:30", '"format" goes with "file", not with "dir"'],
    ["{ type: file, file: /a, trim: none }", "3:31", '"trim" goes with "dir", not with "file"'],
    ["{ type: file, dir: /a, map: { K: ../b } }", "3:30", '"map" has a name that leads out of'],
    ["{ type: file, dir: /a, map: { K: /b } }", "3:30", '"map" has a name that leads out of'],
    ["{ type: dotenv }", "3:7", "file"],
    ["{ type: age, file: /a }", "3:7", "it names no identity"],
    ["{ type: age, file: /a, identity: AGE-SECRET-KEY-1X }", "3:30", "never written in this file"],
    ["{ type: sops }", "3:7", "file"],
    ["{ type: sops, file: /a, command: bin/sops }", "3:40", "is a relative path"],
    ["{ type: sops, file: /a, command: ./sops }", "3:40", "is a relative path"],
    ["{ type: sops, file: /a, pass_env: [A=b] }", "3:42", "is not a variable's name"],
  ];
  for (const [entry, place, said] of cases) {
    const config = `${world.dir}/dicode.yaml`;
    await Deno.writeTextFile(config, `secrets:\n  providers:\n    - ${entry}\n`);
    const task = await world.mainTask("t", "name: t\n", "return 1;");
    const shown = await world.dicode(["--config", config, "check", task]);
    assert.equal(shown.code, 3, shown.stderr);
    assert.ok(shown.stderr.includes(`dicode.yaml:${place}: `), `${entry}: ${shown.stderr}`);
    assert.ok(shown.stderr.includes(said), `${entry}: ${shown.stderr}`);
    assert.ok(!shown.stderr.includes("AGE-SECRET"), shown.stderr);
  }
});
