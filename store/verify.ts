/**
 * Opens every value of a store, one at a time, and tells what does not open. No value leaves here.
 */
import { checkIntegrity } from "./database.ts";
import { quoteWhole } from "./quote.ts";
import { readRows } from "./schema.ts";
import { Session, type StoreOptions } from "./session.ts";
import { judgeKey, openRow, wrongKey } from "./unlock.ts";

/** What a store was found to hold. */
export interface Verified {
  /** Values that are bound to their keys. */
  readonly bound: number;
  /** Values as a Go program wrote them: two of them could be swapped unnoticed. */
  readonly unbound: number;
  /** What is not in order, in words that hold no value: `the secret "a" was changed …`. */
  readonly faults: readonly string[];
}

/** Where the store is, and who is told how far it is. */
export interface VerifyOptions extends Omit<StoreOptions, "takeOver" | "onTakeOver"> {
  /** Told after each value how many were looked at. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Looks at every row. No store is one that holds nothing.
 *
 * @throws {StoreError} master_key_wrong: nothing opens; store_corrupt, and those of files.
 */
export async function verifyStore(options: VerifyOptions): Promise<Verified> {
  const session = new Session(options);
  try {
    for (;;) {
      const place = session.find();
      if (place === undefined) return { bound: 0, unbound: 0, faults: [] };
      const unlocked = await session.unlock(place, false);
      const decoder = new TextDecoder("utf-8", { fatal: true });
      const verified = await session.transact("read", place, (database, layout) => {
        const fit = judgeKey(database, layout, unlocked);
        if (fit === "wrong") return undefined;
        checkIntegrity(database, place.path);
        const counts = { bound: 0, unbound: 0 };
        const faults: string[] = [];
        if (fit === "check_changed") faults.push("the store's check value was changed");
        for (const row of readRows(database, layout)) {
          const what = typeof row.key === "string" ? `the secret ${quoteWhole(row.key)}` : "a row";
          const value = openRow(unlocked, row);
          if (value === undefined) faults.push(`${what} was changed outside dicode`);
          else if (!isText(decoder, value)) faults.push(`${what} is not UTF-8 text`);
          else if (row.format === unlocked.cipher.FORMAT_BOUND) counts.bound++;
          else counts.unbound++;
          options.onProgress?.(counts.bound + counts.unbound + faults.length);
        }
        return { ...counts, faults };
      });
      if (verified !== undefined) return verified;
      if (!await session.renew(place, unlocked)) throw wrongKey(place.path);
    }
  } finally {
    session.close();
  }
}

function isText(decoder: TextDecoder, value: Uint8Array): boolean {
  try {
    decoder.decode(value);
    return true;
  } catch {
    return false;
  }
}
