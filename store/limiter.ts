/** Work on many things, at most so many at a time. */
import { joinSignals } from "./deadline.ts";

/**
 * The results in order; the first failure ends the rest, by the signal that each is given.
 *
 * @param most how many are worked on at once.
 */
export async function mapLimited<T, R>(
  things: readonly T[],
  most: number,
  signal: AbortSignal,
  work: (thing: T, signal: AbortSignal) => Promise<R>,
): Promise<R[]> {
  const results: R[] = new Array(things.length);
  const failed = new AbortController();
  const limited = joinSignals(signal, failed.signal);
  let next = 0;
  const workers = Array.from({ length: Math.min(most, things.length) }, async () => {
    while (next < things.length && !limited.aborted) {
      const at = next++;
      try {
        results[at] = await work(things[at]!, limited);
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    }
    limited.throwIfAborted();
  });
  await Promise.all(workers);
  return results;
}
