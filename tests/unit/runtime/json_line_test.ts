import assert from "node:assert/strict";
import { formatJsonLine } from "../../../runtime/json_line.ts";

Deno.test("formatJsonLine() escapes what steers a terminal, and reads back as the same value", () => {
  const value = { "\u009b31m": ["\u202e", "\u2028", "\u001b[2J", "\u007f", "é 日本"] };
  const line = formatJsonLine(value);
  assert.doesNotMatch(line.trimEnd(), /[\p{Cc}\p{Zl}\u202a-\u202e]/u);
  assert.match(line, /é 日本/);
  assert.deepEqual(JSON.parse(line), value);
});
