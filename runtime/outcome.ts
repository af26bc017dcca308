/**
 * How a run ended: what the child's end, its last word and the host's reasons come to. Pure.
 */
import type { ErrorCode } from "../sdk/errors.ts";
import type { Thrown } from "../sdk/protocol.ts";
import type { Ended } from "./child.ts";
import { explainDenied } from "./denied.ts";
import { explainOverrun, explainSignal } from "./overrun.ts";
import type { Receipt } from "./receipt.ts";

/** How a run ended; a run that is refused throws instead. */
export type Status = "ok" | "failed" | "timeout" | "killed";

/** Why a run did not end well. */
export interface Failure {
  /** Names the kind of failure for programs. */
  readonly code: ErrorCode;
  /** What happened, masked. */
  readonly message: string;
  /** One next step. */
  readonly hint?: string;
  /** The task's own frames, where it threw. */
  readonly stack?: string;
}

/** How a run ended, without any secret in it. */
export interface Outcome {
  /** How it ended, in one word. */
  readonly status: Status;
  /** The exit code of `dicode run` (docs/reference/cli.md). */
  readonly exitCode: number;
  /** A UUID. */
  readonly runId: string;
  /** Of the whole run, in milliseconds. */
  readonly durationMs: number;
  /** What main returned, masked; absent where it returned undefined, or where the run failed. */
  readonly result?: unknown;
  /** Why it did not end well; absent where status is `ok`. */
  readonly error?: Failure;
  /** What the task asked for against what it declares, masked; where RunOptions.audit asks for it. */
  readonly receipt?: Receipt;
}

/** What a run leaves behind, for judgeRun. */
export interface Traces {
  readonly ended: Ended;
  readonly timeoutMs: number;
  /** Whether the child ever greeted the host. */
  readonly greeted: boolean;
  readonly returned?: { readonly value: unknown };
  readonly thrown?: Thrown;
  /** Whether the task ran in a pid namespace, whose first process tells a signal as 128 and N. */
  readonly inNamespace: boolean;
  /** The last bytes of the task's stderr, masked: Deno prints an uncaught error there. */
  readonly lastWords: string;
}

/** The reason given to Child.stop where limits.output is used up. */
export const OUTPUT_LIMIT = "output limit";

/** The reason given to Child.stop where there are more processes than limits.processes. */
export const PROCESS_LIMIT = "process limit";

/** The reason given to Child.stop where the output's reader went away. */
export const OUTPUT_CLOSED = "output closed";

/** The exit code of a signal that ended a run: 128 and its number, as shells have it. */
export function signalExit(signal: Deno.Signal): number {
  return SIGNAL_EXIT[signal] ?? 128;
}

const SIGNAL_EXIT: Partial<Record<Deno.Signal, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGTERM: 143,
};

/** Exit codes that stand for a signal where only a code comes out; no program chooses these. */
const FATAL_EXITS: Readonly<Record<number, Deno.Signal>> = {
  132: "SIGILL",
  133: "SIGTRAP",
  134: "SIGABRT",
  135: "SIGBUS",
  137: "SIGKILL",
  139: "SIGSEGV",
  153: "SIGXFSZ",
  159: "SIGSYS",
};

/** An Outcome without what only the run knows. */
export type Judgement = Pick<Outcome, "status" | "exitCode" | "result" | "error" | "receipt">;

/** What the traces of a run come to; the first cause of its end wins. */
export function judgeRun(traces: Traces): Judgement {
  const { cause, code, signal } = traces.ended;
  switch (cause.kind) {
    case "timeout":
      return {
        status: "timeout",
        exitCode: 124,
        error: {
          code: "task_timeout",
          message: `the task reached its time limit of ${formatMs(traces.timeoutMs)}`,
          hint: "raise timeout in task.yaml, or give --timeout",
        },
      };
    case "signal":
      return {
        status: "killed",
        exitCode: signalExit(cause.signal),
        error: { code: "task_killed", message: `the task was ended by ${cause.signal}` },
      };
    case "stopped":
      if (cause.reason === OUTPUT_CLOSED) {
        const message = "the reader of the output went away";
        return { status: "killed", exitCode: 141, error: { code: "output_closed", message } };
      }
      if (cause.reason === OUTPUT_LIMIT) {
        return failed(
          "output_limit",
          "the task was ended: it wrote more than limits.output of task.yaml allows",
          "write less, or raise limits.output",
        );
      }
      if (cause.reason === PROCESS_LIMIT) {
        return failed(
          "process_limit",
          "the task was ended: it had more processes or threads than limits.processes of task.yaml allows",
          "start fewer at a time, or raise limits.processes",
        );
      }
      return failed("channel_abused", `the task was ended: it sent ${cause.reason}`);
    case "exit": {
      const killedBy = signal ?? (traces.inNamespace ? FATAL_EXITS[code] : undefined);
      return killedBy ? judgeSignal(killedBy, code, traces.lastWords) : judgeExit(traces, code);
    }
  }
}

function judgeExit(traces: Traces, code: number): Judgement {
  const { thrown, returned, greeted } = traces;
  if (thrown !== undefined) {
    const text = formatThrown(thrown);
    const hint = text.includes("NotCapable") ? explainDenied(text) : explainOverrun(text);
    // The flag that Deno advises is not one of ours.
    const message = text.replaceAll(/, run again with the --allow-\w+ flag/g, "");
    return failed("task_failed", `the task threw ${message}`, hint, thrown.stack);
  }
  if (!greeted) {
    const message = `the task's process ended with code ${code} before the task began`;
    // Deno itself met a limit, such as one of the system's: task.yaml has none that are too small.
    const hint = explainOverrun(traces.lastWords);
    if (hint !== undefined) return failed("task_failed", message, hint);
    return { status: "failed", exitCode: 70, error: { code: "internal", message } };
  }
  if (code === 0) {
    return returned === undefined || returned.value === undefined
      ? { status: "ok", exitCode: 0 }
      : { status: "ok", exitCode: 0, result: returned.value };
  }
  if (code === 1) {
    const { lastWords } = traces;
    const hint = explainDenied(lastWords) ?? explainCache(lastWords) ?? explainOverrun(lastWords);
    return failed("task_failed", "the task ended with exit code 1", hint);
  }
  const message = `the task ended with exit code ${code}`;
  return { status: "failed", exitCode: code, error: { code: "task_exited", message } };
}

/** What to do where a module that was fetched once is not in the cache any more. */
function explainCache(lastWords: string): string | undefined {
  return /not found in cache/i.test(lastWords)
    ? "remove the folder cache of the data folder, and run it again: it is fetched anew"
    : undefined;
}

function judgeSignal(signal: Deno.Signal, exitCode: number, lastWords: string): Judgement {
  const { code, message, hint } = explainSignal(signal, lastWords);
  return {
    status: "killed",
    exitCode: exitCode > 128 ? exitCode : 128,
    error: { code, message: `the task was killed by ${signal}${message}`, hint },
  };
}

function failed(code: ErrorCode, message: string, hint?: string, stack?: string): Judgement {
  return {
    status: "failed",
    exitCode: 1,
    error: { code, message, ...(hint ? { hint } : {}), ...(stack ? { stack } : {}) },
  };
}

function formatThrown({ name, message }: Thrown): string {
  return message === "" ? name : `${name}: ${message}`;
}

function formatMs(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`;
}
