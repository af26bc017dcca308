/** `dicode secrets export` and `restore` by the real command line, with age itself where it is installed. */
import assert from "node:assert/strict";
import { Decrypter, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { openStore } from "../../store/secrets.ts";
import { readSnapshot } from "../../store/snapshot.ts";
import { assertHidden, type Shown, World } from "../helpers.ts";
import { answerOnTerminal, cliArgs, cliEnv, hasScript, shell, works } from "./shell.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const CANARIES = { alpha: "canary-of-alpha", "b c/ü": "canary\n'\"\\ \u{1f511}" } as const;
const VALUES = Object.values(CANARIES);
const IDENTITY = await generateX25519Identity();
const RECIPIENT = await identityToRecipient(IDENTITY);
const OTHER = await generateX25519Identity();

const terminal = await hasScript("2 tests of backups on a terminal");
const hasAge = works("age", "--version") && works("age-keygen", "--version");
if (!hasAge) console.error("skipped, since age is not installed: 2 tests of backups with it");
const hasStrace = works("strace", "-f", "-o", "/dev/null", "true");
if (!hasStrace) console.error("skipped, since strace does not work here: 2 tests of backups");

const namespaces = works("unshare", "-m", "sh", "-c", "mount -t tmpfs tmpfs /mnt");
if (!namespaces) console.error("skipped: the test of a backup to a full disk needs unshare -m");

/** A world whose store holds the canaries, with the identity in key.txt and another in other.txt. */
async function filled(secrets: Readonly<Record<string, string>> = CANARIES): Promise<World> {
  const world = await World.make();
  await world.store(secrets);
  await write(world, "key.txt", `# created: now\n# public key: ${RECIPIENT}\n${IDENTITY}\n`);
  await write(world, "other.txt", `${OTHER}\n`);
  return world;
}

async function write(world: World, name: string, data: string | Uint8Array): Promise<void> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  await Deno.writeFile(`${world.dir}/${name}`, bytes, { mode: 0o600 });
}

async function exportTo(world: World, output: string, ...more: string[]): Promise<Shown> {
  return await world.dicode([
    ...["secrets", "export", "--recipient", RECIPIENT, "--output", output],
    ...more,
  ]);
}

async function restore(world: World, file: string, ...more: string[]): Promise<Shown> {
  return await world.dicode(["secrets", "restore", file, "--identity", "key.txt", ...more]);
}

/** What a backup says, by the library alone. */
async function openBackup(bytes: Uint8Array): Promise<unknown> {
  const decrypter = new Decrypter();
  decrypter.addIdentity(IDENTITY);
  return JSON.parse(await decrypter.decrypt(bytes, "text"));
}

async function encrypt(text: string): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  encrypter.addRecipient(RECIPIENT);
  return await encrypter.encrypt(text);
}

/** What the store holds. */
async function stored(dataDir: string): Promise<Record<string, string>> {
  using store = openStore({ dataDir, env: () => undefined });
  return Object.fromEntries(await store.getMany(await store.list()));
}

function names(world: World): string[] {
  return [...Deno.readDirSync(world.dir)].map(({ name }) => name).sort();
}

Deno.test("export writes one new file, for its owner, that holds every secret, and nothing in plain text", async () => {
  await using world = await filled();
  const before = names(world);
  const shown = await exportTo(world, "b.age");
  assert.deepEqual(shown, {
    code: 0,
    stdout: "",
    stderr: 'dicode: exported 2 secrets to "b.age", encrypted for 1 recipient\n',
  });
  assert.deepEqual(names(world), [...before, "b.age"].sort());
  assert.equal((await Deno.stat(`${world.dir}/b.age`)).mode! & 0o777, 0o600);
  const bytes = await Deno.readFile(`${world.dir}/b.age`);
  assert.deepEqual(await openBackup(bytes), { dicode: "backup", version: 1, secrets: CANARIES });
  const master = await Deno.readTextFile(`${world.dataDir}/master.key`);
  assert.ok(!JSON.stringify(await openBackup(bytes)).includes(master));
  await world.assertNothingLeft(...VALUES);
  assert.ok(!new TextDecoder("latin1").decode(bytes).includes("canary"));
});

