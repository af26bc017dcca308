import assert from "node:assert/strict";
import { checkKey, checkKeyPattern } from "../../../runtime/names.ts";
import { checkSecretKey } from "../../../store/rules.ts";

const KEYS = [
  "k",
  "with/slash.and-dash",
  "pässwörd 日本語",
  "🔑".repeat(256),
  "",
  "🔑".repeat(257),
  "x".repeat(100_000),
  "a\tb",
  "a\nb",
  "a\0b",
  "a\x9bb",
  "a\u200eb",
  "a\u061cb",
  "a\u202eb",
  "a\u2066b",
  "a\u2028b",
  " a",
  "a\u00a0",
  "a\ud800",
  "DICODE_MASTER_KEY",
  "DICODE",
  "dicode_x",
];

Deno.test("a secret's key is refused in task.yaml if and only if the store refuses it", () => {
  for (const key of KEYS) {
    let stored = true;
    try {
      checkSecretKey(key);
    } catch {
      stored = false;
    }
    assert.equal(checkKey(key) === undefined, stored, JSON.stringify(key.slice(0, 20)));
  }
});

Deno.test("checkKeyPattern() refuses what no key can hold", () => {
  assert.equal(checkKeyPattern("*"), undefined);
  assert.equal(checkKeyPattern("OAUTH_*"), undefined);
  for (const pattern of ["", "a\n*", "\u202e*", " *", "*".repeat(257)]) {
    assert.ok(checkKeyPattern(pattern), JSON.stringify(pattern));
  }
});
