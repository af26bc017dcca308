/**
 * The document in a backup: every secret's key and value, and nothing else of a store; no master key.
 *
 * `{"dicode":"backup","version":1,"secrets":{"KEY":"VALUE",…}}`, UTF-8, one secret a line. A reader
 * takes fields that it does not know as meant for others; what changes the meaning of those that it
 * knows raises the version. A document is not trusted: no message repeats any of it.
 */
import { ConfigError, type ErrorCode, StoreError } from "../sdk/errors.ts";
import { quoteWhole } from "./quote.ts";
import { findKeyFault, findValueFault, isReserved } from "./rules.ts";

/** The version that is written, and the highest that is read. */
const BACKUP_VERSION = 1;
/** Bytes of a document: 256 MiB. */
export const MAX_BACKUP_BYTES = 256 * 1_048_576;

/** Why a key and value can be in no backup, since they could not be restored; undefined if they can. */
export function findUnfit(key: string, value: string): string | undefined {
  const fault = findKeyFault(key);
  if (fault !== undefined) return `its key ${fault.state}`;
  if (isReserved(key)) return "its key is dicode's own";
  return findValueFault(value)?.state;
}

/**
 * Writes the document.
 *
 * @param limitBytes what parseBackup would take; default 256 MiB.
 * @throws {StoreError} backup_unfit: it would be larger.
 */
export function encodeBackup(
  secrets: ReadonlyMap<string, string>,
  limitBytes = MAX_BACKUP_BYTES,
): Uint8Array<ArrayBuffer> {
  const encoder = new TextEncoder();
  const parts = [encoder.encode(`{"dicode":"backup","version":${BACKUP_VERSION},"secrets":{`)];
  let separator = "\n";
  for (const [key, value] of secrets) {
    parts.push(encoder.encode(`${separator}${JSON.stringify(key)}:${JSON.stringify(value)}`));
    separator = ",\n";
  }
  parts.push(encoder.encode("\n}}\n"));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  if (length > limitBytes) {
    const found = `they are over ${limitBytes / 1_048_576} MiB`;
    throw new StoreError("backup_unfit", `cannot export the secrets: ${found}`, {
      hint: "copy data.db, master.key and master.salt while no dicode runs, and encrypt the copy",
    });
  }
  const document = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    document.set(part, at);
    at += part.length;
  }
  return document;
}

/**
 * Reads the document of a backup: keys and values that a store takes.
 *
 * @param name the backup, as messages name it.
 * @throws {ConfigError} backup_invalid, backup_newer.
 */
export function parseBackup(bytes: Uint8Array, name: string): Map<string, string> {
  const invalid = (found: string) =>
    problem("backup_invalid", name, found, "dicode secrets export makes backups");
  let root: unknown;
  try {
    root = JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    // SECURITY: what JSON.parse throws quotes the text (tests/unit/store/backup_test.ts).
  }
  if (!isRecord(root) || root.dicode !== "backup") throw invalid("what it holds is no backup");
  const { version, secrets } = root;
  if (typeof version !== "number" || !Number.isInteger(version) || version < 1) {
    throw invalid("it does not say its version");
  }
  if (version > BACKUP_VERSION) {
    const found = `its version is ${version}, this dicode knows ${BACKUP_VERSION}`;
    throw problem("backup_newer", name, found, "use the dicode that wrote it, or a later one");
  }
  if (!isRecord(secrets)) throw invalid("it has no secrets in it");
  const entries = new Map<string, string>();
  for (const [key, value] of Object.entries(secrets)) {
    const number = entries.size + 1;
    if (typeof value !== "string") throw invalid(`its secret number ${number} is no text`);
    const found = findUnfit(key, value);
    if (found !== undefined) throw invalid(`its secret number ${number} is no secret: ${found}`);
    entries.set(key, value);
  }
  return entries;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function problem(code: ErrorCode, name: string, found: string, hint: string): ConfigError {
  const message = `cannot restore ${quoteWhole(name)}: ${found}`;
  return new ConfigError([{ code, message, hint, where: { file: name } }]);
}
