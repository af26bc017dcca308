/**
 * Which limit most likely lies behind what a task threw, what it said last, or a signal that nobody
 * sent. Pure. The text comes from the task, which may write anything there: it decides on a hint.
 */
import type { ErrorCode } from "../sdk/errors.ts";

/** What Deno 2.9.6 says where the kernel refuses (tests/e2e/limits_test.ts meets each). */
const WORDS: readonly (readonly [RegExp, string])[] = [
  [
    // The second is a panic: it cannot even print the error that nobody caught.
    /Too many open files|panicked[^]*left: 24\b/,
    "close what is done with, or raise limits.files of task.yaml",
  ],
  [
    /Array buffer allocation failed|could not allocate memory|Unable to grow instance memory/,
    "use less at a time, or raise limits.memory of task.yaml",
  ],
  [
    /Resource temporarily unavailable \(os error 11\)|unable to create worker threads/,
    "start fewer programs and workers at a time, or raise limits.processes of task.yaml",
  ],
];

/** A hint for words that tell of a limit, or undefined. */
export function explainOverrun(text: string): string | undefined {
  return WORDS.find(([pattern]) => pattern.test(text))?.[1];
}

/** What a signal that nobody sent says about the end of a task. */
export interface SignalReason {
  readonly code: ErrorCode;
  /** Follows "the task was killed by SIGXFSZ". */
  readonly message: string;
  readonly hint?: string;
}

/**
 * @param lastWords the end of its stderr: V8 says there what it crashed of.
 */
export function explainSignal(signal: Deno.Signal, lastWords: string): SignalReason {
  switch (signal) {
    case "SIGXFSZ":
      return {
        code: "file_limit",
        message: ": it wrote a file larger than limits.file of task.yaml allows",
        hint: "write less to one file, or raise limits.file",
      };
    case "SIGTRAP":
    case "SIGABRT":
      if (!/out of memory/i.test(lastWords)) break;
      return {
        code: "memory_limit",
        message: ": it needed more memory than limits.memory of task.yaml allows",
        hint: "use less at a time and fewer workers, or raise limits.memory",
      };
    case "SIGKILL":
      return {
        code: "task_killed",
        message: "",
        hint:
          "perhaps the machine ran out of memory: lower limits.memory of task.yaml, or free some",
      };
  }
  return { code: "task_killed", message: "" };
}
