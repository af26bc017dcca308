/** Removes folders of runs whose host was killed; run_name.ts names them after their hosts. */
import { removeByProgram } from "./remove_tree.ts";
import { FOLDER_NAME, readNamespace } from "./run_name.ts";

/** At a time: each is a process. */
const MOST_PATHS = 8;

/**
 * Removes our own folders below `parents` whose host is gone, in processes of their own: a run neither
 * waits for it nor ends it. Never rejects.
 *
 * SECURITY: where tasks may write, such as /tmp, what is in them may be switched meanwhile; without rm
 * they are left (tests/e2e/run_folder_test.ts).
 */
export async function sweepFolders(parents: readonly string[]): Promise<void> {
  const namespace = readNamespace();
  if (namespace === "0") return;
  const stale = await Promise.all(parents.map((parent) => listStale(parent, namespace)));
  stale.flat().slice(0, MOST_PATHS).forEach(removeByProgram);
}

async function listStale(parent: string, namespace: string): Promise<string[]> {
  const stale: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(parent)) {
      const [, madeIn, pid] = FOLDER_NAME.exec(name) ?? [];
      if (!isDirectory || madeIn !== namespace || !isGone(pid!)) continue;
      const path = `${parent}/${name}`;
      const info = await Deno.lstat(path).catch(() => null);
      if (info?.isDirectory && info.uid === Deno.uid()) stale.push(path);
    }
  } catch {
    // What cannot be read is left: another run tries again.
  }
  return stale;
}

function isGone(pid: string): boolean {
  try {
    Deno.statSync(`/proc/${pid}`);
    return false;
  } catch (error) {
    return error instanceof Deno.errors.NotFound;
  }
}
