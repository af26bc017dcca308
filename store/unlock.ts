/**
 * A master key in use: derived once, judged against what the store holds, applied to rows.
 *
 * A wrong key and a changed row both fail to decrypt. The check value tells them apart, and where
 * there is none (the Go program's store) the other rows do.
 */
import type { DatabaseSync } from "node:sqlite";
import { SecretError, StoreError } from "../sdk/errors.ts";
import type * as Cipher from "./cipher.ts";
import { keepDerived, recallDerived } from "./derived_key.ts";
import { quoteShell, quoteWhole } from "./quote.ts";
import { type Env, type Keys, loadKeys } from "./key.ts";
import { type Layout, readRows, type Row } from "./schema.ts";

export interface Unlocked {
  readonly cipher: typeof Cipher;
  /** What the key was derived from, to notice that it was replaced. */
  readonly keys: Keys;
  readonly derivedKey: Uint8Array;
}

/**
 * What a key is to a store: its own; any key would do, since nothing is stored under one; the key of
 * a store whose check value was changed; not its key.
 */
export type Fit = "fits" | "vacant" | "check_changed" | "wrong";

/** Derives the key, off the main thread, in 100 to 235 ms. */
export async function unlock(keys: Keys): Promise<Unlocked> {
  const cipher = await loadCipher();
  return { cipher, keys, derivedKey: await cipher.deriveKey(keys.masterKey, keys.salt) };
}

/** The same for the keys of a folder, whose derived key an earlier process may have kept. */
export async function unlockFolder(folder: string, env: Env, keys: Keys): Promise<Unlocked> {
  const cipher = await loadCipher();
  const kept = await recallDerived(folder, env, keys, cipher);
  if (kept !== undefined) return { cipher, keys, derivedKey: kept };
  const unlocked = await unlock(keys);
  await keepDerived(folder, env, keys, cipher, unlocked.derivedKey);
  return unlocked;
}

async function loadCipher(): Promise<typeof Cipher> {
  return await import("./cipher.ts" as string) as typeof import("./cipher.ts");
}

/** Whether the key or the salt is another one now: a process that runs for long must ask anew. */
export function isStale(folder: string, env: Env, { keys }: Unlocked): boolean {
  const now = loadKeys(folder, env, false);
  const same = (one: Uint8Array, other: Uint8Array) => one.every((byte, at) => byte === other[at]);
  return !(same(keys.masterKey, now.masterKey) && same(keys.salt, now.salt));
}

/** Decrypts rows; a string is the key of the first that was not sealed like that under this key. */
export function openRows(unlocked: Unlocked, rows: readonly Row[]): Map<string, string> | string {
  const values = new Map<string, string>();
  for (const row of rows) {
    const bytes = openRow(unlocked, row);
    if (bytes === undefined) return row.key;
    values.set(row.key, decode(row.key, bytes));
  }
  return values;
}

/**
 * Judges a key by the check value, else by whether any row opens.
 *
 * Where a Go store's only row does not open, key and row cannot be told apart: then it is the key.
 */
export function judgeKey(database: DatabaseSync, layout: Layout, unlocked: Unlocked): Fit {
  if (layout.check && unlocked.cipher.opensCheck(unlocked.derivedKey, layout.check)) return "fits";
  let fit: Fit = "vacant";
  for (const row of readRows(database, layout)) {
    if (openRow(unlocked, row) !== undefined) return layout.foreign ? "fits" : "check_changed";
    fit = "wrong";
  }
  return fit;
}

/** @param path the store's file. */
export function wrongKey(path: string): StoreError {
  const found = "they were written with another master key or salt";
  return new StoreError(
    "master_key_wrong",
    `cannot open the secrets in ${quoteWhole(path)}: ${found}`,
    { hint: "restore the master.key and master.salt that belong to it, or set DICODE_MASTER_KEY" },
  );
}

/** @param what the secret's key, or the store's check value. */
export function tampered(what: string): StoreError {
  return new StoreError("store_tampered", `cannot open ${what}: it was changed outside dicode`, {
    hint: "find out what else writes to the data folder, then restore data.db from a backup",
  });
}

/** The bytes of a row's value; undefined if it was not sealed like that under this key. */
export function openRow({ cipher, derivedKey }: Unlocked, row: Row): Uint8Array | undefined {
  const { key, ciphertext, nonce, format } = row;
  if (typeof key !== "string" || typeof format !== "number") return undefined;
  if (!(ciphertext instanceof Uint8Array && nonce instanceof Uint8Array)) return undefined;
  return cipher.open(derivedKey, key, { ciphertext, nonce }, format);
}

function decode(key: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    // Only the Go program stores such: checkSecretValue lets through text alone.
    throw new SecretError(
      "value_unusable",
      `cannot use ${quoteWhole(key)}: its value is not UTF-8 text`,
      { hint: `store it anew, binary data as base64: dicode secrets set ${quoteShell(key)}` },
    );
  }
}
