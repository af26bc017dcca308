/**
 * The reader of `.env` files, held to a corpus of spellings: what dicode reads, which tool and version
 * reads it so, and what the others make of it. Deno's and bash's readings are taken anew.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_FAULTS, parseDotenv } from "../../../store/dotenv.ts";
import corpus from "../../fixtures/dotenv/corpus.json" with { type: "json" };

type Reading = Readonly<Record<string, string>> | null;

/** One spelling. A reading is null where the tool complains. */
interface Case {
  readonly about: string;
  readonly text: string;
  /** What dicode reads; with `fault` it refuses, there. */
  readonly expect?: Record<string, string>;
  readonly fault?: string;
  /** The tools that read it as expected, and what the others read. */
  readonly as?: readonly string[];
  readonly otherwise: Readonly<Record<string, Reading>>;
}

const CASES = corpus.cases as unknown as readonly Case[];
const TOOLS = Object.keys(corpus.tools);
const RUNS = Deno.env.get("SLOW") ? 20_000 : 1_000;

/** What a tool was found to read. */
function readingOf({ as, expect, otherwise }: Case, tool: string): Reading {
  return as?.includes(tool) ? expect! : otherwise[tool]!;
}

for (const one of CASES) {
  const { about, text, expect, fault } = one;
  Deno.test(`parseDotenv() reads: ${about}`, () => {
    const { entries, faults } = parseDotenv(text);
    if (expect === undefined) {
      assert.deepEqual(faults.map(({ line, column }) => `${line}:${column}`), [fault]);
      return;
    }
    assert.deepEqual(faults, []);
    const read = Object.fromEntries(entries.map(({ key, value }) => [key, value]));
    assert.deepEqual(read, expect);
    for (const { key, value, doubts } of entries) {
      const differ = TOOLS.filter((tool) => {
        // A shell keeps every carriage return: such a file is none for it.
        if (tool === "bash" && text.includes("\r\n")) return false;
        return (readingOf(one, tool)?.[key] ?? value) !== value;
      });
      // A spelling may be doubted though all of these tools agree; the other way round never.
      if (differ.length > 0) assert.ok(doubts.length > 0, `${differ} read ${key} differently`);
    }
  });
}

Deno.test("the corpus is whole: 30 spellings and more, each read so by a tool that is named", () => {
  assert.ok(CASES.filter(({ expect }) => expect).length >= 30);
  for (const one of CASES) {
    const named = [...one.as ?? [], ...Object.keys(one.otherwise)];
    assert.deepEqual(named.toSorted(), TOOLS.toSorted(), one.about);
    if (one.expect !== undefined) assert.notEqual(one.as?.length, 0, one.about);
  }
});

Deno.test("values that every tool reads alike are not doubted", () => {
  const plain = CASES.filter(({ as }) => as?.length === TOOLS.length);
  // The tools agree on these, and others do not: godotenv drops the backslash, bash complains at one.
  const anyway = ["an escape that is none", "\\u in double quotes"];
  const doubted = plain.filter(({ text, about }) =>
    !anyway.includes(about) && parseDotenv(text).entries.some(({ doubts }) => doubts.length > 0)
  );
  assert.ok(plain.length > 15);
  assert.deepEqual(doubted.map(({ about }) => about), []);
});

Deno.test("Deno reads the corpus as the corpus says", async () => {
  const dir = await Deno.makeTempDir({ prefix: "dicode-env-" });
  const script = `${dir}/print.ts`;
  await Deno.writeTextFile(script, "console.log(JSON.stringify(Deno.env.toObject()));");
  const empty = await readBy(script, "");
  for (const one of CASES) {
    const found = await readBy(script, one.text);
    for (const name of Object.keys(empty)) delete found[name];
    assert.deepEqual(found, readingOf(one, "deno"), one.about);
  }
  await Deno.remove(dir, { recursive: true });

  async function readBy(script: string, text: string): Promise<Record<string, string>> {
    await Deno.writeTextFile(`${dir}/.env`, text);
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", "--no-config", `--env-file=${dir}/.env`, script],
      clearEnv: true,
      env: { HOME: dir },
      stderr: "null",
    }).output();
    return JSON.parse(new TextDecoder().decode(stdout));
  }
});

Deno.test("bash reads the corpus as the corpus says", async () => {
  const dir = await Deno.makeTempDir({ prefix: "dicode-env-" });
  for (const one of CASES) {
    await Deno.writeTextFile(`${dir}/e`, one.text);
    const { stdout, stderr } = await new Deno.Command("/bin/bash", {
      args: ["--noprofile", "--norc", "-c", "set -a; . ./e; /usr/bin/env -0"],
      clearEnv: true,
      env: { HOME: "HOME", PATH: "/nowhere" },
      cwd: dir,
    }).output();
    const pairs = new TextDecoder("utf-8", { ignoreBOM: true }).decode(stdout).split("\0")
      .filter((pair) => !/^(?:$|HOME=|PATH=|PWD=|SHLVL=|OLDPWD=|_=)/.test(pair))
      .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
    const found = stderr.length > 0 ? null : Object.fromEntries(pairs);
    assert.deepEqual(found, readingOf(one, "bash"), one.about);
  }
  await Deno.remove(dir, { recursive: true });
});

