/**
 * A file that a provider reads: whole, regular, at most 1 MiB.
 *
 * Links are followed, since Kubernetes mounts are made of them. What is no regular file is refused
 * before it is opened: a pipe would hold the run up, and a device has no end. No message holds a
 * character of what was read.
 */
import { expandPlace } from "./expand.ts";
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
  /** What lets other users read it. */
  readonly exposure?: Exposure;
}

/**
 * A path of dicode.yaml with the home folder or the variable in front filled in.
 *
 * @throws {ProviderFailure} misconfigured: the variable is not set.
 */
export function findPlace(
  provider: string,
  written: string,
  env: (name: string) => string | undefined,
): string {
  const [, name] = /^(?:~(?=\/|$)|\$\{?(\w+))/.exec(written) ?? [];
  const path = expandPlace(written, env);
  if (path === written || env(name ?? "HOME")?.startsWith("/")) return path;
  const state = `the variable ${name ?? "HOME"} is not set to a path`;
  const hint = "set it, or write on_error: next where it may be missing";
  throw unreadable(provider, "misconfigured", written, state, hint);
}

/**
 * Reads a file, or answers undefined if there is none.
 *
 * @param provider its name, for messages.
 * @throws {ProviderFailure} denied; misconfigured: it is no regular file; bad_answer: it is larger.
 */
export async function findSecretFile(
  provider: string,
  path: string,
): Promise<SecretFile | undefined> {
  try {
    const info = await Deno.stat(path);
    // SECURITY: only now is it opened: opening a pipe waits for its writer, beyond any time limit
    // (tests/unit/store/secret_file_test.ts).
    if (!info.isFile) {
      const state = `it is ${describe(info)}, not a file`;
      const hint = `ls -ld ${quoteShell(path)} shows what it is`;
      throw unreadable(provider, "misconfigured", path, state, hint);
    }
    using file = await Deno.open(path);
    const bytes = await readUpTo(file, info.size);
    if (bytes.length > MAX_FILE_BYTES) {
      const hint = "keep data of that size in a file that the task may read (permissions.fs)";
      throw unreadable(provider, "bad_answer", path, "it is over 1 MiB", hint);
    }
    const isOpen = ((info.mode ?? 0) & OTHERS_READ) !== 0;
    return { bytes, exposure: isOpen ? await findExposure(path) : undefined };
  } catch (error) {
    const { NotFound, NotADirectory, PermissionDenied } = Deno.errors;
    if (error instanceof ProviderFailure) throw error;
    if (error instanceof NotFound || error instanceof NotADirectory) return undefined;
    const isDenied = error instanceof PermissionDenied;
    const state = isDenied ? "permission denied" : "the system gave an error";
    const hint = `namei -l ${quoteShell(path)} shows the modes on the way`;
    throw unreadable(provider, isDenied ? "denied" : "unreachable", path, state, hint);
  }
}

/**
 * Reads a file that must be there.
 *
 * @throws {ProviderFailure} as findSecretFile; misconfigured: there is none.
 */
export async function readSecretFile(provider: string, path: string): Promise<SecretFile> {
  const file = await findSecretFile(provider, path);
  if (file !== undefined) return file;
  const hint = "write its path in dicode.yaml, or on_error: next where it may be missing";
  throw unreadable(provider, "misconfigured", path, "there is no such file", hint);
}

/** The failure of a provider that cannot read a path. */
export function unreadable(
  provider: string,
  kind: FailureKind,
  path: string,
  state: string,
  hint: string,
): ProviderFailure {
  const found = `cannot read ${quoteWhole(path)}: ${state}`;
  return new ProviderFailure(provider, kind, found, { hint });
}

/**
 * The text of a file, as UTF-8. A byte order mark stays.
 *
 * @throws {ProviderFailure} bad_answer: it is none.
 */
export function decodeFile(provider: string, path: string, bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const hint = "save it as UTF-8; binary data as base64, which the task decodes";
    throw unreadable(provider, "bad_answer", path, "it is not UTF-8 text", hint);
  }
}

/** What lets other users of this machine read a file, and the cure. */
export interface Exposure {
  readonly found: string;
  readonly hint: string;
}

/**
 * Whether other users of this machine may read a file: its own mode says so, no folder above it keeps
 * them out, and it is not below /run, where systemd and container engines decide.
 */
export async function findExposure(path: string): Promise<Exposure | undefined> {
  try {
    const real = await Deno.realPath(path);
    if (real.startsWith("/run/")) return undefined;
    const mode = (await Deno.stat(real)).mode ?? 0;
    let open = mode & OTHERS_READ;
    for (let at = real.lastIndexOf("/"); at > 0 && open !== 0; at = real.lastIndexOf("/", at - 1)) {
      const above = (await Deno.stat(real.slice(0, at))).mode ?? 0;
      open &= (above & OTHERS_ENTER) << 2;
    }
    if (open === 0) return undefined;
    const shown = (mode & 0o777).toString(8).padStart(3, "0");
    return {
      found: `other users of this machine may read ${quoteWhole(real)} (mode ${shown})`,
      hint: /\/\.\.[^/]+\/[^/]+$/.test(real)
        ? "defaultMode: 0400 in the volume of the pod"
        : `chmod go-r ${quoteShell(real)}`,
    };
  } catch {
    return undefined; // gone since, or in a folder that is not ours to look into
  }
}

/** All of a file, or one byte more than the most. @param size what the system says; it may be wrong. */
async function readUpTo(file: Deno.FsFile, size: number): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = new Uint8Array(Math.min(size, MAX_FILE_BYTES) + 1);
  let length = 0;
  for (let read; (read = await file.read(bytes.subarray(length))); length += read) {
    if (length + read < bytes.length) continue;
    if (bytes.length > MAX_FILE_BYTES) return bytes;
    const larger = new Uint8Array(Math.min(2 * bytes.length, MAX_FILE_BYTES + 1));
    larger.set(bytes);
    bytes = larger;
  }
  return bytes.slice(0, length);
}

function describe(info: Deno.FileInfo): string {
  if (info.isDirectory) return "a folder";
  if (info.isFifo) return "a pipe";
  return info.isSocket ? "a socket" : "a device";
}
