/**
 * How fast the masker is, in process: `deno run tests/bench/mask_bench.ts`.
 *
 * Prints MB/s on chunks of 64 KiB for sets of values, as ratios to an empty set (which hands the
 * chunk on, so that row is one pass over the bytes, as a stand-in for what a host does with them);
 * then the worst data and values that we know of, and what it costs to build. Medians.
 */
import { Masker } from "../../runtime/mask.ts";

const CHUNK_BYTES = 64 * 1024;
const MB = 1e6;

/** A fixed sequence of 32-bit numbers, so that two runs measure the same (xorshift32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

function token(next: () => number, length: number): string {
  let text = "";
  while (text.length < length) text += ALPHABET[next() % ALPHABET.length];
  return text;
}

function tokens(count: number, length: number, prefix = ""): string[] {
  const next = numbers(count * 31 + length);
  return Array.from({ length: count }, () => prefix + token(next, length));
}

/** Lines as a program logs them. */
function logText(size: number): Uint8Array {
  const next = numbers(7);
  let text = "";
  while (text.length < size) {
    text += `2026-01-02T03:04:05.${next() % 1000}Z INFO request ${token(next, 12)} GET ` +
      `/api/v1/users/${next() % 100000}?page=${next() % 50} -> 200 in ${next() % 900} ms\n`;
  }
  return new TextEncoder().encode(text.slice(0, size));
}

function randomBytes(size: number): Uint8Array {
  const next = numbers(9);
  return Uint8Array.from({ length: size }, next);
}

function repeated(text: string, size: number): Uint8Array {
  return new TextEncoder().encode(text.repeat(Math.ceil(size / text.length)).slice(0, size));
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >> 1]!;
}

/** MB/s through one stream: the median of some passes over `data`, cut into chunks. */
function throughput(values: readonly string[], data: Uint8Array, passes = 9, least = 64): number {
  const masker = new Masker();
  for (const value of values) masker.conceal(value);
  const speeds: number[] = [];
  const rounds = Math.max(1, Math.floor(least * MB / passes / data.length));
  for (let pass = 0; pass < passes; pass++) {
    const stream = masker.stream();
    const began = performance.now();
    for (let round = 0; round < rounds; round++) {
      for (let at = 0; at < data.length; at += CHUNK_BYTES) {
        stream.push(data.subarray(at, at + CHUNK_BYTES));
      }
    }
    stream.end();
    speeds.push(rounds * data.length / MB / (performance.now() - began) * 1000);
  }
  return median(speeds);
}

/** MB/s of one pass that copies the chunk: what a row is compared with. */
function copying(data: Uint8Array): number {
  const target = new Uint8Array(CHUNK_BYTES);
  const speeds: number[] = [];
  for (let pass = 0; pass < 9; pass++) {
    const began = performance.now();
    for (let round = 0; round < 100; round++) {
      for (let at = 0; at + CHUNK_BYTES <= data.length; at += CHUNK_BYTES) {
        target.set(data.subarray(at, at + CHUNK_BYTES));
      }
    }
    speeds.push(100 * data.length / MB / (performance.now() - began) * 1000);
  }
  return median(speeds);
}

function row(name: string, ...cells: string[]): void {
  console.log([name.padEnd(44), ...cells.map((cell) => cell.padStart(10))].join(" "));
}

const SETS: [string, string[]][] = [
  ["1 of 24 bytes", tokens(1, 24)],
  ["20 of 16 bytes", tokens(20, 16)],
  ["20 of 24 bytes", tokens(20, 24)],
  ["20 of 24 bytes, one of 8", [...tokens(19, 24), ...tokens(1, 8)]],
  ["20 of 24 bytes, one of 3", [...tokens(19, 24), ...tokens(1, 3)]],
  ["200 of 24 bytes", tokens(200, 24)],
  ["200 of sk_live_ and 24 bytes", tokens(200, 24, "sk_live_")],
];

for (const [kind, data] of [["log lines", logText(MB)], ["random", randomBytes(MB)]] as const) {
  const copy = copying(data);
  const handed = throughput([], data, 9, 5_000);
  row(kind, "MB/s", "of 2 GB/s");
  row("  a copy of the chunk", copy.toFixed(0));
  row("  0 values", handed.toFixed(0), "1.00");
  for (const [name, values] of SETS) {
    const speed = throughput(values, data, 9, 500);
    // What is left of a host that moves 2 GB/s with an empty set, if nothing overlaps.
    row("  " + name, speed.toFixed(0), (1 / (1 + 2000 / speed)).toFixed(2));
  }
}

const A = "a".repeat(1024);
const SUFFIXED = Array.from({ length: 200 }, (_, i) => "a".repeat(1000) + token(numbers(i + 1), 8));
const LADDER = Array.from({ length: 200 }, (_, i) => "a".repeat(824 + i));
const ROTATIONS = Array.from({ length: 200 }, (_, i) => {
  const cycle = token(numbers(77), 200);
  return (cycle.slice(i) + cycle.repeat(6)).slice(0, 1000) + "!".repeat(8);
});
const WORST: [string, string[], string][] = [
  ["a x 1024 in a...", [A], "a"],
  ["a x 1024 in (a x 1023, b)...", [A], "a".repeat(1023) + "b"],
  ["200 of a x 1000 and a tail in a...", SUFFIXED, "a"],
  ["200 of a x 824 to 1023 in a...", LADDER, "a"],
  ["200 rotations of one text, all but found", ROTATIONS, token(numbers(77), 200)],
  [
    "200 rotations of one text, all found",
    ROTATIONS.map((r) => r.slice(0, 1000)),
    token(numbers(77), 200),
  ],
  ["200 with sk_live_ in sk_live_...", tokens(200, 24, "sk_live_"), "sk_live_"],
  ["one byte in every second place", ["a"], "ab"],
  ["two values of 4 bytes in their first 3", ["aaab", "aabb"], "aaac"],
  ["8 bytes in every second place", ["abcdefgh"], "abcdefgh-"],
];
row("worst cases", "MB/s");
for (const [name, values, text] of WORST) {
  row("  " + name, throughput(values, repeated(text, MB), 5, 5).toFixed(1));
}

/** Milliseconds from a fresh masker to its first chunk masked. */
function building(values: readonly string[]): number {
  const began = performance.now();
  const masker = new Masker();
  for (const value of values) masker.conceal(value);
  masker.stream().push(new Uint8Array(1));
  return performance.now() - began;
}

const next = numbers(5);
const LONG = Array.from({ length: 16_384 }, () => token(next, 63)).join("\n");
const BUILDS: [string, string[]][] = [
  ["1 of 24 bytes", tokens(1, 24)],
  ["20 of 24 bytes", tokens(20, 24)],
  ["200 of 24 bytes", tokens(200, 24)],
  ["1 MiB, one line", [LONG.replaceAll("\n", "")]],
  ["1 MiB, lines of 63", [LONG]],
];
row("build", "ms", "MB");
for (const [name, values] of BUILDS) {
  const before = Deno.memoryUsage().rss;
  row(
    "  " + name,
    building(values).toFixed(2),
    ((Deno.memoryUsage().rss - before) / MB).toFixed(0),
  );
}
