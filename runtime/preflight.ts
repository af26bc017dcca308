/**
 * The module graph of a task, listed before any of its code runs.
 *
 * Every local file in it, links resolved, must lie in the task folder or a declared module root, and
 * every remote host must be declared. This is the polite message, not the wall: a link may change
 * between this look and the load, and only the kernel stops that.
 */
import { SandboxError, type Where } from "../sdk/errors.ts";
import type { PlacedMap } from "./place_imports.ts";
import { fileUrl, isInside, pathOf } from "./paths.ts";
import { DENO_MEMORY_BYTES, runTool } from "./tool.ts";

/** A second look is not worth more: a module that is a FIFO, or endless, must not hold the host. */
export const TIME_LIMIT_MS = 15_000;

export interface Preflight {
  readonly denoPath: string;
  readonly entry: string;
  /** Real paths of folders that code may lie in. */
  readonly roots: readonly string[];
  /** Hosts, or host:port, that code may be fetched from. */
  readonly importHosts: readonly string[];
  /** A cache folder that no task ever writes. */
  readonly denoDir: string;
  /** What bare names stand for, if the task says so. */
  readonly importMap?: PlacedMap;
  /** Default TIME_LIMIT_MS. */
  readonly timeoutMs?: number;
  /** Ends the listing early. */
  readonly signal?: AbortSignal;
}

export interface Graph {
  /** The task's own modules: as they are imported, and where they really are. */
  readonly modules: readonly { readonly path: string; readonly real: string }[];
  /** Whether it holds modules that must be fetched: npm:, jsr:, https:. */
  readonly remote: boolean;
  /** What the code names of them, where the graph was just listed. */
  readonly remoteNames?: readonly string[];
}

/** What `deno info --json` says of a module, as far as it is read here. */
interface InfoModule {
  readonly specifier: string;
  readonly kind?: string;
  readonly local?: string;
  readonly error?: string;
  readonly dependencies?: readonly InfoDependency[];
}

interface InfoDependency {
  readonly specifier: string;
  /** Absent for what is imported for its types alone: the child never loads that. */
  readonly code?: {
    readonly specifier?: string;
    readonly error?: string;
    readonly span: { readonly start: { readonly line: number; readonly character: number } };
  };
}

interface Info {
  readonly roots: readonly string[];
  readonly modules: readonly InfoModule[];
  readonly redirects: Readonly<Record<string, string>>;
}

/**
 * Lists the graph and checks it. Nothing is fetched and no task code runs.
 *
 * @throws {SandboxError} module_outside, module_remote, module_graph.
 */
export async function checkGraph(preflight: Preflight): Promise<Graph> {
  const modules: Graph["modules"][number][] = [];
  const remoteNames: string[] = [];
  for (const { asked, specifier, module, where } of walk(await readInfo(preflight))) {
    if (/^(npm|jsr):/.test(specifier)) {
      remoteNames.push(specifier);
    } else if (/^https?:/.test(specifier)) {
      refuseHost(specifier, preflight.importHosts, where);
      remoteNames.push(specifier);
    } else if (specifier.startsWith("file:")) {
      modules.push(await refuseOutside(specifier, asked, preflight.roots, where));
      if (module?.error !== undefined) refuseBroken(module.error, where);
    } else if (module?.error !== undefined) {
      refuseBroken(module.error, where);
    }
  }
  return { modules, remote: remoteNames.length > 0, remoteNames };
}

