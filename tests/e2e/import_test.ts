/** `dicode secrets import` by the real command line: files, pipes, a terminal; nothing shown, all or nothing. */
import assert from "node:assert/strict";
import { openStore } from "../../store/secrets.ts";
import { assertHidden, World } from "../helpers.ts";
import corpus from "../fixtures/dotenv/corpus.json" with { type: "json" };
import { answerOnTerminal, hasScript, shell } from "./shell.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const CANARY = "canary-3f9a#c1";
const terminal = await hasScript("2 tests of `secrets import` on a terminal");

/** What the store holds. */
async function stored(world: World): Promise<Record<string, string>> {
  using store = openStore({ dataDir: world.dataDir, env: () => undefined });
  return Object.fromEntries(await store.getMany(await store.list()));
}

/** Writes a file of the user's, which nobody else may read. */
async function write(world: World, name: string, text: string): Promise<void> {
  await Deno.writeTextFile(`${world.dir}/${name}`, text, { mode: 0o600 });
}

Deno.test("import stores every spelling of the corpus, with the value that is expected", async () => {
  await using world = await World.make();
  // Those with a byte order mark or a line end of their own only mean something alone.
  const cases = corpus.cases.filter(({ text, expect }) => expect && text.endsWith("\n"));
  const expected: Record<string, string> = {};
  for (const { expect } of cases) {
    for (const [key, value] of Object.entries(expect!)) if (value !== "") expected[key] = value;
  }
  await write(world, ".env", cases.map(({ text }) => text.replace("\ufeff", "")).join("\n"));
  const shown = await world.dicode(["secrets", "import", ".env"]);
  assert.equal(shown.code, 0, shown.stderr);
  assert.ok(Object.keys(expected).length > 50);
  assert.deepEqual(await stored(world), expected);
  assertHidden(shown, ...Object.values(expected).filter((value) => value.length > 8));
});

Deno.test("import stores a file, says what it left out and doubts, and suggests to delete it", async () => {
  await using world = await World.make();
  await write(world, ".env", `# mail\nexport A=${CANARY}\nB=\nC="${CANARY}\\n$x"\n`);
  const shown = await world.dicode(["secrets", "import", ".env"]);
  assert.equal(shown.code, 0, shown.stderr);
  assert.equal(shown.stdout, "");
  const lines = shown.stderr.split("\n");
  assert.equal(lines[0], "dicode: warning: 1 key is left out: no value");
  assert.equal(lines[1], 'dicode: | .env:3: "B"');
  assert.match(lines[2]!, /^dicode: warning: 2 values may mean something else to another tool/);
  assert.match(lines[3]!, /^dicode: \| \.env:2: "A": "#" belongs to it; npm dotenv, Node and Deno/);
  assert.match(lines[4]!, /^dicode: \| \.env:4: "C": "\$" stays as it is/);
  assert.match(lines[5]!, /^dicode: \| \.env:4: "C": \\n, \\r/);
  assert.equal(lines[6], "dicode: imported 2 secrets (2 new, 0 changed, 0 unchanged)");
  assert.match(lines[7]!, /^dicode: hint: the values are still in that file.*: shred -u \.env$/);
  assert.equal(lines.length, 9);
  assertHidden(shown, CANARY);
  await world.assertNothingLeft(CANARY);
  assert.deepEqual(await stored(world), { A: CANARY, C: `${CANARY}\n$x` });

  await Deno.chmod(`${world.dir}/.env`, 0o640);
  const again = await world.dicode(["secrets", "import", ".env"]);
  assert.match(again.stderr, /imported 2 secrets \(0 new, 0 changed, 2 unchanged\)/);
  assert.match(again.stderr, /warning: other users .* may read \.env: its mode is 640/);
});

