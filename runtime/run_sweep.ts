/**
 * Names the folders of runs after their hosts, and removes those whose host was killed.
 *
 * A name tells the pid and the pid namespace of the host that made it, so that a folder in a shared
 * /tmp is left alone by hosts in other containers, which cannot see whether its host lives.
 */

/** `dicode-NAMESPACE-PID-RANDOM` */
const NAME = /^dicode-(\d+)-(\d+)-[0-9a-f]{8}$/;

/** A new name for a folder of this process. */
export async function nameFolder(): Promise<string> {
  return `dicode-${await readNamespace()}-${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
}

/** Removes our own folders below `parents` whose host is gone. Never rejects. */
export async function sweepFolders(parents: readonly string[]): Promise<void> {
  try {
    const namespace = await readNamespace();
    for (const parent of parents) {
      for await (const { name, isDirectory } of Deno.readDir(parent)) {
        const [, madeIn, pid] = NAME.exec(name) ?? [];
        if (!isDirectory || madeIn !== namespace || namespace === "0") continue;
        const path = `${parent}/${name}`;
        if (isGone(pid!) && (await Deno.lstat(path)).uid === Deno.uid()) {
          await Deno.remove(path, { recursive: true });
        }
      }
    }
  } catch {
    // What cannot be read or removed is left: another run tries again.
  }
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
