/** A file that the command line names, read whole, up to a limit; what it is and holds is not trusted. */
import { DicodeError, UsageError } from "../sdk/errors.ts";
import { quoteWhole } from "../store/quote.ts";
import type { Host } from "./host.ts";
import { resolvePath } from "./paths.ts";
import { readAll } from "../store/read_all.ts";

/** Bits of a mode that let others read. */
const OTHERS_READ = 0o044;

/** A file that was read. */
export interface GivenFile {
  /** As messages name it. */
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** A file that stays on the disk, by its mode; undefined for a pipe. */
  readonly mode: number | undefined;
}

/**
 * Reads a file or pipe; standard input for `-`.
 *
 * @param tooLarge the hint where it is larger.
 * @throws {UsageError} usage: it cannot be read, or is larger.
 */
export async function readGiven(
  host: Host,
  path: string,
  limitBytes: number,
  tooLarge?: string,
): Promise<GivenFile> {
  const name = path === "-" ? "standard input" : path;
  const { bytes, mode } = path === "-"
    ? { bytes: await readAll(Deno.stdin.readable, limitBytes), mode: undefined }
    : await readPath(resolvePath(host.cwd, path), name, limitBytes);
  if (bytes === undefined) {
    throw unreadable(name, `it is over ${limitBytes / 1_048_576} MiB`, tooLarge);
  }
  return { name, bytes, mode };
}

/** Whether the mode of a file lets other users read it. */
export function othersRead(mode: number): boolean {
  return (mode & OTHERS_READ) !== 0;
}

async function readPath(path: string, name: string, limitBytes: number) {
  try {
    const { isFile, isFifo, isDirectory, mode } = await Deno.stat(path);
    if (!isFile && !isFifo) {
      throw unreadable(name, isDirectory ? "it is a folder" : "it is no file");
    }
    const file = await Deno.open(path);
    const bytes = await readAll(file.readable, limitBytes);
    return { bytes, mode: isFile ? mode ?? undefined : undefined };
  } catch (error) {
    if (error instanceof DicodeError) throw error;
    const { NotFound, NotADirectory, PermissionDenied } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) {
      throw unreadable(name, "there is no such file");
    }
    const denied = error instanceof PermissionDenied;
    throw unreadable(name, denied ? "permission denied" : "the system gave an error");
  }
}

function unreadable(name: string, state: string, hint?: string): UsageError {
  return new UsageError("usage", `cannot read ${quoteWhole(name)}: ${state}`, { hint });
}
