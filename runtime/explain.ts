/**
 * What a run would do on this machine, found out without running anything: the walls, the grants as
 * they resolve here, where each variable would come from, the limits, what would be fetched.
 *
 * It refuses what a run would refuse, with the same error. No value is fetched where that can be
 * helped, and none is shown: not of a variable, a parameter or the input.
 */
import { closedVariables } from "./closed_names.ts";
import { listCodeFiles, refuseReachable } from "./code_files.ts";
import { loadHostConfig } from "./config_file.ts";
import { buildGrants, readSurroundings } from "./grants.ts";
import type { Host } from "./host.ts";
import { placeImports } from "./place_imports.ts";
import { chooseWalls, type Walls } from "./isolation.ts";
import type { Isolation } from "./isolation_names.ts";
import { warnUnbound } from "./limits.ts";
import { refuseLinks } from "./link_scan.ts";
import { findOrigins } from "./origins.ts";
import { resolveParams } from "./params.ts";
import { checkGraph } from "./preflight.ts";
import { makeRunFolder } from "./run_folder.ts";
import type { Limits, Task } from "./task.ts";
import type { Origin } from "./variables.ts";

/** What the command line gives to a run. */
export interface Given {
  readonly params: Readonly<Record<string, string>>;
  readonly timeoutMs: number | undefined;
  readonly isolation: Isolation | undefined;
  readonly hasInput: boolean;
}

/** A path that would be granted. */
export interface ExplainedPath {
  /** As task.yaml has it. */
  readonly declared: string;
  /** Where it really is. */
  readonly path: string;
  readonly read: boolean;
  readonly write: boolean;
  /** Whether the run would make the folder. */
  readonly made: boolean;
}

export interface Explanation {
  readonly task: string;
  readonly dir: string;
  /** Of the task's own. */
  readonly moduleCount: number;
  /** What the code names of packages and remote modules: fetched where they are not there. */
  readonly fetched: readonly string[];
  readonly walls: Walls["kind"];
  readonly timeoutMs: number;
  readonly limits: Limits;
  readonly params: readonly { readonly name: string; readonly from: "-p" | "default" | null }[];
  readonly hasInput: boolean;
  readonly env: readonly Origin[];
  readonly net: readonly string[];
  readonly fs: readonly ExplainedPath[];
  /** Absolute paths of programs. */
  readonly run: readonly string[];
  readonly sys: readonly string[];
  readonly import: readonly string[];
  /** Real paths of folders outside the task's. */
  readonly modules: readonly string[];
  readonly secretsWrite: boolean | readonly string[];
}

/** @throws {DicodeError} as a run would before it starts, but for variables that are missing. */
export async function explainRun(
  host: Host,
  task: Task,
  given: Given,
  signal: AbortSignal,
): Promise<Explanation> {
  const { dataDir, env } = host;
  const config = await loadHostConfig(host);
  const memoryDir = `${dataDir}/cache`;
  const hasPrograms = task.permissions.run.length > 0;
  const wanted = given.isolation ?? config.isolation;
  const walls = await chooseWalls(wanted, {
    env,
    memoryDir,
    hasPrograms,
    credentials: closedVariables(config),
  });
  const warn = (message: string) => host.warn(message);
  if (walls.warning !== undefined) warn(walls.warning);
  warnUnbound(task.limits, warn);
  const resolved = resolveParams(task, given.params);
  const around = readSurroundings(env, dataDir, host.configPath, config);
  const grants = await buildGrants(task, around, false);
  await refuseLinks(task, grants, around, { walls: walls.kind, warn });
  await using folder = await makeRunFolder(grants, dataDir, env);
  folder.sweep();
  const graph = await checkGraph({
    denoPath: await host.findDeno(),
    entry: task.entry,
    roots: grants.roots.map(({ real }) => real),
    importHosts: grants.importHosts,
    denoDir: folder.infoDir,
    importMap: await placeImports(task.imports, folder.importMap),
    signal,
  });
  const codeFiles = await listCodeFiles(task, grants, graph);
  if (walls.kind !== "deno") refuseReachable(task, grants, codeFiles);
  const { permissions } = task;
  return {
    task: task.name,
    dir: task.dir,
    moduleCount: graph.modules.length,
    fetched: graph.remoteNames ?? [],
    walls: walls.kind,
    timeoutMs: given.timeoutMs ?? task.timeoutMs,
    limits: task.limits,
    params: task.params.map(({ name }) => {
      const from = Object.hasOwn(given.params, name) ? "-p" : "default";
      return { name, from: Object.hasOwn(resolved, name) ? from : null };
    }),
    hasInput: given.hasInput,
    env: await findOrigins(host, config, task, signal),
    net: grants.net,
    fs: await Promise.all(grants.fs.map(async ({ real, read, write }, index) => {
      const declared = permissions.fs[index]!.path;
      const made = await Deno.lstat(real).then(() => false, () => true);
      return { declared, path: real, read, write, made };
    })),
    run: grants.run,
    sys: grants.sys,
    import: grants.importHosts,
    modules: grants.roots.slice(1).map(({ real }) => real),
    secretsWrite: permissions.secretsWrite,
  };
}
