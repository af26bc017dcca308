/**
 * What a task may touch: the permissions of task.yaml, checked against this machine.
 *
 * Paths become absolute and must exist; programs are found; what would hand out the data folder is
 * refused. Whoever builds a wall (sandbox.ts, and the kernel's) starts from this and adds nothing.
 * Does not trust: links inside granted paths, spellings, anything in the task's folder.
 */
import { SandboxError, type Where } from "../sdk/errors.ts";
import { quoteShell } from "../store/quote.ts";
import type { FsEntry, Located, Task } from "./task.ts";
import { isInside, overlaps, resolvePath, resolveReal } from "./paths.ts";

/** A granted path: as the task may spell it, and where it really is. */
export interface PathGrant {
  readonly path: string;
  readonly real: string;
  readonly read: boolean;
  readonly write: boolean;
}

export interface Grants {
  readonly env: readonly string[];
  /** Hosts as declared; `"*"` alone means every host but loopback, link-local and metadata. */
  readonly net: readonly string[];
  readonly fs: readonly PathGrant[];
  /** Absolute paths of programs. */
  readonly run: readonly string[];
  readonly sys: readonly string[];
  /** Folders that the task's code may be imported from: its own, then `modules`. */
  readonly roots: readonly { readonly path: string; readonly real: string }[];
  /** Hosts that code may be fetched from before the run. */
  readonly importHosts: readonly string[];
}

/** What of the host decides over grants. */
export interface Surroundings {
  readonly home: string | undefined;
  /** The host's PATH, in which programs are looked up. */
  readonly searchPath: string;
  readonly dataDir: string;
  /** Files of the host's own outside it: the master key's, the configuration. */
  readonly hidden: readonly string[];
}

/** The surroundings that a host's environment tells of. */
export function readSurroundings(
  env: (name: string) => string | undefined,
  dataDir: string,
): Surroundings {
  const hidden = ["DICODE_MASTER_KEY_FILE", "DICODE_CONFIG"].map(env)
    .filter((path) => path?.startsWith("/")) as string[];
  return { home: env("HOME"), searchPath: env("PATH") ?? "", dataDir, hidden };
}

/**
 * Checks what task.yaml grants against this machine.
 *
 * @param make whether a missing folder that ends in "/" and grants `w` is made.
 * @throws {SandboxError} path_not_found, path_refused, program_not_found.
 */
export async function buildGrants(
  task: Task,
  around: Surroundings,
  make: boolean,
): Promise<Grants> {
  const { permissions } = task;
  const hidden = await Promise.all(
    [around.dataDir, ...around.hidden].map((path) => resolveReal(resolvePath("/", path))),
  );
  const fs: PathGrant[] = [];
  for (const entry of permissions.fs) fs.push(await findPath(task, entry, around));
  const roots = [{ path: task.dir, real: task.dir }];
  for (const root of permissions.modules) roots.push(await findRoot(task, root, around));
  const run: string[] = [];
  for (const program of permissions.run) run.push(await findProgram(task, program, around));

  for (const [index, { real }] of fs.entries()) refuseHidden(real, permissions.fs[index]!);
  for (const [index, { real }] of roots.entries()) {
    refuseHidden(real, permissions.modules[index - 1] ?? { where: { file: task.file } });
  }
  for (const [index, { real, write }] of fs.entries()) {
    // SECURITY: whoever can rename the task's folder has another task.yaml at the next run
    // (tests/e2e/grants_test.ts).
    const above = roots.find((root) => root.real !== real && isInside(root.real, real));
    if (write && above) refusePath(real, `it covers "${above.real}", which holds code`, index);
  }
  // Last: a task that is refused has changed nothing.
  for (const [index, { path, write }] of fs.entries()) {
    const entry = permissions.fs[index]!;
    if (make && write && entry.path.endsWith("/")) await makeFolder(path, entry.where);
  }
  return {
    env: permissions.env.map((entry) => entry.name),
    net: permissions.net.map((entry) => entry.value),
    fs,
    run,
    sys: permissions.sys.map((entry) => entry.value),
    roots,
    importHosts: permissions.import.map((entry) => entry.value),
  };

  // SECURITY: a grant on the data folder, or above it, would hand out the key and every secret
  // (tests/e2e/grants_test.ts).
  function refuseHidden(real: string, entry: { readonly where: Where }): void {
    if (!hidden.some((path) => overlaps(real, path))) return;
    throw new SandboxError(
      "path_refused",
      `cannot grant "${real}": it covers dicode's data folder, or a file of its own`,
      {
        where: entry.where,
        hint: "grant a narrower folder, or move the data folder with --data-dir",
      },
    );
  }

  function refusePath(real: string, why: string, index: number): never {
    throw new SandboxError("path_refused", `cannot grant "${real}" for writing: ${why}`, {
      where: permissions.fs[index]!.where,
      hint: "grant a folder beside the code, such as ./data/",
    });
  }
}

