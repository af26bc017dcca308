/**
 * The master key and the salt: where they come from, and how they are made once.
 *
 * The key is DICODE_MASTER_KEY, else the file that DICODE_MASTER_KEY_FILE names, else `master.key`
 * in the data folder; the salt is always `master.salt` there. Neither is ever made beside a store
 * that holds secrets: a fresh key opens none of them. No message shows what a file holds.
 */
import { StoreError } from "../sdk/errors.ts";
import { checkFile, createFile, readSmallFile, statIfThere } from "./files.ts";
import { quoteShell, quoteWhole } from "./quote.ts";

/** The host's environment. */
export type Env = (name: string) => string | undefined;

export interface Keys {
  /** 32 bytes. */
  readonly masterKey: Uint8Array;
  /** 16 bytes. */
  readonly salt: Uint8Array;
}

export const KEY_FILE = "master.key";
export const SALT_FILE = "master.salt";

export const KEY_BYTES = 32;
export const SALT_BYTES = 16;
/** The bits of a mode that let anyone but the owner write. */
const OTHERS_WRITE = 0o022;

/**
 * Reads key and salt, and makes what is missing if `create` says so.
 *
 * @param folder the data folder, as `files.ts` found it.
 * @param create only where the store holds no secret. Of processes that race here one makes the
 *   key, and all return that one (tests/e2e/store_processes_test.ts).
 * @throws {StoreError} master_key_missing, master_key_invalid, store_permissions, store_unreadable.
 */
export function loadKeys(folder: string, env: Env, create: boolean): Keys {
  return {
    masterKey: keyFromEnvironment(env) ?? loadOrCreate(folder, KEY_FILE, KEY_BYTES, create),
    salt: loadOrCreate(folder, SALT_FILE, SALT_BYTES, create),
  };
}

/** The file that the master key is read from; undefined where DICODE_MASTER_KEY holds it. */
export function findKeyFile(folder: string, env: Env): string | undefined {
  if (env("DICODE_MASTER_KEY") !== undefined) return undefined;
  return env("DICODE_MASTER_KEY_FILE") ?? `${folder}/${KEY_FILE}`;
}

/** A key or salt of that many bytes from a file of the owner's alone; undefined if there is none. */
export function readKeyFile(path: string, length: number): Uint8Array | undefined {
  const text = checkFile(path) ? readSmallFile(path) : undefined;
  return text === undefined ? undefined : decode(text, length, path);
}

/** What a file of a key or salt holds: base64, without a line feed. */
export function encodeKey(bytes: Uint8Array): Uint8Array {
  return new TextEncoder().encode(bytes.toBase64());
}

/** A new key and salt. */
export function makeKeys(): Keys {
  const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
  return { masterKey: random(KEY_BYTES), salt: random(SALT_BYTES) };
}

/** The files of the data folder that hold key or salt now, and that a copy of the store needs. */
export function listKeyFiles(folder: string): string[] {
  return [KEY_FILE, SALT_FILE].filter((name) => checkFile(`${folder}/${name}`));
}

function keyFromEnvironment(env: Env): Uint8Array | undefined {
  const text = env("DICODE_MASTER_KEY");
  if (text !== undefined) return decode(text, KEY_BYTES, "DICODE_MASTER_KEY");
  const path = env("DICODE_MASTER_KEY_FILE");
  if (path === undefined) return undefined;
  return keyFromNamedFile(path);
}

/**
 * The file is whoever's that mounts it: containers hand secrets in as root's and readable by all
 * (0444), behind links, and they cannot be changed. So only one that others can write is refused.
 */
function keyFromNamedFile(path: string): Uint8Array {
  const info = statIfThere(path);
  const text = info && readSmallFile(path);
  if (info === undefined || text === undefined) {
    const found = path === "" ? "it is empty" : `there is no file ${quoteWhole(path)}`;
    throw new StoreError("master_key_missing", `cannot use DICODE_MASTER_KEY_FILE: ${found}`, {
      hint: "name the file that holds the master key, or unset the variable",
    });
  }
  if (info.isFile && ((info.mode ?? 0) & OTHERS_WRITE) !== 0) {
    throw new StoreError(
      "store_permissions",
      `cannot use ${quoteWhole(path)}: others can write to it`,
      { hint: `chmod go-w ${quoteShell(path)}` },
    );
  }
  return decode(text, KEY_BYTES, path);
}

function loadOrCreate(folder: string, name: string, length: number, create: boolean): Uint8Array {
  const path = `${folder}/${name}`;
  if (create && !checkFile(path)) {
    createFile(path, encodeKey(crypto.getRandomValues(new Uint8Array(length))));
  }
  // Also after creating: what counts is the file of the process that won.
  const bytes = readKeyFile(path, length);
  if (bytes !== undefined) return bytes;
  const instead = name === KEY_FILE ? ", or give the key as DICODE_MASTER_KEY" : "";
  throw new StoreError(
    "master_key_missing",
    `cannot open the store: there is no ${quoteWhole(path)}`,
    { hint: `restore that file from a backup${instead}: the secrets in data.db need it` },
  );
}

/** Strict base64 of `length` bytes, with one newline at the end or none. */
function decode(text: string, length: number, source: string): Uint8Array {
  const encoded = text.replace(/\r?\n$/, "");
  try {
    const bytes = Uint8Array.fromBase64(encoded, { lastChunkHandling: "strict" });
    // Encoding it again tells what fromBase64 overlooks: white space between the characters.
    if (bytes.length === length && bytes.toBase64() === encoded) return bytes;
  } catch {
    // The error of fromBase64 can quote the text, so it is no `cause`.
  }
  const found = `it is not the base64 of ${length} bytes`;
  throw new StoreError("master_key_invalid", `cannot use ${quoteWhole(source)}: ${found}`, {
    hint: "restore what it held from a backup; what dicode writes ends in =, on one line",
  });
}
