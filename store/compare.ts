/**
 * What storing values would change in a store: for an import, before anything is written.
 *
 * Stored values are opened one at a time and forgotten, so memory does not grow with them.
 */
import { holdsSecrets, readRow } from "./schema.ts";
import type { Session } from "./session.ts";
import { openRow } from "./unlock.ts";

/** What storing a value does to its key: not there yet, there with another value, or with this one. */
export type Change = "new" | "changed" | "unchanged";

const encoder = new TextEncoder();

/**
 * Compares each value with what is stored under its key. Needs the master key unless the store is empty.
 *
 * @throws {StoreError} master_key_wrong; store_tampered: one of the keys' values does not open.
 */
export async function compareValues(
  session: Session,
  entries: ReadonlyMap<string, string>,
): Promise<Map<string, Change>> {
  for (;;) {
    const changes = new Map<string, Change>();
    for (const key of entries.keys()) changes.set(key, "new");
    const place = session.find();
    if (place === undefined || !await session.read(holdsSecrets)) return changes;
    const unlocked = await session.unlock(place, false);
    const unopened = await session.transact("read", place, (database, layout) => {
      for (const [key, value] of entries) {
        const row = readRow(database, layout, key);
        const stored = row && openRow(unlocked, row);
        if (row !== undefined && stored === undefined) return key;
        changes.set(key, stored === undefined ? "new" : compare(stored, encoder.encode(value)));
      }
      return undefined;
    });
    if (unopened === undefined) return changes;
    if (!await session.renew(place, unlocked)) throw await session.blame(place, unlocked, unopened);
  }
}

function compare(stored: Uint8Array, value: Uint8Array): Change {
  const same = stored.length === value.length && stored.every((byte, at) => byte === value[at]);
  return same ? "unchanged" : "changed";
}
