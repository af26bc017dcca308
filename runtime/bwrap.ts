/**
 * The kernel's wall by bubblewrap: what exists for the task is listed here, and nothing else does.
 *
 * Namespaces of its own for mounts, processes, IPC, host name and users; none for the network unless
 * `net` lists something. No home, no data folder, no process of the host. Pure: grants and paths in,
 * an argument vector out; bwrap_probe.ts finds out whether it works here.
 */
import {
  FETCHED_FOLDERS,
  INSIDE,
  listEtc,
  listPlaces,
  type RunPlaces,
  SYSTEM_FOLDERS,
} from "./allow_list.ts";
import type { Grants } from "./grants.ts";
import { isInside } from "./paths.ts";
import type { CommandLine } from "./sandbox.ts";

/** Where those things are on the host. */
export interface BwrapPlan extends RunPlaces {
  readonly bwrapPath: string;
  /** What of the system is a link into /usr on this machine, such as /bin to usr/bin. */
  readonly systemLinks: Readonly<Record<string, string>>;
}

const TMP_BYTES = 64 * 1024 * 1024;
const CACHE_BYTES = 256 * 1024 * 1024;

/** A path of the host that is mounted for the task under the same name. */
export interface Bind {
  readonly real: string;
  readonly write: boolean;
  /** Whether it may be missing, and is then left out. */
  readonly optional: boolean;
}

/**
 * Puts a command behind bubblewrap. Its paths must be those of INSIDE.
 *
 * @param binds of listBinds(), whose mounts mount_check.ts looks at afterwards.
 */
export function wrapInBwrap(
  command: CommandLine,
  grants: Grants,
  plan: BwrapPlan,
  binds: readonly Bind[],
): CommandLine {
  const args = [
    "--die-with-parent",
    "--new-session",
    "--unshare-user",
    "--unshare-pid",
    "--unshare-ipc",
    "--unshare-uts",
    "--unshare-cgroup-try",
    ...(grants.net.length === 0 ? ["--unshare-net"] : []),
    ...["--hostname", "dicode"],
    ...["--cap-drop", "ALL"],
    "--clearenv",
    ...["--ro-bind", "/usr", "/usr"],
    ...[...SYSTEM_FOLDERS, ...listEtc(grants)].flatMap((path) => {
      const link = plan.systemLinks[path];
      return link === undefined ? ["--ro-bind-try", path, path] : ["--symlink", link, path];
    }),
    ...["--proc", "/proc", "--dev", "/dev"],
    // The size must come first, or the next tmpfs takes half of the machine's memory.
    ...["--size", String(TMP_BYTES), "--tmpfs", "/tmp"],
    ...plan.certificates.flatMap((path) => ["--ro-bind-try", path, path]),
    ...["--ro-bind", plan.denoPath, INSIDE.deno],
    ...["--ro-bind", plan.sdkDir, INSIDE.sdk],
    ...["--ro-bind", plan.socket, INSIDE.socket],
    ...(plan.importMap ? ["--ro-bind", plan.importMap, INSIDE.importMap] : []),
    // A pipe can be written through a read-only mount; it cannot be replaced.
    ...(plan.audit === undefined ? [] : ["--ro-bind", plan.audit, INSIDE.audit]),
    ...["--size", String(CACHE_BYTES), "--tmpfs", INSIDE.denoDir],
    ...bindFetched(plan),
    ...binds.flatMap(formatBind),
    ...linkPaths(grants, plan),
    ...Object.entries(command.env).flatMap(([name, value]) => ["--setenv", name, value]),
    ...["--chdir", command.cwd],
    // Otherwise both are writable, and without bounds.
    ...["--remount-ro", "/dev", "--remount-ro", "/"],
    "--",
    command.program,
    ...command.args,
  ];
  // SECURITY: /proc/1/environ inside shows what bwrap was started with, --clearenv or not
  // (tests/e2e/bwrap_test.ts).
  return { program: plan.bwrapPath, args, env: { PATH: "/usr/bin:/bin" }, cwd: "/" };
}

function bindFetched({ fetchedDir, lockFile }: BwrapPlan): string[] {
  if (fetchedDir === undefined) return [];
  const folders = FETCHED_FOLDERS.flatMap((name) => [
    "--ro-bind-try",
    `${fetchedDir}/${name}`,
    `${INSIDE.denoDir}/${name}`,
  ]);
  const lock = lockFile === undefined ? [] : ["--ro-bind", lockFile, INSIDE.lockFile];
  return [...folders, ...lock];
}

/**
 * The task's folder and its grants, outer folders first, and what stays read-only inside them. Pure.
 *
 * SECURITY: a folder of a write grant that leads to another bind is one as well: it cannot be renamed
 * then, and nothing put in its place (tests/e2e/bwrap_test.ts).
 */
export function listBinds(grants: Grants, codeFiles: readonly string[]): Bind[] {
  const binds = new Map<string, Bind>();
  for (const { real, write } of listPlaces(grants)) {
    const before = binds.get(real)?.write ?? false;
    binds.set(real, { real, write: write || before, optional: false });
  }
  const writable = [...binds.values()].filter(({ write }) => write).map(({ real }) => real);
  const isWritable = (path: string) => writable.some((folder) => isInside(path, folder));
  for (const real of codeFiles) {
    if (isWritable(real)) binds.set(real, { real, write: false, optional: true });
  }
  for (const { real } of [...binds.values()]) {
    for (let at = parentOf(real); isWritable(at); at = parentOf(at)) {
      if (!binds.has(at)) binds.set(at, { real: at, write: true, optional: false });
    }
  }
  return [...binds.values()]
    .filter(({ real, write }) => write || !isInside(real, "/usr"))
    .toSorted((a, b) => depth(a.real) - depth(b.real));
}

function formatBind({ real, write, optional }: Bind): string[] {
  return [`--${write ? "" : "ro-"}bind${optional ? "-try" : ""}`, real, real];
}

/** For what is spelled through a link that does not exist inside: a link of ours stands in for it. */
function linkPaths(grants: Grants, plan: BwrapPlan): string[] {
  const places = listPlaces(grants);
  return places.flatMap(({ path, real }) => {
    const isThere = path === real || places.some((other) => isInside(path, other.real)) ||
      Object.keys(plan.systemLinks).some((link) => isInside(path, link));
    return isThere ? [] : ["--symlink", real, path];
  });
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}

function depth(path: string): number {
  return path.split("/").length;
}
