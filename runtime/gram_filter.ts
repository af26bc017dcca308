/**
 * Which grams of the patterns occur where: the first look of the matcher at all output.
 *
 * A gram is four bytes, read as one number. A bit per hash says whether any pattern has such a gram
 * among its first `stride`; a table by a shorter hash says at which offsets. Both may say yes too
 * often, never no wrongly. The sizes follow the number of patterns, so that the bits stay in cache.
 */

/** The bytes of a gram, and so of the shortest pattern. */
export const GRAM_BYTES = 4;
/** The offsets that fit a cell of #offsets. */
export const MAX_STRIDE = 16;

/** Sizes are powers of two: the bits are to fit the first level of cache, or at least the second. */
const BITS_PER_GRAM = 64;
const LEAST_FILTER_BITS = 16;
const MOST_FILTER_BITS = 20;
const CELLS_PER_GRAM = 2;
const MOST_OFFSET_BITS = 16;
/** An odd number near 2^32 / golden ratio: the high bits of the product are well mixed. */
const MIX = 0x9e3779b1 | 0;

export class GramFilter {
  /** The distance of the places that nextHit looks at. */
  readonly #stride: number;
  /** A bit for each hash of a gram that some pattern has at an offset below #stride. */
  readonly #bits: Int32Array;
  readonly #bitShift: number;
  /** By a shorter hash: bit k is set if some pattern has such a gram at offset k. */
  readonly #offsets: Uint16Array;
  readonly #offsetShift: number;

  /**
   * @param count the number of patterns to come.
   * @param stride how many grams of each; at most MAX_STRIDE.
   */
  constructor(count: number, stride: number) {
    this.#stride = stride;
    const power = (cells: number) => 32 - Math.clz32(cells);
    const bits = Math.max(LEAST_FILTER_BITS, power(count * stride * BITS_PER_GRAM));
    this.#bitShift = 32 - Math.min(MOST_FILTER_BITS, bits);
    this.#bits = new Int32Array(1 << (32 - this.#bitShift - 5));
    this.#offsetShift = 32 - Math.min(MOST_OFFSET_BITS, power(count * stride * CELLS_PER_GRAM));
    this.#offsets = new Uint16Array(1 << (32 - this.#offsetShift));
  }

  /** Enters the pattern that starts at `from`. */
  add(arena: DataView, from: number): void {
    for (let k = 0; k < this.#stride; k++) {
      const mixed = Math.imul(arena.getInt32(from + k, true), MIX);
      const hash = mixed >>> this.#bitShift;
      this.#bits[hash >>> 5]! |= 1 << hash;
      this.#offsets[mixed >>> this.#offsetShift]! |= 1 << k;
    }
  }

  /** At which offsets of a pattern the gram at that place may be, as bits. */
  offsets(data: DataView, at: number): number {
    return this.#offsets[Math.imul(data.getInt32(at, true), MIX) >>> this.#offsetShift]!;
  }

  /** The first place on the grid from `at` to `end` whose gram may be meant; past `end` if none. */
  nextHit(data: DataView, at: number, end: number): number {
    return nextHit(data, this.#bits, this.#bitShift, this.#stride, at, end);
  }
}

/**
 * The loop that all output goes through: a function of its own, so that it is compiled as one. Four
 * places a round: independent loads, one branch.
 */
function nextHit(
  data: DataView,
  bits: Int32Array,
  shift: number,
  stride: number,
  at: number,
  end: number,
): number {
  const two = stride * 2;
  const three = stride * 3;
  for (const last = end - three; at <= last; at += stride * 4) {
    const a = Math.imul(data.getInt32(at, true), MIX) >>> shift;
    const b = Math.imul(data.getInt32(at + stride, true), MIX) >>> shift;
    const c = Math.imul(data.getInt32(at + two, true), MIX) >>> shift;
    const d = Math.imul(data.getInt32(at + three, true), MIX) >>> shift;
    // A shift by a hash is a shift by its last five bits.
    const found = (bits[a >>> 5]! >>> a) | (bits[b >>> 5]! >>> b) |
      (bits[c >>> 5]! >>> c) | (bits[d >>> 5]! >>> d);
    if ((found & 1) !== 0) break;
  }
  for (; at <= end; at += stride) {
    const hash = Math.imul(data.getInt32(at, true), MIX) >>> shift;
    if (((bits[hash >>> 5]! >>> hash) & 1) !== 0) return at;
  }
  return at;
}