Deno.test("export never writes over a file, nor through a link, nor where there is no folder", async () => {
  await using world = await filled();
  await write(world, "old.age", "an older backup");
  await Deno.symlink("nowhere", `${world.dir}/link.age`);
  const before = names(world);
  for (const output of ["old.age", "link.age", "."]) {
    const shown = await exportTo(world, output);
    assert.equal(shown.code, 2);
    assert.match(shown.stderr, /^dicode: error: cannot write ".*": it is there already\n/);
  }
  const lost = await exportTo(world, "no folder/b.age");
  assert.equal(lost.code, 2);
  assert.ok(
    lost.stderr.includes(`there is no such folder\ndicode: hint: mkdir -p '${world.dir}/no`),
  );
  assert.deepEqual(names(world), before);
  assert.equal(await Deno.readTextFile(`${world.dir}/old.age`), "an older backup");
});

Deno.test("export to standard output is the file alone, for several recipients, with --armor text", async () => {
  await using world = await filled();
  await write(
    world,
    "recipients",
    `# who\n\n${await identityToRecipient(OTHER)}\r\n${RECIPIENT}\n`,
  );
  const shown = await shell(world, `"$@" > b.age`, [
    ...["secrets", "export", "-r", RECIPIENT, "-R", "recipients"],
  ]);
  assert.equal(shown.stderr, "dicode: exported 2 secrets, encrypted for 2 recipients\n");
  const bytes = await Deno.readFile(`${world.dir}/b.age`);
  assert.deepEqual(await openBackup(bytes), { dicode: "backup", version: 1, secrets: CANARIES });
  const armored = await world.dicode(["secrets", "export", "-R", "recipients", "--armor"]);
  assert.match(armored.stdout, /^-----BEGIN AGE ENCRYPTED FILE-----\n[\s\S]*\n-----END .*-----\n$/);
  await write(world, "b.asc", armored.stdout);
  for (const identity of ["key.txt", "other.txt"]) {
    for (const file of ["b.age", "b.asc"]) {
      const tried = await world.dicode(["secrets", "restore", file, "-i", identity, "--dry-run"]);
      assert.deepEqual([tried.code, tried.stdout], [0, "unchanged alpha\nunchanged b c/ü\n"]);
    }
  }
});

Deno.test("export without a recipient, or for what is none, is refused; an identity is not shown", async () => {
  await using world = await filled();
  const none = await world.dicode(["secrets", "export", "--output", "b.age"]);
  assert.equal(none.code, 2);
  assert.match(none.stderr, /^dicode: error: cannot export in plain text: name the recipient/);
  assert.match(none.stderr, /dicode: hint: age-keygen -o key\.txt makes an identity/);
  await write(world, "ssh", `${RECIPIENT}\nssh-ed25519 AAAA\n`);
  await write(world, "empty", "# nobody\n");
  const cases: [args: string[], message: RegExp][] = [
    [["-r", IDENTITY], /cannot encrypt for --recipient: it is an identity, the secret half/],
    [["-r", RECIPIENT, "-r", "me"], /for --recipient number 2: it is no recipient of age/],
    [["-R", "key.txt"], /error: key\.txt:3: cannot encrypt for this line: it is an identity/],
    [["-R", "ssh"], /error: ssh:2: .* it is an SSH key.*\n.* hint: age-keygen -o key\.txt/],
    [["-R", "empty"], /cannot encrypt for "empty": there is no recipient in it/],
    [["-R", "missing"], /cannot read "missing": there is no such file/],
  ];
  for (const [args, message] of cases) {
    const shown = await world.dicode(["secrets", "export", "-o", "b.age", "--verbose", ...args]);
    assert.equal(shown.code, 2);
    assert.match(shown.stderr, message);
    assertHidden(shown, IDENTITY, IDENTITY.slice(-20));
  }
  assert.ok(!names(world).includes("b.age"));
});

