/**
 * The command line of the child behind the walls that stand: Deno's flags, limits around them, the
 * kernel's wall around both. The only file that knows how the layers are put together.
 */
import { SandboxError } from "../sdk/errors.ts";
import { quoteShell, quoteWhole } from "../store/quote.ts";
import { INSIDE, isOfSystem, type RunPlaces } from "./allow_list.ts";
import { type Bind, listBinds, wrapInBwrap } from "./bwrap.ts";
import { refuseReachable } from "./code_files.ts";
import type { Grants } from "./grants.ts";
import type { Walls } from "./isolation.ts";
import { heapFlag, wrapInLimits, wrapInNice } from "./limits.ts";
import type { Code } from "./prepare.ts";
import type { RunFolder } from "./run_folder.ts";
import { buildCommand, type CommandLine } from "./sandbox.ts";
import { blockInspector } from "./signal_block.ts";
import { readSystemLinks } from "./system_links.ts";
import type { Task } from "./task.ts";

export interface WalledPlan {
  readonly denoPath: string;
  readonly folder: RunFolder;
  readonly code: Code;
  readonly color: boolean;
  /** The pipe for the permissions that are asked for, if anybody reads it. */
  readonly audit?: string;
  /** Where it is remembered which helper programs work here. */
  readonly memoryDir: string;
}

/** The socket as the child dials it, and the command that starts the child. */
export interface Walled {
  readonly command: CommandLine;
  readonly socket: string;
  /** Whether the child is in a pid namespace, below the process that is spawned. */
  readonly inNamespace: boolean;
  /** What bubblewrap mounts of the host's, to be held against what it did mount. */
  readonly binds: readonly Bind[];
}

/** @throws {SandboxError} grant_refused, as refuseReachable. */
export async function buildWalled(
  walls: Walls,
  task: Task,
  grants: Grants,
  plan: WalledPlan,
): Promise<Walled> {
  const { denoPath, folder, code, color } = plan;
  const { entry, dir: taskDir, limits } = task;
  if (walls.kind !== "deno") refuseReachable(task, grants, code.codeFiles);
  const outside = {
    denoPath,
    bootstrap: code.bootstrap,
    socket: folder.socket,
    denoDir: folder.denoDir,
    lockFile: code.lockFile,
    importMap: code.importMap,
    audit: plan.audit,
  };
  const inside = {
    denoPath: INSIDE.deno,
    bootstrap: `${INSIDE.sdk}${code.bootstrap.slice(code.bootstrap.lastIndexOf("/"))}`,
    socket: INSIDE.socket,
    denoDir: INSIDE.denoDir,
    lockFile: code.lockFile && INSIDE.lockFile,
    importMap: code.importMap && INSIDE.importMap,
    audit: plan.audit && INSIDE.audit,
  };
  const view = walls.kind === "bwrap" ? inside : outside;
  let command = buildCommand(grants, {
    ...view,
    entry,
    taskDir,
    color,
    codeFiles: code.codeFiles,
    passed: view.audit ? { ...code.passed, DENO_AUDIT_PERMISSIONS: view.audit } : code.passed,
    v8Flags: heapFlag(limits),
  });
  // Inside the wall: behind bubblewrap the kernel counts the threads of this run alone.
  command = wrapInLimits(command, limits, walls.kind === "bwrap");
  if (grants.run.length > 0) command = wrapInNice(command);
  const places = {
    denoPath,
    sdkDir: code.bootstrap.slice(0, code.bootstrap.lastIndexOf("/")),
    socket: folder.socket,
    codeFiles: code.codeFiles,
    fetchedDir: code.fetchedDir,
    lockFile: code.lockFile,
    importMap: code.importMap,
    audit: plan.audit,
    certificates: walls.kind === "deno" ? [] : await listCertificates(code.passed),
  };
  let binds: readonly Bind[] = [];
  if (walls.kind === "bwrap") {
    const systemLinks = readSystemLinks();
    const certificates = places.certificates.filter(isOfSystem);
    const bwrap = { ...places, certificates, bwrapPath: walls.program, systemLinks };
    const own = places.certificates.filter((path) => !isOfSystem(path));
    binds = [
      ...listBinds(grants, code.codeFiles),
      ...own.map((real) => ({ real, write: false, optional: true })),
    ];
    command = wrapInBwrap(command, grants, bwrap, binds);
  }
  if (walls.kind === "landlock") {
    const { denoDir } = folder;
    await Deno.mkdir(`${denoDir}/tmp`, { recursive: true, mode: 0o700 });
    const own = await findOwn(places);
    const { wrapInLandlock } = await import(
      "./landlock.ts" as string
    ) as typeof import("./landlock.ts");
    command = wrapInLandlock(command, grants, { ...own, perlPath: walls.program, denoDir });
  }
  command = await blockInspector(command, plan.memoryDir);
  return { command, socket: view.socket, inNamespace: walls.kind === "bwrap", binds };
}

/**
 * The certificates that the task's Deno reads.
 *
 * @throws {SandboxError} host_unfit: one is named through a link, which a task may be able to change.
 */
async function listCertificates(passed: Code["passed"]): Promise<string[]> {
  const listed: string[] = [];
  for (const name of ["DENO_CERT", "NODE_EXTRA_CA_CERTS"]) {
    const path = passed[name];
    if (path === undefined) continue;
    listed.push(path);
    const real = await Deno.realPath(path).catch(() => path);
    // SECURITY: whatever the link leads to would be there for the task (tests/e2e/bwrap_test.ts).
    if (isOfSystem(path) || real === path) continue;
    throw new SandboxError(
      "host_unfit",
      `cannot use ${name}: ${quoteWhole(path)} leads through a link`,
      {
        hint: `export ${name}=${quoteShell(real)}`,
      },
    );
  }
  return listed;
}

/** Where dicode's own things really are: no task may write there (off_limits.ts). */
async function findOwn(places: RunPlaces): Promise<RunPlaces> {
  const real = async (path: string | undefined) => path && await Deno.realPath(path);
  const { denoPath, sdkDir, fetchedDir, lockFile } = places;
  return {
    ...places,
    denoPath: await Deno.realPath(denoPath),
    sdkDir: await Deno.realPath(sdkDir),
    fetchedDir: await real(fetchedDir),
    lockFile: await real(lockFile),
  };
}
