/**
 * Taking over a Go program's store: what is copied aside before the first change.
 *
 * The copy is a folder `go-store` (then `go-store-2`, …) in the data folder that holds data.db, and
 * key and salt where they lie in files: a whole store, which the Go program opens as it is. It is on
 * disk before anything is changed, and stays when the change fails.
 */
import { StoreError } from "../sdk/errors.ts";
import type { DatabaseFiles } from "./database.ts";
import { createFile, createWith, onDisk, syncFolder } from "./files.ts";
import { listKeyFiles } from "./key.ts";

/** The store's database, in the data folder. */
export const DATABASE_FILE = "data.db";

/**
 * Copies the store aside; the caller holds its write lock.
 *
 * @returns the path of the copy's folder.
 */
export function copyAside(folder: string, files: DatabaseFiles): string {
  const copy = makeCopyFolder(folder);
  try {
    createWith(`${copy}/${DATABASE_FILE}`, (temporary) => {
      files.copy(`${folder}/${DATABASE_FILE}`, temporary);
    });
    for (const name of listKeyFiles(folder)) {
      createFile(
        `${copy}/${name}`,
        onDisk("read", name, () => Deno.readFileSync(`${folder}/${name}`)),
      );
    }
    onDisk("write", folder, () => syncFolder(folder));
    return copy;
  } catch (error) {
    onDisk("remove", copy, () => Deno.removeSync(copy, { recursive: true }));
    throw error;
  }
}

/** The refusal to write to a store that is still the Go program's. */
export function foreignStore(): StoreError {
  const found = "it belongs to the Go program, which cannot read what dicode writes";
  return new StoreError("store_foreign", `cannot change the store: ${found}`, {
    hint: "pass --take-over: the store is copied aside first, and is dicode's from then on",
  });
}

function makeCopyFolder(folder: string): string {
  for (let count = 1;; count++) {
    const copy = `${folder}/go-store${count === 1 ? "" : `-${count}`}`;
    const made = onDisk("make", copy, () => {
      try {
        Deno.mkdirSync(copy, { mode: 0o700 });
        return true;
      } catch (error) {
        if (error instanceof Deno.errors.AlreadyExists) return false;
        throw error;
      }
    });
    if (made) return copy;
  }
}
