/**
 * The file that `dicode secrets import` reads: `.env` or JSON -> keys and values with their lines, or
 * every mistake with its place.
 *
 * A mistake anywhere refuses the whole file. Messages name lines, and keys of a file that is in order;
 * never a value, nor a character of one.
 */
import { ConfigError, type Problem, UsageError, type Where } from "../sdk/errors.ts";
import { MAX_FAULTS, parseDotenv } from "../store/dotenv.ts";
import { quoteWhole } from "../store/quote.ts";
import { checkSecretKey, checkSecretValue } from "../store/rules.ts";
import type { Host } from "./host.ts";
import { parseJsonEntries } from "./import_json.ts";
import type { Place } from "./places.ts";
import { readGiven } from "./read_given.ts";

/** Bytes of a file to import: 16 MiB, sixteen of the largest values. */
const MAX_FILE_BYTES = 16 * 1_048_576;

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
  const { name, bytes, mode } = await readGiven(host, path, MAX_FILE_BYTES, "split it");
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

function decode(bytes: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new UsageError("usage", `cannot read ${quoteWhole(name)}: it is not UTF-8 text`, {
      hint: "save it as UTF-8; binary data as base64",
    });
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
