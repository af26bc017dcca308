/**
 * One store in use: where it is, its key once derived, and transactions under that key.
 *
 * Opening costs nothing; SQLite and the cipher load, and the key is derived, when something needs
 * them. A key that another process replaces meanwhile is noticed and derived anew, also where that
 * process was killed between its commit and the naming of the new key (rotation.ts).
 */
import type { DatabaseSync } from "node:sqlite";
import type { StoreError } from "../sdk/errors.ts";
import { BUSY_LIMIT_MS, loadDatabaseFiles, runTransaction } from "./database.ts";
import { checkFile, findFolder, makeFolder } from "./files.ts";
import { type Env, loadKeys } from "./key.ts";
import { quoteWhole } from "./quote.ts";
import { findPending, finishPending } from "./rotation.ts";
import { adoptTables, type Layout, readLayout, writeCheck } from "./schema.ts";
import { copyAside, DATABASE_FILE, foreignStore } from "./takeover.ts";
import {
  isStale,
  judgeKey,
  tampered,
  unlock,
  type Unlocked,
  unlockFolder,
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
  /**
   * Whether the derived key is kept, sealed, in `cache` of the data folder for the next process, where
   * the master key is `master.key` beside it (store/derived_key.ts). Default false.
   */
  readonly keepKey?: boolean;
  /** How long to wait for other processes; default 10 s. */
  readonly busyLimitMs?: number;
}

/** A store's files. */
export interface StorePlace {
  /** The real path of the data folder. */
  readonly folder: string;
  /** The database in it. */
  readonly path: string;
}

export class Session {
  readonly options: StoreOptions;
  #unlocked: Promise<Unlocked> | undefined;
  #closed = false;

  constructor(options: StoreOptions) {
    this.options = options;
  }

  /** The store's place, or undefined if there is no database yet. */
  find(): StorePlace | undefined {
    if (this.#closed) throw new Error("the store is closed");
    const folder = findFolder(this.options.dataDir);
    if (folder === undefined) return undefined;
    const path = `${folder}/${DATABASE_FILE}`;
    return checkFile(path) ? { folder, path } : undefined;
  }

  /** Where the store is or will be; makes the folder. */
  make(): StorePlace {
    this.find(); // refuses a closed store before anything is made
    const folder = makeFolder(this.options.dataDir);
    return { folder, path: `${folder}/${DATABASE_FILE}` };
  }

  /** The derived key; a second caller waits for the first one's derivation. */
  unlock({ folder }: StorePlace, create: boolean): Promise<Unlocked> {
    if (this.#unlocked !== undefined) return this.#unlocked;
    const { env, keepKey = false } = this.options;
    const keys = loadKeys(folder, env, create);
    const unlocked = keepKey ? unlockFolder(folder, env, keys) : unlock(keys);
    unlocked.catch(() => this.#unlocked = undefined);
    return this.#unlocked = unlocked;
  }

  /** One transaction; retried while others hold the file. */
  async transact<T>(
    mode: "read" | "write",
    { path }: StorePlace,
    body: (database: DatabaseSync, layout: Layout) => T,
  ): Promise<T> {
    const { busyLimitMs = BUSY_LIMIT_MS } = this.options;
    return await runTransaction({ path, mode, busyLimitMs }, (database) => {
      return body(database, readLayout(database));
    });
  }

  /** One read of what is there; undefined if there is no store. */
  async read<T>(body: (database: DatabaseSync, layout: Layout) => T): Promise<T | undefined> {
    const place = this.find();
    return place && await this.transact("read", place, body);
  }

  /**
   * One write under a key that fits; false, and nothing changed, if the key was replaced since it was
   * derived: ask for it anew. Without a key only where none is needed (deleting).
   *
   * @param vacant whether a store without rows is known to be free for this key.
   * @throws {StoreError} store_foreign, master_key_wrong, store_tampered.
   */
  async write(
    place: StorePlace,
    unlocked: Unlocked | undefined,
    body: (database: DatabaseSync) => void,
    vacant = false,
  ): Promise<boolean> {
    const { takeOver, onTakeOver } = this.options;
    const files = await loadDatabaseFiles();
    let copy: string | undefined;
    const fit = await this.transact("write", place, (database, layout) => {
      if (layout.foreign && !(unlocked && takeOver)) throw foreignStore();
      if (unlocked !== undefined) {
        const fit = judgeKey(database, layout, unlocked);
        if (fit === "wrong" || fit === "check_changed") return fit;
        // No row tells whether the key is still the store's: its files do.
        if (fit === "vacant" && !vacant && this.#isReplaced(place, unlocked)) return fit;
        if (layout.foreign) copy = copyAside(place.folder, files);
        if (layout.foreign || fit === "vacant") {
          adoptTables(database, layout);
          writeCheck(database, unlocked.cipher.sealCheck(unlocked.derivedKey));
        }
      }
      body(database);
      return "written";
    });
    if (fit !== "written") {
      if (await this.renew(place, unlocked!)) return false;
      if (fit === "vacant") return await this.write(place, unlocked, body, true);
      throw fit === "wrong" ? wrongKey(place.path) : tampered("the store's check value");
    }
    if (copy !== undefined) onTakeOver?.(copy);
    return true;
  }

  /**
   * After a key did not fit: whether another one stands now, and is worth a second try.
   *
   * Finishes the rotation of a process that was killed after its commit.
   */
  async renew(place: StorePlace, unlocked: Unlocked): Promise<boolean> {
    const { env } = this.options;
    if (!isStale(place.folder, env, unlocked)) {
      const pending = findPending(place.folder, env);
      if (pending === undefined) return false;
      const candidate = await unlock(pending);
      const fits = await this.transact(
        "read",
        place,
        (database, layout) => judgeKey(database, layout, candidate) === "fits",
      );
      if (fits) {
        await this.finish(place, candidate);
        this.#unlocked = Promise.resolve(candidate);
        return true;
      }
      // Neither: unless a rotation has ended meanwhile.
      if (!isStale(place.folder, env, unlocked)) return false;
    }
    this.#unlocked = undefined;
    return true;
  }

  /** Why a row did not open, also under the key that stands now: the key, or the row. */
  async blame(place: StorePlace, unlocked: Unlocked, key: string): Promise<StoreError> {
    const fit = await this.read((database, layout) => judgeKey(database, layout, unlocked));
    return fit === "wrong" ? wrongKey(place.path) : tampered(`the secret ${quoteWhole(key)}`);
  }

  /**
   * Gives a new key and salt their names, unless somebody did so; false, and nothing done, if the store
   * is not written under them.
   */
  async finish(place: StorePlace, unlocked: Unlocked): Promise<boolean> {
    return await this.transact("write", place, (database, layout) => {
      if (judgeKey(database, layout, unlocked) !== "fits") return false;
      finishPending(place.folder, this.options.env, unlocked.keys);
      return true;
    });
  }

  #isReplaced({ folder }: StorePlace, unlocked: Unlocked): boolean {
    const { env } = this.options;
    return isStale(folder, env, unlocked) || findPending(folder, env) !== undefined;
  }

  /** Forgets the key. A method called later throws. */
  close(): void {
    this.#closed = true;
    this.#unlocked = undefined;
  }
}
