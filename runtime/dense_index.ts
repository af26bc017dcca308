/**
 * The slow and steady search: about ten look-ups a byte, whatever the data and the patterns are.
 *
 * The longest pattern at a place is found as routers find the longest prefix (Waldvogel, Varghese,
 * Turner and Plattner, SIGCOMM 1997): a table has the hash of each pattern's beginning at the lengths
 * that a binary search for its own length goes through, with the longest pattern that this begins
 * with. Hashes of the data come from running sums. Bytes are not compared: two beginnings with the
 * same 64-bit hash are taken for one, which can only hide more, and only in data made for it.
 */

/** The bytes between which the running sums are kept: any length would do. */
const SCAN_BYTES = 64 * 1024;
/** Odd, and far apart: one for each half of the hash. */
const BASE = 0x2c1b3c6d;
const OTHER_BASE = 0x297a2d39;

export class DenseIndex {
  readonly #maxBytes: number;
  readonly #base: number;
  readonly #otherBase: number;
  /** The powers of the bases. */
  readonly #power: Int32Array;
  readonly #otherPower: Int32Array;

  /** Open addressing: the two halves of the hash, the length, and the longest pattern in bytes. */
  readonly #hash: Int32Array;
  readonly #otherHash: Int32Array;
  readonly #length: Uint16Array;
  readonly #longest: Uint16Array;
  readonly #shift: number;

  /** The running sums: hash of the data before place i. */
  #sum = new Int32Array(0);
  #otherSum = new Int32Array(0);

  /**
   * @param arena the patterns in byte order, end to end; pattern i is [from[i], from[i + 1]).
   * @param parent the longest other pattern that pattern i begins with, or -1.
   * @param seed any number that a task cannot know, so that it cannot crowd the table.
   */
  constructor(arena: DataView, from: Uint32Array, parent: Int32Array, seed: number) {
    const count = parent.length;
    let maxBytes = 0;
    let marks = 0;
    for (let i = 0; i < count; i++) {
      const length = from[i + 1]! - from[i]!;
      maxBytes = Math.max(maxBytes, length);
      for (let rest = length; rest > 0; rest &= rest - 1) marks++;
    }
    this.#maxBytes = maxBytes;
    // SECURITY: a task that knew the bases could choose values that all fall on one slot
    // (tests/unit/runtime/matcher_test.ts).
    this.#base = (BASE ^ (seed << 1)) | 1;
    this.#otherBase = (OTHER_BASE ^ (seed >>> 1)) | 1;
    this.#power = new Int32Array(maxBytes + 1).fill(1);
    this.#otherPower = new Int32Array(maxBytes + 1).fill(1);
    for (let i = 1; i <= maxBytes; i++) {
      this.#power[i] = Math.imul(this.#power[i - 1]!, this.#base);
      this.#otherPower[i] = Math.imul(this.#otherPower[i - 1]!, this.#otherBase);
    }
    const bits = 32 - Math.clz32(marks * 2);
    this.#shift = 32 - bits;
    this.#hash = new Int32Array(1 << bits);
    this.#otherHash = new Int32Array(1 << bits);
    this.#length = new Uint16Array(1 << bits);
    this.#longest = new Uint16Array(1 << bits);
    for (let i = 0; i < count; i++) this.#add(arena, from, parent, i);
  }

  /** Enters a pattern: its beginning at each length that has the highest bits of its own. */
  #add(arena: DataView, from: Uint32Array, parent: Int32Array, pattern: number): void {
    const start = from[pattern]!;
    const length = from[pattern + 1]! - start;
    this.#sumUp(arena, start, from[pattern + 1]!);
    let known = pattern;
    for (let mark = length; mark > 0; mark &= mark - 1) {
      while (known >= 0 && from[known + 1]! - from[known]! > mark) known = parent[known]!;
      const longest = known < 0 ? 0 : from[known + 1]! - from[known]!;
      const slot = this.#slot(this.#sum[mark]!, this.#otherSum[mark]!, mark);
      this.#hash[slot] = this.#sum[mark]!;
      this.#otherHash[slot] = this.#otherSum[mark]!;
      this.#length[slot] = mark;
      this.#longest[slot] = Math.max(this.#longest[slot]!, longest);
    }
  }

  /** The slot of a beginning, or the empty one where it would go. */
  #slot(hash: number, otherHash: number, length: number): number {
    const mask = this.#length.length - 1;
    let slot = Math.imul(hash ^ otherHash ^ length, 0x9e3779b1) >>> this.#shift;
    for (;;) {
      const found = this.#length[slot]!;
      if (found === 0) return slot;
      if (found === length && this.#hash[slot] === hash && this.#otherHash[slot] === otherHash) {
        return slot;
      }
      slot = (slot + 1) & mask;
    }
  }

  #sumUp(data: DataView, from: number, to: number): void {
    if (this.#sum.length <= to - from) {
      this.#sum = new Int32Array(to - from + 1);
      this.#otherSum = new Int32Array(to - from + 1);
    }
    for (let i = from, k = 0, sum = 0, other = 0; i < to; i++) {
      const byte = data.getUint8(i) + 1;
      sum = (Math.imul(sum, this.#base) + byte) | 0;
      other = (Math.imul(other, this.#otherBase) + byte) | 0;
      k++;
      this.#sum[k] = sum;
      this.#otherSum[k] = other;
    }
  }

  /** As GramIndex.find: adds to `runs` what the patterns cover that start in [from, to). */
  find(data: DataView, from: number, to: number, runs: number[]): void {
    for (let at = from; at < to; at += SCAN_BYTES) {
      this.#scan(data, at, Math.min(to, at + SCAN_BYTES), runs);
    }
  }

  #scan(data: DataView, from: number, to: number, runs: number[]): void {
    const end = Math.min(data.byteLength, to + this.#maxBytes);
    this.#sumUp(data, from, end);
    for (let start = from; start < to; start++) {
      const covered = runs.length === 0 ? -1 : runs[runs.length - 1]!;
      if (start + this.#maxBytes <= covered) continue;
      const length = this.#longestAt(start - from, end - start);
      if (length === 0 || start + length <= covered) continue;
      if (start <= covered) runs[runs.length - 1] = start + length;
      else runs.push(start, start + length);
    }
  }

  /** The longest pattern at a place of the running sums, with `size` bytes left; 0 for none. */
  #longestAt(place: number, size: number): number {
    const sum = this.#sum[place]!;
    const otherSum = this.#otherSum[place]!;
    let length = 0;
    let longest = 0;
    for (let step = 1 << (31 - Math.clz32(this.#maxBytes)); step > 0; step >>>= 1) {
      const next = length + step;
      if (next > size || next > this.#maxBytes) continue;
      const hash = (this.#sum[place + next]! - Math.imul(sum, this.#power[next]!)) | 0;
      const otherHash =
        (this.#otherSum[place + next]! - Math.imul(otherSum, this.#otherPower[next]!)) | 0;
      const slot = this.#slot(hash, otherHash, next);
      if (this.#length[slot] === 0) continue;
      length = next;
      if (this.#longest[slot]! > 0) longest = this.#longest[slot]!;
    }
    return longest;
  }
}
