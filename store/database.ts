/**
 * One SQLite transaction on the store's file, and what its failures mean.
 *
 * Each transaction opens the file, runs and closes it (0.1 ms: docs/reference/store.md, "Figures"),
 * so a file that was replaced meanwhile is noticed. The body is synchronous: nothing else of this
 * process runs while a lock is held. A transaction that finds the file locked is rolled back and run
 * anew, with pauses in which the event loop goes on, until the limit. node:sqlite loads on first use.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { DicodeError, StoreError } from "../sdk/errors.ts";
import { reasonOf, statIfThere } from "./files.ts";
import { quoteShell, quoteWhole } from "./quote.ts";
import { sleep } from "./timer.ts";

/** How long a transaction waits for other processes, in all. */
export const BUSY_LIMIT_MS = 10_000;

/** SQLite's own wait within one try; short, because it blocks the event loop. */
const BUSY_TRY_MS = 50;
const MAX_PAUSE_MS = 25;
/** A SQLite file begins with a header of this length; an empty file is one cut off, not a new store. */
const HEADER_BYTES = 100;

export interface Transaction {
  /** The database file. It must be there: SQLite would make one that others can read. */
  readonly path: string;
  /** "write" takes the one write lock at once (BEGIN IMMEDIATE). */
  readonly mode: "read" | "write";
  readonly busyLimitMs: number;
}

/**
 * Runs `body` in one transaction and commits it; anything thrown rolls it back.
 *
 * @param body may run more than once, each time on a fresh transaction.
 * @throws {StoreError} store_busy, store_corrupt, store_unreadable; what `body` throws.
 */
export async function runTransaction<T>(
  transaction: Transaction,
  body: (database: DatabaseSync) => T,
): Promise<T> {
  const { DatabaseSync } = await import("node:sqlite");
  const deadline = performance.now() + transaction.busyLimitMs;
  for (;;) {
    try {
      checkSize(transaction.path);
      const database = new DatabaseSync(locate(transaction.path), { timeout: BUSY_TRY_MS });
      try {
        return attempt(database, transaction, body);
      } finally {
        database.close();
      }
    } catch (error) {
      if (!isBusy(error) || performance.now() >= deadline) {
        throw explain(error, transaction);
      }
    }
    await sleep(1 + Math.random() * MAX_PAUSE_MS);
  }
}

/** Work on whole files that no other process knows yet. Synchronous: both run under locks. */
export interface DatabaseFiles {
  /** Makes a database of an empty file. */
  build(path: string, fill: (database: DatabaseSync) => void): void;
  /** Copies a database, as of its last commit, into an empty file. */
  copy(from: string, to: string): void;
}

export async function loadDatabaseFiles(): Promise<DatabaseFiles> {
  const { DatabaseSync } = await import("node:sqlite");
  const on = (path: string, work: (database: DatabaseSync) => void) => {
    try {
      const database = new DatabaseSync(locate(path), { timeout: BUSY_TRY_MS });
      try {
        work(database);
      } finally {
        database.close();
      }
    } catch (error) {
      throw isBusy(error) ? error : explain(error, { path, mode: "write" });
    }
  };
  return {
    build: (path, fill) =>
      on(path, (database) => {
        run(database, "PRAGMA journal_mode=MEMORY"); // no file that a kill would leave behind
        run(database, "BEGIN");
        fill(database);
        run(database, "COMMIT");
      }),
    // By SQLite, not by reading the file: closing it would drop the locks of this process (POSIX).
    copy: (from, to) => on(from, (database) => run(database, "VACUUM INTO ?", to)),
  };
}

const prepared = new WeakMap<DatabaseSync, Map<string, StatementSync>>();

/** A statement that is run for each of many rows, prepared once: every one keeps memory until a GC. */
export function prepareOnce(database: DatabaseSync, sql: string): StatementSync {
  const statements = prepared.get(database) ?? new Map<string, StatementSync>();
  prepared.set(database, statements);
  const statement = statements.get(sql) ?? database.prepare(sql);
  statements.set(sql, statement);
  return statement;
}

/** Runs one statement. Not by `exec`: its errors carry no `errcode` (Deno 2.9.6). */
export function run(database: DatabaseSync, sql: string, ...values: (string | Uint8Array)[]): void {
  database.prepare(sql).run(...values);
}

/** The address of a file that SQLite must not create (mode=rw); a reader's crash may need writing. */
export function locate(path: string): string {
  return `file://${path.split("/").map(encodeURIComponent).join("/")}?mode=rw`;
}

