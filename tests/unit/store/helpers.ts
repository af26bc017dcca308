/** A data folder of a test's own, stores on it, and ways to damage one. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { DicodeError, type ErrorCode } from "../../../sdk/errors.ts";
import { openStore, type SecretStore } from "../../../store/secrets.ts";
import type { StoreOptions } from "../../../store/session.ts";

export const GO_STORE = new URL("../../fixtures/go-store/", import.meta.url);
export const noEnv = (): undefined => undefined;

/** A fresh 0700 folder that goes away with `using`. */
export class TempFolder implements Disposable {
  readonly path = Deno.makeTempDirSync({ prefix: "dicode-store-" });
  readonly data = `${this.path}/data`;

  open(options: Partial<StoreOptions> = {}): SecretStore {
    return openStore({ dataDir: this.data, env: noEnv, ...options });
  }

  /** A writable copy of the Go program's store, with the modes that git does not keep. */
  copyGoStore(): this {
    Deno.mkdirSync(this.data, { mode: 0o700 });
    for (const name of ["data.db", "master.key", "master.salt"]) {
      Deno.copyFileSync(new URL(name, GO_STORE), `${this.data}/${name}`);
      Deno.chmodSync(`${this.data}/${name}`, 0o600);
    }
    return this;
  }

  /** Remembers the files of the data folder, so that other tests start from them without deriving. */
  snapshot(): Map<string, Uint8Array> {
    return new Map(this.names().map((name) => [name, Deno.readFileSync(`${this.data}/${name}`)]));
  }

  restore(files: Map<string, Uint8Array>): this {
    Deno.mkdirSync(this.data, { mode: 0o700 });
    for (const [name, bytes] of files) {
      Deno.writeFileSync(`${this.data}/${name}`, bytes, { mode: 0o600 });
    }
    return this;
  }

  /** Runs SQL on the store's file, behind the store's back. */
  sql(statement: string, ...values: (string | number | Uint8Array)[]): void {
    const database = new DatabaseSync(`${this.data}/data.db`);
    database.prepare(statement).run(...values);
    database.close();
  }

  query(statement: string): Record<string, unknown>[] {
    const database = new DatabaseSync(`${this.data}/data.db`);
    try {
      return database.prepare(statement).all();
    } finally {
      database.close();
    }
  }

  /** The names in the data folder, sorted. */
  names(): string[] {
    return [...Deno.readDirSync(this.data)].map((entry) => entry.name).sort();
  }

  mode(name = ""): string {
    return ((Deno.statSync(`${this.data}/${name}`).mode ?? 0) & 0o777).toString(8);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.path, { recursive: true });
  }
}

/** Flips the lowest bit of one byte. */
export function flip(bytes: Uint8Array, at = 0): Uint8Array {
  const flipped = new Uint8Array(bytes);
  flipped[at] = (flipped[at] as number) ^ 1;
  return flipped;
}

/** Asserts the code of a DicodeError and that its message and hint are as the style demands. */
export async function rejectsWith(
  work: Promise<unknown> | (() => unknown),
  code: ErrorCode,
  pattern = /^cannot /,
): Promise<DicodeError> {
  let caught: unknown;
  try {
    await (typeof work === "function" ? work() : work);
  } catch (error) {
    caught = error;
  }
  assert(caught instanceof DicodeError, `expected ${code}, got ${caught}`);
  assert.equal(caught.code, code, caught.message);
  assert.match(caught.message, pattern);
  assert.notEqual(caught.hint, undefined);
  return caught;
}
