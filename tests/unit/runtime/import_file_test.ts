/** What `dicode secrets import` takes for a file, and that no message holds a part of a value. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { ConfigError, UsageError } from "../../../sdk/errors.ts";
import { Host } from "../../../runtime/host.ts";
import { type ImportFile, readImportFile } from "../../../runtime/import_file.ts";
import { parseJsonEntries } from "../../../runtime/import_json.ts";

const host = new Host({ noColor: true, verbose: false });

/** Reads a file of that content. */
async function read(content: string | Uint8Array<ArrayBuffer>, name = "f"): Promise<ImportFile> {
  const dir = await Deno.makeTempDir({ prefix: "dicode-import-" });
  try {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await Deno.writeFile(`${dir}/${name}`, bytes);
    return await readImportFile(host, `${dir}/${name}`);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
}

/** The mistakes that refuse a file: `line:column message`. */
async function refusals(content: string | Uint8Array<ArrayBuffer>, name?: string) {
  const error: unknown = await read(content, name).then(() => undefined, (error) => error);
  if (error instanceof UsageError) return [error.message.replace(/"[^"]*"/, "FILE")];
  assert.ok(error instanceof ConfigError, String(error));
  for (const { code, hint } of error.problems) {
    assert.equal(code, "import_invalid");
    assert.ok(hint);
  }
  return error.problems.map(({ where, message }) =>
    `${where.line}:${where.column ?? ""} ${message.replace("cannot import this line: it ", "")}`
  );
}

Deno.test("readImportFile() tells JSON by the name's ending or by its first character", async () => {
  const values = async (content: string, name?: string) =>
    (await read(content, name)).entries.map(({ key, value, line }) => `${line} ${key}=${value}`);
  assert.deepEqual(await values('{"A": "x",\n"B": 1.50, "C": true, "D": "=\\n"}'), [
    "1 A=x",
    "2 B=1.50",
    "2 C=true",
    "2 D==\n",
  ]);
  assert.deepEqual(await values('\ufeff\n {"A": "null"}'), ["2 A=null"]);
  assert.deepEqual(await values("A={}"), ["1 A={}"]);
  assert.deepEqual(await refusals("A=x", "a.JSON"), ["1:1 is not JSON from here on"]);
});

Deno.test("readImportFile() leaves out what is empty, and says which", async () => {
  const { entries, empty } = await read("A=x\nB=\nC=''\nD= # y\nE=1\nE=\n");
  assert.deepEqual(entries.map(({ key }) => key), ["A"]);
  assert.deepEqual(empty.map(({ key, line }) => `${key}:${line}`), ["B:2", "C:3", "D:4", "E:6"]);
  assert.deepEqual((await read('{"A": ""}')).empty.map(({ key }) => key), ["A"]);
  assert.deepEqual((await read("# nothing\n")).entries, []);
});

Deno.test("readImportFile() of JSON names every mistake with its place", async () => {
  const text = '{"A": "x",\n "B": null, "C": [1],\n "D": {"x": "y"}, "A": "x", "E": "ok"}';
  assert.deepEqual(await refusals(text), [
    "2:7 holds null",
    "2:18 holds a list",
    "3:7 holds an object",
    "3:19 has a name that line 1 has already",
  ]);
  assert.deepEqual(await refusals('["A"]', "x.json"), ["1:1 holds no object"]);
  assert.deepEqual(await refusals('"CANARY"', "x.json"), ["1:1 holds no object"]);
  assert.deepEqual(await refusals("", "x.json"), ["1:1 is not JSON from here on"]);
  assert.deepEqual(await refusals('{"A": "x" "B": "y"}'), ["1:11 is not JSON from here on"]);
  const lax = /^1:1 begins what is JSON but for/;
  for (const text of ['{"A": "x",}', '{"A": "x" /* */}', '{"A": "x\ny"}']) {
    assert.match((await refusals(text))[0]!, lax);
  }
});

Deno.test("readImportFile() holds every key and value against the store's rules, with its line", async () => {
  const found = await refusals(
    `A=x\nDICODE_KEY=x\nB=${"x".repeat(2 ** 20 + 1)}\n${"k".repeat(300)}=x`,
  );
  assert.equal(found.length, 3);
  assert.match(found[0]!, /^2: cannot use that key .* DICODE_/);
  assert.match(found[1]!, /^3: cannot store that value: it has 1048577 bytes/);
  assert.match(found[2]!, /^4: cannot use that key .* 256 characters/);
  assert.match((await refusals('{" a": "\\ud800"}')).join(), /space.*well-formed/);
});

Deno.test("readImportFile() refuses what is no text, too large, or no file", async () => {
  assert.deepEqual(await refusals(new Uint8Array([65, 61, 0xff])), [
    "cannot read FILE: it is not UTF-8 text",
  ]);
  assert.match((await refusals("A=x\n".repeat(2 ** 22 + 1)))[0]!, /it is over 16 MiB/);
  for (const [path, found] of [["/", "a folder"], ["/dev/null", "no file"], ["/x/y", "no such"]]) {
    await assert.rejects(readImportFile(host, path!), new RegExp(`cannot read .*: .*${found}`));
  }
});

Deno.test("property: no mistake in JSON shows a character of it", async () => {
  // Letters that no message has.
  const piece = fc.constantFrom("{", "}", '"', ":", ",", "[", "\\", "\n", "/*", "ß", "ÿ", "Ж", "'");
  await fc.assert(
    fc.asyncProperty(fc.array(piece, { maxLength: 12 }), async (pieces) => {
      const { faults } = await parseJsonEntries(`{"A": "${pieces.join("")}`);
      for (const { state, hint } of faults) assert.doesNotMatch(state + hint, /[ßÿЖ']/);
    }),
  );
});
