/**
 * The long half of the matcher: patterns of four bytes and more, found by looking at few bytes.
 *
 * Of every start of a pattern one of the first `stride` four-byte grams lies on a grid of `stride`
 * bytes, so only the grid is looked up, in a table that says at which offsets of a pattern a gram
 * occurs. A hit names the only starts that can be meant; a binary search among the sorted patterns
 * then gives the longest one there. Where data keeps that search too busy (only made-up data does),
 * the rest of a call goes to DenseIndex, whose time per byte has a bound. State is in typed arrays.
 */
import { DenseIndex } from "./dense_index.ts";
import { GRAM_BYTES, GramFilter, MAX_STRIDE } from "./gram_filter.ts";

/** The work of a search, in bytes compared, that is spent for a byte of data before DenseIndex. */
const WORK_PER_BYTE = 4;
const WORK_LEAST = 4096;
/** The work of a search that compares nothing. */
const WORK_PER_SEARCH = 16;

export class GramIndex {
  /** The longest pattern, in bytes. */
  readonly maxBytes: number;
  readonly #stride: number;
  readonly #filter: GramFilter;
  readonly #seed: number;

  /** The patterns in byte order, end to end; pattern i is [#from[i], #from[i + 1]). */
  readonly #arena: DataView;
  readonly #from: Uint32Array;
  /** The longest other pattern that pattern i begins with, or -1. */
  readonly #parent: Int32Array;

  #dense: DenseIndex | undefined;
  #work = 0;

  /** What #locate found: the neighbours of the data in byte order, and what they share with it. */
  #before = -1;
  #beforeShared = 0;
  #afterShared = 0;

  /**
   * @param patterns one character a byte, each once, of GRAM_BYTES or more; at least one.
   * @param seed see DenseIndex.
   */
  constructor(patterns: readonly string[], seed: number) {
    this.#seed = seed;
    const sorted = [...patterns].sort(); // by code unit, which here is by byte
    const count = sorted.length;
    let total = 0;
    let shortest = patterns[0]!.length;
    let longest = 0;
    this.#from = new Uint32Array(count + 1);
    for (let i = 0; i < count; i++) {
      const length = sorted[i]!.length;
      total += length;
      shortest = Math.min(shortest, length);
      longest = Math.max(longest, length);
      this.#from[i + 1] = total;
    }
    const bytes = new Uint8Array(total);
    for (let i = 0, at = 0; i < count; i++) {
      const pattern = sorted[i]!;
      for (let k = 0; k < pattern.length; k++) bytes[at++] = pattern.charCodeAt(k);
    }
    this.#arena = new DataView(bytes.buffer);
    this.maxBytes = longest;
    this.#stride = Math.min(MAX_STRIDE, shortest - GRAM_BYTES + 1);

    this.#filter = new GramFilter(count, this.#stride);
    this.#parent = new Int32Array(count);
    for (let i = 0; i < count; i++) {
      this.#filter.add(this.#arena, this.#from[i]!);
      let parent = i - 1;
      while (parent >= 0 && !sorted[i]!.startsWith(sorted[parent]!)) parent = this.#parent[parent]!;
      this.#parent[i] = parent;
    }
  }

  /**
   * Adds to `runs` (see matcher.ts) what the patterns cover that start in [from, to) of the data.
   * All of a pattern must lie in the data.
   */
  find(data: DataView, from: number, to: number, runs: number[]): void {
    const stride = this.#stride;
    const end = Math.min(data.byteLength - GRAM_BYTES, to + stride - 2);
    const mostWork = WORK_LEAST + WORK_PER_BYTE * (to - from);
    this.#work = 0;
    for (let at = from + stride - 1;; at += stride) {
      at = this.#filter.nextHit(data, at, end);
      if (at > end) return;
      // SECURITY: without this a task could keep the host busy (the worst cases in
      // tests/unit/runtime/matcher_test.ts and tests/bench/mask_bench.ts)
      if (this.#work > mostWork) {
        return this.#denseIndex().find(data, at - stride + 1, to, runs);
      }
      this.#check(data, at, to, runs);
    }
  }

  #denseIndex(): DenseIndex {
    return this.#dense ??= new DenseIndex(this.#arena, this.#from, this.#parent, this.#seed);
  }

  /** Looks at every start that the gram at `at` can mean, in ascending order. */
  #check(data: DataView, at: number, to: number, runs: number[]): void {
    let offsets = this.#filter.offsets(data, at);
    while (offsets !== 0) {
      const offset = 31 - Math.clz32(offsets);
      offsets ^= 1 << offset;
      const start = at - offset;
      if ((this.#filter.offsets(data, start) & 1) === 0 || start >= to) continue;
      const covered = runs.length === 0 ? -1 : runs[runs.length - 1]!;
      if (start + this.maxBytes <= covered) continue; // could not reach past the last run
      const length = this.#longestAt(data, start);
      if (length === 0 || start + length <= covered) continue;
      if (start <= covered) runs[runs.length - 1] = start + length;
      else runs.push(start, start + length);
    }
  }

  /** The length of the longest pattern at `start`, or 0. */
  #longestAt(data: DataView, start: number): number {
    this.#locate(data, start);
    // A pattern that begins the data is what the pattern before the data is or begins with.
    for (let i = this.#before; i >= 0; i = this.#parent[i]!) {
      const length = this.#from[i + 1]! - this.#from[i]!;
      if (length <= this.#beforeShared) return length;
      this.#work++;
    }
    return 0;
  }

  /** The first place where all that is left of the data begins a longer pattern, or its length. */
  hold(data: DataView): number {
    const size = data.byteLength;
    for (let at = Math.max(0, size - this.maxBytes + 1); at <= size - GRAM_BYTES; at++) {
      if ((this.#filter.offsets(data, at) & 1) === 0) continue;
      this.#locate(data, at);
      if (this.#afterShared === size - at) return at;
    }
    return size;
  }

  /**
   * Finds the place of the data from `start` on among the sorted patterns. All that lies between two
   * patterns has the bytes in common with the data that both of them have: those are not compared
   * again.
   */
  #locate(data: DataView, start: number): void {
    const size = data.byteLength - start;
    let low = -1;
    let high = this.#parent.length;
    let lowShared = 0;
    let highShared = 0;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      const from = this.#from[middle]!;
      const length = this.#from[middle + 1]! - from;
      const known = Math.min(lowShared, highShared);
      const shared = this.#shared(data, start, from, known, Math.min(length, size));
      this.#work += shared - known;
      const isBefore = shared === length ||
        (shared < size && this.#arena.getUint8(from + shared) < data.getUint8(start + shared));
      if (isBefore) {
        low = middle;
        lowShared = shared;
      } else {
        high = middle;
        highShared = shared;
      }
    }
    this.#work += WORK_PER_SEARCH;
    this.#before = low;
    this.#beforeShared = lowShared;
    this.#afterShared = highShared;
  }

  /** How many bytes are the same, of `limit`; the first `known` are. */
  #shared(data: DataView, start: number, from: number, known: number, limit: number): number {
    const arena = this.#arena;
    let k = known;
    while (k + 4 <= limit && arena.getInt32(from + k, true) === data.getInt32(start + k, true)) {
      k += 4;
    }
    while (k < limit && arena.getUint8(from + k) === data.getUint8(start + k)) k++;
    return k;
  }
}