function attempt<T>(
  database: DatabaseSync,
  { path, mode }: Transaction,
  body: (database: DatabaseSync) => T,
): T {
  run(database, "PRAGMA trusted_schema=OFF");
  run(database, "PRAGMA temp_store=MEMORY"); // no temporary files
  if (mode === "write") {
    run(database, "PRAGMA journal_mode=DELETE");
    run(database, "PRAGMA synchronous=EXTRA"); // also the folder, once the journal is gone
    run(database, "PRAGMA secure_delete=ON"); // old ciphertext is overwritten with zeros
  }
  run(database, mode === "write" ? "BEGIN IMMEDIATE" : "BEGIN");
  try {
    checkLength(database, path);
    const result = body(database);
    run(database, "COMMIT");
    return result;
  } catch (error) {
    rollBack(database);
    throw error;
  }
}

/** @throws {StoreError} store_corrupt: SQLite's own check of the whole file finds something. */
export function checkIntegrity(database: DatabaseSync, path: string): void {
  const [first] = Object.values(database.prepare("PRAGMA integrity_check(1)").get() ?? {});
  if (first !== "ok") throw corrupt(path, String(first));
}

function rollBack(database: DatabaseSync): void {
  try {
    run(database, "ROLLBACK");
  } catch {
    // SQLite has done it already; the first error is the one to report.
  }
}

function checkSize(path: string): void {
  const info = statIfThere(path);
  if (info !== undefined && info.size < HEADER_BYTES) throw corrupt(path, "it is cut off");
}

/** SQLite itself does not notice that the last page is cut short. */
function checkLength(database: DatabaseSync, path: string): void {
  const pages = database.prepare("PRAGMA page_count").get()?.page_count as number;
  const size = database.prepare("PRAGMA page_size").get()?.page_size as number;
  const info = statIfThere(path);
  if (info !== undefined && info.size < pages * size) throw corrupt(path, "it is cut off");
}

/** The error that a person can act on, for one of SQLite's. */
function explain(error: unknown, { path, mode }: Pick<Transaction, "path" | "mode">): unknown {
  if (!isSqlite(error) || error instanceof DicodeError) return error;
  const options = { cause: error };
  switch (primaryCode(error)) {
    case SQLITE.BUSY:
      return new StoreError("store_busy", `cannot ${mode} the store: another process holds it`, {
        ...options,
        hint: `find it with fuser ${quoteShell(path)}, or try again when it has ended`,
      });
    case SQLITE.CORRUPT:
    case SQLITE.NOTADB:
      return corrupt(path, error.message, error);
    case SQLITE.ERROR:
      return corrupt(path, `its tables are not those of a store (${error.message})`, error);
    default: {
      const folder = path.replace(/\/[^/]*$/, "");
      const full = primaryCode(error) === SQLITE.FULL;
      const found = full ? "the disk is full" : probe(path, folder, mode) ?? error.message;
      const step = full
        ? `free some space (df ${quoteShell(folder)}) and try again`
        : `look at the folder with ls -la ${quoteShell(folder)}`;
      return new StoreError("store_unreadable", `cannot ${mode} ${quoteWhole(path)}: ${found}`, {
        ...options,
        hint: mode === "write" ? `nothing was changed: ${step}` : step,
      });
    }
  }
}

function corrupt(path: string, found: string, cause?: unknown): StoreError {
  return new StoreError("store_corrupt", `cannot open ${quoteWhole(path)}: ${found}`, {
    hint: "restore that file from a backup, together with master.key and master.salt",
    cause,
  });
}

/** Asks the system what SQLite does not pass on: why a file or its folder cannot be used. */
function probe(path: string, folder: string, mode: "read" | "write"): string | undefined {
  try {
    // Only after a failure, when no transaction of this process is open any more: closing any
    // descriptor of the file drops SQLite's locks on it (POSIX).
    Deno.openSync(path, { read: true, write: mode === "write" }).close();
    if (mode === "write") Deno.removeSync(Deno.makeTempFileSync({ dir: folder, prefix: ".probe" }));
    return undefined;
  } catch (error) {
    return error instanceof Error ? reasonOf(error) : undefined;
  }
}

/** https://www.sqlite.org/rescode.html */
const SQLITE = { ERROR: 1, BUSY: 5, CORRUPT: 11, FULL: 13, CANTOPEN: 14, NOTADB: 26 } as const;

interface SqliteError extends Error {
  readonly code: "ERR_SQLITE_ERROR";
  /** The extended result code; missing where the constructor of DatabaseSync throws. */
  readonly errcode?: number;
}

function isSqlite(error: unknown): error is SqliteError {
  return error instanceof Error && "code" in error && error.code === "ERR_SQLITE_ERROR";
}

function isBusy(error: unknown): boolean {
  return isSqlite(error) && primaryCode(error) === SQLITE.BUSY;
}

function primaryCode(error: SqliteError): number {
  return (error.errcode ?? SQLITE.CANTOPEN) & 0xff;
}
