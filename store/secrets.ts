/**
 * The encrypted store: set, get, list, delete.
 *
 * Opening costs nothing; SQLite and the cipher load, and the key is derived, when a method needs
 * them. Reading creates no file. A write is one transaction: on disk when its promise resolves, or
 * not there at all. Whoever can write to the file is not trusted: a row counts only if it decrypts
 * under its own name. All methods are asynchronous, because SQLite is loaded by `import()` and a
 * wait for another process must not stop the event loop.
 */
import { loadDatabaseFiles } from "./database.ts";
import { quoteWhole } from "./quote.ts";
import { checkSecretKey, checkSecretValue } from "./rules.ts";
import { createDatabase, deleteRow, holdsSecrets, readKeys, readRow, writeRow } from "./schema.ts";
import { Session, type StoreOptions, type StorePlace } from "./session.ts";
import { foreignStore } from "./takeover.ts";
import { judgeKey, openRows, tampered, type Unlocked, wrongKey } from "./unlock.ts";

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
        throw await this.#blame(place, unlocked, values);
      }
    }
  }

  /** Stores one value, as setMany does. */
  async set(key: string, value: string): Promise<void> {
    await this.setMany([[key, value]]);
  }

  /**
   * Stores all the values or none, over what was there.
   *
   * @throws {UsageError} secret_key_invalid, secret_value_invalid.
   */
  async setMany(entries: Iterable<readonly [key: string, value: string]>): Promise<void> {
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
        for (const [key, value] of checked) {
          const sealed = unlocked.cipher.seal(unlocked.derivedKey, key, encoder.encode(value));
          writeRow(database, key, sealed, unlocked.cipher.FORMAT_BOUND);
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

  /** Why a row did not open: the key, or the row. */
  async #blame(place: StorePlace, unlocked: Unlocked, key: string): Promise<Error> {
    const fit = await this.#session.read((database, layout) =>
      judgeKey(database, layout, unlocked)
    );
    return fit === "wrong" ? wrongKey(place.path) : tampered(`the secret ${quoteWhole(key)}`);
  }
}