Deno.test("one secret that does not open, and nothing is written; it is named", async () => {
  await using world = await filled();
  const { DatabaseSync } = await import("node:sqlite");
  using database = new DatabaseSync(`${world.dataDir}/data.db`);
  database.prepare("UPDATE secrets SET ciphertext = zeroblob(40) WHERE key = 'alpha'").run();
  const shown = await exportTo(world, "b.age");
  assert.equal(shown.code, 5);
  assert.match(shown.stderr, /cannot export the secret "alpha": it was changed outside dicode\n/);
  assert.match(shown.stderr, /hint: dicode secrets verify/);
  assert.ok(!names(world).includes("b.age"));
  const piped = await world.dicode(["secrets", "export", "-r", RECIPIENT]);
  assert.deepEqual([piped.code, piped.stdout], [5, ""]);
});

Deno.test("an empty store is warned of, and none at all is an error", async () => {
  await using world = await filled({ only: "x-y-z" });
  assert.equal((await world.dicode(["secrets", "delete", "only"])).code, 0);
  const empty = await exportTo(world, "b.age");
  assert.equal(empty.code, 0);
  assert.match(empty.stderr, /^dicode: warning: the backup is empty: the store holds no secrets\n/);
  const restored = await restore(world, "b.age");
  assert.match(restored.stderr, /warning: nothing was stored: the backup "b\.age" is empty/);
  const none = await exportTo(world, "c.age", "--data-dir", "elsewhere");
  assert.equal(none.code, 1);
  assert.match(none.stderr, /cannot export: nothing is stored yet\n.*\/elsewhere": --data-dir DIR/);
  assert.ok(!names(world).some((name) => name === "c.age" || name === "elsewhere"));
});

Deno.test("restore makes a store with a key of its own, from which tasks read", async () => {
  await using world = await filled();
  await exportTo(world, "b.age");
  const master = await Deno.readTextFile(`${world.dataDir}/master.key`);
  await Deno.remove(world.dataDir, { recursive: true });
  const shown = await restore(world, "b.age");
  assert.deepEqual(shown, {
    code: 0,
    stdout: "",
    stderr: "dicode: restored 2 secrets (2 new, 0 changed, 0 unchanged)\n",
  });
  assert.notEqual(await Deno.readTextFile(`${world.dataDir}/master.key`), master);
  assert.deepEqual(await stored(world.dataDir), CANARIES);
  await world.assertNothingLeft(...VALUES);
  const dir = await world.mainTask(
    "reads",
    "permissions: { env: [{ name: A, secret: alpha }] }",
    "return context.env.get('A').length;",
  );
  assert.equal((await world.run(dir)).stdout, "15\n");
});

Deno.test("restore replaces nothing but with --overwrite, keeps what the backup lacks, and lists both", async () => {
  await using world = await filled({ a: "canary-old", b: "same-same", c: "gone-soon" });
  await exportTo(world, "b.age");
  await world.store({ a: "canary-new", extra: "stays-here" });
  assert.equal((await world.dicode(["secrets", "delete", "c"])).code, 0);
  const now = { a: "canary-new", b: "same-same", extra: "stays-here" };
  const tried = await restore(world, "b.age", "--dry-run");
  assert.deepEqual([tried.code, tried.stdout], [0, "changed   a\nunchanged b\nnew       c\n"]);
  const refused = await restore(world, "b.age");
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /cannot store "a": stored already\ndicode: hint: --overwrite/);
  assert.deepEqual(await stored(world.dataDir), now);
  const done = await restore(world, "b.age", "--overwrite");
  assert.equal(done.stderr, "dicode: restored 3 secrets (1 new, 1 changed, 1 unchanged)\n");
  assert.deepEqual(await stored(world.dataDir), { ...now, a: "canary-old", c: "gone-soon" });
  for (const shown of [tried, refused, done]) assertHidden(shown, "canary", "same-same", IDENTITY);
});