Deno.test("import --dry-run lists keys in the order of the file, and stores nothing", async () => {
  await using world = await World.make();
  await write(world, ".env", `z=${CANARY}\na=1\nm='${CANARY}'\n`);
  const args = ["secrets", "import", ".env", "--dry-run"];
  const fresh = await world.dicode(args);
  assert.deepEqual([fresh.code, fresh.stdout], [0, "new       z\nnew       a\nnew       m\n"]);
  await assert.rejects(Deno.stat(world.dataDir), Deno.errors.NotFound);

  await world.store({ a: "1", m: "other" });
  const shown = await world.dicode([...args, "--overwrite"]);
  assert.deepEqual([shown.code, shown.stdout], [0, "new       z\nunchanged a\nchanged   m\n"]);
  assertHidden(fresh, CANARY);
  assertHidden(shown, CANARY);
  assert.deepEqual(await stored(world), { a: "1", m: "other" });
});

Deno.test("without a terminal import replaces nothing but with --overwrite", async () => {
  await using world = await World.make();
  await world.store({ a: "old", b: "same", c: "kept" });
  await write(world, ".env", "new=1\na=2\nb=same\n");
  const refused = await world.dicode(["secrets", "import", ".env"], { stdin: "y\n" });
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /1 of the keys is stored with another value:\ndicode: \| "a"\n/);
  assert.match(
    refused.stderr,
    /error: cannot store "a": stored already\ndicode: hint: --overwrite/,
  );
  assert.deepEqual(await stored(world), { a: "old", b: "same", c: "kept" });

  const shown = await world.dicode(["secrets", "import", ".env", "--overwrite"]);
  assert.match(shown.stderr, /imported 3 secrets \(1 new, 1 changed, 1 unchanged\)/);
  assert.deepEqual(await stored(world), { a: "2", b: "same", c: "kept", new: "1" });
});

