/** A time limit that whoever works under it can ask about. */
import { startTimer } from "./timer.ts";

const deadlines = new WeakMap<AbortSignal, number>();

/**
 * Runs work under a time limit and an outer signal, and ends the wait at the limit even where the work
 * ignores its signal.
 *
 * @param limitMs Infinity for none.
 * @param reason what the wait rejects with when the time is over.
 * @throws the outer signal's reason if it is aborted; whatever the work throws.
 */
export async function withDeadline<T>(
  limitMs: number,
  signal: AbortSignal,
  reason: () => Error,
  work: (limited: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  deadlines.set(controller.signal, performance.now() + limitMs);
  const abort = () => controller.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  const stopTimer = limitMs === Infinity
    ? undefined
    : startTimer(limitMs, () => controller.abort(reason()));
  const ended = new Promise<never>((_, reject) => {
    controller.signal.addEventListener("abort", () => reject(controller.signal.reason));
  });
  try {
    return await Promise.race([work(controller.signal), ended]);
  } catch (error) {
    // What the work throws when its signal fires is not why it fired.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    stopTimer?.();
    signal.removeEventListener("abort", abort);
  }
}

/** The milliseconds that are left under a signal of withDeadline(); Infinity under any other. */
export function timeLeft(signal: AbortSignal): number {
  const deadline = deadlines.get(signal);
  return deadline === undefined ? Infinity : deadline - performance.now();
}

/** A signal that is aborted with either; the time left is that of the first. */
export function joinSignals(limited: AbortSignal, other: AbortSignal): AbortSignal {
  const joined = AbortSignal.any([limited, other]);
  const deadline = deadlines.get(limited);
  if (deadline !== undefined) deadlines.set(joined, deadline);
  return joined;
}

/** Waits; rejects with the signal's reason as soon as it is aborted. */
export async function pause(ms: number, signal: AbortSignal): Promise<void> {
  signal.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const stop = () => {
      stopTimer();
      reject(signal.reason);
    };
    const stopTimer = startTimer(ms, () => {
      signal.removeEventListener("abort", stop);
      resolve();
    });
    signal.addEventListener("abort", stop, { once: true });
  });
}