Deno.test("what cannot be restored says why, each with its code, and nothing is stored", async () => {
  await using world = await filled();
  await exportTo(world, "good.age");
  const good = await Deno.readFile(`${world.dir}/good.age`);
  await Deno.remove(world.dataDir, { recursive: true });
  const document = (fields: string) => encrypt(`{"dicode":"backup",${fields}}`);
  const flipped = good.slice();
  flipped[good.length - 1]! ^= 1;
  const files: Record<string, [data: string | Uint8Array, code: number, message: RegExp]> = {
    cut: [good.subarray(0, -5), 5, /cannot open "cut": it was cut off or changed/],
    stub: [good.subarray(0, 100), 5, /cannot open "stub": it is cut off/],
    changed: [flipped, 5, /cannot open "changed": it was cut off or changed/],
    nothing: ["", 3, /cannot open "nothing": it is empty/],
    plain: [JSON.stringify({ alpha: VALUES[0] }), 3, /it is not encrypted with age/],
    list: [await encrypt(JSON.stringify(VALUES)), 3, /"list": what it holds is no backup/],
    newer: [await document(`"version":2,"secrets":{}`), 3, /its version is 2, this dicode knows 1/],
    bad: [
      await document(`"version":1,"secrets":{"good":"canary","bad":""}`),
      3,
      /its secret number 2 is no secret: it is empty/,
    ],
  };
  for (const [name, [data, code, message]] of Object.entries(files)) {
    await write(world, name, data);
    const shown = await restore(world, name, "--verbose");
    assert.equal(shown.code, code, shown.stderr);
    assert.match(shown.stderr, message);
    assert.match(shown.stderr, /\ndicode: hint: /);
    assertHidden(shown, "canary", IDENTITY);
  }
  const wrong = await world.dicode(["secrets", "restore", "good.age", "-i", "other.txt"]);
  assert.equal(wrong.code, 5);
  assert.match(wrong.stderr, /encrypted for other recipients than those of the identity\n.*hint/);
  await assert.rejects(Deno.stat(world.dataDir), Deno.errors.NotFound);
});

Deno.test("restore names what is wrong with an identity, and shows none", async () => {
  await using world = await filled();
  await exportTo(world, "b.age");
  await write(
    world,
    "typo",
    `# x\n${IDENTITY.slice(0, -1)}${IDENTITY.endsWith("Q") ? "P" : "Q"}\n`,
  );
  await write(world, "public", RECIPIENT);
  await write(world, "openssh", "-----BEGIN OPENSSH PRIVATE KEY-----\nx\n");
  await write(world, "none", "# nothing\n");
  const cases: [args: string[], message: RegExp][] = [
    [[], /cannot open a backup without an identity\ndicode: hint: --identity FILE/],
    [
      ["-i", "typo"],
      /error: typo:2: cannot open a backup with this line: it is not a whole identity/,
    ],
    [["-i", "public"], /error: public:1: .* it is a recipient, the public half/],
    [["-i", "openssh"], /error: openssh:1: .* it begins a key of another kind/],
    [["-i", "none"], /cannot open a backup with "none": there is no identity in it/],
    [["-i", "missing"], /cannot read "missing": there is no such file/],
    [["-i", "-"], /cannot read "-": --identity takes the path of a file/],
  ];
  for (const [args, message] of cases) {
    const shown = await world.dicode(["secrets", "restore", "b.age", "--verbose", ...args]);
    assert.equal(shown.code, 2, shown.stderr);
    assert.match(shown.stderr, message);
    assertHidden(shown, IDENTITY.slice(15, -2));
  }
  await Deno.chmod(`${world.dir}/key.txt`, 0o644);
  const shown = await restore(world, "b.age", "--dry-run");
  assert.equal(shown.code, 0);
  assert.match(
    shown.stderr,
    /^dicode: warning: other users .* may read the identity in "key\.txt"/,
  );
  assert.match(shown.stderr, /\ndicode: hint: chmod 600 key\.txt\n/);
});

