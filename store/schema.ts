/**
 * The tables of a store: telling ours from the Go program's, making ours, reading and writing rows.
 *
 * Ours has `dicode_meta` (schema version, check value) and a `format` for each row; the Go program's
 * has neither. `format` defaults to 0, what the Go program's rows are.
 */
import type { DatabaseSync } from "node:sqlite";
import { StoreError } from "../sdk/errors.ts";
import type { Sealed } from "./cipher.ts";
import { type DatabaseFiles, prepareOnce, run } from "./database.ts";
import { createWith } from "./files.ts";

/** The schema that this dicode writes; a store of a higher one is refused. */
export const SCHEMA_VERSION = 1;

/** A store's tables as found. */
export interface Layout {
  /** Another program's: read in place, written only after take-over. */
  readonly foreign: boolean;
  /** Whether there is a table of secrets at all. */
  readonly table: boolean;
  /** Whether its rows have a `format`. */
  readonly formats: boolean;
  /** Undefined in a foreign store, or where it was taken away. */
  readonly check: Sealed | undefined;
}

/** A row as it lies in the file: nothing about it is trusted. */
export interface Row {
  readonly key: string;
  readonly ciphertext: unknown;
  readonly nonce: unknown;
  readonly format: unknown;
}

/** @throws {StoreError} store_newer, store_foreign (a table of secrets that is not dicode's). */
export function readLayout(database: DatabaseSync): Layout {
  const columns = columnsOf(database, "secrets");
  const table = columns.size > 0;
  if (table && !["key", "ciphertext", "nonce"].every((name) => columns.has(name))) {
    throw new StoreError("store_foreign", "cannot use the store: data.db is another program's", {
      hint: "name another folder with --data-dir",
    });
  }
  const formats = columns.has("format");
  const meta = columnsOf(database, "dicode_meta").size > 0;
  const version = meta ? readMeta(database, "schema") : undefined;
  if (Number(version) > SCHEMA_VERSION) {
    const found = `its format is ${version}, this dicode knows ${SCHEMA_VERSION}`;
    throw new StoreError("store_newer", `cannot use the store: ${found}`, {
      hint: "use the dicode that wrote it, or a later one",
    });
  }
  return {
    foreign: !meta && !formats,
    table,
    formats,
    check: meta ? readCheck(database) : undefined,
  };
}

/**
 * Makes a whole database under another name, then names it: so none is ever there without its
 * tables, and one of 0 bytes is one that was cut off. If another process was faster, its one stands.
 */
export function createDatabase(path: string, check: Sealed, files: DatabaseFiles): void {
  createWith(path, (temporary) => {
    files.build(temporary, (database) => {
      adoptTables(database, undefined);
      writeCheck(database, check);
    });
  });
}

/** Makes our tables, or adds what they have to the Go program's. */
export function adoptTables(database: DatabaseSync, layout: Layout | undefined): void {
  if (!layout?.table) {
    run(
      database,
      `CREATE TABLE secrets(key TEXT PRIMARY KEY, ciphertext BLOB NOT NULL, nonce BLOB NOT NULL,
         format INTEGER NOT NULL DEFAULT 0)`,
    );
  } else if (!layout.formats) {
    run(database, "ALTER TABLE secrets ADD COLUMN format INTEGER NOT NULL DEFAULT 0");
  }
  run(
    database,
    "CREATE TABLE IF NOT EXISTS dicode_meta(name TEXT PRIMARY KEY, value BLOB NOT NULL)",
  );
  writeMeta(database, "schema", String(SCHEMA_VERSION));
}

/** Stores the check value: nonce, then ciphertext. */
export function writeCheck(database: DatabaseSync, { nonce, ciphertext }: Sealed): void {
  const bytes = new Uint8Array(nonce.length + ciphertext.length);
  bytes.set(nonce);
  bytes.set(ciphertext, nonce.length);
  writeMeta(database, "check", bytes);
}

export function writeRow(
  database: DatabaseSync,
  key: string,
  { ciphertext, nonce }: Sealed,
  format: number,
): void {
  prepareOnce(
    database,
    `INSERT INTO secrets(key, ciphertext, nonce, format) VALUES(?, ?, ?, CAST(? AS INTEGER))
       ON CONFLICT(key) DO UPDATE SET ciphertext=excluded.ciphertext, nonce=excluded.nonce,
         format=excluded.format`,
  ).run(key, ciphertext, nonce, String(format));
}

/** Deletes a row; false if there was none. */
export function deleteRow(database: DatabaseSync, key: string): boolean {
  return database.prepare("DELETE FROM secrets WHERE key = ?").run(key).changes > 0;
}

/** Whether a key has a row, in tables that are ours. */
export function hasRow(database: DatabaseSync, key: string): boolean {
  return prepareOnce(database, "SELECT 1 FROM secrets WHERE key = ?").get(key) !== undefined;
}

/** The row of a key, if there is one. */
export function readRow(database: DatabaseSync, layout: Layout, key: string): Row | undefined {
  if (!layout.table) return undefined;
  return prepareOnce(database, `${selectRows(layout)} WHERE key = ?`).get(key) as Row | undefined;
}

/** All rows, one at a time. */
export function* readRows(database: DatabaseSync, layout: Layout): Generator<Row> {
  if (!layout.table) return;
  for (const row of database.prepare(selectRows(layout)).iterate()) yield row as unknown as Row;
}

/** The keys in order of their UTF-8 bytes, which is the order of their code points. */
export function readKeys(database: DatabaseSync, layout: Layout): string[] {
  if (!layout.table) return [];
  const sql = "SELECT key FROM secrets WHERE typeof(key) = 'text' ORDER BY key COLLATE BINARY";
  return database.prepare(sql).all().map((row) => row.key as string);
}

/** How many rows there are, whatever their keys are. */
export function countRows(database: DatabaseSync, layout: Layout): number {
  if (!layout.table) return 0;
  return database.prepare("SELECT count(*) AS count FROM secrets").get()!.count as number;
}

/** Whether the store holds any secret. */
export function holdsSecrets(database: DatabaseSync, layout: Layout): boolean {
  return layout.table && database.prepare("SELECT 1 FROM secrets LIMIT 1").get() !== undefined;
}

function selectRows({ formats }: Layout): string {
  return `SELECT key, ciphertext, nonce, ${formats ? "format" : "0 AS format"} FROM secrets`;
}

function columnsOf(database: DatabaseSync, table: string): Set<unknown> {
  const rows = database.prepare("SELECT name FROM pragma_table_info(?)").all(table);
  return new Set(rows.map((row) => row.name));
}

function readMeta(database: DatabaseSync, name: string): unknown {
  return database.prepare("SELECT value FROM dicode_meta WHERE name = ?").get(name)?.value;
}

function writeMeta(database: DatabaseSync, name: string, value: string | Uint8Array): void {
  run(database, "INSERT OR REPLACE INTO dicode_meta(name, value) VALUES(?, ?)", name, value);
}

function readCheck(database: DatabaseSync): Sealed | undefined {
  const bytes = readMeta(database, "check");
  if (!(bytes instanceof Uint8Array)) return undefined;
  return { nonce: bytes.subarray(0, 24), ciphertext: bytes.subarray(24) };
}
