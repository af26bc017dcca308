/**
 * Every secret of a store as of one moment, opened: for a backup, which has all of them or fails.
 */
import { StoreError } from "../sdk/errors.ts";
import { findUnfit } from "./backup.ts";
import { checkIntegrity } from "./database.ts";
import { quoteShell, quoteWhole } from "./quote.ts";
import { holdsSecrets, readRows } from "./schema.ts";
import { Session, type StoreOptions } from "./session.ts";
import { judgeKey, openRow, wrongKey } from "./unlock.ts";

/** Where the store is, and who is told how far it is. */
export interface SnapshotOptions extends Omit<StoreOptions, "takeOver" | "onTakeOver"> {
  /** Told after each value how many were opened; begins anew where the key was replaced. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Opens every value in one transaction. Needs the master key unless the store is empty.
 *
 * @returns undefined if there is no store.
 * @throws {StoreError} master_key_wrong, store_corrupt; store_tampered, backup_unfit: a secret that
 *   could not be restored, named.
 */
export async function readSnapshot(
  options: SnapshotOptions,
): Promise<Map<string, string> | undefined> {
  const session = new Session(options);
  try {
    for (;;) {
      const place = session.find();
      if (place === undefined) return undefined;
      if (!await session.read(holdsSecrets)) return new Map();
      const unlocked = await session.unlock(place, false);
      const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
      const secrets = await session.transact("read", place, (database, layout) => {
        if (judgeKey(database, layout, unlocked) === "wrong") return undefined;
        checkIntegrity(database, place.path);
        const opened = new Map<string, string>();
        for (const row of readRows(database, layout)) {
          const bytes = openRow(unlocked, row);
          if (bytes === undefined) throw unopened(row.key);
          opened.set(row.key, toText(decoder, row.key, bytes));
          options.onProgress?.(opened.size);
        }
        return opened;
      });
      if (secrets !== undefined) return secrets;
      if (!await session.renew(place, unlocked)) throw wrongKey(place.path);
    }
  } finally {
    session.close();
  }
}

function toText(decoder: TextDecoder, key: string, bytes: Uint8Array): string {
  let found: string | undefined;
  try {
    const value = decoder.decode(bytes);
    found = findUnfit(key, value);
    if (found === undefined) return value;
  } catch {
    found = "its value is not UTF-8 text";
  }
  throw new StoreError(
    "backup_unfit",
    `cannot export the secret ${quoteWhole(key)}: ${found}`,
    {
      hint: `set it anew, binary data as base64, or remove it: dicode secrets delete ${
        quoteShell(key)
      }`,
    },
  );
}

/** @param key not trusted to be a text. */
function unopened(key: unknown): StoreError {
  const what = typeof key === "string" ? `the secret ${quoteWhole(key)}` : "a row";
  return new StoreError("store_tampered", `cannot export ${what}: it was changed outside dicode`, {
    hint: "dicode secrets verify names all that is bad: set it anew or delete it, and export again",
  });
}
