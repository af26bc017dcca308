/**
 * The encrypted store: set, get, list, delete.
 *
 * Opening costs nothing; SQLite and the cipher load, and the key is derived, when a method needs
 * them. Reading creates no file. A write is one transaction: on disk when its promise resolves, or
 * not there at all. Whoever can write to the file is not trusted: a row counts only if it decrypts
 * under its own name. All methods are asynchronous, because SQLite is loaded by `import()` and a
 * wait for another process must not stop the event loop.
 */
import type { DatabaseSync } from "node:sqlite";
import { UsageError } from "../sdk/errors.ts";
import { type Change, compareValues } from "./compare.ts";
import { loadDatabaseFiles } from "./database.ts";
import { quoteWhole } from "./quote.ts";
import { checkSecretKey, checkSecretValue } from "./rules.ts";
import {
  createDatabase,
  deleteRow,
  hasRow,
  holdsSecrets,
  readKeys,
  readRow,
  writeRow,
} from "./schema.ts";
import { Session, type StoreOptions } from "./session.ts";
import { foreignStore } from "./takeover.ts";
import { openRows } from "./unlock.ts";

/** How several values are written at once. */
export interface SetOptions {
  /** Which keys may have a value already, that is replaced then; default all. */
  readonly replace?: ReadonlySet<string> | "all";
  /** Told how many values of how many are encrypted; begins anew where the store was busy. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** Opens the store of a data folder. Touches nothing yet, and never throws. */
export function openStore(options: StoreOptions): SecretStore {
  return new SecretStore(options);
}

const encoder = new TextEncoder();

/** A store in use. Every method throws a StoreError if store or key are unusable. */
export class SecretStore implements Disposable {
  readonly #session: Session;

  /** Use openStore. */
  constructor(options: StoreOptions) {
    this.#session = new Session(options);
  }

  /** The keys, in order of their code points. Needs no master key; no store has no keys. */
  async list(): Promise<string[]> {
    return await this.#session.read(readKeys) ?? [];
  }

  /** Which of the keys are stored. Needs no master key. */
  async has(keys: Iterable<string>): Promise<Set<string>> {
    const found = await this.#session.read((database, layout) =>
      [...keys].filter((key) => readRow(database, layout, key) !== undefined)
    );
    return new Set(found);
  }

  /** The values of those keys that are stored. Derives the key only if any of them is. */
  async getMany(keys: Iterable<string>): Promise<Map<string, string>> {
    const wanted = [...keys];
    for (;;) {
      const rows = await this.#session.read((database, layout) =>
        wanted.map((key) => readRow(database, layout, key)).filter((row) => row !== undefined)
      );
      const place = this.#session.find();
      if (!rows?.length || place === undefined) return new Map();
      const unlocked = await this.#session.unlock(place, false);
      const values = openRows(unlocked, rows);
      if (typeof values !== "string") return values;
      if (!await this.#session.renew(place, unlocked)) {
        throw await this.#session.blame(place, unlocked, values);
      }
    }
  }

  /**
   * What storing each value would change; changes nothing.
   *
   * @throws {StoreError} store_tampered: one of the keys' values does not open.
   */
  async compare(entries: ReadonlyMap<string, string>): Promise<Map<string, Change>> {
    return await compareValues(this.#session, entries);
  }

  /** Stores one value, as setMany does. */
  async set(key: string, value: string): Promise<void> {
    await this.setMany([[key, value]]);
  }

  /**
   * Stores all the values or none, over what was there.
   *
   * @throws {UsageError} secret_key_invalid, secret_value_invalid; secret_exists: a key has a value
   *   that may not be replaced.
   */
  async setMany(
    entries: Iterable<readonly [key: string, value: string]>,
    { replace = "all", onProgress }: SetOptions = {},
  ): Promise<void> {
    const checked = new Map(entries);
    for (const [key, value] of checked) {
      checkSecretKey(key);
      checkSecretValue(value);
    }
    if (checked.size === 0) return;
    for (let written = false; !written;) {
      const place = this.#session.make();
      // In this order: a key is made before any row, so rows without a key mean that it was lost.
      const found = await this.#session.read((database, layout) => ({
        foreign: layout.foreign,
        holdsSecrets: holdsSecrets(database, layout),
      }));
      if (found?.foreign && !this.#session.options.takeOver) throw foreignStore();
      const unlocked = await this.#session.unlock(place, !found?.holdsSecrets);
      if (found === undefined) {
        const check = unlocked.cipher.sealCheck(unlocked.derivedKey);
        createDatabase(place.path, check, await loadDatabaseFiles());
      }
      written = await this.#session.write(place, unlocked, (database) => {
        if (replace !== "all") checkAbsent(database, checked.keys(), replace);
        let done = 0;
        for (const [key, value] of checked) {
          const sealed = unlocked.cipher.seal(unlocked.derivedKey, key, encoder.encode(value));
          writeRow(database, key, sealed, unlocked.cipher.FORMAT_BOUND);
          onProgress?.(++done, checked.size);
        }
      });
    }
  }

  /** Deletes a key; false if it was not stored. Needs the master key only to take over a Go store. */
  async delete(key: string): Promise<boolean> {
    for (;;) {
      const found = await this.#session.read((database, layout) => ({
        foreign: layout.foreign,
        stored: readRow(database, layout, key) !== undefined,
      }));
      const place = this.#session.find();
      if (!found?.stored || place === undefined) return false;
      if (found.foreign && !this.#session.options.takeOver) throw foreignStore();
      const unlocked = found.foreign ? await this.#session.unlock(place, false) : undefined;
      let deleted = false;
      const written = await this.#session.write(place, unlocked, (database) => {
        deleted = deleteRow(database, key);
      });
      if (written) return deleted;
    }
  }

  /** Forgets the key. A method called later throws. */
  [Symbol.dispose](): void {
    this.#session.close();
  }
}

/** In the transaction that writes, so that nobody sets one of the keys in between. */
function checkAbsent(
  database: DatabaseSync,
  keys: Iterable<string>,
  replace: ReadonlySet<string>,
): void {
  const stored = [...keys].filter((key) => !replace.has(key) && hasRow(database, key));
  if (stored.length > 0) throw secretsExist(stored);
}

/** @param keys those that have another value; at least one. */
export function secretsExist(keys: readonly string[]): UsageError {
  const others = keys.length === 1 ? "" : ` and ${keys.length - 1} more`;
  return new UsageError(
    "secret_exists",
    `cannot store ${quoteWhole(keys[0]!)}${others}: stored already`,
    { hint: "--overwrite replaces what is stored; nothing was changed" },
  );
}
