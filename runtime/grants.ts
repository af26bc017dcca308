/**
 * What a task may touch: the permissions of task.yaml, checked against this machine.
 *
 * Paths become absolute and must exist; programs are found; what would hand out the data folder is
 * refused. Whoever builds a wall (sandbox.ts, and the kernel's) starts from this and adds nothing.
 * Does not trust: links inside granted paths, spellings, anything in the task's folder.
 */
import { SandboxError } from "../sdk/errors.ts";
import { expandPlace } from "../store/expand.ts";
import { quoteWhole } from "../store/quote.ts";
import type { Config } from "./config.ts";
import { DEFAULT_CONFIG } from "./default_config.ts";
import { isClosed, splitHost } from "./closed_hosts.ts";
import { expandPath, findGranted, makeGranted, type PathBase, refuseUnfit } from "./grant_paths.ts";
import { refuseSecondNames } from "./second_names.ts";
import { findOffLimits, isAlias, refuseHidden, refuseOffLimits } from "./off_limits.ts";
import { findCwd, isInside, overlaps, resolvePath } from "./paths.ts";
import type { Located, Task } from "./task.ts";

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
  /** Where those of them really are that a link leads to. */
  readonly linkedPrograms?: Readonly<Record<string, string>>;
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
  /** Files of the host's own outside it: the master key's, the configuration, providers' credentials. */
  readonly hidden: readonly string[];
  /** Code that providers of secrets run, and dicode with them. Default none. */
  readonly code?: readonly string[];
  /** The cache of the deno that runs dicode: its packages are code. */
  readonly denoDir: string | undefined;
}

/**
 * The surroundings that a host's environment tells of.
 *
 * @param configPath the file of the configuration, where one was named.
 * @param config what it says of providers: files with credentials, and code.
 */
export function readSurroundings(
  env: (name: string) => string | undefined,
  dataDir: string,
  configPath?: string,
  config: Pick<Config, "credentials" | "code"> = DEFAULT_CONFIG,
): Surroundings {
  const keyFile = env("DICODE_MASTER_KEY_FILE");
  const cwd = findCwd();
  // A rotation writes the new key beside the old one.
  const files = config.credentials.files.map((path) => expandPlace(path, env));
  const code = (config.code ?? []).map((path) => expandPlace(path, env));
  const hidden = [keyFile, keyFile && `${keyFile}.next`, env("DICODE_CONFIG"), configPath, ...files]
    .filter((path) => path && (path.startsWith("/") || cwd !== undefined))
    .map((path) => path!.startsWith("/") ? path! : `${cwd}/${path}`);
  const home = env("HOME");
  const caches = Deno.build.os === "darwin"
    ? `${home}/Library/Caches`
    : env("XDG_CACHE_HOME") || `${home}/.cache`;
  const denoDir = [env("DENO_DIR"), `${caches}/deno`].find((path) => path?.startsWith("/"));
  return { home, searchPath: env("PATH") ?? "", dataDir, hidden, denoDir, code };
}

/**
 * Checks what task.yaml grants against this machine.
 *
 * @param make whether a missing folder that ends in "/" and grants `w` is made.
 * @throws {SandboxError} path_not_found, path_refused, program_not_found, grant_refused.
 */
