/**
 * Which file systems are mounted where, as Linux tells it; elsewhere nothing is known.
 */

/** One mount: its folder, and the kind of its file system, such as `ext4` or `proc`. */
export interface Mount {
  readonly path: string;
  readonly kind: string;
}

/** The mounts that this process sees, those on top last. */
export function readMounts(): Mount[] {
  try {
    return parseMounts(Deno.readTextFileSync("/proc/self/mountinfo"));
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
    const path = first.split(" ")[4];
    const kind = second.split(" ")[0];
    if (!path || !kind) return [];
    const unescaped = path.replaceAll(
      /\\([0-7]{3})/g,
      (_, digits) => String.fromCharCode(parseInt(digits, 8)),
    );
    return [{ path: unescaped, kind }];
  });
}
