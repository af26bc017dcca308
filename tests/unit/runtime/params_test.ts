import assert from "node:assert/strict";
import { UsageError } from "../../../sdk/errors.ts";
import { resolveParams } from "../../../runtime/params.ts";
import { parseTask } from "../../../runtime/task.ts";

const task = parseTask(
  `params:
  limit: { type: number, required: true }
  dry_run: { type: boolean, default: "false" }
  repo: denoland/deno
  note: { description: free text }
  __proto__: own
`,
  { dir: "/t", file: "task.yaml", entry: "/t/task.ts" },
);

Deno.test("resolveParams() puts what is given over the defaults, as text", () => {
  assert.deepEqual(resolveParams(task, { limit: "1e3", repo: "", note: " a=b\n" }), {
    limit: "1e3",
    dry_run: "false",
    repo: "",
    note: " a=b\n",
    ["__proto__"]: "own",
  });
  assert.equal("note" in resolveParams(task, { limit: "1" }), false);
});

Deno.test("resolveParams() refuses what is unknown, missing or of another type, and quotes nothing given", () => {
  const cases: [given: Record<string, string>, message: RegExp, hint: RegExp][] = [
    [{}, /^cannot run without the parameter "limit"$/, /^add -p limit=…$/],
    [{ limt: "canary" }, /^cannot use a parameter that the task does not have$/, /"limit"/],
    [{ canary77: "1" }, /^cannot use a parameter/, /^the task takes limit, dry_run, repo, note/],
    [{ toString: "1" }, /^cannot use a parameter/, /^the task takes/],
    [
      { limit: "canary" },
      /^cannot use the parameter "limit": its value is not a number$/,
      /digits/,
    ],
    [{ limit: "1", dry_run: "canary" }, /"dry_run": its value is not /, /true/],
    [{ limit: "1", note: "canary\0" }, /"note": its value holds a NUL/, /^$/],
  ];
  for (const [given, message, hint] of cases) {
    assert.throws(() => resolveParams(task, given), (error) => {
      assert.ok(error instanceof UsageError);
      assert.equal(error.code, "param_invalid");
      assert.match(error.message, message);
      assert.match(error.hint ?? "", hint);
      assert.doesNotMatch(error.message + error.hint, /canary/);
      return true;
    });
  }
  const bare = parseTask("name: bare", { dir: "/t", file: "task.yaml", entry: "/t/task.ts" });
  assert.throws(() => resolveParams(bare, { a: "" }), { hint: "the task takes none" });
});
