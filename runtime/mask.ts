/**
 * Hides values in what a run shows: whole texts, and streams of bytes cut anywhere.
 *
 * Every byte that any form of a value covers (mask_forms.ts) is left out, and one `***` stands for
 * each run of such bytes that overlap or touch; all other bytes come through as they are. A stream
 * keeps back only what may still become a match, at most BLOCK_BYTES - 1 bytes, for as long as that
 * lasts. A value concealed during the run is hidden in every byte that has not been returned yet.
 * It trusts nobody: the task that writes may try to slip a value through, or to keep the host busy.
 * A value made of asterisks may look as if it were left: `***` is what stands in its place.
 */
import { buildPatterns, buildPlainPatterns } from "./mask_forms.ts";
import { Matcher, mergeRuns, type Runs } from "./matcher.ts";

/** What stands in place of a value. */
const MARK = new TextEncoder().encode("***");

/** Up to this size a chunk is joined to what was held; above, only the seam is. */
const JOIN_MAX_BYTES = 4096;

/** An index is merged into the next if it is less than so many times as large. */
const MERGE_FACTOR = 4;

const EMPTY = new Uint8Array(0);

/** One stream of bytes. */
export interface MaskStream {
  /**
   * Takes a chunk, and returns what may be shown now, in order: the pieces may be views of the chunk;
   * where something is masked they are one copy. What is kept back is a copy, too.
   */
  push(chunk: Uint8Array): Uint8Array[];
  /** The end of the stream: the rest. */
  end(): Uint8Array[];
}

/** The values of a run that must not be seen. */
export class Masker {
  /** Each value, and the forms that it is hidden in. */
  readonly #values = new Map<string, "all" | "plain">();
  readonly #known = new Set<string>();
  #pending: (readonly [value: string, forms: "all" | "plain"])[] = [];
  /** Newest and smallest last: few, however often a value is added. */
  #matchers: Matcher[] = [];
  readonly #seed: number;

  /**
   * Hides nothing yet.
   *
   * @param seed any number that a task cannot know (see DenseIndex); default a random one.
   */
  constructor(seed: number = crypto.getRandomValues(new Uint32Array(1))[0]!) {
    this.#seed = seed;
  }

  /** The number of values. */
  get size(): number {
    return this.#values.size;
  }

  /**
   * Hides a value from now on; the empty string is ignored.
   *
   * @param forms in every form, or as it is alone: for what nobody has a reason to encode, since each
   *   form may hold back the end of an unfinished line that happens to look like its beginning.
   */
  conceal(value: string, forms: "all" | "plain" = "all"): void {
    const before = this.#values.get(value);
    if (value === "" || before === "all" || before === forms) return;
    this.#values.set(value, forms);
    this.#pending.push([value, forms]);
  }

