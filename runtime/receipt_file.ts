/** Writes a receipt: whole or not at all, for its owner alone, through no link. */
import { UsageError } from "../sdk/errors.ts";
import { quoteShell } from "../store/quote.ts";
import { writeWhole } from "./whole_file.ts";

/**
 * Whether a receipt can be written there, before anything runs.
 *
 * @throws {UsageError} usage: the folder is not there, or something is that is no file.
 */
export async function checkReceiptPath(path: string): Promise<void> {
  const { folder, name } = split(path);
  const info = await Deno.stat(folder || "/").catch(() => null);
  if (!info?.isDirectory) {
    throw unwritable(path, "there is no such folder", `mkdir -p ${quoteShell(folder)}`);
  }
  if (name === "") throw unwritable(path, "it is a folder", "name a file in it");
  const there = await Deno.lstat(path).catch(() => null);
  // The new file takes the name: a device would be gone, and a link lead nowhere new.
  if (there !== null && !there.isFile) {
    const what = there.isDirectory ? "a folder" : there.isSymlink ? "a link" : "no regular file";
    throw unwritable(path, `it is ${what}`, "name a file, or leave =FILE out");
  }
}

/** @throws {UsageError} usage: it cannot be written. */
export async function writeReceipt(path: string, text: string): Promise<void> {
  await checkReceiptPath(path);
  try {
    await writeWhole(path, text);
  } catch (cause) {
    const found = cause instanceof Deno.errors.PermissionDenied
      ? "permission denied"
      : "the system gave an error";
    throw unwritable(path, found, "name a file in a folder of yours", cause);
  }
}

function split(path: string): { readonly folder: string; readonly name: string } {
  const cut = path.lastIndexOf("/");
  return { folder: path.slice(0, cut), name: path.slice(cut + 1) };
}

function unwritable(path: string, found: string, hint: string, cause?: unknown): UsageError {
  const message = `cannot write the receipt to ${JSON.stringify(path)}: ${found}`;
  return new UsageError("usage", message, { hint, cause });
}