Deno.test("one bad line, and nothing is stored: every mistake is named with its line", async () => {
  await using world = await World.make();
  await write(world, ".env", `a=${CANARY}\n${CANARY}\nb="${CANARY}" ${CANARY}\nc: ${CANARY}\n`);
  const shown = await world.dicode(["secrets", "import", ".env", "--overwrite"]);
  assert.equal(shown.code, 3);
  const errors = shown.stderr.split("\n").filter((line) => line.startsWith("dicode: error: "));
  assert.deepEqual(errors.map((line) => line.slice(15)), [
    '.env:2:1: cannot import this line: it has no "="',
    '.env:3:20: cannot import this line: it has text behind the closing quote (")',
    '.env:4:1: cannot import this line: it has no "="',
  ]);
  assertHidden(shown, CANARY, CANARY.slice(0, 8));
  await assert.rejects(Deno.stat(world.dataDir), Deno.errors.NotFound);

  const open = await world.dicode(["secrets", "import", "-"], {
    stdin: `a=1\nb='${CANARY}\nc=2\n`,
  });
  assert.match(open.stderr, /^dicode: error: standard input:2:3: .* opens a quote \('\) that is/);
  assert.equal(open.code, 3);
  assertHidden(open, CANARY);
  await assert.rejects(Deno.stat(world.dataDir), Deno.errors.NotFound);
});

Deno.test("import reads standard input and pipes, .env and JSON, and suggests to delete no pipe", async () => {
  await using world = await World.make();
  const json = JSON.stringify({ a: CANARY, b: 'x\n"y"', n: 1 }, null, 2);
  const one = await world.dicode(["secrets", "import", "-"], { stdin: json });
  assert.deepEqual([one.code, one.stdout], [0, ""]);
  assert.equal(one.stderr, "dicode: imported 3 secrets (3 new, 0 changed, 0 unchanged)\n");
  const two = await shell(world, `printf 'c=3\\n' | "$@"`, ["secrets", "import", "/dev/stdin"]);
  assert.equal(two.stderr, "dicode: imported 1 secret (1 new, 0 changed, 0 unchanged)\n");
  assert.deepEqual(await stored(world), { a: CANARY, b: 'x\n"y"', c: "3", n: "1" });
  const bad = await world.dicode(["secrets", "import", "-"], { stdin: `{"a": "${CANARY}' }` });
  assert.equal(bad.code, 3);
  assertHidden(bad, CANARY);
  const changed = await world.dicode(["secrets", "import", "-"], { stdin: "a=2" });
  assert.equal(changed.code, 2);
  const empty = await world.dicode(["secrets", "import", "-"], { stdin: "# nothing\n" });
  assert.deepEqual([empty.code, empty.stderr], [
    0,
    'dicode: nothing was stored: "standard input" has no values\n',
  ]);
});

Deno.test("import into a Go program's store asks for --take-over, and reads it without", async () => {
  await using world = await World.make();
  await Deno.mkdir(world.dataDir, { mode: 0o700 });
  for (const name of ["data.db", "master.key", "master.salt"]) {
    await Deno.copyFile(`${ROOT}tests/fixtures/go-store/${name}`, `${world.dataDir}/${name}`);
    await Deno.chmod(`${world.dataDir}/${name}`, 0o600);
  }
  await write(world, ".env", "fresh=1\n");
  const tried = await world.dicode(["secrets", "import", ".env", "--dry-run"]);
  assert.deepEqual([tried.code, tried.stdout], [0, "new       fresh\n"]);
  const refused = await world.dicode(["secrets", "import", ".env"]);
  assert.equal(refused.code, 5);
  const taken = await world.dicode(["secrets", "import", ".env", "--take-over"]);
  assert.equal(taken.code, 0, taken.stderr);
  assert.equal((await stored(world)).fresh, "1");
});

Deno.test({
  name: "on a terminal import asks before it replaces, and no is no",
  ignore: !terminal,
  async fn() {
    await using world = await World.make();
    await world.store({ a: "old", b: "old" });
    await write(world, ".env", `a=${CANARY}\nb=${CANARY}\nc=${CANARY}\n`);
    const no = await answerOnTerminal(world, ["secrets", "import", ".env"], ["[y/N] ", "n\r"]);
    assert.equal(no.code, 130, no.stdout);
    assert.match(no.stdout, /2 of the keys are stored with another value:/);
    assert.match(no.stdout, /\| "a"\r?\ndicode: \| "b"\r?\ndicode: replace them\? \[y\/N\]/);
    assert.match(no.stdout, /cancelled: nothing was stored/);
    assertHidden(no, CANARY);
    assert.deepEqual(await stored(world), { a: "old", b: "old" });
    const yes = await answerOnTerminal(world, ["secrets", "import", ".env"], ["[y/N] ", "y\r"]);
    assert.equal(yes.code, 0, yes.stdout);
    assert.match(yes.stdout, /imported 3 secrets \(1 new, 2 changed, 0 unchanged\)/);
    assertHidden(yes, CANARY);
    assert.deepEqual(await stored(world), { a: CANARY, b: CANARY, c: CANARY });
  },
});

/** So many secrets are imported at once. */
const MANY = 10_000;

Deno.test({
  name: `import of ${MANY} secrets, with a progress line on a terminal`,
  ignore: !terminal,
  async fn() {
    await using world = await World.make();
    const pairs = Array.from({ length: MANY }, (_, at) => [`KEY_${at}`, `${CANARY}-${at}`]);
    await write(world, ".env", pairs.map(([key, value]) => `${key}='${value}'\n`).join(""));
    const shown = await answerOnTerminal(world, ["secrets", "import", ".env"]);
    assert.equal(shown.code, 0, shown.stdout);
    assert.match(shown.stdout.replaceAll("\x1b[K", ""), /\rdicode: encrypted \d+ of 10000/);
    assert.match(shown.stdout, /imported 10000 secrets \(10000 new, 0 changed, 0 unchanged\)/);
    assertHidden(shown, CANARY);
    assert.deepEqual(await stored(world), Object.fromEntries(pairs));
    // A list of that length is cut.
    const changed = pairs.map(([key]) => `${key}=a#b\n`).join("");
    const refused = await world.dicode(["secrets", "import", "-"], { stdin: changed });
    assert.match(refused.stderr, /10000 of the keys are stored with another value/);
    assert.equal(refused.stderr.match(/\| and 9950 more: --dry-run lists all/g)?.length, 2);
    const verified = await world.dicode(["secrets", "verify"]);
    assert.equal(verified.stdout, "10000 secrets are in order\n");
  },
});
