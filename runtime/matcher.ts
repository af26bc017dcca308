/**
 * Finds every place of many byte patterns at once, and what may still become one.
 *
 * A pattern is a string with one character a byte. The result is what the patterns cover, never which
 * of them matched: a list of runs, flat as [start, end, start, end, …], ascending; runs that overlap
 * or touch are one. Patterns are grouped by length, so that a short one does not slow the search for
 * the long ones. Pure: no environment, no state between two calls that a caller could see.
 */
import { GRAM_BYTES } from "./gram_filter.ts";
import { GramIndex } from "./gram_index.ts";

/** Where a new group begins, in bytes: each group is searched on a grid as wide as its shortest. */
const GROUPS = [GRAM_BYTES, 8, 16];

/** A flat list of runs: see the head of this file. */
export type Runs = number[];

/** The union of two lists of runs. */
export function mergeRuns(a: Runs, b: Runs): Runs {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const merged: Runs = [];
  let i = 0;
  let k = 0;
  while (i < a.length || k < b.length) {
    const takesA = k >= b.length || (i < a.length && a[i]! <= b[k]!);
    const start = takesA ? a[i++]! : b[k++]!;
    const end = takesA ? a[i++]! : b[k++]!;
    const last = merged.length - 1;
    if (last < 0 || start > merged[last]!) merged.push(start, end);
    else if (end > merged[last]!) merged[last] = end;
  }
  return merged;
}

/** Up to three bytes and their number, as one number. */
function packed(length: number, first: number, second: number, third: number): number {
  return (length << 24) | (third << 16) | (second << 8) | first;
}

function packedPattern(pattern: string, length: number): number {
  const code = (k: number) => k < length ? pattern.charCodeAt(k) : 0;
  return packed(length, code(0), code(1), code(2));
}

function packedBytes(data: Uint8Array, at: number, length: number): number {
  return packed(
    length,
    data[at]!,
    length > 1 ? data[at + 1]! : 0,
    length > 2 ? data[at + 2]! : 0,
  );
}

/** The first place in [at, to) whose two bytes are flagged; the last byte of the data always is. */
function nextPair(data: Uint8Array, pairs: Uint8Array, at: number, to: number): number {
  const end = Math.min(to, data.length - 1);
  let left = at < end ? data[at]! : 0;
  for (; at < end; at++) {
    const right = data[at + 1]!;
    if (pairs[(left << 8) | right] !== 0) return at;
    left = right;
  }
  return at;
}

export class Matcher {
  /** What it was built from. */
  readonly patterns: readonly string[];
  /** The longest pattern, in bytes. */
  readonly maxBytes: number;
  /** The patterns too short for a gram, packed, and a flag for each two bytes that begin one. */
  readonly #short = new Set<number>();
  #shortPairs = new Uint8Array(0);
  readonly #groups: GramIndex[] = [];
  /** The beginnings of one to three bytes of longer patterns, packed. */
  readonly #stems = new Set<number>();

  /**
   * @param patterns one character a byte, each once, none empty.
   * @param seed any number that a task cannot know: see DenseIndex.
   */
  constructor(patterns: readonly string[], seed: number) {
    this.patterns = patterns;
    const groups: string[][] = GROUPS.map(() => []);
    let maxBytes = 0;
    for (const pattern of patterns) {
      const length = pattern.length;
      maxBytes = Math.max(maxBytes, length);
      for (let k = 1; k < Math.min(length, GRAM_BYTES); k++) {
        this.#stems.add(packedPattern(pattern, k));
      }
      if (length < GRAM_BYTES) {
        this.#addShort(pattern);
      } else {
        groups[GROUPS.findLastIndex((least) => length >= least)]!.push(pattern);
      }
    }
    this.maxBytes = maxBytes;
    for (const group of groups) if (group.length > 0) this.#groups.push(new GramIndex(group, seed));
  }

  #addShort(pattern: string): void {
    this.#short.add(packedPattern(pattern, pattern.length));
    if (this.#shortPairs.length === 0) this.#shortPairs = new Uint8Array(1 << 16);
    const pair = pattern.charCodeAt(0) << 8;
    if (pattern.length === 1) this.#shortPairs.fill(1, pair, pair + 256);
    else this.#shortPairs[pair | pattern.charCodeAt(1)] = 1;
  }

  /** What the patterns cover that start in [from, to) and end in the data. */
  find(data: Uint8Array, from = 0, to: number = data.length): Runs {
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    let runs: Runs = [];
    for (const group of this.#groups) {
      const found: Runs = [];
      group.find(view, from, to, found);
      runs = mergeRuns(runs, found);
    }
    return this.#short.size === 0 ? runs : mergeRuns(runs, this.#findShort(data, from, to));
  }

  #findShort(data: Uint8Array, from: number, to: number): Runs {
    const runs: Runs = [];
    for (let at = from;; at++) {
      at = nextPair(data, this.#shortPairs, at, to);
      if (at >= to) break;
      let length = Math.min(GRAM_BYTES - 1, data.length - at);
      while (length > 0 && !this.#short.has(packedBytes(data, at, length))) length--;
      if (length === 0) continue;
      const last = runs.length - 1;
      if (last < 0 || at > runs[last]!) runs.push(at, at + length);
      else if (at + length > runs[last]!) runs[last] = at + length;
    }
    return runs;
  }

  /**
   * The first place where all that is left of the data is the beginning of a longer pattern, or the
   * data's length: what comes before cannot be part of a match that is not complete yet.
   */
  hold(data: Uint8Array): number {
    const size = data.length;
    const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
    let from = size;
    for (const group of this.#groups) from = Math.min(from, group.hold(view));
    for (let at = Math.max(0, size - GRAM_BYTES + 1); at < from; at++) {
      if (this.#stems.has(packedBytes(data, at, size - at))) return at;
    }
    return from;
  }
}
