/**
 * A file that a provider reads: whole, regular, at most 1 MiB.
 *
 * Links are followed, since Kubernetes mounts are made of them. What is no regular file is refused
 * before it is opened: a pipe would hold the run up, and a device has no end. No message holds a
 * character of what was read.
 */
import { type FailureKind, ProviderFailure } from "./provider.ts";
import { quoteShell, quoteWhole } from "./quote.ts";

/** Bytes of a file; more than the largest value cannot be one. */
export const MAX_FILE_BYTES = 1_048_576;

/** The bits of a mode by which others read, and those by which they pass a folder. */
const OTHERS_READ = 0o044;
const OTHERS_ENTER = 0o011;

/** A file that was read. */
export interface SecretFile {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its path, links followed. */
  readonly real: string;
}

/**
 * Reads a file, or answers undefined if there is none.
 *
 * @param provider its name, for messages.
 * @throws {ProviderFailure} denied; misconfigured: it is no regular file; bad_answer: it is larger.
 */
export async function readSecretFile(
  provider: string,
  path: string,
): Promise<SecretFile | undefined> {
  const refuse = (kind: FailureKind, state: string, hint: string) => {
    const found = `cannot read ${quoteWhole(path)}: ${state}`;
    return new ProviderFailure(provider, kind, found, { hint });
  };
  try {
    const info = await Deno.stat(path);
    // SECURITY: only now is it opened: opening a pipe waits for its writer, beyond any time limit
    // (tests/unit/store/secret_file_test.ts).
    if (!info.isFile) {
      const state = `it is ${describe(info)}, not a file`;
      throw refuse("misconfigured", state, `ls -ld ${quoteShell(path)} shows what it is`);
    }
    using file = await Deno.open(path);
    const bytes = await readUpTo(file, MAX_FILE_BYTES + 1);
    if (bytes.length > MAX_FILE_BYTES) {
      const hint = "keep data of that size in a file that the task may read (permissions.fs)";
      throw refuse("bad_answer", "it is over 1 MiB", hint);
    }
    return { bytes, real: await Deno.realPath(path) };
  } catch (error) {
    const { NotFound, NotADirectory, PermissionDenied } = Deno.errors;
    if (error instanceof ProviderFailure) throw error;
    if (error instanceof NotFound || error instanceof NotADirectory) return undefined;
    const look = `namei -l ${quoteShell(path)} shows the modes on the way`;
    if (error instanceof PermissionDenied) throw refuse("denied", "permission denied", look);
    throw refuse("unreachable", "the system gave an error", look);
  }
}

/** Bytes as UTF-8 text; undefined if they are none. A byte order mark stays. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/**
 * The mode of a file that other users of this machine may read (`"644"`), else undefined: its own bits
 * say so, no folder above it keeps them out, and it is not below /run, which is a container's or the
 * system's own.
 *
 * @param real a path without links.
 */
export async function findExposure(real: string): Promise<string | undefined> {
  if (real.startsWith("/run/")) return undefined;
  try {
    const { mode } = await Deno.stat(real);
    let open = (mode ?? 0) & OTHERS_READ;
    for (let at = real.lastIndexOf("/"); at > 0 && open !== 0; at = real.lastIndexOf("/", at - 1)) {
      const above = (await Deno.stat(real.slice(0, at))).mode ?? 0;
      open &= (above & OTHERS_ENTER) << 2;
    }
    return open === 0 ? undefined : ((mode ?? 0) & 0o777).toString(8).padStart(3, "0");
  } catch {
    return undefined; // gone since, or in a folder that is not ours to look into
  }
}

async function readUpTo(file: Deno.FsFile, limit: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(limit);
  let length = 0;
  while (length < limit) {
    const read = await file.read(bytes.subarray(length));
    if (read === null) break;
    length += read;
  }
  return bytes.slice(0, length);
}

function describe(info: Deno.FileInfo): string {
  if (info.isDirectory) return "a folder";
  if (info.isFifo) return "a pipe";
  return info.isSocket ? "a socket" : "a device";
}
