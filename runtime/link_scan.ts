/**
 * Looks through granted folders for ways to dicode's own files that no grant shows: links that lead
 * there, and second names of them (hard links).
 *
 * Behind bubblewrap a link leads nowhere, and second names alone count. Deno follows links out of a
 * granted folder, and Landlock, which lets nothing be opened there, knows no modes: refuseLinks() is
 * for those. Both look before the run, and do not see what comes later.
 */
import { SandboxError, type Where } from "../sdk/errors.ts";
import { quoteShell, quoteWhole } from "../store/quote.ts";
import type { Grants, Surroundings } from "./grants.ts";
import type { Walls } from "./isolation.ts";
import { findHidden, findSpecial } from "./off_limits.ts";
import { isInside, overlaps, resolvePath, resolveReal } from "./paths.ts";
import type { Task } from "./task.ts";
import { Walk, type WalkLimits } from "./walk.ts";

/** Of all granted folders together: 100,000 entries take 0.15 s (Deno 2.9.6, warm cache). */
export const SCAN_LIMITS: WalkLimits = { entries: 100_000, ms: 2_000 };

/** Folders of the data folder whose files are no store's: caches, and those of runs. */
const NO_STORE = ["cache", "run"];
/** As many links as the kernel follows in one path (path_resolution(7)). */
const MOST_LINKS = 40;

/** How refuseLinks() looks. */
export interface LinkScan {
  /** The walls of the run. */
  readonly walls: Walls["kind"];
  /** Told where it does not come to the end. */
  readonly warn?: (message: string) => void;
  /** Default SCAN_LIMITS. */
  readonly limits?: WalkLimits;
}

/**
 * Refuses granted folders that hold a link, at any depth, to the data folder, into it or above it, to
 * a file of dicode's own, or to a folder of /proc, through which every file can be reached. Other
 * links are followed, since the task can follow them.
 *
 * Behind bubblewrap none leads anywhere. Landlock opens nothing behind one, and yet lets a mode be
 * changed there: so of folders that are granted for writing, and of those alone, links are refused
 * that lead to what is not, unless it is a file of another user's.
 *
 * At its limits it warns: a folder of a million files is no reason to refuse a run that, behind
 * Deno's permissions alone, is not safe from hostile code in any case.
 *
 * @throws {SandboxError} path_refused, naming the link.
 */
export async function refuseLinks(
  task: Task,
  grants: Grants,
  around: Surroundings,
  { walls, warn = () => {}, limits = SCAN_LIMITS }: LinkScan,
): Promise<void> {
  if (walls === "bwrap" || grants.fs.length === 0) return;
  const isLandlock = walls === "landlock";
  const hidden = await findHidden(around);
  const walk = new Walk(limits);
  for (const [at, { real: folder, write }] of grants.fs.entries()) {
    if (isLandlock && !write) continue;
    const { where } = task.permissions.fs[at]!;
    for await (const { path, isSymlink } of walk.entries(folder)) {
      if (!isSymlink) continue;
      const target = await findTarget(path);
      if (target !== undefined) refuseTarget(path, target, hidden, where);
      if (target !== undefined && isLandlock) refuseModes(path, target, grants, where);
      // Deno opens nothing in the special ones.
      if (target === undefined || findSpecial(target) === undefined) walk.follow(path, target);
    }
    if (!walk.isOver) continue;
    const links = isLandlock
      ? "links to files whose mode the task could change"
      : "links to dicode's own files, which Deno would follow";
    return warn(
      `cannot look through all of ${quoteWhole(folder)} for ${links}: it holds too much; grant a ` +
        "narrower one",
    );
  }
}

/**
 * Refuses a second name of one of dicode's own files in what is granted or may be imported: it is
 * the same file, and no wall tells the two apart.
 *
 * Costs a look at the few files of the store; folders are gone through only if one of those has more
 * names than the data folder holds.
 *
 * @throws {SandboxError} path_refused: there is one, or too much to look through.
 */
