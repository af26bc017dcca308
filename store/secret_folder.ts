/** A folder with one file for each secret, as Docker, Kubernetes and systemd make one. */
import { quoteShell } from "./quote.ts";
import { decodeFile, type Exposure, findSecretFile, unreadable } from "./secret_file.ts";

/** What a folder holds under a name. */
export interface FolderEntry {
  readonly text: string;
  /** Whom its modes let in. */
  readonly exposure?: Exposure;
}

/** The longest name of a file, in bytes. */
const MAX_NAME_BYTES = 255;

/** Whether this is one name in a folder, and none of Kubernetes' own (`..data`). */
export function isFileName(name: string): boolean {
  return /^(?!\.$|\.\.)[^/\p{Cc}]+$/u.test(name) &&
    new TextEncoder().encode(name).length <= MAX_NAME_BYTES;
}

/** Whether this is a path below a folder. */
export function isPathBelow(path: string): boolean {
  return path.split("/").every(isFileName);
}

/**
 * Reads a file of a folder; undefined if there is none.
 *
 * @param provider its name, for messages.
 * @param name isPathBelow() it.
 * @throws {ProviderFailure} as findSecretFile and decodeFile; misconfigured: there is no folder.
 */
export async function readEntry(
  provider: string,
  folder: string,
  name: string,
): Promise<FolderEntry | undefined> {
  const path = `${folder}/${name}`;
  const file = await findSecretFile(provider, path);
  if (file !== undefined) {
    return { text: decodeFile(provider, path, file.bytes), exposure: file.exposure };
  }
  // A folder that is not mounted is not a folder without secrets.
  const info = await Deno.stat(folder).catch((error) => refuse(provider, folder, error));
  if (!info.isDirectory) refuse(provider, folder, new Deno.errors.NotADirectory());
  return undefined;
}

/** The names in a folder that can be secrets', sorted. @throws {ProviderFailure} it cannot be listed. */
export async function listNames(provider: string, folder: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(folder));
    return entries.filter(({ name, isDirectory }) => isFileName(name) && !isDirectory)
      .map(({ name }) => name).sort();
  } catch (error) {
    refuse(provider, folder, error);
  }
}

function refuse(provider: string, folder: string, error: unknown): never {
  const { PermissionDenied, NotFound, NotADirectory } = Deno.errors;
  const look = `namei -l ${quoteShell(folder)} shows the modes on the way`;
  if (error instanceof PermissionDenied) {
    throw unreadable(provider, "denied", folder, "permission denied", look);
  }
  if (!(error instanceof NotFound) && !(error instanceof NotADirectory)) {
    throw unreadable(provider, "unreachable", folder, "the system gave an error", look);
  }
  const state = error instanceof NotFound ? "there is no such folder" : "it is not a folder";
  const hint = "see that it is mounted, or write on_error: next where it may be missing";
  throw unreadable(provider, "misconfigured", folder, state, hint);
}
