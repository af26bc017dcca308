/**
 * Names the folders of runs after their hosts, and removes those whose host was killed.
 *
 * A name tells the pid and the pid namespace of the host that made it, so that a folder in a shared
 * /tmp is left alone by hosts in other containers, which cannot see whether its host lives.
 */
import { removeByProgram } from "./remove_tree.ts";

/** `dicode-NAMESPACE-PID-RANDOM` */
const NAME = /^dicode-(\d+)-(\d+)-[0-9a-f]{8}$/;
/** The longest that a name gets: both numbers are the kernel's greatest (namespaces(7), proc(5)). */
export const LONGEST_NAME = "dicode-4294967295-4194304-00000000";
/** A new name for a folder of this process. */
export async function nameFolder(): Promise<string> {
  return `dicode-${await readNamespace()}-${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
}

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
  const namespace = await readNamespace();
  if (namespace === "0") return;
  const stale = await Promise.all(parents.map((parent) => listStale(parent, namespace)));
  await Promise.all(stale.flat().slice(0, MOST_PATHS).map(removeByProgram));
}

async function listStale(parent: string, namespace: string): Promise<string[]> {
  const stale: string[] = [];
  try {
    for await (const { name, isDirectory } of Deno.readDir(parent)) {
      const [, madeIn, pid] = NAME.exec(name) ?? [];
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

/** The number of this process's pid namespace (namespaces(7)); "0" where there is none to be read. */
async function readNamespace(): Promise<string> {
  const link = await Deno.readLink("/proc/self/ns/pid").catch(() => "");
  return /\d+/.exec(link)?.[0] ?? "0";
}
