import assert from "node:assert/strict";
import fc from "fast-check";
import { ConfigError, ERROR_CODES, type Problem } from "../../sdk/errors.ts";
import { CONTROL } from "../../store/rules.ts";
import { loadTask, parseTask, type Task } from "../../runtime/task.ts";
import { parseYaml } from "../../runtime/yaml.ts";
import { carelessText } from "./careless_text.ts";
import { CANARY } from "./draft_parts.ts";
import { fuzz } from "./fuzz.ts";
import { heavyText, mutate, mutations, tokenSoup } from "./mutations.ts";
import { AT, taskText } from "./task_drafts.ts";
import { assertSame, grantsIn, grantsOf, loadPlain, namesIn, openCanaries } from "./yaml_oracle.ts";

/** A valid task.yaml with a few things changed. */
const mutatedText = fc.tuple(taskText, mutations)
  .map(([{ source }, changes]) => mutate(source, changes));
const anyText = fc.oneof(
  fc.string({ unit: "binary" }),
  tokenSoup,
  fc.tuple(heavyText, mutations).map(([source, changes]) => mutate(source, changes)),
);

/** What a reader makes of a text, or the ConfigError that it throws; anything else is a bug. */
function attempt<T>(read: () => T): T | ConfigError {
  try {
    return read();
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

/** Fails unless a problem has words that fit a terminal and a place in the text. */
function assertSound(problem: Problem, source: string): void {
  const lines = source.replace(/^\ufeff/, "").split(/\r\n|\n|\r/);
  const { code, message, hint = "a hint", where: { file, line = 0, column = 0 } } = problem;
  assert.ok(code in ERROR_CODES && message !== "" && hint !== "");
  assert.doesNotMatch(message + hint, CONTROL);
  assert.equal(file, AT.file);
  const length = [...lines[line - 1] ?? assert.fail(`there is no line ${line}`)].length;
  assert.ok(column >= 1 && column <= length + 1, `column ${column} of ${length} in line ${line}`);
}

const PROTOTYPE = JSON.stringify(Object.getOwnPropertyNames(Object.prototype));

/** Reads a text as a task, and fails for what no text may bring about. */
function readTask(source: string): Task | ConfigError {
  const found = attempt(() => parseTask(source, AT));
  const problems = found instanceof ConfigError ? found.problems : found.warnings;
  for (const problem of problems) assertSound(problem, source);
  assert.equal(JSON.stringify(Object.getOwnPropertyNames(Object.prototype)), PROTOTYPE);
  return found;
}

fuzz(
  "parseTask() reads a task as it was meant, however it is written, with its places",
  fc.property(taskText, ({ source, task }) => {
    assert.deepEqual(readTask(source), task);
  }),
);

fuzz(
  "parseTask() makes a task or a ConfigError with places of any text",
  fc.property(anyText, (source) => void readTask(source)),
);

const ends = { "a task": 0, "a syntax error": 0, "several mistakes": 0 };
fuzz(
  "parseTask() grants what a text with mistakes says, no more and no less, or says what is wrong",
  fc.property(mutatedText, (source) => {
    const found = readTask(source);
    if (found instanceof ConfigError) {
      if (found.code === "yaml_syntax") ends["a syntax error"]++;
      if (found.problems.length > 1) ends["several mistakes"]++;
      return;
    }
    ends["a task"]++;
    const granted = grantsOf(found);
    assert.deepEqual(granted, grantsIn(loadPlain(source).texts));
    // Without escapes and folded lines the text itself has each of them.
    if (source.includes("\\")) return;
    const text = source.replaceAll("''", "'").replaceAll(/\s+/g, " ");
    for (const entry of [...granted.run, ...granted.modules]) {
      assert.ok(text.includes(entry.replaceAll(/\s+/g, " ")), `${entry} is not in the text`);
    }
    for (const host of [...granted.net, ...granted.import]) {
      assert.ok(text.toLowerCase().includes(host), `${host} is not in the text`);
    }
  }),
  { reached: ends },
);

const shown = { "a literal in a text that is refused": 0 };
fuzz(
  "no message shows a literal, whatever else is wrong",
  fc.property(fc.oneof({ weight: 4, arbitrary: carelessText }, mutatedText), (source) => {
    const found = readTask(source);
    const isRefused = found instanceof ConfigError;
    if (isRefused && source.search(CANARY) >= 0) shown["a literal in a text that is refused"]++;
    const file = attempt(() => parseYaml(source, AT.file));
    const open = openCanaries(file instanceof ConfigError ? undefined : file.root);
    const problems = isRefused ? found.problems : found.warnings;
    const told = problems.map(({ message, hint }) => `${message}\n${hint}`).join("\n");
    for (const [mark] of told.matchAll(CANARY)) assert.ok(open.has(mark), told);
  }),
  { share: 2, reached: shown },
);

const trees = { "the same tree": 0, "a text that neither takes": 0, "what only we refuse": 0 };
fuzz(
  "parseYaml() reads what js-yaml's own loader reads",
  fc.property(fc.oneof(mutatedText, carelessText, anyText), (source) => {
    const ours = attempt(() => parseYaml(source, AT.file));
    let theirs: ReturnType<typeof loadPlain> | undefined;
    try {
      theirs = loadPlain(source);
    } catch {
      // It throws one kind of error for all.
    }
    if (ours instanceof ConfigError) {
      trees["a text that neither takes"]++;
      assert.equal(theirs, undefined);
    } else if (ours.root === undefined) {
      assert.equal(theirs, undefined);
    } else if (ours.problems.length === 0) {
      trees["the same tree"]++;
      assert.ok(theirs);
      assertSame(ours.root, theirs.texts, theirs.values);
    } else if (theirs !== undefined) {
      trees["what only we refuse"]++;
      const odd = namesIn(theirs.texts).some((name) =>
        typeof name !== "string" || !/^[a-z_]{2}/i.test(name) || /^(?:true|false|null)$/i.test(name)
      );
      const isRefused = odd || /[&*!]|<<|\\u/i.test(source) || !source.isWellFormed();
      assert.ok(isRefused, JSON.stringify(ours.problems));
    }
  }),
  { reached: trees },
);

fuzz(
  "loadTask() makes a task or a ConfigError of any bytes",
  fc.asyncProperty(
    fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.tuple(mutatedText, fc.nat(), fc.uint8Array({ maxLength: 3 })).map(([text, at, more]) => {
        const bytes = new TextEncoder().encode(text);
        bytes.set(more.subarray(0, bytes.length), at % Math.max(1, bytes.length - 2));
        return bytes;
      }),
    ),
    async (bytes) => {
      const dir = await Deno.makeTempDir({ prefix: "dcf-" });
      try {
        await Deno.writeTextFile(`${dir}/task.ts`, "");
        await Deno.writeFile(`${dir}/task.yaml`, bytes);
        const error = await loadTask(dir).then(() => undefined, (error) => error);
        assert.ok(error === undefined || error instanceof ConfigError, String(error));
      } finally {
        await Deno.remove(dir, { recursive: true });
      }
    },
  ),
  { share: 0.1 },
);
