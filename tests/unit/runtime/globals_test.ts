import assert from "node:assert/strict";
import { UsageError } from "../../../sdk/errors.ts";
import { BARE, nameBareAudit, splitGlobals } from "../../../runtime/globals.ts";

const NONE = { noColor: false, verbose: false, offline: false };

Deno.test("splitGlobals() takes its flags from anywhere before -- and leaves the rest in order", () => {
  const cases: [args: string[], globals: object, rest: string[]][] = [
    [[], NONE, []],
    [["run", "dir"], NONE, ["run", "dir"]],
    [["--data-dir", "d", "run"], { ...NONE, dataDir: "d" }, ["run"]],
    [["run", "--data-dir=d=e", "x"], { ...NONE, dataDir: "d=e" }, ["run", "x"]],
    [["run", "x", "--config", "-"], { ...NONE, config: "-" }, ["run", "x"]],
    [["--verbose", "a", "--no-color"], { ...NONE, noColor: true, verbose: true }, ["a"]],
    [["--verbose", "--verbose"], { ...NONE, verbose: true }, []],
    [["a", "--", "--verbose", "--config"], NONE, ["a", "--", "--verbose", "--config"]],
    [["-p", "config=x", "--input=y"], NONE, ["-p", "config=x", "--input=y"]],
    [["--data-dirs", "--Config", "-verbose"], NONE, ["--data-dirs", "--Config", "-verbose"]],
  ];
  for (const [args, globals, rest] of cases) {
    assert.deepEqual(splitGlobals(args), { globals, rest }, args.join(" "));
  }
});

Deno.test("splitGlobals() takes no argument for a flag because every object has such a property", () => {
  const args = ["toString", "constructor", "__proto__", "hasOwnProperty=x", "valueOf", "y"];
  assert.deepEqual(splitGlobals(args), { globals: NONE, rest: args });
});

Deno.test("splitGlobals() refuses a flag without its value, with one too many, or given twice", () => {
  const cases: [args: string[], message: string, hint?: string][] = [
    [["--data-dir"], "cannot use --data-dir: it has no value", "--data-dir DIR"],
    [["--data-dir", ""], "cannot use --data-dir: it has no value", "--data-dir DIR"],
    [["--config="], "cannot use --config: it has no value", "--config FILE"],
    [["--config", "a", "--config=b"], "cannot use --config: it is given twice"],
    [["--verbose=secret"], "cannot use --verbose: it takes no value"],
    [["set", "k", "--from-file="], "cannot use a flag that has no value after its ="],
  ];
  for (const [args, message, hint] of cases) {
    assert.throws(() => splitGlobals(args), (error) => {
      assert.ok(error instanceof UsageError);
      assert.deepEqual([error.code, error.message, error.hint], ["usage", message, hint]);
      return true;
    });
  }
});

Deno.test("nameBareAudit() gives --audit alone a value that no argument can hold", () => {
  const bare = `--audit=${BARE}`;
  assert.ok(BARE.includes("\0"));
  const cases: [args: string[], named: string[]][] = [
    [["run", "--audit", "dir"], ["run", bare, "dir"]],
    [["run", "dir", "--audit"], ["run", "dir", bare]],
    [["run", "--audit=f", "dir"], ["run", "--audit=f", "dir"]],
    [["run", "--audits", "audit"], ["run", "--audits", "audit"]],
    [["run", "--", "--audit"], ["run", "--", "--audit"]],
  ];
  for (const [args, named] of cases) assert.deepEqual(nameBareAudit(args), named, args.join(" "));
});
