/**
 * The code of a run, made ready before the child starts: the graph is checked, what is remote is
 * fetched, the child's cache is filled with links to it, and the bootstrap is where it can be read.
 */
import type { Task } from "./task.ts";
import { listCodeFiles } from "./code_files.ts";
import type { Grants } from "./grants.ts";
import { placeImports } from "./place_imports.ts";
import { SDK_FILES, SDK_FOLDER } from "./own_files.ts";
import { pathOf } from "./paths.ts";
import { recallGraph, rememberGraph } from "./graph_memory.ts";
import type { Graph, Preflight } from "./preflight.ts";
import type { RunFolder } from "./run_folder.ts";

export interface PrepareOptions {
  readonly denoPath: string;
  readonly dataDir: string;
  readonly env: (name: string) => string | undefined;
  readonly folder: RunFolder;
  /** Ends the preparation early; what it started is gone when it rejects. */
  readonly signal?: AbortSignal;
}

export interface Code {
  /** How many local modules the task has. */
  readonly moduleCount: number;
  /** Files that a write grant must not reach: task.yaml and every local module. */
  readonly codeFiles: readonly string[];
  readonly bootstrap: string;
  readonly lockFile: string | undefined;
  /** The file of the task's import map, if it has one. */
  readonly importMap: string | undefined;
  /** The DENO_DIR that holds what was fetched, for reading alone. */
  readonly fetchedDir: string | undefined;
  readonly passed: Readonly<Record<string, string>>;
}

/** @throws {SandboxError} as checkGraph; {NotFoundError} as fetchModules. */
export async function prepareCode(
  task: Task,
  grants: Grants,
  options: PrepareOptions,
): Promise<Code> {
  const { denoPath, folder, env, signal } = options;
  const { entry, dir: taskDir } = task;
  const { importHosts } = grants;
  const cacheDir = `${options.dataDir}/cache`;
  const importMap = await placeImports(task.imports, folder.importMap);
  const [graph, bootstrap] = await Promise.all([
    findGraph(cacheDir, {
      denoPath,
      entry,
      importHosts,
      roots: grants.roots.map(({ real }) => real),
      denoDir: folder.infoDir,
      importMap,
      signal,
    }),
    placeBootstrap(folder),
  ]);
  const codeFiles = await listCodeFiles(task, grants, graph);
  const localFiles = graph.modules.map(({ real }) => real);
  let lockFile: string | undefined;
  let fetchedDir: string | undefined;
  if (graph.remote) {
    const { fetchModules } = await import("./fetch.ts" as string) as typeof import("./fetch.ts");
    const fetched = await fetchModules({
      denoPath,
      entry,
      taskDir,
      localFiles,
      importHosts,
      importMap,
      cacheDir,
      env,
      signal,
    });
    lockFile = fetched.lockFile;
    fetchedDir = fetched.denoDir;
    await linkCache(fetched.denoDir, folder.denoDir);
  }
  return {
    moduleCount: localFiles.length,
    codeFiles,
    bootstrap,
    lockFile,
    importMap: importMap?.file,
    fetchedDir,
    passed: passVariables(env, graph.remote),
  };
}

/** The graph that was remembered, or the one that is found in order now. */
async function findGraph(cacheDir: string, preflight: Preflight): Promise<Graph> {
  const recalled = await recallGraph(cacheDir, preflight);
  if (recalled !== undefined) return recalled;
  const listedAt = Date.now();
  const { checkGraph } = await import(
    "./preflight.ts" as string
  ) as typeof import("./preflight.ts");
  const graph = await checkGraph(preflight);
  await rememberGraph(cacheDir, preflight, graph, listedAt);
  return graph;
}

/**
 * SECURITY: links, so that the child's own databases are new, and no other run's cache is written
 * (tests/e2e/sandbox_test.ts).
 */
async function linkCache(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true, mode: 0o700 });
  for (const name of ["npm", "remote"]) {
    const source = `${from}/${name}`;
    if (await Deno.stat(source).then((info) => info.isDirectory, () => false)) {
      await Deno.symlink(source, `${to}/${name}`);
    }
  }
}

/** Where the child reads the bootstrap: in our own folder, or a copy if we are one compiled file. */
async function placeBootstrap(folder: RunFolder): Promise<string> {
  if (!Deno.build.standalone) return `${pathOf(SDK_FOLDER)}${SDK_FILES[0]}`;
  return await copySdk(SDK_FOLDER, `${folder.path}/sdk`);
}

/** Copies the files that the child loads; returns the bootstrap's path. */
export async function copySdk(sdk: URL, to: string): Promise<string> {
  await Deno.mkdir(to, { mode: 0o700 });
  for (const name of SDK_FILES) {
    await Deno.writeTextFile(`${to}/${name}`, await Deno.readTextFile(new URL(name, sdk)));
  }
  return `${to}/${SDK_FILES[0]}`;
}

/** What the child's environment gets from the host: certificates, and where packages came from. */
function passVariables(
  env: (name: string) => string | undefined,
  remote: boolean,
): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const name of ["DENO_TLS_CA_STORE", "DENO_CERT", "NODE_EXTRA_CA_CERTS"]) {
    const value = env(name);
    if (value !== undefined) passed[name] = value;
  }
  const registry = remote ? URL.parse(env("NPM_CONFIG_REGISTRY") ?? "") : null;
  if (registry !== null) {
    // SECURITY: a registry's credentials are not the task's (tests/e2e/fetch_test.ts).
    registry.username = registry.password = "";
    passed.NPM_CONFIG_REGISTRY = registry.href;
  }
  return passed;
}
