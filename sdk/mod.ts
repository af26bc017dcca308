/**
 * The types a task author writes against: `import type { TaskContext } from "…/sdk/mod.ts"`.
 *
 * Types only: importing this file with `import type` adds nothing to a task's module graph.
 */

/** What `main` receives. */
export interface TaskContext {
  /** The parameters of this run. */
  readonly params: TaskParams;
  /** What `--input` gave, parsed from JSON; `null` without it. */
  readonly input: unknown;
  /** The variables that task.yaml declares; nothing else of the environment. */
  readonly env: TaskEnv;
  /** What the task may ask of its host. */
  readonly dicode: DicodeApi;
}

/** The parameters of this run: defaults of task.yaml, overridden by `-p name=value`. */
export interface TaskParams {
  /** The value as text, or `null` if the parameter has neither value nor default. */
  get(name: string): Promise<string | null>;
  /** All parameters that have a value. */
  all(): Promise<Record<string, string>>;
}

/** The variables that task.yaml declares. */
export interface TaskEnv {
  /** The value, or `undefined` if the variable is not declared or not set. */
  get(name: string): string | undefined;
}

/** What a task may ask of its host. Secrets can be written and deleted, never read. */
export interface DicodeApi {
  /** The name of the task's folder. */
  readonly task_id: string;
  /** Unique to this run: a UUID. */
  readonly run_id: string;

  /**
   * Stores a secret in the encrypted local store, replacing an older value. The value is on disk,
   * and masked in all later output, once the promise resolves.
   *
   * @param key 1 to 256 characters; no line break, no control character, no space at either end.
   * @param value UTF-8 text of 1 byte to 1 MiB without NUL.
   * @throws {DicodeRefusal} if task.yaml does not grant `secrets_write` for the key, if key or value
   *   break their rules, or if the store cannot be written.
   */
  secrets_set(key: string, value: string): Promise<void>;

  /**
   * Deletes a secret; whether the key existed is not told.
   *
   * @throws {DicodeRefusal} as for `secrets_set`.
   */
  secrets_delete(key: string): Promise<void>;
}

/** What the host answers where it does not carry out a request; `name` is "DicodeRefusal". */
export interface DicodeRefusal extends Error {
  /** A code of `docs/reference/errors.md`. */
  readonly code: string;
}

/** The shape of a task's exported `main`. What it returns is printed as one line of JSON. */
export type Main = (context: TaskContext) => unknown;