export async function buildGrants(
  task: Task,
  around: Surroundings,
  make: boolean,
): Promise<Grants> {
  const { permissions } = task;
  const base = { taskDir: task.dir, home: around.home };
  refuseBesideEvery(permissions.net);
  const limits = await findOffLimits(
    // A provider may write beside its own code, as any task.
    { ...around, code: around.code?.filter((path) => !isSame(path, task.dir)) },
    permissions.fs.some(({ write }) => write),
  );
  const fs: PathGrant[] = [];
  for (const { path, read, write, where } of permissions.fs) {
    const isMade = path.endsWith("/") && write;
    const found = await findGranted({ value: path, where }, base, isMade);
    fs.push({ ...found, read, write });
  }
  const roots = [{ path: task.dir, real: task.dir }];
  for (const root of permissions.modules) roots.push(await findGranted(root, base));
  const run: string[] = [];
  for (const program of permissions.run) run.push(await findGrantedProgram(program, base, around));

  for (const [at, grant] of fs.entries()) {
    refuseOffLimits(grant, grant.write, limits, permissions.fs[at]!.where);
  }
  // Not more for the task's own folder: wherever it lies, it is the one that the user named.
  const apart = "keep the two apart: a task may read all of its own folder";
  refuseHidden(roots[0]!, limits, { file: task.file }, apart);
  for (const [at, { where }] of permissions.modules.entries()) {
    refuseOffLimits(roots[at + 1]!, false, limits, where);
  }
  const linkedPrograms: Record<string, string> = {};
  for (const [at, path] of run.entries()) {
    const real = await Deno.realPath(path).catch(() => path);
    if (real !== path) linkedPrograms[path] = real;
    refuseOffLimits({ path, real }, false, limits, permissions.run[at]!.where);
  }
  for (const [at, { path, real, write }] of fs.entries()) {
    // SECURITY: whoever can rename the task's folder has another task.yaml at the next run
    // (tests/e2e/grants_test.ts).
    const above = roots.find((root) =>
      root.real !== real && isInside(root.real, real) ||
      !overlaps(root.real, real) && isAlias(root.real, real)
    );
    if (!write || above === undefined) continue;
    throw new SandboxError(
      "path_refused",
      `cannot grant ${quoteWhole(path)} for writing: it covers ${quoteWhole(above.real)}, ` +
        "which holds code",
      {
        where: permissions.fs[at]!.where,
        hint: "grant a folder beside the code, such as ./data/",
      },
    );
  }
  await refuseSecondNames(task, { fs, roots }, limits.hidden);
  // Last: a task that is refused has changed nothing.
  for (const [at, { path, write }] of fs.entries()) {
    const entry = permissions.fs[at]!;
    if (make && write && entry.path.endsWith("/")) await makeGranted(path, entry.where);
  }
  return {
    env: permissions.env.map((entry) => entry.name),
    net: permissions.net.map((entry) => entry.value),
    fs,
    run,
    linkedPrograms,
    sys: permissions.sys.map((entry) => entry.value),
    roots,
    importHosts: permissions.import.map((entry) => entry.value),
  };
}

function isSame(path: string, real: string): boolean {
  try {
    return Deno.realPathSync(path) === real;
  } catch {
    return false; // it is not there
  }
}

/**
 * SECURITY: beside `"*"`, Deno's flags say what is closed, and that knows no ports: a host that `"*"`
 * leaves out would be open with more than the port that is named (tests/e2e/network_test.ts).
 */
function refuseBesideEvery(net: readonly Located<string>[]): void {
  if (!net.some(({ value }) => value === "*")) return;
  for (const { value, where } of net) {
    const [host, port] = splitHost(value);
    if (port === undefined || !isClosed(host)) continue;
    throw new SandboxError(
      "grant_refused",
      `cannot grant ${quoteWhole(value)} beside "*": there, a host is open with every port`,
      { where, hint: `write ${host} for every port, or list the hosts in place of "*"` },
    );
  }
}

async function findGrantedProgram(
  entry: Located<string>,
  base: PathBase,
  around: Surroundings,
): Promise<string> {
  const { value: name, where } = entry;
  const candidates = name.includes("/")
    ? [expandPath(entry, base)]
    : around.searchPath.split(":").filter((dir) => dir.startsWith("/")).map((dir) =>
      resolvePath(dir, name)
    );
  for (const path of candidates) {
    const info = await Deno.stat(path).catch(() => null);
    if (!info?.isFile || ((info.mode ?? 0) & 0o111) === 0) continue;
    refuseUnfit(path, where);
    return path;
  }
  throw new SandboxError(
    "program_not_found",
    `cannot grant the program ${quoteWhole(name)}: no executable file of that name ${
      name.includes("/") ? "is there" : "is on PATH"
    }`,
    { where, hint: "install it, or write its path" },
  );
}

/** Whether a granted path lets the task reach `path`: in any way, or to write there. */
export function reaches(grants: Grants, path: string, way: "any" | "write" = "any"): boolean {
  return grants.fs.some(({ path: spelled, real, write }) =>
    (way === "any" || write) && (isInside(path, real) || isInside(path, spelled))
  );
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