Deno.test("parseDotenv() names the line of each entry, and of each mistake", () => {
  const { entries } = parseDotenv("\ufeff# x\r\nA=1\r\nB='2\r\n2'\r\n\r\nC=3");
  assert.deepEqual(entries.map(({ key, line }) => `${key}:${line}`), ["A:2", "B:3", "C:6"]);
  const { faults } = parseDotenv("A='x\ny'\nno\n\tB='🙂' no\nC: no\n=\nD='");
  assert.deepEqual(
    faults.map(({ line, column }) => `${line}:${column}`),
    ["3:1", "4:8", "5:1", "6:1", "7:3"],
  );
  assert.equal(parseDotenv("\ufeffA='x' y").faults[0]?.column, 7);
});

Deno.test("parseDotenv() of several of one name: the last counts, in its place, and is doubted", () => {
  const { entries } = parseDotenv("A=1\nB=2\nA=3\nB=2\n");
  assert.deepEqual(entries.map(({ key, value }) => key + value), ["A3", "B2"]);
  assert.match(entries[0]!.doubts.join(), /^line 1 has another value/);
  assert.deepEqual(entries[1]!.doubts, []);
});

Deno.test("parseDotenv() doubts lines of a value that look like entries of their own", () => {
  const doubts = (text: string) => parseDotenv(text).entries[0]!.doubts.join();
  assert.match(doubts('A="x\nB=y\nC="\n'), /looks like an entry/);
  assert.match(doubts("A='x\nexport B=y'\n"), /looks like an entry/);
  assert.match(doubts("A=`x\nB=`\n"), /looks like an entry/);
  assert.equal(doubts("A='-----BEGIN-----\nabc=\nabc==\n-----END-----\n'\n"), "");
});

Deno.test("parseDotenv() refuses NUL, lone carriage returns and names that are values", () => {
  const states = (text: string) => parseDotenv(text).faults.map(({ state }) => state).join();
  assert.match(states("A=x\0y"), /NUL/);
  assert.match(states("A='x\0y'"), /NUL/);
  assert.match(states("A\0=x"), /NUL/);
  assert.match(states("A=x\rB=y\r"), /carriage return/);
  assert.match(states('A="x\ry"'), /carriage return/);
  assert.match(states(`${"a".repeat(2000)}=x`), /no name/);
  assert.match(states("export A\nA=x\n"), /no "="/);
  assert.equal(states("A=x\nexport A\n"), "");
});

Deno.test("parseDotenv() stops after so many mistakes, and in linear time", () => {
  const long = 2 ** 21;
  assert.equal(parseDotenv("no\n".repeat(long)).faults.length, MAX_FAULTS);
  for (const text of ['\\"', "\\", "a ", " \t", "A=", "# ", "'\"", "x #"]) {
    for (const start of ["", "export ", "A=", 'A="', "A='"]) {
      parseDotenv(start + text.repeat(long / text.length)); // would not end if it were quadratic
    }
  }
});

const KEY = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,20}$/);
const VALUE = fc.string({ unit: "grapheme", minLength: 1, maxLength: 60 })
  .map((text) => text.replaceAll(/\0/g, "0"));

Deno.test("property: what is written in double quotes is read back", () => {
  const escapes: Record<string, string> = { "\n": "\\n", "\r": "\\r", "\t": "\\t" };
  fc.assert(
    fc.property(fc.dictionary(KEY, VALUE, { noNullPrototype: true }), (values) => {
      const text = Object.entries(values).map(([key, value]) =>
        `${key}="${value.replaceAll(/[\n\r\t"\\$]/g, (sign) => escapes[sign] ?? `\\${sign}`)}"\n`
      ).join("");
      const { entries, faults } = parseDotenv(text);
      assert.deepEqual(faults, []);
      const read = Object.fromEntries(entries.map(({ key, value }) => [key, value]));
      assert.deepEqual(read, values);
    }),
    { numRuns: RUNS },
  );
});

Deno.test("property: what is written in single quotes is read back, line breaks too", () => {
  fc.assert(
    fc.property(KEY, VALUE, fc.constantFrom("\n", "\r\n"), (key, value, end) => {
      const plain = value.replaceAll(/['\r]/g, "");
      const { entries } = parseDotenv(`A=1${end}${key}='${plain.replaceAll("\n", end)}'${end}`);
      assert.equal(entries.find((entry) => entry.key === key)?.value, plain);
    }),
    { numRuns: RUNS },
  );
});

/** Pieces of which files are made, good ones and bad ones. */
const PIECES = fc.array(
  fc.oneof(
    fc.constantFrom("A=", "B", "=", "export ", "#", " ", "\t", "\n", "\r\n", "\r", "'", '"', "`"),
    fc.constantFrom(
      "\\",
      "$",
      "${",
      ":",
      "\ufeff",
      "\0",
      "CANARY-0\n",
      "=CANARY-1",
      "-----BEGIN X-",
    ),
    fc.string({ unit: "binary", maxLength: 3 }),
  ),
  { maxLength: 40 },
).map((pieces) => pieces.join(""));

Deno.test("property: any text is read without throwing, and no message holds a part of a value", () => {
  fc.assert(
    fc.property(PIECES, (text) => {
      const { entries, faults } = parseDotenv(text);
      const lines = text.split("\n").length;
      const said = [...faults.flatMap(({ state, hint }) => [state, hint])];
      for (const { key, doubts, line } of entries) {
        said.push(...doubts);
        assert.match(key, /^[\w.-]+$/);
        assert.ok(line >= 1 && line <= lines);
      }
      for (const { line, column } of faults) assert.ok(line >= 1 && line <= lines && column >= 1);
      for (const words of said) assert.ok(!words.includes("CANARY"), words);
      assert.equal(new Set(entries.map(({ key }) => key)).size, entries.length);
    }),
    { numRuns: 5 * RUNS },
  );
});
