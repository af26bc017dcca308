import assert from "node:assert/strict";
import fc from "fast-check";
import { DenseIndex } from "../../../runtime/dense_index.ts";
import { Matcher, mergeRuns } from "../../../runtime/matcher.ts";

const RUNS = Deno.env.get("SLOW") ? 50_000 : 2000;
const SEED = 12_345;

/** The bytes of a text with one character a byte. */
function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text, (c) => c.charCodeAt(0));
}

/** Marks every occurrence of every pattern. */
function findNaively(patterns: readonly string[], text: string): number[] {
  const isCovered = new Array<boolean>(text.length).fill(false);
  for (const pattern of patterns) {
    for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1)) {
      isCovered.fill(true, at, at + pattern.length);
    }
  }
  const runs: number[] = [];
  isCovered.forEach((covered, i) => {
    if (!covered) return;
    if (i > 0 && isCovered[i - 1]) runs[runs.length - 1] = i + 1;
    else runs.push(i, i + 1);
  });
  return runs;
}

function holdNaively(patterns: readonly string[], text: string): number {
  for (let at = 0; at < text.length; at++) {
    const rest = text.slice(at);
    if (patterns.some((p) => p.length > rest.length && p.startsWith(rest))) return at;
  }
  return text.length;
}

/** Few letters, so that patterns overlap, contain each other and nearly match. */
const word = (max: number) =>
  fc.integer({ min: 1, max: 3 }).chain((letters) =>
    fc.string({ unit: fc.constantFrom(..."abc".slice(0, letters)), minLength: 1, maxLength: max })
  );
const patternSets = fc.oneof(
  fc.uniqueArray(word(7), { minLength: 1, maxLength: 8 }),
  fc.uniqueArray(word(40), { minLength: 1, maxLength: 8 }),
);
const texts = fc.oneof(word(120), fc.array(word(40), { maxLength: 8 }).map((all) => all.join("")));

Deno.test("find() covers what a naive search covers, and hold() is exact", () => {
  fc.assert(
    fc.property(patternSets, texts, (patterns, text) => {
      const matcher = new Matcher(patterns, 1);
      assert.deepEqual(matcher.find(bytesOf(text)), findNaively(patterns, text));
      assert.equal(matcher.hold(bytesOf(text)), holdNaively(patterns, text));
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

Deno.test("find() finds patterns whole in texts that hold them", () => {
  const inserted = fc.record({
    patterns: fc.uniqueArray(
      fc.string({ unit: fc.constantFrom(..."abcdXYZ-"), minLength: 1, maxLength: 60 }),
      {
        minLength: 1,
        maxLength: 30,
      },
    ),
    picks: fc.array(fc.tuple(fc.nat(), word(30)), { maxLength: 10 }),
  });
  fc.assert(
    fc.property(inserted, ({ patterns, picks }) => {
      const text = picks.map(([i, noise]) => noise + patterns[i % patterns.length]!).join("");
      const matcher = new Matcher(patterns, 2);
      assert.deepEqual(matcher.find(bytesOf(text)), findNaively(patterns, text));
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

Deno.test("find() looks only at starts in its range", () => {
  fc.assert(
    fc.property(patternSets, texts, fc.nat(100), fc.nat(100), (patterns, text, a, b) => {
      const [from, to] = [Math.min(a, b, text.length), Math.min(Math.max(a, b), text.length)];
      let expected: number[] = [];
      for (let at = from; at < to; at++) {
        for (const { length } of patterns.filter((p) => text.startsWith(p, at))) {
          expected = mergeRuns(expected, [at, at + length]);
        }
      }
      assert.deepEqual(new Matcher(patterns, 3).find(bytesOf(text), from, to), expected);
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

/** A DenseIndex over patterns, with what GramIndex would give it. */
function denseIndex(patterns: readonly string[], seed: number): DenseIndex {
  const sorted = [...patterns].sort();
  const from = new Uint32Array(sorted.length + 1);
  sorted.forEach((pattern, i) => from[i + 1] = from[i]! + pattern.length);
  const parent = new Int32Array(sorted.length);
  sorted.forEach((pattern, i) => {
    parent[i] = sorted.findLastIndex((other, k) => k < i && pattern.startsWith(other));
  });
  return new DenseIndex(new DataView(bytesOf(sorted.join("")).buffer), from, parent, seed);
}

Deno.test("DenseIndex covers what a naive search covers, with any seed", () => {
  fc.assert(
    fc.property(patternSets, texts, fc.integer(), (patterns, text, seed) => {
      const runs: number[] = [];
      const data = new DataView(bytesOf(text).buffer);
      denseIndex(patterns, seed).find(data, 0, text.length, runs);
      assert.deepEqual(runs, findNaively(patterns, text));
    }),
    { numRuns: RUNS, seed: SEED },
  );
});

Deno.test("find() gives the same once the data keeps it busy", () => {
  const period = "abcabdabcabe";
  const patterns = Array.from({ length: 40 }, (_, i) => period.repeat(80).slice(i, 900 + i * 2));
  const texts = [
    period.repeat(3000),
    (period.repeat(74) + "x").repeat(20),
    "y".repeat(5000) + period.repeat(1000) + "y".repeat(70_000) + period.repeat(200),
  ];
  for (const text of texts) {
    assert.deepEqual(new Matcher(patterns, 4).find(bytesOf(text)), findNaively(patterns, text));
  }
});

Deno.test("mergeRuns() joins runs that overlap or touch", () => {
  assert.deepEqual(mergeRuns([], [1, 2]), [1, 2]);
  assert.deepEqual(mergeRuns([0, 2, 5, 6], [2, 4, 5, 9]), [0, 4, 5, 9]);
  assert.deepEqual(mergeRuns([0, 9], [2, 3, 10, 11]), [0, 9, 10, 11]);
  assert.deepEqual(mergeRuns([0, 0], [0, 3]), [0, 3]);
});
