/**
 * What no task may be granted, whatever its task.yaml says: dicode's data folder and files of its
 * own, file systems that are no files (/proc, /sys, /dev), and, for writing, the code that dicode
 * itself runs. Real paths are compared, both ways, and the numbers of files too: a folder that is
 * mounted in a second place has a second path. Mounts below a granted folder count as part of it.
 */
import { SandboxError, type Where } from "../sdk/errors.ts";
import { quoteWhole } from "../store/quote.ts";
import { INSIDE } from "./allow_list.ts";
import type { FoundPath } from "./grant_paths.ts";
import type { Surroundings } from "./grants.ts";
import { type Mount, readMounts } from "./mounts.ts";
import { listOwnPlaces } from "./own_files.ts";
import { isInside, overlaps, resolvePath, resolveReal, statOf } from "./paths.ts";

/** Where dicode's own things lie behind the kernel's wall. */
const INSIDE_FOLDER = INSIDE.socket.slice(0, INSIDE.socket.lastIndexOf("/"));

/** File systems that are no files. Deno 2.9.6 opens nothing there without all permissions. */
const SPECIAL: Readonly<Record<string, string>> = {
  "/proc": "what lies there are processes, and through them every file",
  "/sys": "what lies there is the kernel's",
  "/dev": "what lies there are devices",
};
/** Kinds of file systems that are like these, wherever they are mounted. */
const KINDS: Readonly<Record<string, string>> = {
  proc: "/proc",
  sysfs: "/sys",
  devtmpfs: "/dev",
};
/** Real paths that no grant may cover, or lie under. */
export interface OffLimits {
  /** The data folder, and files of the host's own outside it. */
  readonly hidden: readonly string[];
  /** What dicode runs: Deno, its cache, dicode's own code; empty where nothing is to be written. */
  readonly own: readonly string[];
  /** What is mounted on this machine, where the system tells it. */
  readonly mounts: readonly Mount[];
}

/** Finds what is off limits here; `writing` says whether what is closed for writing matters. */
export async function findOffLimits(around: Surroundings, writing: boolean): Promise<OffLimits> {
  const own: string[] = [];
  if (writing) {
    // SECURITY: whoever writes a provider's code has its credential (tests/e2e/providers_test.ts).
    own.push(
      Deno.execPath(),
      ...around.code ?? [],
      ...(around.denoDir === undefined ? [] : [around.denoDir]),
      ...listOwnPlaces(),
    );
  }
  const mounts = readMounts();
  return { hidden: await findHidden(around), own: await Promise.all(own.map(findReal)), mounts };
}

/**
 * Real paths of the data folder, and of files of dicode's own outside it; where such a path is a link,
 * its own place too: whoever replaces it has dicode read another file.
 */
export async function findHidden(around: Surroundings): Promise<string[]> {
  const paths = [around.dataDir, ...around.hidden];
  return [...new Set(await Promise.all([...paths.map(findReal), ...paths.map(findPlace)]))];
}

/** Where a path really is; what does not exist yet is taken by where it would be. */
async function findReal(path: string): Promise<string> {
  try {
    return Deno.realPathSync(path);
  } catch {
    // What we cannot get at, a task cannot either.
    return await resolveReal(path).catch(() => resolvePath("/", path));
  }
}

/** Where a path lies, its last name not followed. */
async function findPlace(path: string): Promise<string> {
  const [, folder, name] = /^(.*)\/([^/]+)$/.exec(path) ?? [];
  if (name === undefined || name === "." || name === "..") return await findReal(path);
  return resolvePath(await findReal(folder || "/"), name);
}

/**
 * Refuses a path that task.yaml lists, if it is off limits.
 *
 * SECURITY: a grant on the data folder, or above it, would hand out the key and every secret; one
 * on /proc every file (tests/e2e/grants_test.ts, tests/e2e/paths_test.ts).
 *
 * @throws {SandboxError} path_refused.
 */
export function refuseOffLimits(
  found: FoundPath,
  write: boolean,
  limits: OffLimits,
  where: Where,
): void {
  refuseHidden(found, limits, where);
  refuseSpecial(found, limits.mounts, where);
  for (const own of write ? limits.own : []) {
    if (!overlaps(found.real, own)) continue;
    refuse(found, `code that dicode runs lies there, ${quoteWhole(own)}`, where, {
      write,
      hint: "grant a folder beside the code, such as ./data/",
    });
  }
}

/** Refuses the data folder and dicode's own files alone. @throws {SandboxError} path_refused. */
export function refuseHidden(
  found: FoundPath,
  limits: OffLimits,
  where: Where,
  hint = "grant a narrower folder, or move that elsewhere (the data folder with --data-dir)",
): void {
  const below = limits.mounts.filter((mount) => isInside(mount.path, found.real));
  for (const path of limits.hidden) {
    const covers = overlaps(found.real, path) || isAlias(found.real, path) ||
      below.some((mount) => isAlias(mount.path, path));
    if (!covers) continue;
    const own = "dicode's data folder, or a file of its own or of a provider's";
    refuse(found, `it covers ${own}: ${quoteWhole(path)}`, where, { hint });
  }
  // SECURITY: a mount over it would replace the runtime, or show it (tests/e2e/paths_test.ts).
  if (overlaps(found.real, INSIDE_FOLDER)) {
    const why = `behind the kernel's wall, dicode's own things lie in ${INSIDE_FOLDER}`;
    refuse(found, why, where, { hint: "grant a folder below it that you need, or another" });
  }
}

/** The special file system that a real path lies in, or undefined. */
export function findSpecial(real: string): string | undefined {
  return Object.keys(SPECIAL).find((at) => isInside(real, at));
}

function refuseSpecial(found: FoundPath, mounts: readonly Mount[], where: Where): void {
  const { path, real } = found;
  const below = mounts.filter((mount) => isInside(mount.path, real));
  const above = mounts.filter((mount) => isInside(real, mount.path))
    .toSorted((a, b) => a.path.length - b.path.length).slice(-1);
  const like = [...above, ...below].map(({ kind }) => KINDS[kind]);
  for (const [at, why] of Object.entries(SPECIAL)) {
    if (![findSpecial(real), findSpecial(path), ...like].includes(at)) continue;
    const hint = "grant a folder on a disk; what a task may know of the system is under sys";
    refuse(found, why, where, { hint });
  }
}

/** Whether one of two paths covers the other by way of a folder that is mounted twice. */
export function isAlias(one: string, other: string): boolean {
  const [ones, others] = [numbersOf(one), numbersOf(other)];
  return others.includes(ones[0] || "none") || ones.includes(others[0] || "none");
}

/** The numbers of a path and of each folder above it; empty for what does not exist. */
function numbersOf(path: string): string[] {
  const info = statOf(path);
  const id = info?.ino ? `${info.dev}:${info.ino}` : "";
  return path === "/" ? [id] : [id, ...numbersOf(path.slice(0, path.lastIndexOf("/")) || "/")];
}

function refuse(
  { path, real }: FoundPath,
  why: string,
  where: Where,
  { hint, write = false }: { readonly hint: string; readonly write?: boolean },
): never {
  const state = path === real ? why : `it leads to ${quoteWhole(real)}, and ${why}`;
  const what = `${quoteWhole(path)}${write ? " for writing" : ""}`;
  throw new SandboxError("path_refused", `cannot grant ${what}: ${state}`, { where, hint });
}
