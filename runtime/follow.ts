/**
 * Carries the output of a child until it and its pipes have ended.
 *
 * A reader may be slow, and is waited for; but whoever sends a signal wants the run gone, also where
 * nobody reads what the task has written.
 */
import { startTimer } from "../store/timer.ts";
import type { Child, Ended } from "./child.ts";
import type { Masker } from "./mask.ts";
import { OUTPUT_CLOSED, OUTPUT_LIMIT } from "./outcome.ts";
import { Budget, carryOutput, type Sinks } from "./output.ts";

/** How long a reader may take for what is left, once a signal has come. */
const READER_GRACE_MS = 1_000;

export interface Followed {
  readonly ended: Ended;
  /** The last bytes of stderr; empty where they were not waited for. */
  readonly lastWords: string;
}

export interface FollowOptions {
  readonly sinks: Sinks;
  readonly masker: Masker;
  /** `limits.output`; 0 is none. */
  readonly outputBytes: number;
  /** Settles at the first signal that the host gets, with its name. */
  readonly signalled: Promise<Deno.Signal>;
}

/** @throws what a sink threw that is not a reader's going away. */
export async function follow(child: Child, options: FollowOptions): Promise<Followed> {
  const { sinks, masker, outputBytes, signalled } = options;
  let broken: unknown;
  const closed = (error: unknown) => {
    if (!(error instanceof Deno.errors.BrokenPipe)) broken ??= error;
    child.stop(OUTPUT_CLOSED);
  };
  const budget = new Budget(outputBytes, () => child.stop(OUTPUT_LIMIT));
  const carried = Promise.all([
    carryOutput(child.stderr, masker, sinks.stderr, closed, budget),
    carryOutput(child.stdout, masker, sinks.stdout, closed, budget),
  ]);
  const ended = await child.ended;
  let stop: (() => void) | undefined;
  const abandoned = signalled.then((signal) =>
    new Promise<Deno.Signal>((resolve) => {
      stop = startTimer(READER_GRACE_MS, () => resolve(signal));
    })
  );
  const first = await Promise.race([carried, abandoned]).finally(() => stop?.());
  if (broken !== undefined) throw broken;
  if (typeof first !== "string") return { ended, lastWords: first[0] };
  // The task had ended by itself: then it is the signal that ended the run.
  const cause = ended.cause.kind === "exit"
    ? { kind: "signal", signal: first } as const
    : undefined;
  return { ended: cause === undefined ? ended : { ...ended, cause }, lastWords: "" };
}
