/**
 * Names the folders of runs after their hosts: the pid and the pid namespace of the host that made it,
 * so that a folder in a shared /tmp is left alone by hosts in other containers, which cannot see
 * whether its host lives.
 */

/** `dicode-NAMESPACE-PID-RANDOM` */
export const FOLDER_NAME = /^dicode-(\d+)-(\d+)-[0-9a-f]{8}$/;
/** The longest that a name gets: both numbers are the kernel's greatest (namespaces(7), proc(5)). */
export const LONGEST_NAME = "dicode-4294967295-4194304-00000000";

/** A new name for a folder of this process. */
export function nameFolder(): string {
  return `dicode-${readNamespace()}-${Deno.pid}-${crypto.randomUUID().slice(0, 8)}`;
}

/** The number of this process's pid namespace (namespaces(7)); "0" where there is none to be read. */
export function readNamespace(): string {
  try {
    return /\d+/.exec(Deno.readLinkSync("/proc/self/ns/pid"))?.[0] ?? "0";
  } catch {
    return "0";
  }
}