async function readInfo(preflight: Preflight): Promise<Info> {
  const { timeoutMs = TIME_LIMIT_MS } = preflight;
  const answer = await runTool({
    program: preflight.denoPath,
    args: [
      "info",
      "--json",
      "--no-config",
      "--no-lock",
      "--node-modules-dir=none",
      "--no-remote",
      "--no-npm",
      ...(preflight.importMap ? [`--import-map=${preflight.importMap.file}`] : []),
      fileUrl(preflight.entry),
    ],
    env: { DENO_DIR: preflight.denoDir, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" },
    timeoutMs,
    memoryBytes: DENO_MEMORY_BYTES,
    signal: preflight.signal,
  });
  if (answer.timedOut) {
    throw new SandboxError(
      "module_graph",
      `cannot list the task's modules: it took over ${timeoutMs / 1000} s`,
      { hint: "look for a module that is a pipe, a device or very large" },
    );
  }
  if (answer.flooded) {
    throw new SandboxError("module_graph", "cannot list the task's modules: the list is too long", {
      hint: "look for code that was generated, with very many imports",
    });
  }
  try {
    if (answer.code === 0) return JSON.parse(answer.stdout);
  } catch {
    // falls through to the error below
  }
  const said = answer.stderr.trim().split("\n").at(0) ?? "";
  throw new SandboxError(
    "module_graph",
    `cannot list the task's modules: deno info ended with ${answer.signal ?? answer.code}${
      said ? `: ${said.replace(/^error: /, "")}` : ""
    }`,
    { hint: "look for a module that cannot be read, is a device or is very large" },
  );
}

/** One module that the child would load, and the first place that imports it. */
interface Step {
  /** As that place writes it. */
  readonly asked: string;
  readonly specifier: string;
  readonly module: InfoModule | undefined;
  /** The entry has none. */
  readonly where: Where | undefined;
}

/** Follows the imports that are loaded, each module once, from the entry. */
function* walk({ roots, modules, redirects }: Info): Generator<Step> {
  const known = new Map(modules.map((module) => [module.specifier, module]));
  const seen = new Set<string>();
  const queue: Step[] = [];
  const visit = (asked: string, resolved: string, where: Where | undefined) => {
    const specifier = redirects[resolved] ?? resolved;
    if (seen.has(specifier)) return;
    seen.add(specifier);
    queue.push({ asked, specifier, module: known.get(specifier), where });
  };
  for (const root of roots) visit(root, root, undefined);
  for (const step of queue) {
    yield step;
    for (const { specifier, code } of step.module?.dependencies ?? []) {
      if (code === undefined) continue;
      const { line, character } = code.span.start;
      const file = step.module?.local ?? step.specifier;
      const where = { file, line: line + 1, column: character + 1 };
      if (code.error !== undefined && code.specifier === undefined) {
        refuseBroken(code.error, where);
      }
      visit(specifier, code.specifier ?? specifier, where);
    }
  }
}

/** Refuses what Deno could not load, at the place that Deno names, else where it is imported. */
function refuseBroken(error: string, importedAt: Where | undefined): never {
  const said = error.split("\n")[0]!.replace(/\.$| and not in import map from "[^"]*"$/, "");
  const place = /\bat (file:\S+):(\d+):(\d+)\s*$/.exec(error);
  if (place !== null) {
    const file = URL.canParse(place[1]!) ? new URL(place[1]!).pathname : place[1]!;
    const where = { file, line: Number(place[2]), column: Number(place[3]) };
    throw new SandboxError("module_graph", `cannot load a module: ${said}`, { where });
  }
  const bare = /^Import "([^"]+)" not a dependency/.exec(said)?.[1];
  throw new SandboxError("module_graph", `cannot load a module: ${said}`, {
    where: importedAt,
    hint: bare === undefined ? undefined : explainBare(bare),
  });
}

/** What to write for a bare specifier that the task's deno.json does not map. */
function explainBare(specifier: string): string {
  if (isBuiltin(specifier)) return `write "node:${specifier}"`;
  const alias = /^(?:@|[~#$]\w*)\//.exec(specifier)?.[0];
  if (alias !== undefined) return `add to the task's deno.json: "imports": { "${alias}": "./" }`;
  const [, name, path = ""] = /^((?:@[^/]+\/)?[^/]+)(\/.*)?$/.exec(specifier) ?? [, specifier];
  return `write "npm:${name}@VERSION${path}" for a package or "./${specifier}" for a file, ` +
    `or list "${name}" under "imports" in the task's deno.json`;
}

/** Node's built-in modules that people import most without their prefix. */
function isBuiltin(name: string): boolean {
  const names = "assert buffer child_process crypto dns events fs http https module net os path " +
    "process querystring readline stream timers tls url util worker_threads zlib";
  return names.split(" ").includes(name.split("/")[0]!);
}

async function refuseOutside(
  specifier: string,
  asked: string,
  roots: readonly string[],
  where: Where | undefined,
): Promise<Graph["modules"][number]> {
  let path = specifier;
  let real: string;
  try {
    path = pathOf(new URL(specifier));
    real = await Deno.realPath(path);
  } catch (error) {
    const found = error instanceof Deno.errors.NotFound ? "there is no such file" : "unreadable";
    throw new SandboxError("module_graph", `cannot load the module "${path}": ${found}`, { where });
  }
  // SECURITY: a module is read whatever the permissions say: text of any local file could be
  // imported, by its path or by a name for it (tests/e2e/preflight_test.ts, tests/e2e/imports_test.ts).
  if (!roots.some((root) => isInside(real, root))) {
    const found = real === path ? "it lies" : `it is a link to "${real}",`;
    const name = /^[./]|^\w+:/.test(asked) ? "" : ` as "${asked}"`;
    throw new SandboxError(
      "module_outside",
      `cannot import "${path}"${name}: ${found} outside the task's folder`,
      {
        where,
        hint: "copy it into the task's folder, or list its folder under permissions.modules",
      },
    );
  }
  return { path, real };
}

function refuseHost(specifier: string, hosts: readonly string[], where: Where | undefined): void {
  const { host, hostname, port, protocol } = new URL(specifier);
  const withPort = `${hostname}:${port || (protocol === "https:" ? "443" : "80")}`;
  // A host without a port means 443, as in Deno's --allow-import.
  if (hosts.some((known) => known === withPort || `${known}:443` === withPort)) return;
  throw new SandboxError(
    "module_remote",
    `cannot import "${specifier}": task.yaml does not declare ${host}`,
    { where, hint: `add to task.yaml: permissions: { import: ["${port ? withPort : host}"] }` },
  );
}
