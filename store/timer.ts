/**
 * Timers that cost a start nothing.
 *
 * The first `setTimeout` of a process loads Node's timers in Deno 2.9.6: 7 ms of a start of 19, where
 * an `AbortSignal.timeout` takes none that can be measured (docs/decisions.md).
 */

/**
 * Calls `act` once, after so many milliseconds; fewer than none are none, as for setTimeout: what is
 * left of a time may have run out. The event loop stays until then.
 *
 * @returns how to call it off; harmless afterwards.
 */
export function startTimer(ms: number, act: () => void): () => void {
  const signal = AbortSignal.timeout(Math.max(0, ms));
  signal.addEventListener("abort", act, { once: true });
  return () => signal.removeEventListener("abort", act);
}

/** Calls `act` again and again, each time so many milliseconds after the last call has returned. */
export function startTicking(ms: number, act: () => void): () => void {
  let stop = startTimer(ms, tick);
  let isOver = false;
  function tick(): void {
    act();
    if (!isOver) stop = startTimer(ms, tick);
  }
  return () => {
    isOver = true;
    stop();
  };
}

/** Resolves after so many milliseconds. */
export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => void startTimer(ms, resolve));
}
