/**
 * Writes what one stream shows: one write at a time, beside the reading and masking of what comes next.
 *
 * What comes while a write is under way goes out with the next, so that a task that prints line by
 * line costs one write for many lines. What waits has a bound: a slow reader holds the task up, and
 * does not fill the host's memory. It is copied: a view would pin the whole chunk that it is part of.
 */

/** From so many waiting bytes on, the stream is not read until they are being written. */
export const MOST_WAITING_BYTES = 512 * 1024;

export class Outlet {
  readonly #sink: (bytes: Uint8Array) => Promise<void>;
  readonly #closed: (error: unknown) => void;
  #batch = new Uint8Array(0);
  #waitingBytes = 0;
  #lastBytes = 0;
  #writing: Promise<void> | undefined;
  #room: PromiseWithResolvers<void> | undefined;
  #isOpen = true;

  /**
   * @param sink takes a piece of its own; is asked to take one at a time.
   * @param closed called once, with the reason, if the sink rejects: nothing is written after that.
   */
  constructor(sink: (bytes: Uint8Array) => Promise<void>, closed: (error: unknown) => void) {
    this.#sink = sink;
    this.#closed = closed;
  }

  /** Whether what is put is still written. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Takes a copy, to be written at once or with what else waits. */
  put(piece: Uint8Array): void {
    if (!this.#isOpen || piece.length === 0) return;
    const size = this.#waitingBytes + piece.length;
    if (this.#batch.length < size) {
      // Most likely as much will come together as did the last time.
      const grown = new Uint8Array(Math.max(size, 2 * this.#batch.length, this.#lastBytes));
      grown.set(this.#batch.subarray(0, this.#waitingBytes));
      this.#batch = grown;
    }
    this.#batch.set(piece, this.#waitingBytes);
    this.#waitingBytes = size;
  }

  /** Writes what waits, beside the caller; settles once there is room for more. */
  flush(): Promise<void> | undefined {
    if (this.#waitingBytes === 0) return undefined;
    this.#writing ??= this.#write();
    if (this.#waitingBytes < MOST_WAITING_BYTES) return undefined;
    this.#room ??= Promise.withResolvers();
    return this.#room.promise;
  }

  /** Settles once all that was put is written, or the sink is closed. */
  async end(): Promise<void> {
    void this.flush();
    await this.#writing;
  }

  async #write(): Promise<void> {
    while (this.#waitingBytes > 0) {
      const bytes = this.#batch.subarray(0, this.#waitingBytes);
      this.#lastBytes = bytes.length;
      this.#empty();
      try {
        await this.#sink(bytes);
      } catch (error) {
        this.#isOpen = false;
        this.#empty();
        this.#closed(error);
      }
    }
    this.#writing = undefined;
  }

  #empty(): void {
    this.#batch = new Uint8Array(0);
    this.#waitingBytes = 0;
    this.#room?.resolve();
    this.#room = undefined;
  }
}
