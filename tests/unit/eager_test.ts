/** tools/eager.ts: the program stays the same, and its functions are compiled with their file. */
import assert from "node:assert/strict";
import { findCycle, markEager } from "../../tools/eager.ts";

Deno.test("functions are put in parentheses, methods are left, declarations go to the top", () => {
  const before = `const twice = [1, 2].map(n => n * 2);
class Box { #n = () => 1; get n() { return this.#n(); } static async *all() { yield 1; } }
function early({ n = function () {} } = {}) { return n; }
const late = { early() {}, get x() { return 1; }, y: function () {}, z: async () => {} };
async function* many(a, b) { yield* [a, b]; }
export { early as first, many };
`;
  const after = `var early = (function({ n = (function () {}) } = {}) { return n; });
var many = (async function*(a, b) { yield* [a, b]; });
const twice = [1, 2].map((n => n * 2));
class Box { #n = (() => 1); get n() { return this.#n(); } static async *all() { yield 1; } }

const late = { early() {}, get x() { return 1; }, y: (function () {}), z: (async () => {}) };

export { early as first, many };
`;
  assert.equal(markEager(before), after);
});

Deno.test("functions in functions keep their places", () => {
  const before = "function a() { function b() { return () => () => 1; } return b; }\n";
  const after =
    "var a = (function() { function b() { return (() => (() => 1)); } return b; });\n\n";
  assert.equal(markEager(before), after);
});

Deno.test("a marked program does what it did, before its declarations too", async () => {
  const text = `export const seen = [call(1), fact(5)];
function call(n) { return [n].map((n) => helper(n))[0]; }
function fact(n) { return n < 2 ? 1 : n * fact(n - 1); }
function helper(n) { return n + 1; }
export const names = [call.name, helper.name];
`;
  const load = (code: string) => import(`data:text/javascript,${encodeURIComponent(code)}`);
  const [plain, marked] = [await load(text), await load(markEager(text))];
  assert.deepEqual({ ...marked }, { ...plain });
  assert.deepEqual(marked.seen, [2, 120]);
});

Deno.test("files that import each other are found, others are not", () => {
  const files = new Map([
    ["cli.js", `import { a } from "./a.js";\nimport "./b.js";\n`],
    ["a.js", `import {\n  b\n} from "./b.js";\nexport { b };\n`],
    ["b.js", `const load = () => import(\`\${"./cli.js"}\`);\nimport("./a.js");\n`],
  ]);
  assert.equal(findCycle(files), undefined);
  files.set("b.js", `export * from "./a.js";\n`);
  assert.deepEqual(findCycle(files), ["a.js", "b.js", "a.js"]);
});