Deno.test("restore takes the backup by standard input and the identity by a pipe", async () => {
  await using world = await filled();
  const script = `"$@" secrets export -r ${RECIPIENT} | "$@" --data-dir new secrets restore - ` +
    `--identity /dev/fd/3 3< key.txt`;
  const piped = await shell(world, script, []);
  assert.equal(piped.code, 0, piped.stderr);
  assert.deepEqual(await stored(`${world.dir}/new`), CANARIES);
});

Deno.test("restore into a Go program's store asks for --take-over; export reads it in place", async () => {
  await using world = await World.make();
  await write(world, "key.txt", IDENTITY);
  await Deno.mkdir(world.dataDir, { mode: 0o700 });
  for (const name of ["data.db", "master.key", "master.salt"]) {
    await Deno.copyFile(`${ROOT}tests/fixtures/go-store/${name}`, `${world.dataDir}/${name}`);
    await Deno.chmod(`${world.dataDir}/${name}`, 0o600);
  }
  const shown = await exportTo(world, "go.age");
  assert.match(shown.stderr, /exported 6 secrets/);
  await write(
    world,
    "b.age",
    await encrypt('{"dicode":"backup","version":1,"secrets":{"new":"x"}}'),
  );
  assert.equal((await restore(world, "b.age")).code, 5);
  const taken = await restore(world, "b.age", "--take-over");
  assert.equal(taken.code, 0, taken.stderr);
  assert.equal((await stored(world.dataDir)).new, "x");
});

Deno.test("a backup is of one moment, beside writers and rotations", async () => {
  await using world = await World.make();
  const child = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "-A", `${ROOT}tests/e2e/same_writer.ts`, world.dataDir],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const lines = child.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  await lines.next();
  const seen = new Set<string>();
  while (seen.size < 6) {
    const secrets = await readSnapshot({ dataDir: world.dataDir, env: () => undefined });
    assert.equal(secrets?.size, 100);
    const [number, ...others] = new Set(secrets.values());
    assert.deepEqual(others, []);
    seen.add(number!);
  }
  await child.stdin.close();
  while (!(await lines.next()).done);
  assert.equal((await child.status).code, 0);
});

Deno.test({
  name: "age opens an export, armored or not, and restore opens what age encrypts",
  ignore: !hasAge,
  async fn() {
    await using world = await filled();
    const age = async (script: string) => await shell(world, script, []);
    assert.equal((await age("age-keygen -o made.txt")).code, 0);
    const recipient = (await age("age-keygen -y made.txt")).stdout.trim();
    for (const armor of [[], ["--armor"]]) {
      const args = ["secrets", "export", "-r", recipient, "-o", `b${armor.length}.age`, ...armor];
      assert.equal((await world.dicode(args)).code, 0);
      const opened = await age(`age -d -i made.txt b${armor.length}.age`);
      assert.equal(opened.code, 0, opened.stderr);
      assert.deepEqual(JSON.parse(opened.stdout).secrets, CANARIES);
    }
    for (const armor of ["", "-a"]) {
      const again = await age(
        `age -d -i made.txt b0.age | age ${armor} -r ${recipient} -o c${armor}`,
      );
      assert.equal(again.code, 0, again.stderr);
      const args = ["--data-dir", `new${armor}`, "secrets", "restore", `c${armor}`];
      const shown = await world.dicode([...args, "--identity", "made.txt"]);
      assert.equal(shown.code, 0, shown.stderr);
      assert.deepEqual(await stored(`${world.dir}/new${armor}`), CANARIES);
    }
  },
});

