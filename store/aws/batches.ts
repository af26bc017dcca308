/** Many names of a service of AWS's: in batches, and one by one what a batch does not answer. */
import { mapLimited } from "../limiter.ts";

/** How many requests are on their way at once; AWS allows Parameter Store 40 a second by default. */
const MOST_AT_ONCE = 4;

/** How names are asked for. Both put what they find where it belongs. */
export interface Batches {
  /** The most names of a batch. */
  readonly size: number;
  /** Asks for several; gives those that are to be asked for one by one. */
  readonly many: (names: readonly string[], signal: AbortSignal) => Promise<readonly string[]>;
  /** Asks for one. */
  readonly one: (name: string, signal: AbortSignal) => Promise<void>;
}

/** Asks for all of the names; the first failure ends the rest. */
export async function askInBatches(
  names: readonly string[],
  { size, many, one }: Batches,
  signal: AbortSignal,
): Promise<void> {
  const batches = Array.from(
    { length: Math.ceil(names.length / size) },
    (_, at) => names.slice(at * size, (at + 1) * size),
  );
  const left = await mapLimited(batches, MOST_AT_ONCE, signal, many);
  await mapLimited(left.flat(), MOST_AT_ONCE, signal, one);
}
