/**
 * Looks for second names (hard links) of files that a task must not read or write: no wall tells them
 * from the file.
 *
 * Costs a look at a few files; folders are gone through only if one of those has more names than it
 * should. It looks before the run, and does not see what comes later.
 */
import { SandboxError, type Where } from "../sdk/errors.ts";
import { quoteShell, quoteWhole } from "../store/quote.ts";
import type { Grants } from "./grants.ts";
import type { Task } from "./task.ts";
import { Walk, type WalkLimits } from "./walk.ts";

/** Of all granted folders together: 100,000 entries take 0.15 s (Deno 2.9.6, warm cache). */
export const SCAN_LIMITS: WalkLimits = { entries: 100_000, ms: 2_000 };

/** Folders of the data folder whose files are no store's: caches, and those of runs. */
const NO_STORE = ["cache", "run"];
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

/**
 * Refuses a second name of task.yaml or of code in a folder that is granted for writing: who writes
 * there writes it (a copy of a folder with its hard links, such as tar makes, has such names).
 *
 * Costs a look at each file; folders are gone through only if one of them has a second name.
 *
 * @throws {SandboxError} path_refused: there is one, or too much to look through.
 */
export async function refuseCodeNames(
  task: Task,
  grants: Pick<Grants, "fs">,
  codeFiles: readonly string[],
  limits: WalkLimits = SCAN_LIMITS,
): Promise<void> {
  const shared = new Map<string, string>();
  for (const path of grants.fs.some(({ write }) => write) ? codeFiles : []) {
    const { id, links } = identify(path) ?? { id: "", links: 0 };
    if (links > 1) shared.set(id, path);
  }
  if (shared.size === 0) return;
  const walk = new Walk(limits);
  for (const [at, { real: folder, write }] of grants.fs.entries()) {
    if (!write) continue;
    const { where } = task.permissions.fs[at]!;
    for await (const { path, isFile } of walk.entries(folder)) {
      const file = isFile ? shared.get(identify(path)?.id ?? "") : undefined;
      // SECURITY: the next run would have another task.yaml (tests/e2e/links_test.ts).
      if (file !== undefined && !codeFiles.includes(path)) {
        refuse(
          `${quoteWhole(path)} is ${quoteWhole(file)} by another name (a hard link)`,
          where,
          path,
        );
      }
    }
    if (walk.isOver) {
      refuse(
        `${
          quoteWhole([...shared.values()][0]!)
        } has another name (a hard link), and there is too much to look through for it`,
        where,
        folder,
      );
    }
  }

  function refuse(why: string, where: Where, path: string): never {
    throw new SandboxError("path_refused", `cannot grant ${quoteWhole(path)} for writing: ${why}`, {
      where,
      hint: "make the code a file of its own: copy it, and move the copy over it",
    });
  }
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
export function identify(path: string) {
  try {
    const { dev, ino, nlink, uid, isFile, isDirectory } = Deno.lstatSync(path);
    return { id: `${dev}:${ino}`, links: isFile ? nlink ?? 1 : 0, uid, isDirectory };
  } catch {
    return undefined;
  }
}
