/**
 * A new master key and salt, every value sealed anew: all or nothing, beside readers and writers.
 *
 * One transaction opens each value under the old key, seals it under the new one, and reads it back;
 * one that does not open ends it with nothing changed. How the key comes into its file: rotation.ts.
 */
import type { DatabaseSync } from "node:sqlite";
import { NotFoundError, StoreError, UsageError } from "../sdk/errors.ts";
import { createFile } from "./files.ts";
import { encodeKey, findKeyFile, makeKeys } from "./key.ts";
import { quoteWhole } from "./quote.ts";
import { writePending } from "./rotation.ts";
import { countRows, type Layout, readKeys, readRow, writeCheck, writeRow } from "./schema.ts";
import { Session, type StoreOptions, type StorePlace } from "./session.ts";
import { judgeKey, openRow, tampered, unlock, type Unlocked, wrongKey } from "./unlock.ts";

/** How to rotate, beside where the store is. */
export interface RotateOptions extends Omit<StoreOptions, "takeOver" | "onTakeOver"> {
  /**
   * The file that the new key is written to, which must not be there: where DICODE_MASTER_KEY holds the
   * old one, and only there.
   */
  readonly toFile?: string;
  /** Told how many values of how many are done. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What a rotation did. */
export interface Rotated {
  /** How many values were sealed anew. */
  readonly secrets: number;
  /** The file that holds the new key. */
  readonly keyFile: string;
}

/**
 * Replaces key and salt.
 *
 * @throws {UsageError} usage: `toFile` is missing or out of place; {NotFoundError} store_missing;
 *   {StoreError} master_key_wrong, store_tampered, store_foreign and those of files and transactions:
 *   nothing was changed then.
 */
export async function rotateKey(options: RotateOptions): Promise<Rotated> {
  const session = new Session(options);
  try {
    return await rotate(session, options);
  } finally {
    session.close();
  }
}

async function rotate(session: Session, options: RotateOptions): Promise<Rotated> {
  const place = session.find();
  if (place === undefined) {
    throw new NotFoundError("store_missing", "cannot rotate the key: nothing is stored yet", {
      hint: "dicode secrets set KEY makes key and store",
    });
  }
  const { toFile, env, onProgress } = options;
  const keyFile = chooseKeyFile(place, options);
  for (;;) {
    const unlocked = await session.unlock(place, false);
    const next = await unlock(makeKeys());
    let made = false;
    const count = await session.transact("write", place, (database, layout) => {
      if (layout.foreign) throw foreign();
      const fit = judgeKey(database, layout, unlocked);
      if (fit === "wrong") return undefined;
      if (fit === "check_changed") throw tampered("the store's check value");
      const secrets = reseal(database, layout, unlocked, next, onProgress);
      // On disk before the commit, and after all that can go wrong with the rows. A commit that
      // finds the file locked is tried anew.
      if (toFile !== undefined && !made) made = writeKeyTo(toFile, next);
      writePending(place.folder, env, next.keys);
      return secrets;
    });
    if (count === undefined) {
      if (!await session.renew(place, unlocked)) throw wrongKey(place.path);
    } else if (await session.finish(place, next)) {
      return { secrets: count, keyFile };
    }
  }
}

function chooseKeyFile({ folder }: StorePlace, { env, toFile }: RotateOptions): string {
  const keyFile = findKeyFile(folder, env);
  if (keyFile === undefined && toFile === undefined) {
    throw new UsageError("usage", "cannot replace DICODE_MASTER_KEY: it is a variable", {
      hint: "dicode secrets rotate-key --to-file FILE, then set DICODE_MASTER_KEY_FILE=FILE",
    });
  }
  if (keyFile !== undefined && toFile !== undefined) {
    throw new UsageError("usage", `cannot use --to-file: ${quoteWhole(keyFile)} is replaced`, {
      hint: "leave --to-file out",
    });
  }
  if (keyFile !== undefined && Deno.lstatSync(keyFile).isSymlink) {
    throw new StoreError(
      "store_unreadable",
      `cannot replace ${quoteWhole(keyFile)}: it is a link`,
      {
        hint:
          "replace the key where it is mounted from: give it as DICODE_MASTER_KEY with --to-file",
      },
    );
  }
  return keyFile ?? toFile!;
}

function writeKeyTo(toFile: string, { keys }: Unlocked): true {
  if (createFile(toFile, encodeKey(keys.masterKey))) return true;
  throw new UsageError("usage", `cannot write ${quoteWhole(toFile)}: it is there already`, {
    hint: "name another file; do not delete that one before you know what it opens",
  });
}

/** Seals every row anew, then reads all of them back. */
function reseal(
  database: DatabaseSync,
  layout: Layout,
  old: Unlocked,
  next: Unlocked,
  onProgress: RotateOptions["onProgress"],
): number {
  const { cipher, derivedKey } = next;
  const keys = readKeys(database, layout);
  if (countRows(database, layout) !== keys.length) throw tampered("a row whose key is no text");
  const read = (unlocked: Unlocked, key: string) => {
    const value = openRow(unlocked, readRow(database, layout, key)!);
    if (value === undefined) throw tampered(`the secret ${quoteWhole(key)}`);
    return value;
  };
  for (const [index, key] of keys.entries()) {
    const value = read(old, key);
    writeRow(database, key, cipher.seal(derivedKey, key, value), cipher.FORMAT_BOUND);
    const written = read(next, key);
    if (written.toBase64() !== value.toBase64()) throw tampered(`the secret ${quoteWhole(key)}`);
    onProgress?.(index + 1, keys.length);
  }
  writeCheck(database, cipher.sealCheck(derivedKey));
  return keys.length;
}

function foreign(): StoreError {
  const found = "the store is a Go program's, which would not read it any more";
  return new StoreError("store_foreign", `cannot rotate the key: ${found}`, {
    hint: "take it over first: dicode secrets set KEY --take-over",
  });
}