Deno.test({
  name: "age opens an export of several parts, and of none",
  ignore: !hasAge,
  async fn() {
    await using world = await filled();
    await world.store({ large: "0123456789abcdef".repeat(10_000) });
    await exportTo(world, "b.age");
    const large = await shell(world, "age -d -i key.txt b.age", []);
    assert.equal(JSON.parse(large.stdout).secrets.large.length, 160_000);
    for (const key of ["large", ...Object.keys(CANARIES)]) {
      assert.equal((await world.dicode(["secrets", "delete", key])).code, 0);
    }
    await exportTo(world, "empty.age");
    const empty = await shell(world, "age -d -i key.txt empty.age", []);
    assert.deepEqual(JSON.parse(empty.stdout).secrets, {});
  },
});

Deno.test({
  name: "a locked identity is opened by its passphrase on a terminal alone",
  ignore: !terminal,
  async fn() {
    await using world = await filled();
    await exportTo(world, "b.age");
    const encrypter = new Encrypter();
    encrypter.setScryptWorkFactor(10);
    encrypter.setPassphrase("pass-5d11");
    await write(world, "key.age", await encrypter.encrypt(`# locked\n${IDENTITY}\n`));
    const args = ["--data-dir", "new", "secrets", "restore", "b.age", "-i", "key.age"];
    const piped = await world.dicode(args, { stdin: "pass-5d11\n" });
    assert.equal(piped.code, 2);
    assert.match(piped.stderr, /it is locked, .*\ndicode: hint: --identity <\(age -d key\.age\)/);
    const wrong = await answerOnTerminal(world, args, ["(hidden): ", "pass-0000\r"]);
    assert.equal(wrong.code, 5, wrong.stdout);
    assert.match(wrong.stdout, /cannot open "key\.age": its passphrase is another one/);
    const left = await answerOnTerminal(world, args, ["(hidden): ", "\x03"]);
    assert.equal(left.code, 130, left.stdout);
    const arrow = await answerOnTerminal(world, args, ["(hidden): ", "\x1b[D\r"]);
    assert.match(arrow.stdout, /cannot take that for a passphrase/);
    assert.ok(!names(world).includes("new"));
    const opened = await answerOnTerminal(world, args, ["(hidden): ", "pass-5d11\r"]);
    assert.equal(opened.code, 0, opened.stdout);
    assertHidden(opened, "pass-5d11");
    assert.deepEqual(await stored(`${world.dir}/new`), CANARIES);
  },
});

Deno.test({
  name: "on a terminal restore asks before it replaces, and export writes text alone",
  ignore: !terminal,
  async fn() {
    await using world = await filled();
    await exportTo(world, "b.age");
    await world.store({ alpha: "newer-value" });
    const args = ["secrets", "restore", "b.age", "-i", "key.txt"];
    const no = await answerOnTerminal(world, args, ["[y/N] ", "n\r"]);
    assert.equal(no.code, 130, no.stdout);
    assert.equal((await stored(world.dataDir)).alpha, "newer-value");
    const yes = await answerOnTerminal(world, args, ["[y/N] ", "y\r"]);
    assert.equal(yes.code, 0, yes.stdout);
    assert.equal((await stored(world.dataDir)).alpha, CANARIES.alpha);
    const binary = await answerOnTerminal(world, ["secrets", "export", "-r", RECIPIENT]);
    assert.equal(binary.code, 2);
    assert.match(binary.stdout, /cannot write a backup to a terminal: it is binary\r?\n.*--output/);
    const text = await answerOnTerminal(world, ["secrets", "export", "-r", RECIPIENT, "-a"]);
    assert.equal(text.code, 0);
    assert.match(text.stdout, /-----BEGIN AGE ENCRYPTED FILE-----/);
  },
});

