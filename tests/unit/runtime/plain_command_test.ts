/** Plain command lines of a run: what is taken for one, the library reads in the same way. */
import assert from "node:assert/strict";
import { buildApplication, buildRouteMap, run } from "@stricli/core";
import fc from "fast-check";
import type { Context } from "../../../runtime/command.ts";
import { buildTree, type RunFlags } from "../../../runtime/command_tree.ts";
import { nameBareAudit } from "../../../runtime/globals.ts";
import type { Host } from "../../../runtime/host.ts";
import { type PlainRun, readPlainRun } from "../../../runtime/plain_command.ts";

/** What the library makes of the arguments; undefined where it refuses them or shows help. */
async function readByLibrary(args: readonly string[]): Promise<PlainRun | undefined> {
  let found: PlainRun | undefined;
  const command = buildTree(["run"]).getRoutingTargetForInput("run");
  assert.ok(command !== undefined && "loader" in command);
  const loader = () =>
    Promise.resolve(function (flags: RunFlags, dir: string) {
      found = { flags, dir };
    });
  const tree = buildRouteMap({
    routes: { run: { ...command, loader } as unknown as typeof command },
    docs: { brief: "" },
  });
  const application = buildApplication<Context>(tree, {
    name: "dicode",
    scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
    documentation: { caseStyle: "convert-camel-to-kebab" },
  });
  const stream = { write: () => {} };
  const context: Context = {
    host: {} as Host,
    escaped: [],
    exitCode: 0,
    process: { stdout: stream, stderr: stream },
  };
  await run(application, nameBareAudit(args), context);
  return found && JSON.parse(JSON.stringify(found));
}

Deno.test("readPlainRun() takes what most runs are", () => {
  assert.deepEqual(readPlainRun(["run", "a"]), { flags: {}, dir: "a" });
  assert.deepEqual(
    readPlainRun(
      "run a -p x=1 --param y=2 --json --explain --input {} --timeout 1s --isolation deno".split(
        " ",
      ),
    ),
    {
      flags: {
        json: true,
        explain: true,
        input: "{}",
        timeout: "1s",
        isolation: "deno",
        param: ["x=1", "y=2"],
      },
      dir: "a",
    },
  );
});

Deno.test("readPlainRun() leaves to the library what may mean something else", () => {
  const others = [
    ...["", "check a", "run", "run a b", "run -- a", "run a --", "run --help", "run -h a", "run -"],
    ...["run a --json --json", "run a --timeout 1s --timeout 2s", "run a --timeout", "run a -p"],
    ...["run a -p -x=1", "run a --input -", "run a --isolation none", "run a --audit", "run a -px"],
    ...["run a --audit=x", "run a --timeout=1s", "run a --no-json", "run a --explain=no", "Run a"],
    ...["run a --Json", "run a --constructor x", "secrets list", "run a --jsn", "run a -j"],
  ];
  for (const other of others) assert.equal(readPlainRun(other.split(" ")), undefined, other);
  for (const other of [["run", ""], ["run", "a", "-p", ""]]) {
    assert.equal(readPlainRun(other), undefined, JSON.stringify(other));
  }
});

Deno.test("readPlainRun() and the library agree on whatever it takes", async () => {
  const word = fc.constantFrom(
    ...["run", "a", "./b", "--json", "--explain", "--input", "{}", "--timeout", "1s", "-p", "x=1"],
    ...["--param", "=", "--isolation", "deno", "auto", "--audit", "--", "-", "", "-h", "--help"],
    ...["--json=true", "--timeout=2s", "--noJson", "-pj", "\n", "a b", "help", "--\u00e9"],
  );
  const args = fc.oneof(
    fc.array(word, { maxLength: 8 }),
    fc.array(fc.oneof({ weight: 9, arbitrary: word }, { weight: 1, arbitrary: fc.string() }), {
      maxLength: 6,
    }),
  );
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(args, async (rest) => {
      const plain = readPlainRun(["run", ...rest]);
      if (plain === undefined) return;
      taken++;
      assert.deepEqual(plain, await readByLibrary(["run", ...rest]));
    }),
    { numRuns: 4000 },
  );
  assert.ok(taken > 100, `${taken} of them were plain`);
});
