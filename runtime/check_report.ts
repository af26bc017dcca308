/** The one JSON document that `dicode check --json` prints, whatever was found. */
import { ConfigError, DicodeError, formatProblem } from "../sdk/errors.ts";
import { formatJsonLine } from "./json_line.ts";
import type { Masker } from "./mask.ts";
import { findMissing } from "./origins.ts";
import type { Task } from "./task.ts";
import type { Origin } from "./variables.ts";

/** What was found of a task that can be checked. */
export interface TaskFindings {
  readonly task: Task;
  readonly origins: readonly Origin[];
  readonly warnings: readonly string[];
  readonly hints: readonly string[];
}

interface Entry {
  readonly task: string | null;
  readonly dir: string;
  readonly ok: boolean;
  readonly exit_code: number;
  /** The variables for want of which it would not run have `from: null` and `required: true`. */
  readonly env: readonly Origin[];
  readonly warnings: readonly string[];
  readonly hints: readonly string[];
  readonly errors: readonly { readonly message: string; readonly hint: string | null }[];
}

/** What is known of all tasks so far; format() makes the document of it. */
export class CheckReport {
  readonly #entries: Entry[] = [];

  /** That of the first task that is not in order. */
  get exitCode(): number {
    return this.#entries.find(({ exit_code }) => exit_code !== 0)?.exit_code ?? 0;
  }

  /** A task that was checked to the end. */
  add(dir: string, { task, origins, warnings, hints }: TaskFindings): void {
    const ok = findMissing(origins).length === 0;
    const exit_code = ok ? 0 : 4;
    this.#entries.push({
      task: task.name,
      dir,
      ok,
      exit_code,
      env: origins,
      warnings,
      hints,
      errors: [],
    });
  }

  /** A task that would be refused. */
  refuse(dir: string, error: unknown, exitCode: number, warnings: readonly string[]): void {
    const entry = { task: null, dir, ok: false, exit_code: exitCode, env: [], warnings, hints: [] };
    this.#entries.push({ ...entry, errors: describeAll(error) });
  }

  /** One line, without any secret. */
  format(masker: Masker): string {
    const tasks = this.#entries.map(({ warnings, hints, errors, ...entry }) => ({
      ...entry,
      warnings: warnings.map((message) => masker.text(message)),
      hints: hints.map((hint) => masker.text(hint)),
      errors: errors.map(({ message, hint }) => ({
        message: masker.text(message),
        hint: hint === null ? null : masker.text(hint),
      })),
    }));
    return formatJsonLine({ version: 1, ok: this.exitCode === 0, tasks });
  }
}

function describeAll(error: unknown): Entry["errors"] {
  if (!(error instanceof DicodeError)) {
    return [{ message: "a bug in dicode: see standard error", hint: null }];
  }
  const problems = error instanceof ConfigError ? error.problems : [error];
  return problems.map((problem) => ({
    message: formatProblem(problem),
    hint: problem.hint ?? null,
  }));
}
