import assert from "node:assert/strict";
import { ConfigError } from "../../../sdk/errors.ts";
import { isFault, quote, Report } from "../../../runtime/report.ts";
import { atFile, choice, flag, scalar, type Shape, text } from "../../../runtime/shape.ts";
import { fields, forms, list, table } from "../../../runtime/shape_fields.ts";
import { parseYaml } from "../../../runtime/yaml.ts";

function read<T>(shape: Shape<T>, source: string): { value: T | undefined; said: string[] } {
  const { root, problems } = parseYaml(source, "task.yaml");
  const report = new Report("task.yaml", problems);
  const value = shape.read(root!, atFile(report));
  try {
    report.finish();
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    const said = error.problems.map(({ message, hint, where }) =>
      `${where.line}:${where.column} ${message}${hint === undefined ? "" : ` (${hint})`}`
    );
    return { value, said };
  }
  return { value, said: [] };
}

const person = fields({
  name: { shape: text("a name"), about: "who", required: true },
  admin: { shape: flag(), about: "whether", default: "false" },
  tags: { shape: list(text("a tag")), about: "what" },
});

Deno.test("fields() reads what is there and leaves out what is not", () => {
  const { value, said } = read(person, "name: ann\ntags: [a, 1]\n");
  assert.deepEqual(said, []);
  assert.equal(value?.slots.name?.value, "ann");
  assert.equal(value?.slots.admin, undefined);
  assert.deepEqual(value?.slots.tags?.value?.map((tag) => tag.value), ["a", "1"]);
  assert.deepEqual(value?.slots.tags?.value?.[1]?.place, { line: 2, column: 11 });
});

Deno.test("fields() reports every mistake and keeps what is right", () => {
  const { value, said } = read(person, "nmae: x\nadmin: yes\ntags: [a, [b], ~]\nextra: 1\n");
  assert.deepEqual(said, [
    '1:1 unknown field "nmae" in task.yaml (did you mean "name"?)',
    '2:8 cannot read "admin": expected true or false, found "yes" (write true, without quotes)',
    '3:11 cannot read an entry of "tags": expected a tag, found a list',
    '3:16 cannot read an entry of "tags": expected a tag, found nothing (write it, or remove the entry)',
    '4:1 unknown field "extra" in task.yaml (known are name, admin, tags)',
  ]);
  assert.deepEqual(value?.slots.tags?.value?.map((tag) => tag.value), ["a"]);
});

Deno.test("fields() gives a field that is wrong a slot without a value", () => {
  const { value } = read(person, "name: [a]\n");
  assert.ok(value?.slots.name);
  assert.equal(value.slots.name.value, undefined);
});

Deno.test("fields() reports a field that is missing, at the map", () => {
  assert.deepEqual(read(list(person), "- admin: true\n").said, [
    '1:3 cannot read an entry of task.yaml: "name" is missing (add "name": who)',
  ]);
});

Deno.test("fields() does not take names of Object.prototype for fields", () => {
  const { said } = read(person, "name: x\nconstructor: a\n__proto__: b\nhasOwnProperty: c\n");
  assert.equal(said.length, 3);
});

Deno.test("fields() never shows a name that a comma may have cut off a value", () => {
  const shape = fields({ value: { shape: text("a text"), about: "x" } }, { sensitive: true });
  for (const source of ["{ value: s3, kr3t }", "{ value: s3, kr3t: kr3t }"]) {
    const { said } = read(shape, source);
    assert.equal(said.length, 1);
    assert.doesNotMatch(said[0]!, /kr3t/);
  }
});

Deno.test("table() never shows a name that a comma may have cut off a value", () => {
  const { value, said } = read(table(text("a text")), "{ a: s3, kr3t, kr3t!: , b: c }");
  assert.deepEqual(said, [
    "1:10 cannot read task.yaml: a name without a value stands in { } (put a text that holds a comma in quotes)",
    "1:16 cannot read task.yaml: a name without a value stands in { } (put a text that holds a comma in quotes)",
  ]);
  assert.deepEqual(value?.map(({ name }) => name), ["a", "b"]);
  assert.match(read(table(text("a text")), "a:\n").said[0]!, /cannot read "a": expected a text/);
});