export async function refuseSecondNames(
  task: Task,
  grants: Pick<Grants, "fs" | "roots">,
  hidden: readonly string[],
  limits: WalkLimits = SCAN_LIMITS,
): Promise<void> {
  const shared = findShared(hidden);
  if (shared.size === 0) return;
  const places = [
    ...grants.fs.map(({ real }, at) => ({ real, where: task.permissions.fs[at]!.where })),
    ...grants.roots.map(({ real }) => ({ real, where: { file: task.file } })),
  ];
  const walk = new Walk(limits);
  for (const { real, where } of places) {
    for await (const { path, isFile } of walk.entries(real)) {
      const file = isFile ? shared.get(identify(path)?.id ?? "") : undefined;
      if (file === undefined) continue;
      // SECURITY: not a copy: the file itself (tests/e2e/links_test.ts).
      throw new SandboxError(
        "path_refused",
        `cannot grant ${quoteWhole(real)}: ${quoteWhole(path)} is a hard link to dicode's own ` +
          `file ${quoteWhole(file)}`,
        { where, hint: `rm ${quoteShell(path)}` },
      );
    }
    if (!walk.isOver) continue;
    const [file = ""] = shared.values();
    throw new SandboxError(
      "path_refused",
      `cannot grant ${quoteWhole(real)}: ${quoteWhole(file)} has another name (a hard link), and ` +
        "there is too much to look through for it",
      { where, hint: `find / -xdev -samefile ${quoteShell(file)} shows it: remove it` },
    );
  }
}

/** SECURITY: Deno follows it: the task would read the key (tests/e2e/links_test.ts). */
function refuseTarget(
  path: string,
  target: string,
  hidden: readonly string[],
  where: Where,
): void {
  const why = hidden.some((own) => overlaps(target, own))
    ? "dicode's data folder or a file of its own, or above it"
    : findSpecial(target) === "/proc" && identify(target)?.isDirectory
    ? "through which every file can be reached"
    : undefined;
  if (why === undefined) return;
  throw new SandboxError(
    "path_refused",
    `cannot grant the folder of ${quoteWhole(path)}: it is a link to ${quoteWhole(target)}, ${why}`,
    { where, hint: `rm ${quoteShell(path)}` },
  );
}

/** SECURITY: a task could let others read ~/.ssh (tests/hostile/files_test.ts). */
function refuseModes(path: string, target: string, grants: Grants, where: Where): void {
  const found = identify(target);
  if (found === undefined || (!found.isDirectory && found.uid !== Deno.uid())) return;
  if (grants.fs.some(({ real, write }) => write && isInside(target, real))) return;
  throw new SandboxError(
    "path_refused",
    `cannot grant the folder of ${quoteWhole(path)} for writing: it is a link to ` +
      `${quoteWhole(target)}, whose mode Landlock would let be changed`,
    { where, hint: `rm ${quoteShell(path)}` },
  );
}

/** Where a link leads, also if nothing is there yet; undefined if that is not UTF-8, or no end. */
async function findTarget(path: string): Promise<string | undefined> {
  let at = path;
  for (let count = 0; count < MOST_LINKS; count++) {
    try {
      return await Deno.realPath(at);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) return undefined;
    }
    const text = await Deno.readLink(at).catch(() => undefined);
    if (text === undefined) return at;
    const next = text.startsWith("/") ? text : `${at.slice(0, at.lastIndexOf("/"))}/${text}`;
    // Links first, then `..`: as the kernel does.
    at = resolvePath("/", await resolveReal(next).catch(() => next));
  }
  return undefined;
}

/** Files of dicode's own that have more names than lie in the data folder, by their numbers. */
function findShared(hidden: readonly string[]): Map<string, string> {
  const names = new Map<string, { path: string; links: number; seen: number }>();
  for (const path of new Set(hidden.flatMap(listFiles))) {
    const { id, links } = identify(path) ?? { id: "", links: 0 };
    const found = names.get(id) ?? { path, links, seen: 0 };
    names.set(id, { ...found, seen: found.seen + 1 });
  }
  return new Map(
    [...names].filter(([, { links, seen }]) => links > seen).map(([id, { path }]) => [id, path]),
  );
}

/** A file, or the files of a folder and of its folders that are the store's. */
function listFiles(path: string): string[] {
  const list = (folder: string): Deno.DirEntry[] => {
    try {
      return [...Deno.readDirSync(folder)];
    } catch {
      return [];
    }
  };
  if (identify(path)?.isDirectory !== true) return [path];
  return list(path).flatMap(({ name, isDirectory }) => {
    const inner = `${path}/${name}`;
    if (!isDirectory) return [inner];
    return NO_STORE.includes(name) ? [] : list(inner).map((entry) => `${inner}/${entry.name}`);
  });
}

/** What a path itself is, links not followed. */
function identify(path: string) {
  try {
    const { dev, ino, nlink, uid, isFile, isDirectory } = Deno.lstatSync(path);
    return { id: `${dev}:${ino}`, links: isFile ? nlink ?? 1 : 0, uid, isDirectory };
  } catch {
    return undefined;
  }
}
