/**
 * Carries one stream of the task to its sink: masked, in order, at the speed of the reader.
 */
import type { Masker } from "./mask.ts";
import { Outlet } from "./outlet.ts";

/** Where a run's output goes. A rejected write means that the reader has gone away. */
export interface Sinks {
  /** Takes a piece of standard output, masked; the run waits for it. */
  readonly stdout: (bytes: Uint8Array) => Promise<void>;
  /** The same for standard error. */
  readonly stderr: (bytes: Uint8Array) => Promise<void>;
}

/** What both streams of a run may carry in all. */
export class Budget {
  #left: number;
  readonly #used: () => void;

  /**
   * @param bytes 0 is without limit.
   * @param used called once it is used up.
   */
  constructor(bytes: number, used: () => void) {
    this.#left = bytes === 0 ? Infinity : bytes;
    this.#used = used;
  }

  /** How many of so many bytes may still be shown. */
  take(bytes: number): number {
    const allowed = Math.min(bytes, this.#left);
    this.#left -= allowed;
    if (allowed < bytes) this.#used();
    return allowed;
  }
}

/** What is kept of a stream's end. */
const TAIL_BYTES = 4096;

/**
 * Copies `source` to `sink` until its end, masking; reads on, and drops, once the sink is closed.
 *
 * @param source its chunks may be overwritten once the next is asked for.
 * @param closed called once, with the reason, if the sink rejects.
 * @returns the last 4 KiB of what was shown, as text.
 */
export async function carryOutput(
  source: AsyncIterable<Uint8Array>,
  masker: Masker,
  sink: (bytes: Uint8Array) => Promise<void>,
  closed: (error: unknown) => void,
  budget: Budget,
): Promise<string> {
  const masked = masker.stream();
  const tail = new Tail(TAIL_BYTES);
  const outlet = new Outlet(sink, closed);
  const show = (pieces: readonly Uint8Array[]) => {
    if (!outlet.isOpen) return undefined;
    for (const piece of pieces) {
      tail.push(piece);
      outlet.put(piece);
    }
    return outlet.flush();
  };
  for await (const chunk of source) {
    const allowed = budget.take(chunk.length);
    const room = show(masked.push(allowed === chunk.length ? chunk : chunk.subarray(0, allowed)));
    if (room !== undefined) await room;
  }
  void show(masked.end());
  await outlet.end();
  return tail.text();
}

/** Sinks that keep the end of both streams, as text. */
export class Capture {
  readonly #stdout: Tail;
  readonly #stderr: Tail;

  /**
   * Keeps nothing yet.
   *
   * @param limitBytes what is kept of each stream; default 8 MiB.
   */
  constructor(limitBytes = 8 * 1024 * 1024) {
    this.#stdout = new Tail(limitBytes);
    this.#stderr = new Tail(limitBytes);
  }

  /** To be given to runTask. */
  readonly sinks: Sinks = {
    stdout: (bytes) => Promise.resolve(this.#stdout.push(bytes)),
    stderr: (bytes) => Promise.resolve(this.#stderr.push(bytes)),
  };

  /** The end of standard output; invalid UTF-8 reads as U+FFFD. */
  get stdout(): string {
    return this.#stdout.text();
  }

  /** The end of standard error, in the same way. */
  get stderr(): string {
    return this.#stderr.text();
  }

  /** Whether stdout or stderr lack their beginning. */
  get truncated(): boolean {
    return this.#stdout.truncated || this.#stderr.truncated;
  }
}

/** The last bytes of a stream, copied: a view would pin the whole chunk that it is a part of. */
export class Tail {
  #buffer = new Uint8Array(0);
  #length = 0;
  #dropped = false;

  constructor(readonly limit: number) {}

  /** Whether bytes() is not all that was pushed. */
  get truncated(): boolean {
    return this.#dropped || this.#length > this.limit;
  }

  push(bytes: Uint8Array): void {
    if (bytes.length > this.limit) {
      this.#dropped = true;
      bytes = bytes.subarray(bytes.length - this.limit);
    }
    if (this.#length + bytes.length > 2 * this.limit) {
      this.#dropped = true;
      this.#buffer.copyWithin(0, this.#length - this.limit, this.#length);
      this.#length = this.limit;
    }
    this.#grow(this.#length + bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** At most `limit` bytes. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.#buffer.slice(Math.max(0, this.#length - this.limit), this.#length);
  }

  /** The same as text: invalid UTF-8 becomes U+FFFD, a character that was cut is left out. */
  text(): string {
    const bytes = this.bytes();
    let start = 0;
    if (this.truncated) {
      while (start < 3 && (bytes[start]! & 0b1100_0000) === 0b1000_0000) {
        start++;
      }
    }
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(start));
  }

  #grow(needed: number): void {
    if (needed <= this.#buffer.length) return;
    const size = Math.min(2 * this.limit, Math.max(needed, 2 * this.#buffer.length));
    const grown = new Uint8Array(size);
    grown.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = grown;
  }
}
