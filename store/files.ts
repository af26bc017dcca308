/**
 * The store's files: who may own and read them, and how one comes into being whole or not at all.
 *
 * What is written here is on disk when the call returns, mode 0600, and never replaces a file that
 * is there: of processes that race for a name one wins, and all read what the winner wrote.
 */
import { StoreError } from "../sdk/errors.ts";
import { quoteShell, quoteWhole } from "./quote.ts";

/** The bits of a mode that let anyone but the owner in. */
const OTHERS = 0o077;

/**
 * The real path of the data folder, or undefined if there is none.
 *
 * A link is followed, once (people keep the folder on another disk); what it leads to must be a
 * folder of ours that nobody else may enter. So nobody else can put files or links into it.
 *
 * @throws {StoreError} store_permissions, store_unreadable.
 */
export function findFolder(dataDir: string): string | undefined {
  const info = statIfThere(dataDir);
  if (info === undefined) return undefined;
  if (!info.isDirectory) {
    throw new StoreError(
      "store_unreadable",
      `cannot use ${quoteWhole(dataDir)}: it is not a folder`,
      { hint: "name another folder with --data-dir" },
    );
  }
  checkOwner(dataDir, info);
  checkMode(dataDir, info, "700");
  return onDisk("find", dataDir, () => Deno.realPathSync(dataDir));
}

/** Like findFolder, but makes the folder (0700) and what lies above it. */
export function makeFolder(dataDir: string): string {
  const found = findFolder(dataDir);
  if (found !== undefined) return found;
  return onDisk("make", dataDir, () => {
    Deno.mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    syncFolder(parentOf(Deno.realPathSync(dataDir)));
    return findFolder(dataDir) as string;
  });
}

/**
 * Checks that a file is a regular one of ours that nobody else can read; false if it is not there.
 *
 * @throws {StoreError} store_permissions, store_unreadable.
 */
export function checkFile(path: string): boolean {
  const info = statIfThere(path);
  if (info === undefined) return false;
  if (!info.isFile) {
    throw new StoreError("store_unreadable", `cannot open ${quoteWhole(path)}: it is not a file`, {
      hint: "move it away, or name another folder with --data-dir",
    });
  }
  checkOwner(path, info);
  checkMode(path, info, "600");
  return true;
}

/** Writes a file that was not there; false, and nothing changed, if it was. */
export function createFile(path: string, bytes: Uint8Array): boolean {
  return createWith(path, (temporary) => {
    using file = Deno.openSync(temporary, { write: true });
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
  });
}

/**
 * Lets `fill` write an empty 0600 file beside `path` and gives it that name if no file has it.
 *
 * @returns false if one has: then that one stands, and is on disk too.
 */
export function createWith(path: string, fill: (temporary: string) => void): boolean {
  return onDisk("write", path, () => {
    const random = crypto.getRandomValues(new Uint8Array(6)).toHex();
    const temporary = `${path}.${random}.tmp`;
    Deno.openSync(temporary, { createNew: true, write: true, mode: 0o600 }).close();
    try {
      fill(temporary);
      syncFile(temporary);
      return linkNew(temporary, path);
    } finally {
      Deno.removeSync(temporary);
      syncFolder(parentOf(path));
    }
  });
}

/** Writes a file whole, over one that may be there. Owner and mode are ours: 0600. */
export function replaceFile(path: string, bytes: Uint8Array): void {
  onDisk("replace", path, () => {
    if (statIfThere(path) !== undefined) Deno.removeSync(path);
  });
  createFile(path, bytes);
}

/**
 * Gives a file the name of another, which is gone then: what it held is overwritten with zeros, as far
 * as the disk does so. The mode stays that of the old one.
 */
export function renameOver(from: string, to: string): void {
  onDisk("replace", to, () => {
    const { mode } = Deno.statSync(to);
    using old = Deno.openSync(to, { read: true, write: true });
    if (mode !== null) Deno.chmodSync(from, mode & 0o777);
    Deno.renameSync(from, to);
    syncFolder(parentOf(to));
    old.writeSync(new Uint8Array(old.statSync().size));
    old.syncSync();
  });
}

/** The text of a small file, or undefined if there is none. Reads at most 1 KiB: no key is longer. */
export function readSmallFile(path: string): string | undefined {
  return onDisk("read", path, () => {
    try {
      using file = Deno.openSync(path);
      const bytes = new Uint8Array(1024);
      let length = 0;
      for (let read; (read = file.readSync(bytes.subarray(length))); length += read);
      return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes.subarray(0, length));
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  });
}

/** Metadata of what a path leads to, or undefined if nothing is there. */
export function statIfThere(path: string): Deno.FileInfo | undefined {
  return onDisk("read", path, () => {
    try {
      return Deno.statSync(path);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
  });
}

/** Runs a piece of file work; what the system refuses becomes store_unreadable with its reason. */
export function onDisk<T>(verb: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof StoreError || !isSystemError(error)) throw error;
    throw new StoreError(
      "store_unreadable",
      `cannot ${verb} ${quoteWhole(path)}: ${reasonOf(error)}`,
      { hint: hintFor(error, path), cause: error },
    );
  }
}

/** The system's own words, without the path and number that Deno adds to them. */
export function reasonOf(error: Error): string {
  const [reason = ""] = error.message.split(" (os error");
  return reason.charAt(0).toLowerCase() + reason.slice(1);
}

/** Makes a folder's entries durable: file systems keep names apart from contents. */
export function syncFolder(path: string): void {
  syncFile(path);
}

function syncFile(path: string): void {
  using file = Deno.openSync(path);
  file.syncSync();
}

function linkNew(from: string, to: string): boolean {
  try {
    Deno.linkSync(from, to);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists) return false;
    throw error;
  }
}

function checkOwner(path: string, info: Deno.FileInfo): void {
  // SECURITY: the owner of a file can change it and its mode at any time, root's own rights
  // notwithstanding: tests/unit/store/files_test.ts.
  if (info.uid === null || info.uid === Deno.uid()) return;
  throw new StoreError(
    "store_permissions",
    `cannot use ${quoteWhole(path)}: it is another user's`,
    {
      hint: `run dicode as its owner (user id ${info.uid}), or name another folder with --data-dir`,
    },
  );
}

function checkMode(path: string, info: Deno.FileInfo, wanted: string): void {
  const mode = info.mode ?? 0;
  if ((mode & OTHERS) === 0) return;
  const found = (mode & 0o777).toString(8).padStart(3, "0");
  throw new StoreError(
    "store_permissions",
    `cannot use ${quoteWhole(path)}: its mode is ${found}`,
    { hint: `chmod ${wanted} ${quoteShell(path)}` },
  );
}

function isSystemError(error: unknown): error is Error {
  return error instanceof Error && error.message.includes("(os error");
}

function hintFor(error: Error, path: string): string {
  const { code } = error as { code?: string };
  if (code === "ENOSPC" || code === "EDQUOT") return "free some space on that disk and try again";
  if (code === "EROFS") return "name a folder on a disk that can be written, with --data-dir";
  return `look at the folder with ls -ld ${
    quoteShell(parentOf(path))
  }, or name another with --data-dir`;
}

function parentOf(path: string): string {
  return path.replace(/\/+$/, "").replace(/\/[^/]*$/, "") || "/";
}