/** The CLI under strace; the trace is in `trace`. */
async function traced(world: World, options: string[], args: string[]): Promise<Shown> {
  const strace = ["strace", "-f", "-qq", "-o", `${world.dir}/trace`, ...options];
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", '"$@"', "sh", ...strace, ...cliArgs(args)],
    clearEnv: true,
    env: cliEnv(world),
    cwd: world.dir,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

Deno.test({
  name: "export and restore open for writing what they are to write, the store, and nothing else",
  ignore: !hasStrace,
  async fn() {
    await using world = await filled();
    const trace = ["-e", "trace=open,openat,creat,memfd_create,mknod,mknodat"];
    const cache = cliEnv(world).DENO_DIR;
    const written = async (args: string[]) => {
      const shown = await traced(world, trace, args);
      assert.equal(shown.code, 0, shown.stderr);
      const calls = (await Deno.readTextFile(`${world.dir}/trace`)).split("\n");
      const writes = calls.filter((call) =>
        /O_WRONLY|O_RDWR|O_CREAT|O_TMPFILE|creat\(|memfd_create\(|mknod/.test(call)
      );
      return writes.map((call) => /"([^"]*)"/.exec(call)?.[1] ?? call)
        // Deno's own: caches of code, and devices.
        .filter((path) => !path.startsWith(`${cache}/`) && !/^\/dev\/(null|tty|pts\/)/.test(path))
        .map((path) => path.replaceAll(/[0-9a-f]{12}\.tmp/g, "X.tmp"));
    };
    const args = ["secrets", "export", "-r", RECIPIENT, "-o", "b.age"];
    const database = `${world.dataDir}/data.db`;
    assert.deepEqual(
      new Set(await written(args)),
      new Set([`${world.dir}/b.age.X.tmp`, database]),
    );
    const restored = ["--data-dir", "new", "secrets", "restore", "b.age", "-i", "key.txt"];
    const fresh = `${world.dir}/new`;
    for (const path of await written(restored)) {
      assert.match(
        path.replace(fresh, ""),
        /^\/(data\.db|master\.(key|salt)|cache\/derived-key)([-.].*)?$/,
      );
    }
    assert.deepEqual(await stored(fresh), CANARIES);
  },
});

Deno.test({
  name: "export works where a disk has no hard links, and never writes over a file there",
  ignore: !hasStrace,
  async fn() {
    await using world = await filled();
    const noLinks = ["-e", "trace=link,linkat", "-e", "inject=link,linkat:error=EPERM"];
    const args = ["secrets", "export", "-r", RECIPIENT, "-o", "b.age"];
    const before = names(world);
    const shown = await traced(world, noLinks, args);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(await Deno.readTextFile(`${world.dir}/trace`), /EPERM .*\(INJECTED\)/);
    assert.deepEqual(names(world), [...before, "b.age", "trace"].sort());
    const bytes = await Deno.readFile(`${world.dir}/b.age`);
    assert.deepEqual(await openBackup(bytes), { dicode: "backup", version: 1, secrets: CANARIES });
    assert.equal((await Deno.stat(`${world.dir}/b.age`)).mode! & 0o777, 0o600);
    assert.equal((await traced(world, noLinks, args)).code, 2);
    assert.deepEqual(await Deno.readFile(`${world.dir}/b.age`), bytes);
  },
});

Deno.test({
  name: "a disk that is too small gets no backup, and no part of one",
  ignore: !namespaces,
  async fn() {
    await using world = await filled({ large: "0123456789abcdef".repeat(20_000) });
    await Deno.mkdir(`${world.dir}/stick`);
    const mounted =
      `mount -t tmpfs -o size=128k tmpfs stick && "$@"; code=$?; ls -A stick; exit $code`;
    const { code, stdout, stderr } = await new Deno.Command("unshare", {
      args: [
        ...["-m", "sh", "-c", mounted, "sh"],
        ...cliArgs(["secrets", "export", "-r", RECIPIENT, "-o", "stick/b.age"]),
      ],
      clearEnv: true,
      env: cliEnv(world),
      cwd: world.dir,
      stdin: "null",
    }).output();
    assert.equal(code, 2);
    assert.equal(stdout.length, 0);
    assert.match(
      new TextDecoder().decode(stderr),
      /cannot write "stick\/b\.age": the disk is full\n/,
    );
  },
});
