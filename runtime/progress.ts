/** A line on a terminal that tells how far a long piece of work is. Nothing is shown elsewhere. */

import { findTerminal } from "./terminal.ts";

/** Between two updates; more would cost the work itself. */
const PAUSE_MS = 100;

export interface Progress extends Disposable {
  /** So much is done, of so much if that is known. */
  show(done: number, total?: number): void;
}

/**
 * The line is written at once, also while nothing else gets a turn, and is gone afterwards.
 *
 * @param what is done, such as `verified`.
 * @param write to standard error; undefined where that is no terminal.
 */
export function openProgress(
  what: string,
  write: ((text: string) => void) | undefined = findTerminal(),
  now: () => number = () => performance.now(),
): Progress {
  let shownAt = now();
  let shown = false;
  return {
    show(done, total) {
      if (write === undefined || now() - shownAt < PAUSE_MS) return;
      shownAt = now();
      shown = true;
      const of = total === undefined ? "" : ` of ${total}`;
      write(`\r\x1b[Kdicode: ${what} ${done}${of}`);
    },
    [Symbol.dispose]() {
      if (shown) write?.("\r\x1b[K");
    },
  };
}
