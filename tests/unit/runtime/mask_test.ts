import assert from "node:assert/strict";
import fc from "fast-check";
import { utf8 } from "../../../runtime/mask_forms.ts";
import type { Masker } from "../../../runtime/mask.ts";
import { cutAt, encode, join, maskerOf, maskNaively } from "./mask_samples.ts";

const RUNS = Deno.env.get("SLOW") ? 50_000 : 2000;
const SEED = 54_321;

/** What a stream makes of the chunks, as text. */
function streamed(masker: Masker, ...chunks: (string | Uint8Array)[]): string {
  const stream = masker.stream();
  const pieces = chunks.flatMap((c) => stream.push(typeof c === "string" ? encode(c) : c.slice()));
  return new TextDecoder().decode(join([...pieces, ...stream.end()]));
}

const CASES: [string, string[], string, string][] = [
  ["plain", ["s3cret-value"], "a s3cret-value b", "a *** b"],
  ["one holds the other", ["abcdef", "cd"], "xabcdefx cd abcde", "x***x *** ab***e"],
  ["the other order", ["cd", "abcdef"], "xabcdefx cd abcde", "x***x *** ab***e"],
  ["one starts inside the other", ["abcdef", "efghij"], "-abcdefghij-", "-***-"],
  ["one inside a beginning of the other", ["abcdX", "bc"], "-abcdY-", "-a***dY-"],
  ["side by side", ["one1", "two2"], "<one1two2one1>", "<***>"],
  ["itself again", ["abab"], "xabababax", "x***ax"],
  ["one byte between", ["one1", "two2"], "one1 two2", "*** ***"],
  ["a beginning only", ["abcdef"], "abcde", "abcde"],
  ["beginnings", ["aab"], "aaaab aa", "aa*** aa"],
  ["JSON and base64", ['p"w\n12345'], 'p\\"w\\n12345 cCJ3CjEyMzQ1', "*** ***"],
];

Deno.test("every cut into two, every cut into three, and byte by byte give the same", () => {
  for (const [name, values, text, expected] of CASES) {
    const data = encode(text);
    const masker = maskerOf(...values);
    assert.equal(masker.text(text), expected, name);
    assert.equal(streamed(masker, data), expected, name);
    assert.equal(streamed(masker, ...[...data].map((byte) => Uint8Array.of(byte))), expected, name);
    for (let i = 0; i <= data.length; i++) {
      for (let k = i; k <= data.length; k++) {
        assert.equal(streamed(masker, ...cutAt(data, [i, k])), expected, `${name}, ${i}, ${k}`);
      }
    }
  }
});

Deno.test("a PEM is hidden whole, line by line, and cut anywhere", () => {
  const lines = [
    "-----BEGIN KEY-----",
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASC",
    "BKcwggSjAgEAAoIB",
    "-----END KEY-----",
  ];
  const pem = lines.join("\n") + "\n";
  assert.equal(streamed(maskerOf(pem), `[${pem}]`), "[***]");
  for (const line of lines) assert.equal(streamed(maskerOf(pem), "> ", line, "\n"), "> ***\n");
  const text = lines.map((line) => `| ${line} |`).join("\n");
  const expected = "| *** |\n| *** |\n| *** |\n| *** |";
  for (let i = 0; i <= text.length; i++) {
    assert.equal(streamed(maskerOf(pem), text.slice(0, i), text.slice(i)), expected);
  }
});

const smallText = (max: number) =>
  fc.string({ unit: fc.constantFrom("a", "b", "é", "*"), minLength: 1, maxLength: max });
const longText = fc.array(
  fc.oneof(smallText(12), fc.constantFrom("aaaaaaaaa", "abababababab", "éaéaéaéa", "***")),
  { maxLength: 12 },
).map((parts) => parts.join(""));

Deno.test("a stream cut anywhere is what a naive masker makes of the whole", () => {
  fc.assert(
    fc.property(
      fc.array(smallText(14), { minLength: 1, maxLength: 5 }),
      longText,
      fc.array(fc.nat(120), { maxLength: 8 }),
      (values, text, places) => {
        const shown = streamed(maskerOf(...values), ...cutAt(encode(text), places));
        assert.equal(utf8(shown), maskNaively(values, utf8(text)));
      },
    ),
    { numRuns: RUNS, seed: SEED },
  );
});

Deno.test("no value is left in any output, but where it is made of asterisks", () => {
  const value = fc.string({ unit: fc.constantFrom(..."ab*"), minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(fc.array(value, { minLength: 1, maxLength: 4 }), longText, (values, text) => {
      const shown = streamed(maskerOf(...values), text);
      for (const each of values) {
        if (!each.includes("*")) assert.ok(!shown.includes(each), `${each} in ${shown}`);
      }
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

Deno.test("large chunks with something held between them", () => {
  const values = ["secret-of-22-bytes-xyz", "q".repeat(1500), "ab"];
  const filler = ("-".repeat(97) + "secret-of-22-bytes-xy").repeat(60);
  const text = filler + values[0] + filler + values[1] + filler + "ab" + values[0] + filler;
  const expected = [filler, filler, filler, filler].join("***");
  for (let size = 4097; size < 9000; size += 61) {
    const places = Array.from({ length: 8 }, (_, i) => i * size);
    assert.equal(streamed(maskerOf(...values), ...cutAt(encode(text), places)), expected);
  }
});
