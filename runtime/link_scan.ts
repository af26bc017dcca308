/**
 * Looks through granted folders for links that lead where no grant shows: to dicode's own files, or
 * out of what Landlock cannot keep shut.
 *
 * Behind bubblewrap a link leads nowhere. Deno follows links out of a granted folder, and Landlock,
 * which lets nothing be opened there, knows no modes. It looks before the run, and does not see what
 * comes later.
 */
import { SandboxError, type Where } from "../sdk/errors.ts";
import { quoteShell, quoteWhole } from "../store/quote.ts";
import type { Grants, Surroundings } from "./grants.ts";
import type { Walls } from "./isolation.ts";
import { findHidden, findSpecial } from "./off_limits.ts";
import { isInside, overlaps, resolvePath, resolveReal } from "./paths.ts";
import { identify, SCAN_LIMITS } from "./second_names.ts";
import type { Task } from "./task.ts";
import { Walk, type WalkLimits } from "./walk.ts";

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
