/** How long the stages of a run take, for `--verbose`: stages overlap, and so do their times. */

/** Told of each stage that has ended, and its milliseconds. */
export type Timing = (stage: string, ms: number) => void;

/** Waits for a stage; one that fails is not told. */
export async function timed<T>(timing: Timing, stage: string, work: Promise<T>): Promise<T> {
  const startedAt = performance.now();
  const result = await work;
  timing(stage, performance.now() - startedAt);
  return result;
}
