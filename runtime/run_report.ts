/** The one JSON document that `dicode run --json` prints: the same keys, however the run ended. */
import { DicodeError, type ErrorCode, formatError } from "../sdk/errors.ts";
import { formatJsonLine } from "./json_line.ts";
import type { Masker } from "./mask.ts";
import type { Outcome, Status } from "./outcome.ts";
import { Capture } from "./output.ts";

/** The document's shape. Keys are always there; null is "none". */
export interface RunDocument {
  readonly task: string | null;
  readonly run_id: string | null;
  /** `refused`: the run never started. */
  readonly status: Status | "refused";
  readonly exit_code: number;
  readonly duration_ms: number;
  readonly result: unknown;
  readonly stdout: string;
  readonly stderr: string;
  /** Whether stdout or stderr lack their beginning. */
  readonly truncated: boolean;
  readonly error: {
    readonly code: ErrorCode;
    readonly message: string;
    readonly hint: string | null;
  } | null;
}

/** What is known of a run so far; format() makes the document of it. */
export class RunReport {
  task: string | null = null;
  outcome: Outcome | undefined;
  /** Of what followed a run that went well. */
  lateExitCode = 0;
  #refusal: RunDocument["error"] = null;
  #refusalExit = 0;
  /** Where the output goes. */
  readonly capture = new Capture();

  get exitCode(): number {
    return (this.outcome?.exitCode ?? this.#refusalExit) || this.lateExitCode;
  }

  /** The run never started. */
  refuse(error: unknown, exitCode: number): void {
    this.#refusalExit = exitCode;
    this.#refusal = error instanceof DicodeError
      ? { code: error.code, message: formatError(error), hint: error.hint ?? null }
      : { code: "internal", message: "a bug in dicode: see standard error", hint: null };
  }

  format(masker: Masker): string {
    const { outcome } = this;
    const error = outcome?.error ?? this.#refusal;
    const document: RunDocument = {
      task: this.task,
      run_id: outcome?.runId ?? null,
      status: outcome?.status ?? "refused",
      exit_code: this.exitCode,
      duration_ms: outcome?.durationMs ?? 0,
      result: outcome?.result ?? null,
      // Once more: a value may have been set after it was printed, or be spelled with U+FFFD.
      stdout: masker.text(this.capture.stdout),
      stderr: masker.text(this.capture.stderr),
      truncated: this.capture.truncated,
      error: error === null ? null : {
        code: error.code,
        message: masker.text(error.message),
        hint: error.hint ? masker.text(error.hint) : null,
      },
    };
    return formatJsonLine(document);
  }
}
