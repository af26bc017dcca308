/**
 * The errors of dicode: one subclass for each exit code, one table of codes.
 *
 * A message reads `cannot <verb> <what>: <state found>`, holds names, paths and counts, and never a
 * value. `hint` is the one next step, as a command where there is one. `code` is a stable token that
 * is safe to log; `docs/reference/errors.md` has a row for each and a test that keeps it fresh.
 * How a task ended is an Outcome (runtime/outcome.ts), not an error.
 */

/**
 * Every error code, with its exit code and what it means: the rows of `docs/reference/errors.md`.
 * Two exit codes are the task's: 0 stands for the one that it gave, 128 for 128 and the signal.
 */
export const ERROR_CODES = {
  // 1: a named thing is missing, or the task itself failed
  secret_not_stored: [1, "the store has no secret of that name"],
  store_missing: [1, "there is no store yet"],
  task_failed: [1, "the task threw, or its process ended with an error"],
  task_exited: [0, "the task called Deno.exit with a code other than 0"],
  task_timeout: [124, "the task reached its time limit"],
  task_killed: [128, "a signal ended the task"],
  channel_abused: [1, "the task sent what the channel does not take"],
  output_limit: [1, "the task wrote more than its limits allow"],
  process_limit: [1, "the task had more processes or threads than its limits allow"],
  memory_limit: [128, "the task needed more memory than its limits allow"],
  file_limit: [128, "the task wrote a larger file than its limits allow"],
  output_closed: [141, "the reader of the output went away"],
  module_fetch: [1, "a module that the task imports could not be fetched"],
  // 2: the command line
  usage: [2, "the command line is not understood"],
  secret_key_invalid: [2, "a secret's key breaks the rules for keys"],
  secret_value_invalid: [2, "a secret's value is empty, too long or not text"],
  secret_exists: [2, "a secret is stored already, with another value than the one to import"],
  secret_write_only: [2, "secrets can be set and deleted, never printed"],
  param_invalid: [2, "a parameter is unknown, missing or not of its type"],
  input_invalid: [2, "--input is not JSON"],
  recipient_invalid: [2, "a backup cannot be encrypted for that: it is no recipient of age"],
  identity_invalid: [2, "the file holds no identity of age that dicode can use"],
  // 3: what task.yaml, deno.json, dicode.yaml, a file to import or a backup alone shows
  config_not_found: [3, "there is no task.yaml or dicode.yaml at that path"],
  config_unreadable: [3, "task.yaml, dicode.yaml or deno.json cannot be read as UTF-8 text"],
  yaml_syntax: [3, "the file is not YAML that dicode reads"],
  json_syntax: [3, "deno.json is not JSON that dicode reads"],
  import_invalid: [3, "a line of the file to import cannot be read, or cannot be stored"],
  config_invalid: [3, "a field of task.yaml, dicode.yaml or deno.json breaks its contract"],
  backup_invalid: [3, "the file is not encrypted with age, or what it holds is no backup"],
  backup_newer: [3, "the backup was made by a newer dicode"],
  entry_not_found: [3, "the task folder has neither task.ts nor task.js"],
  entry_ambiguous: [3, "the task folder has both task.ts and task.js"],
  // 4: resolution
  secret_unresolved: [4, "a required secret or variable has no value"],
  provider_failed: [4, "a provider could not answer"],
  value_unusable: [4, "a value cannot be handed to the task"],
  // 5: the store
  master_key_invalid: [5, "the master key is not the base64 of 32 bytes"],
  master_key_missing: [5, "the store holds secrets and its key or salt is gone"],
  master_key_wrong: [5, "the master key is not the one that the store was written with"],
  store_permissions: [
    5,
    "a file of the store can be reached by others, or belongs to another user",
  ],
  store_unreadable: [5, "the store cannot be opened or written"],
  store_corrupt: [5, "the store's file is damaged"],
  store_tampered: [5, "a stored value does not decrypt under its name"],
  store_newer: [5, "the store was written by a newer dicode"],
  store_foreign: [5, "the store belongs to another program until it is taken over"],
  store_busy: [5, "another process holds the store"],
  backup_unfit: [5, "a stored secret could not be restored from a backup, or all are too large"],
  backup_damaged: [5, "the backup was cut off or changed"],
  identity_wrong: [5, "the backup was encrypted for another identity"],
  // 6: refused for what depends on the machine, links or the module graph
  path_not_found: [6, "a path that the task declares does not exist"],
  path_refused: [6, "a path that the task declares cannot be granted"],
  grant_refused: [6, "a permission cannot be granted as written"],
  program_not_found: [6, "a program that the task declares does not exist"],
  module_outside: [6, "the task imports a file outside its folder"],
  module_graph: [6, "the task's modules could not be listed"],
  module_remote: [6, "the task imports from a host that it does not declare"],
  isolation_unavailable: [6, "the isolation asked for cannot be had"],
  host_unfit: [6, "the machine lacks what a run needs"],
  // 70
  internal: [70, "a bug in dicode"],
} as const satisfies Record<string, readonly [exitCode: number, meaning: string]>;

