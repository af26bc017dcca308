/**
 * A file for the user, written whole or not at all, 0600, and never over one that is there.
 *
 * It is written beside its name, synced, and then linked to it. Where a disk has no hard links, as a
 * USB stick has not, the name is taken by an empty file first, over which the whole one is renamed.
 */
import { UsageError } from "../sdk/errors.ts";
import { quoteShell, quoteWhole } from "../store/quote.ts";

/**
 * Writes `path`; on disk when this returns.
 *
 * @param path absolute. @param name as messages name it.
 * @throws {UsageError} usage: it is there already, or cannot be written.
 */
export function writeNewFile(path: string, name: string, bytes: Uint8Array): void {
  const temporary = `${path}.${crypto.getRandomValues(new Uint8Array(6)).toHex()}.tmp`;
  try {
    if (isThere(path)) throw new Deno.errors.AlreadyExists();
    using file = Deno.openSync(temporary, { createNew: true, write: true, mode: 0o600 });
    try {
      for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
      file.syncSync();
      giveName(temporary, path);
    } finally {
      if (isThere(temporary)) Deno.removeSync(temporary);
    }
    syncFolderOf(path);
  } catch (error) {
    throw explain(error, path, name);
  }
}

/** @throws {Deno.errors.AlreadyExists} */
function giveName(temporary: string, path: string): void {
  try {
    Deno.linkSync(temporary, path);
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) throw error;
    Deno.openSync(path, { createNew: true, write: true, mode: 0o600 }).close();
    Deno.renameSync(temporary, path);
  }
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Not every file system can: then the file itself has been synced, and that is all there is. */
function syncFolderOf(path: string): void {
  try {
    using folder = Deno.openSync(folderOf(path));
    folder.syncSync();
  } catch {
    return;
  }
}

function explain(error: unknown, path: string, name: string): unknown {
  if (!(error instanceof Error)) return error;
  const { AlreadyExists, NotFound, NotADirectory, PermissionDenied } = Deno.errors;
  const { code } = error as { readonly code?: string };
  const folder = folderOf(path);
  const look = `look at the folder with ls -ld ${quoteShell(folder)}`;
  const refuse = (state: string, hint: string) =>
    new UsageError("usage", `cannot write ${quoteWhole(name)}: ${state}`, { hint });
  if (error instanceof AlreadyExists) {
    return refuse("it is there already", "name another file: nothing is written over an older one");
  }
  if (error instanceof NotFound) {
    return refuse("there is no such folder", `mkdir -p ${quoteShell(folder)}`);
  }
  if (error instanceof NotADirectory) return refuse("its folder is a file", look);
  if (error instanceof PermissionDenied) return refuse("permission denied", look);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return refuse("the disk is full", "free some space on it, or name another disk");
  }
  if (code === "EROFS") return refuse("its disk is read-only", "name another disk");
  if (code === "ENAMETOOLONG") return refuse("its name is too long", "give it a shorter one");
  return code === undefined ? error : refuse(`the system gave the error ${code}`, look);
}

function folderOf(path: string): string {
  return path.replace(/\/[^/]*$/, "") || "/";
}
