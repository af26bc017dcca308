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
import { BUSY_LIMIT_MS, loadDatabaseFiles, runTransaction } from "./database.ts";
import { checkFile, findFolder, makeFolder } from "./files.ts";
import { quoteWhole } from "./quote.ts";
import { type Env, loadKeys } from "./key.ts";
import { checkSecretKey, checkSecretValue } from "./rules.ts";
import {
  adoptTables,
  createDatabase,
  deleteRow,
  holdsSecrets,
  type Layout,
  readKeys,
  readLayout,
  readRow,
  writeCheck,
  writeRow,
} from "./schema.ts";
import { copyAside, DATABASE_FILE, foreignStore } from "./takeover.ts";
import {
  isStale,
  judgeKey,
  openRows,
  tampered,
  unlock,
  type Unlocked,
  wrongKey,
} from "./unlock.ts";

/** Where the store is, and how to open it. */
export interface StoreOptions {
  /** The data folder; made by the first write. */
  readonly dataDir: string;
  /** The host's environment, for DICODE_MASTER_KEY and DICODE_MASTER_KEY_FILE. */
  readonly env: Env;
  /** Whether a write may take over a Go program's store; otherwise it is refused. Default false. */
  readonly takeOver?: boolean;
  /** Told after a take-over in which folder the copy lies. */
  readonly onTakeOver?: (copy: string) => void;
  /** How long to wait for other processes; default 10 s. */
  readonly busyLimitMs?: number;
}

/** Opens the store of a data folder. Touches nothing yet, and never throws. */
export function openStore(options: StoreOptions): SecretStore {
  return new SecretStore(options);
}

const encoder = new TextEncoder();

interface Place {
  readonly folder: string;
  readonly path: string;
}

/** A store in use. Every method throws a StoreError if store or key are unusable. */
export class SecretStore implements Disposable {
  readonly #options: StoreOptions;
  #unlocked: Promise<Unlocked> | undefined;
  #closed = false;

  /** Use openStore. */
  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /** The keys, in order of their code points. Needs no master key; no store has no keys. */
  async list(): Promise<string[]> {
    return await this.#read(readKeys) ?? [];
  }

  /** Which of the keys are stored. Needs no master key. */
  async has(keys: Iterable<string>): Promise<Set<string>> {
    const found = await this.#read((database, layout) =>
      [...keys].filter((key) => readRow(database, layout, key) !== undefined)
    );
    return new Set(found);
  }

  /** The values of those keys that are stored. Derives the key only if any of them is. */
  async getMany(keys: Iterable<string>): Promise<Map<string, string>> {
    const wanted = [...keys];
    for (;;) {
      const rows = await this.#read((database, layout) =>
        wanted.map((key) => readRow(database, layout, key)).filter((row) => row !== undefined)
      );
      const place = this.#find();
      if (!rows?.length || place === undefined) return new Map();
      const unlocked = await this.#unlock(place, false);
      const values = openRows(unlocked, rows);
      if (typeof values !== "string") return values;
      if (!this.#forgetStale(place, unlocked)) throw await this.#blame(place, unlocked, values);
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
      this.#find(); // refuses a closed store before anything is made
      const folder = makeFolder(this.#options.dataDir);
      const place = { folder, path: `${folder}/${DATABASE_FILE}` };
      // In this order: a key is made before any row, so rows without a key mean that it was lost.
      const found = await this.#read((database, layout) => ({
        foreign: layout.foreign,
        holdsSecrets: holdsSecrets(database, layout),
      }));
      if (found?.foreign && !this.#options.takeOver) throw foreignStore();
      const unlocked = await this.#unlock(place, !found?.holdsSecrets);
      if (found === undefined) {
        const check = unlocked.cipher.sealCheck(unlocked.derivedKey);
        createDatabase(place.path, check, await loadDatabaseFiles());
      }
      written = await this.#write(place, unlocked, (database) => {
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
      const found = await this.#read((database, layout) => ({
        foreign: layout.foreign,
        stored: readRow(database, layout, key) !== undefined,
      }));
      const place = this.#find();
      if (!found?.stored || place === undefined) return false;
      if (found.foreign && !this.#options.takeOver) throw foreignStore();
      const unlocked = found.foreign ? await this.#unlock(place, false) : undefined;
      let deleted = false;
      const written = await this.#write(place, unlocked, (database) => {
        deleted = deleteRow(database, key);
      });
      if (written) return deleted;
    }
  }

  /** Forgets the key. A method called later throws. */
  [Symbol.dispose](): void {
    this.#closed = true;
    this.#unlocked = undefined;
  }

  #find(): Place | undefined {
    if (this.#closed) throw new Error("the store is closed");
    const folder = findFolder(this.#options.dataDir);
    if (folder === undefined) return undefined;
    const path = `${folder}/${DATABASE_FILE}`;
    return checkFile(path) ? { folder, path } : undefined;
  }

  /** The derived key; a second caller waits for the first one's derivation. */
  #unlock({ folder }: Place, create: boolean): Promise<Unlocked> {
    if (this.#unlocked !== undefined) return this.#unlocked;
    const unlocked = unlock(loadKeys(folder, this.#options.env, create));
    unlocked.catch(() => this.#unlocked = undefined);
    return this.#unlocked = unlocked;
  }

  #forgetStale({ folder }: Place, unlocked: Unlocked): boolean {
    if (!isStale(folder, this.#options.env, unlocked)) return false;
    this.#unlocked = undefined;
    return true;
  }

  async #run<T>(mode: "read" | "write", { path }: Place, body: (database: DatabaseSync) => T) {
    const { busyLimitMs = BUSY_LIMIT_MS } = this.#options;
    return await runTransaction({ path, mode, busyLimitMs }, body);
  }

  async #read<T>(body: (database: DatabaseSync, layout: Layout) => T): Promise<T | undefined> {
    const place = this.#find();
    if (place === undefined) return undefined;
    return await this.#run("read", place, (database) => body(database, readLayout(database)));
  }

  /** One write; false, and nothing changed, if the key was replaced since it was derived. */
  async #write(
    place: Place,
    unlocked: Unlocked | undefined,
    body: (database: DatabaseSync) => void,
  ): Promise<boolean> {
    const files = await loadDatabaseFiles();
    let copy: string | undefined;
    const written = await this.#run("write", place, (database) => {
      const layout = readLayout(database);
      if (layout.foreign && !(unlocked && this.#options.takeOver)) throw foreignStore();
      if (unlocked !== undefined) {
        const fit = judgeKey(database, layout, unlocked);
        if (fit !== "fits" && this.#forgetStale(place, unlocked)) return false;
        if (fit === "wrong") throw wrongKey(place.path);
        if (fit === "check_changed") throw tampered("the store's check value");
        if (layout.foreign) copy = copyAside(place.folder, files);
        if (layout.foreign || fit === "vacant") {
          adoptTables(database, layout);
          writeCheck(database, unlocked.cipher.sealCheck(unlocked.derivedKey));
        }
      }
      body(database);
      return true;
    });
    if (written && copy !== undefined) this.#options.onTakeOver?.(copy);
    return written;
  }

  /** Why a row did not open: the key, or the row. */
  async #blame(place: Place, unlocked: Unlocked, key: string): Promise<Error> {
    const fit = await this.#read((database, layout) => judgeKey(database, layout, unlocked));
    return fit === "wrong" ? wrongKey(place.path) : tampered(`the secret ${quoteWhole(key)}`);
  }
}
