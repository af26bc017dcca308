import assert from "node:assert/strict";
import { guessRun } from "../../../runtime/begin_run.ts";

Deno.test("guessRun() finds the folder and the walls between other arguments", () => {
  const none = { isolation: undefined, json: false };
  for (
    const [args, expected] of [
      [["task"], { dir: "task", ...none }],
      [["-p", "a=b", "task", "--json"], { dir: "task", ...none, json: true }],
      [["--input", "task", "other"], { dir: "other", ...none }],
      [["--isolation", "bwrap", "--timeout", "9s", "."], {
        dir: ".",
        ...none,
        isolation: "bwrap",
      }],
      [[], undefined],
      [["--timeout", "task"], undefined],
      [["task", "--explain"], undefined],
      [["task", "--audit"], undefined],
      [["task", "--audit=file"], undefined],
      [["task", "--help"], undefined],
      [["-h"], undefined],
    ] as const
  ) {
    assert.deepEqual(guessRun(args), expected, args.join(" "));
  }
});
