import assert from "node:assert/strict";
import { UsageError } from "../../../sdk/errors.ts";
import { checkSecretKey, checkSecretValue } from "../../../store/rules.ts";

Deno.test("checkSecretKey() takes 1 to 256 characters of any script", () => {
  for (const key of ["k", "with/slash.and-dash", "pässwörd 日本語", "🔑".repeat(256)]) {
    checkSecretKey(key);
  }
});

const BAD_KEYS: readonly (readonly [key: string, found: RegExp])[] = [
  ["", /it is empty/],
  ["🔑".repeat(257), /longer than 256 characters/],
  ["x".repeat(100_000), /longer than 256 characters/],
  ["a\tb", /control character/],
  ["a\nb", /control character/],
  ["a\0b", /control character/],
  ["a\x9bb", /control character/],
  ["a\u2028b", /line break/],
  ["a\u200eb", /control character/],
  ["a\u202eb", /control character/],
  [" a", /space/],
  ["a ", /space/],
  ["a\u00a0", /space/],
  ["DICODE_MASTER_KEY", /DICODE_/],
  ["a\ud800", /surrogate/],
];

for (const [key, found] of BAD_KEYS) {
  Deno.test(`checkSecretKey() refuses ${JSON.stringify(key.slice(0, 20))}: ${found.source}`, () => {
    assert.throws(() => checkSecretKey(key), (error: unknown) => {
      assert(error instanceof UsageError);
      assert.equal(error.code, "secret_key_invalid");
      assert.match(error.message, found);
      assert(key.length < 5 || !error.message.includes(key));
      return true;
    });
  });
}

Deno.test("checkSecretValue() takes 1 byte to 1 MiB", () => {
  for (const value of ["x", "line1\nline2\n", "\ufeffbom", "x".repeat(1_048_576)]) {
    checkSecretValue(value);
  }
});

const BAD_VALUES: readonly (readonly [value: string, found: RegExp])[] = [
  ["", /it is empty/],
  ["canary\0", /NUL/],
  ["canary\udc00", /well-formed/],
  ["x".repeat(1_048_577), /1048577 bytes, the limit is 1048576/],
  ["ä".repeat(600_000), /1200000 bytes/],
];

for (const [value, found] of BAD_VALUES) {
  Deno.test(`checkSecretValue() refuses ${value.length} characters: ${found.source}`, () => {
    assert.throws(() => checkSecretValue(value), (error: unknown) => {
      assert(error instanceof UsageError);
      assert.equal(error.code, "secret_value_invalid");
      assert.match(error.message, found);
      assert(!error.message.includes("canary"));
      return true;
    });
  });
}