Deno.test("list() never shows an entry that a comma may have cut off NAME=value", () => {
  const isWord = (found: string) =>
    /^[a-z0-9=]+$/.test(found) ? undefined : { state: "is no word", hint: `write ${found}` };
  const words = list(text("a word", isWord));
  assert.deepEqual(read(words, "[x-y, a=s3, kr-3t, z]").said, [
    '1:2 cannot use an entry of task.yaml: "x-y" is no word (write x-y)',
    "1:13 cannot use an entry of task.yaml: the text is no word (put a text that holds a comma in quotes)",
  ]);
  for (const source of ["- a=s3\n- x-y\n", "['a=s3', x-y]"]) {
    assert.match(read(words, source).said[0]!, /"x-y" is no word/);
  }
});

Deno.test("scalar() hides the text of a sensitive field", () => {
  const shape = scalar<string>({
    expected: "a code",
    sensitive: true,
    parse: () => ({ state: "is wrong" }),
  });
  assert.deepEqual(read(shape, "s3kr3t").said, ["1:1 cannot use task.yaml: the text is wrong"]);
});

Deno.test("flag() takes true and false without quotes only", () => {
  assert.equal(read(flag(), "true").value, true);
  assert.equal(read(flag(), "False").value, false);
  for (const source of ['"true"', "yes", "1", "~", "on"]) {
    assert.equal(read(flag(), source).value, undefined, source);
  }
});

Deno.test("choice() names the nearest word, else all of them", () => {
  const shape = choice(["success", "failure"]);
  assert.equal(read(shape, "failure").value, "failure");
  assert.match(read(shape, "sucess").said[0]!, /did you mean "success"\?/);
  assert.match(read(shape, "done").said[0]!, /known are success, failure/);
});

Deno.test("table() gives names and values in order", () => {
  const { value } = read(table(text("a text")), "b: 1\na: 2\n");
  assert.deepEqual(value?.map(({ name, slot }) => [name, slot.value]), [["b", "1"], ["a", "2"]]);
});

Deno.test("a name of the file stands in a message as quote() shows it: on one line, and cut", () => {
  const source = `"\\e[31m\\u202e": ~\n${"n".repeat(200)}: ~\n`;
  const [first, second] = read(table(text("a text")), source).said;
  assert.match(first!, /^1:17 cannot read "\\u001b\[31m\\u\{202e\}": expected a text/);
  assert.match(second!, /^2:203 cannot read "n{80}…": expected a text/);
});

Deno.test("forms() reads by the kind of node", () => {
  const shape = forms("a text or a map", { scalar: text("a text"), map: person });
  assert.equal(read(shape, "x").value, "x");
  assert.ok(typeof read(shape, "name: x").value === "object");
  assert.match(read(shape, "[x]").said[0]!, /expected a text or a map, found a list/);
});

Deno.test("a shape describes itself as data", () => {
  assert.deepEqual(JSON.parse(JSON.stringify(person.form)), {
    type: "fields",
    fields: {
      name: { form: { type: "text", expected: "a name" }, about: "who", required: true },
      admin: { form: { type: "flag" }, about: "whether", required: false, default: "false" },
      tags: {
        form: { type: "list", item: { type: "text", expected: "a tag" }, atLeast: 0 },
        about: "what",
        required: false,
      },
    },
  });
});

Deno.test("quote() cuts at 80 characters and lets no character steer a terminal", () => {
  assert.equal(quote("é🦕"), '"é🦕"');
  assert.equal(quote("🦕".repeat(100)), `"${"🦕".repeat(80)}…"`);
  assert.equal(quote("a\u001b[2J\u202e\u2028\u009b"), '"a\\u001b[2J\\u{202e}\\u{2028}\\u{9b}"');
});

Deno.test("isFault() tells faults from values", () => {
  assert.equal(isFault({ state: "is wrong" }), true);
  assert.equal(isFault("state"), false);
  assert.equal(isFault(undefined), false);
});
