/**
 * The file that `dicode secrets import` reads: `.env` or JSON -> keys and values with their lines, or
 * every mistake with its place.
 *
 * A mistake anywhere refuses the whole file. Messages name lines, and keys of a file that is in order;
 * never a value, nor a character of one.
 */
import { ConfigError, DicodeError, type Problem, UsageError, type Where } from "../sdk/errors.ts";
import { MAX_FAULTS, parseDotenv } from "../store/dotenv.ts";
import { quoteWhole } from "../store/quote.ts";
import { checkSecretKey, checkSecretValue } from "../store/rules.ts";
import type { Host } from "./host.ts";
import { parseJsonEntries } from "./import_json.ts";
import { resolvePath } from "./paths.ts";
import type { Place } from "./places.ts";
import { readAll } from "./read_all.ts";

/** Bytes of a file to import: 16 MiB, sixteen of the largest values. */
const MAX_FILE_BYTES = 16 * 1_048_576;
/** Bits of a mode that let others read. */
const OTHERS_READ = 0o044;

/** One key of a file. */
export interface ImportEntry {
  readonly key: string;
  /** Not empty. */
  readonly value: string;
  /** From 1. */
  readonly line: number;
  /** How other tools read it differently. */
  readonly doubts: readonly string[];
}

/** A file that is in order. */
export interface ImportFile {
  /** As messages name it. */
  readonly name: string;
  readonly entries: readonly ImportEntry[];
  /** What has no value, and is not imported. */
  readonly empty: readonly Pick<ImportEntry, "key" | "line">[];
  /** A file that stays on the disk in plain text, by its mode; undefined for a pipe. */
  readonly mode?: number;
}

/** What a file says, before its keys and values are held against the rules of secrets. */
export interface ImportText {
  readonly entries: readonly ImportEntry[];
  readonly faults: readonly (Place & { readonly state: string; readonly hint: string })[];
}

/**
 * Reads a file, or standard input for `-`.
 *
 * @throws {UsageError} usage: it cannot be read; {ConfigError} import_invalid: mistakes in it.
 */
export async function readImportFile(host: Host, path: string): Promise<ImportFile> {
  const name = path === "-" ? "standard input" : path;
  const { bytes, mode } = path === "-"
    ? { bytes: await readAll(Deno.stdin.readable, MAX_FILE_BYTES), mode: undefined }
    : await readPath(resolvePath(host.cwd, path), name);
  if (bytes === undefined) {
    throw unreadable(name, `it is over ${MAX_FILE_BYTES / 1_048_576} MiB`, "split it");
  }
  const text = decode(bytes, name);
  const isJson = /\.json$/i.test(path) || /^\ufeff?\s*\{/.test(text);
  const { entries, faults } = isJson ? await parseJsonEntries(text) : parseDotenv(text);
  const problems = faults.length > 0
    ? faults.map(({ line, column, state, hint }) =>
      importProblem({ file: name, line, column }, `cannot import this line: it ${state}`, hint)
    )
    : entries.flatMap((entry) => findBroken(entry, name));
  const [first, ...rest] = problems.slice(0, MAX_FAULTS);
  if (first !== undefined) throw new ConfigError([first, ...rest]);
  const empty = entries.filter(({ value }) => value === "");
  return { name, entries: entries.filter(({ value }) => value !== ""), empty, mode };
}

/** Whether the mode of a file lets other users read it. */
export function othersRead(mode: number): boolean {
  return (mode & OTHERS_READ) !== 0;
}

async function readPath(path: string, name: string) {
  try {
    const { isFile, isFifo, isDirectory, mode } = await Deno.stat(path);
    if (!isFile && !isFifo) {
      throw unreadable(name, isDirectory ? "it is a folder" : "it is no file");
    }
    const file = await Deno.open(path);
    const bytes = await readAll(file.readable, MAX_FILE_BYTES);
    return { bytes, mode: isFile ? mode ?? undefined : undefined };
  } catch (error) {
    if (error instanceof DicodeError) throw error;
    const { NotFound, NotADirectory, PermissionDenied } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) {
      throw unreadable(name, "there is no such file");
    }
    const denied = error instanceof PermissionDenied;
    throw unreadable(name, denied ? "permission denied" : "the system gave an error");
  }
}

function unreadable(name: string, state: string, hint?: string): UsageError {
  return new UsageError("usage", `cannot read ${quoteWhole(name)}: ${state}`, { hint });
}

function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw unreadable(name, "it is not UTF-8 text", "save it as UTF-8; binary data as base64");
  }
}

/** What of an entry is no secret's key or value. An empty value is none to store, and no mistake. */
function findBroken({ key, value, line }: ImportEntry, file: string): Problem[] {
  const problems: Problem[] = [];
  for (const check of [() => checkSecretKey(key), () => value && checkSecretValue(value)]) {
    try {
      check();
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      problems.push(importProblem({ file, line }, error.message, error.hint));
    }
  }
  return problems;
}

function importProblem(where: Where, message: string, hint: string | undefined): Problem {
  return { code: "import_invalid", message, hint, where };
}
