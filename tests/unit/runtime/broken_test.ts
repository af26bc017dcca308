/**
 * Walks the broken task.yaml files of tests/fixtures/broken: each problem's place, code, message and
 * hint is as the `.expected` file beside it says, in order, and no more problems come.
 *
 * An expectation has a line `line:column code message` for each problem and, indented, its hint. To
 * write those of new files run this with UPDATE=1, and read each one as the author of the file would.
 */
import assert from "node:assert/strict";
import { ConfigError, type Problem } from "../../../sdk/errors.ts";
import { parseTask } from "../../../runtime/task.ts";

const folder = new URL("../../fixtures/broken/", import.meta.url);
const names = Array.from(Deno.readDirSync(folder), ({ name }) => name)
  .filter((name) => name.endsWith(".yaml"))
  .sort();

Deno.test("parseTask() is shown at least 60 broken files", () => {
  assert.ok(names.length >= 60, `only ${names.length}`);
});

for (const name of names) {
  Deno.test(`parseTask() says what is wrong with ${name}`, () => {
    const source = Deno.readTextFileSync(new URL(name, folder));
    const found = format(problemsOf(source));
    const file = new URL(name.replace(/yaml$/, "expected"), folder);
    if (Deno.env.get("UPDATE") === "1") Deno.writeTextFileSync(file, found);
    assert.equal(found, Deno.readTextFileSync(file));
    assert.doesNotMatch(found, /s3kr/, "a value is shown");
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(found, /[\x00-\x09\x0b-\x1f\x7f]/, "a control character is shown");
  });
}

function problemsOf(source: string): readonly Problem[] {
  try {
    parseTask(source, { dir: "/tasks/t", file: "task.yaml", entry: "/tasks/t/task.ts" });
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

function format(problems: readonly Problem[]): string {
  assert.notEqual(problems.length, 0, "the file passes");
  return problems.map(({ code, message, hint, where }) => {
    assert.equal(where.file, "task.yaml");
    const first = `${where.line}:${where.column} ${code} ${message}\n`;
    return hint === undefined ? first : `${first}    ${hint}\n`;
  }).join("");
}
