/**
 * Which file systems are mounted where, as Linux tells it; elsewhere nothing is known.
 */
import { isInside } from "./paths.ts";

/** One mount. */
export interface Mount {
  /** Where it is, as the process sees it. */
  readonly path: string;
  /** The kind of its file system, such as `ext4` or `proc`. */
  readonly kind: string;
  /** The file system, as `major:minor`. */
  readonly device: string;
  /** What of the file system is there: the path in it of the mount's own top. */
  readonly root: string;
}

/**
 * The mounts that a process sees, those on top last; none where the system does not tell.
 *
 * @param pid default: this process.
 */
export function readMounts(pid: number | "self" = "self"): Mount[] {
  try {
    return parseMounts(Deno.readTextFileSync(`/proc/${pid}/mountinfo`));
  } catch {
    return [];
  }
}

/**
 * Parses /proc/PID/mountinfo. Pure.
 *
 * Source: proc_pid_mountinfo(5); in a path, space, tab, line end and backslash are octal.
 */
export function parseMounts(text: string): Mount[] {
  return text.split("\n").flatMap((line) => {
    const [first = "", second = ""] = line.split(" - ");
    const [, , device, root, path] = first.split(" ");
    const kind = second.split(" ")[0];
    if (!device || !root || !path || !kind) return [];
    return [{ path: undoEscapes(path), kind, device, root: undoEscapes(root) }];
  });
}

function undoEscapes(path: string): string {
  return path.replaceAll(
    /\\([0-7]{3})/g,
    (_, digits) => String.fromCharCode(parseInt(digits, 8)),
  );
}

/** The same file system, and the path in it: what a path leads to, as the kernel names it. */
export type MountSource = Pick<Mount, "device" | "root">;

/** What a real path is on its file system; undefined where no mount is known. Pure. */
export function findSource(mounts: readonly Mount[], real: string): MountSource | undefined {
  let best: Mount | undefined;
  for (const mount of mounts) {
    if (isInside(real, mount.path) && mount.path.length >= (best?.path.length ?? 0)) best = mount;
  }
  if (best === undefined) return undefined;
  const rest = real === best.path ? "" : real.slice(best.path === "/" ? 0 : best.path.length);
  return { device: best.device, root: `${best.root === "/" ? "" : best.root}${rest}` || "/" };
}