async function findPath(task: Task, entry: FsEntry, around: Surroundings): Promise<PathGrant> {
  const path = expandPath(task, { value: entry.path, where: entry.where }, around);
  const real = await existing(path, entry.where, entry.path.endsWith("/") && entry.write);
  return { path, real, read: entry.read, write: entry.write };
}

async function findRoot(
  task: Task,
  entry: Located<string>,
  around: Surroundings,
): Promise<{ path: string; real: string }> {
  const path = expandPath(task, entry, around);
  return { path, real: await existing(path, entry.where, false) };
}

function expandPath(task: Task, entry: Located<string>, around: Surroundings): string {
  let text = entry.value.replaceAll("${TASK_DIR}", task.dir);
  if (text === "~" || text.startsWith("~/")) {
    if (!around.home?.startsWith("/")) {
      throw new SandboxError("path_refused", `cannot expand "${entry.value}": HOME is not set`, {
        where: entry.where,
        hint: "write the path without ~",
      });
    }
    text = around.home + text.slice(1);
  }
  const path = resolvePath(task.dir, text);
  refuseUnlistable(path, entry.where);
  return path;
}

/**
 * SECURITY: Deno's flags take lists: a comma makes two paths of one (tests/e2e/grants_test.ts).
 * task.ts refuses it in the file; here it may come from a link, or from the task folder's own path.
 */
function refuseUnlistable(path: string, where: Where): void {
  // deno-lint-ignore no-control-regex
  if (!/[,\x00-\x1f\x7f]/.test(path)) return;
  const message = `cannot grant ${JSON.stringify(path)}: it holds a comma or a control character`;
  throw new SandboxError("path_refused", message, { where, hint: "rename the folder" });
}

async function existing(path: string, where: Where, made: boolean): Promise<string> {
  try {
    const real = await Deno.realPath(path);
    refuseUnlistable(real, where);
    return real;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      if (made) return await resolveReal(path);
      throw new SandboxError("path_not_found", `cannot grant "${path}": there is no such path`, {
        where,
        hint: `mkdir -p ${quoteShell(path)}`,
      });
    }
    if (error instanceof SandboxError) throw error;
    throw new SandboxError("path_refused", `cannot grant "${path}": it cannot be reached`, {
      where,
      cause: error,
      hint: `ls -ld ${quoteShell(path)}`,
    });
  }
}

async function makeFolder(path: string, where: Where): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (cause) {
    throw new SandboxError("path_not_found", `cannot make the folder "${path}" that is granted`, {
      where,
      cause,
      hint: `mkdir -p ${quoteShell(path)}`,
    });
  }
}

async function findProgram(
  task: Task,
  entry: Located<string>,
  around: Surroundings,
): Promise<string> {
  const { value: name, where } = entry;
  const candidates = name.includes("/") || name.startsWith("~")
    ? [expandPath(task, entry, around)]
    : around.searchPath.split(":").filter((dir) => dir.startsWith("/")).map((dir) =>
      resolvePath(dir, name)
    );
  for (const path of candidates) {
    const info = await Deno.stat(path).catch(() => null);
    if (!info?.isFile || ((info.mode ?? 0) & 0o111) === 0) continue;
    refuseUnlistable(path, where);
    return path;
  }
  throw new SandboxError(
    "program_not_found",
    `cannot grant the program "${name}": no executable file of that name ${
      name.includes("/") ? "is there" : "is on PATH"
    }`,
    { where, hint: "install it, or write its path" },
  );
}

/** Whether a granted path lets the task reach `path`. */
export function reaches(grants: Grants, path: string): boolean {
  return grants.fs.some((grant) => isInside(path, grant.real) || isInside(path, grant.path));
}

/** The grants in one line, for `--verbose`. */
export function describeGrants(grants: Grants): string {
  const parts = [
    `net ${grants.net.join(" ") || "none"}`,
    `fs ${grants.fs.map(({ path }) => path).join(" ") || "none"}`,
    `run ${grants.run.join(" ") || "none"}`,
    `env ${grants.env.length}`,
  ];
  return parts.join("; ");
}