/** A stable snake_case token that names one kind of error. */
export type ErrorCode = keyof typeof ERROR_CODES;

/** A place in a file. `line` and `column` count from 1. */
export interface Where {
  /** The file as messages name it. */
  readonly file: string;
  /** The line, if one is to blame. */
  readonly line?: number;
  /** In characters (code points). */
  readonly column?: number;
}

/** What an error may have beside its code and message. */
export interface ErrorOptions {
  /** One next step, as a command where there is one. */
  readonly hint?: string;
  /** The place in task.yaml or dicode.yaml that led here. */
  readonly where?: Where;
  /** What was caught, if it holds no value; `--verbose` shows its message. */
  readonly cause?: unknown;
}

/** The base of every error that dicode raises on purpose. */
export abstract class DicodeError extends Error {
  /** The exit code of the process (`docs/reference/cli.md`). */
  abstract readonly exitCode: number;
  /** Names the kind of error for programs. */
  readonly code: ErrorCode;
  /** One next step, as a command where there is one. */
  readonly hint: string | undefined;
  /** The place in task.yaml or dicode.yaml that led here. */
  readonly where: Where | undefined;

  /**
   * For the subclasses, whose class decides the exit code.
   *
   * @param code one of those that ERROR_CODES has under that exit code.
   * @param message `cannot <verb> <what>: <state found>`; never a value.
   */
  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = options.hint;
    this.where = options.where;
  }
}

/** A named thing is missing. */
export class NotFoundError extends DicodeError {
  /** The exit code of the process. */
  readonly exitCode = 1;
}

/** The command line, or a value given on it, cannot be used. */
export class UsageError extends DicodeError {
  /** The exit code of the process. */
  readonly exitCode = 2;
}

/** One mistake in a file. */
export interface Problem {
  /** Names the kind of mistake for programs. */
  readonly code: ErrorCode;
  /** What was found and what was expected; never a text that may be a secret. */
  readonly message: string;
  /** One next step. */
  readonly hint?: string;
  /** The place; only a file that cannot be read at all has no line. */
  readonly where: Where;
}

/**
 * task.yaml, deno.json, dicode.yaml, a file to import or a backup is wrong in itself; `problems` has
 * every mistake.
 */
export class ConfigError extends DicodeError {
  /** The exit code of the process. */
  readonly exitCode = 3;
  /** All mistakes of the file, in the order of their places; at least one. */
  readonly problems: readonly Problem[];

  /** The first mistake is the error's own code, message, hint and place. */
  constructor(problems: readonly [Problem, ...Problem[]]) {
    const [first] = problems;
    super(first.code, first.message, { hint: first.hint, where: first.where });
    this.problems = problems;
  }
}

/** A secret or a required variable could not be resolved. */
export class SecretError extends DicodeError {
  /** The exit code of the process. */
  readonly exitCode = 4;
}

/** The store or the master key is unusable. */
export class StoreError extends DicodeError {
  /** The exit code of the process. */
  readonly exitCode = 5;
}

/** Refused before the run, for what depends on the machine, links or the module graph. */
export class SandboxError extends DicodeError {
  /** The exit code of the process. */
  readonly exitCode = 6;
}

/** Formats a place as `file:line:column`, as compilers do; without a line only the file. */
export function formatWhere(where: Where): string {
  const parts = [where.file, where.line, where.column];
  return parts.filter((part) => part !== undefined).join(":");
}

/** A problem in one line: its place before it where a line is known; else the message names the file. */
export function formatProblem(
  { where, message }: { readonly where?: Where | undefined; readonly message: string },
): string {
  return where?.line === undefined ? message : `${formatWhere(where)}: ${message}`;
}

/** An error in one line; of a file with several mistakes the first, and how many follow. */
export function formatError(error: DicodeError): string {
  const more = error instanceof ConfigError ? error.problems.length - 1 : 0;
  return formatProblem(error) + (more > 0 ? ` (and ${more} more)` : "");
}

/** A message with its place before it, as a warning shows it. */
export function formatPlaced(
  { where, message }: { readonly where: Where; readonly message: string },
): string {
  return `${formatWhere(where)}: ${message}`;
}