  /** A stream with a hold of its own. */
  stream(): MaskStream {
    return new Stream(() => this.#build());
  }

  /** Masks one whole text; returns it as it is if there is nothing to mask. */
  text(text: string): string {
    if (this.size === 0) return text;
    const bytes = new TextEncoder().encode(text);
    const masked = this.bytes(bytes);
    return masked === bytes ? text : new TextDecoder("utf-8", { ignoreBOM: true }).decode(masked);
  }

  /** Masks one whole array; returns that array itself if there is nothing to mask. */
  bytes(data: Uint8Array): Uint8Array {
    const matchers = this.#build();
    const runs = findAll(matchers, data, 0, data.length);
    if (runs.length === 0) return data;
    const output = new Output();
    output.masked(EMPTY, data, data.length, runs, false);
    return output.joined();
  }

  /** The indexes over all values; built when first needed. */
  #build(): readonly Matcher[] {
    if (this.#pending.length === 0) return this.#matchers;
    const fresh: string[] = [];
    for (const [value, forms] of this.#pending) {
      const build = forms === "all" ? buildPatterns : buildPlainPatterns;
      for (const pattern of build(value)) {
        if (this.#known.has(pattern)) continue;
        this.#known.add(pattern);
        fresh.push(pattern);
      }
    }
    this.#pending = [];
    if (fresh.length === 0) return this.#matchers;
    // SECURITY: without this a task could keep the host busy (thousands of values in
    // tests/unit/runtime/mask_stream_test.ts).
    // Merged by size, so that a task that sets thousands of values costs n log n, not n squared.
    const matchers = [...this.#matchers];
    let last = matchers.at(-1);
    while (last !== undefined && last.patterns.length < fresh.length * MERGE_FACTOR) {
      for (const pattern of last.patterns) fresh.push(pattern);
      matchers.pop();
      last = matchers.at(-1);
    }
    matchers.push(new Matcher(fresh, this.#seed));
    return this.#matchers = matchers;
  }
}

/** What any of the indexes finds that starts in [from, to). */
function findAll(matchers: readonly Matcher[], data: Uint8Array, from: number, to: number): Runs {
  let runs: Runs = [];
  for (const matcher of matchers) runs = mergeRuns(runs, matcher.find(data, from, to));
  return runs;
}

class Stream implements MaskStream {
  readonly #matchers: () => readonly Matcher[];
  /** The end of what was pushed, which may still become a match. */
  #held = EMPTY;
  /** How many bytes of #held are covered by a `***` already returned; -1 if none ends there. */
  #open = -1;

  constructor(matchers: () => readonly Matcher[]) {
    this.#matchers = matchers;
  }

  push(chunk: Uint8Array): Uint8Array[] {
    if (chunk.length === 0) return [];
    // SECURITY: asked for at every push, or a value concealed during the run comes through
    // (tests/unit/runtime/mask_stream_test.ts).
    const matchers = this.#matchers();
    if (matchers.length === 0) return [chunk];
    return this.#step(matchers, chunk, false);
  }

  end(): Uint8Array[] {
    return this.#step(this.#matchers(), EMPTY, true);
  }

  /** Places count from the start of #held, which comes before the chunk. */
  #step(matchers: readonly Matcher[], chunk: Uint8Array, isLast: boolean): Uint8Array[] {
    let held = this.#held;
    if (held.length > 0 && chunk.length <= JOIN_MAX_BYTES) {
      chunk = concat([held, chunk]);
      held = EMPTY;
    }
    let runs: Runs = findAll(matchers, chunk, 0, chunk.length);
    if (held.length > 0) {
      for (let i = 0; i < runs.length; i++) runs[i]! += held.length;
      const seam = concat([held, chunk.subarray(0, longestOf(matchers) - 1)]);
      runs = mergeRuns(findAll(matchers, seam, 0, held.length), runs);
    }
    const isOpen = this.#open >= 0;
    if (isOpen) runs = mergeRuns([0, this.#open], runs);

    // SECURITY: without the hold a value cut between two writes comes through (every cut in
    // tests/unit/runtime/mask_test.ts).
    // A chunk longer than any pattern holds all of what may still become a match.
    let hold = chunk.length;
    if (!isLast) { for (const matcher of matchers) hold = Math.min(hold, matcher.hold(chunk)); }
    const kept = chunk.subarray(hold);
    const output = new Output();
    this.#open = output.masked(held, chunk, held.length + hold, runs, isOpen);
    this.#held = kept.length === 0 ? EMPTY : kept.slice();
    return output.pieces();
  }
}

function longestOf(matchers: readonly Matcher[]): number {
  return matchers.reduce((longest, { maxBytes }) => Math.max(longest, maxBytes), 1);
}

/** Collects pieces, and marks between them. */
class Output {
  readonly #pieces: Uint8Array[] = [];
  #hasMark = false;

  /**
   * Adds the first `end` bytes of `held` and `chunk` in a row, with `***` for each run that starts
   * there; for the first run it is left out if `isOpen`: it has been returned before.
   *
   * @returns how far past `end` a run reaches that starts before it, or was open; -1 if none does.
   */
  masked(held: Uint8Array, chunk: Uint8Array, end: number, runs: Runs, isOpen: boolean): number {
    let at = 0;
    for (let i = 0; i < runs.length; i += 2) {
      const start = runs[i]!;
      const isReturned = isOpen && i === 0;
      if (start >= end && !isReturned) break;
      this.#copy(held, chunk, at, start);
      if (!isReturned) {
        this.#pieces.push(MARK);
        this.#hasMark = true;
      }
      at = runs[i + 1]!;
      if (at >= end) return at - end;
    }
    this.#copy(held, chunk, at, end);
    return -1;
  }

  #copy(held: Uint8Array, chunk: Uint8Array, from: number, to: number): void {
    const size = held.length;
    if (from < Math.min(to, size)) this.#pieces.push(held.subarray(from, Math.min(to, size)));
    if (Math.max(from, size) < to) {
      this.#pieces.push(chunk.subarray(Math.max(from, size) - size, to - size));
    }
  }

  pieces(): Uint8Array[] {
    return this.#hasMark ? [this.joined()] : this.#pieces;
  }

  joined(): Uint8Array {
    return concat(this.#pieces);
  }
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const size = parts.reduce((sum, part) => sum + part.length, 0);
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    // A call costs more than a few bytes.
    if (part.length > 32) whole.set(part, at);
    else for (let i = 0; i < part.length; i++) whole[at + i] = part[i]!;
    at += part.length;
  }
  return whole;
}
