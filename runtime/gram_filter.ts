/**
 * Which grams of the patterns occur where: the first look of the matcher at all output.
 *
 * A gram is four bytes, read as one number. A table by its hash says at which offsets of the patterns
 * such a gram occurs, among the first `stride` of each: too many at times, never too few.
 */

/** The bytes of a gram, and so of the shortest pattern. */
export const GRAM_BYTES = 4;
/** The offsets that fit a cell of the table. */
export const MAX_STRIDE = 16;

/** Sizes are powers of two. A larger table has fewer cells in vain, a smaller one stays in cache. */
const CELLS_PER_GRAM = 32;
const LEAST_BITS = 13;
const MOST_BITS = 18;
/** An odd number near 2^32 / golden ratio: the high bits of the product are well mixed. */
const MIX = 0x9e3779b1 | 0;

export class GramFilter {
  /** The distance of the places that nextHit looks at. */
  readonly #stride: number;
  /** By the hash of a gram: bit k is set if some pattern has such a gram at offset k. */
  readonly #cells: Uint16Array;
  readonly #shift: number;

  /**
   * @param count the number of patterns to come.
   * @param stride how many grams of each; at most MAX_STRIDE.
   */
  constructor(count: number, stride: number) {
    this.#stride = stride;
    const wanted = 32 - Math.clz32(count * stride * CELLS_PER_GRAM);
    const bits = Math.min(MOST_BITS, Math.max(LEAST_BITS, wanted));
    this.#shift = 32 - bits;
    this.#cells = new Uint16Array(1 << bits);
  }

  /** Enters the pattern that starts at `from`. */
  add(arena: DataView, from: number): void {
    for (let k = 0; k < this.#stride; k++) {
      this.#cells[Math.imul(arena.getInt32(from + k, true), MIX) >>> this.#shift]! |= 1 << k;
    }
  }

  /** At which offsets of a pattern the gram at that place may be, as bits. */
  offsets(data: DataView, at: number): number {
    return this.#cells[Math.imul(data.getInt32(at, true), MIX) >>> this.#shift]!;
  }

  /**
   * The first place on the grid from `at` to `end` whose gram may be one of a pattern that may begin
   * where it would have to; past `end` if none. At least `stride` - 1 bytes lie before `at`.
   */
  nextHit(data: DataView, at: number, end: number): number {
    return nextHit(data, this.#cells, this.#shift, this.#stride, at, end);
  }
}

/**
 * The loop that all output goes through: a function of its own, so that it is compiled as one. Its
 * inner loop is a load, a product and a look-up: anything more in it costs a third of the speed.
 */
function nextHit(
  data: DataView,
  cells: Uint16Array,
  shift: number,
  stride: number,
  at: number,
  end: number,
): number {
  for (;; at += stride) {
    let offsets = 0;
    for (; at <= end; at += stride) {
      offsets = cells[Math.imul(data.getInt32(at, true), MIX) >>> shift]!;
      if (offsets !== 0) break;
    }
    if (offsets === 0) return at;
    while (offsets !== 0) {
      const offset = 31 - Math.clz32(offsets);
      offsets ^= 1 << offset;
      if ((cells[Math.imul(data.getInt32(at - offset, true), MIX) >>> shift]! & 1) !== 0) return at;
    }
  }
}
