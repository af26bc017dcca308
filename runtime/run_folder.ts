/**
 * The folders of one run: the channel's socket, the task's import map, and caches that no other run
 * shares; mode 0700, removed at the end. They lie where no path grant of any task reaches: what
 * another task could write there would run with this one's secrets.
 */
import { SandboxError } from "../sdk/errors.ts";
import { quoteWhole } from "../store/quote.ts";
import { type Grants, reaches } from "./grants.ts";
import { isAlias } from "./off_limits.ts";
import { isAbsent, isInside, overlaps, resolvePath } from "./paths.ts";
import { removeTree } from "./remove_tree.ts";
import { LONGEST_NAME, nameFolder } from "./run_name.ts";
import { sweepFolders } from "./run_sweep.ts";

/** The kernel's limit for a unix socket's name (unix(7): 108 with the final NUL). */
const SOCKET_NAME_BYTES = 107;
/** The longest path of a data folder whose runs have room for their sockets. */
const DATA_DIR_BYTES = SOCKET_NAME_BYTES - `/run/${LONGEST_NAME}/s`.length;
/** Of a folder that is not to be written, now and later; a full disk is another matter. */
const UNWRITABLE = ["EACCES", "EPERM", "EROFS", "ENOTDIR"];

export interface RunFolder extends AsyncDisposable {
  readonly path: string;
  readonly socket: string;
  /** Where the task's import map is written, if it has one. */
  readonly importMap: string;
  /** The folder of the caches; that of the run where there is no memory for them. */
  readonly caches: string;
  /** The child's DENO_DIR, where it has none of its own making. */
  readonly denoDir: string;
  /** A DENO_DIR for looking at the module graph. */
  readonly infoDir: string;
  /** Removes what hosts that were killed have left; for when nobody waits for us. */
  sweep(): void;
}

/** Folders of the run that were made before anything was checked; which of them will do is seen here. */
export interface Begun {
  readonly name: string;
  /** Whether that folder was made already; whoever asks has it from then on. */
  adopt(path: string): boolean;
}

type MakeFolder = (path: string) => void;

/** Why a socket does not lie in the data folder, and what would change that. */
interface Obstacle {
  readonly state: string;
  readonly hint: string;
}

/**
 * Makes the folders: in `<data-dir>/run`, and for caches in memory where that is to be had. Where a
 * socket's name would be too long there, the socket alone lies under XDG_RUNTIME_DIR or /tmp, and
 * where the data folder cannot be written, so does the rest: then no task may be granted those. The
 * choice hangs on the data folder alone, so that every run that uses it makes the same.
 *
 * @param begun what a head start has made.
 * @throws {SandboxError} host_unfit: none will do; path_refused: a grant reaches others' sockets.
 */
export async function makeRunFolder(
  grants: Grants,
  dataDir: string,
  env: (name: string) => string | undefined,
  begun?: Begun,
): Promise<RunFolder> {
  const name = begun?.name ?? nameFolder();
  const makeFolder = (path: string) => {
    if (!begun?.adopt(path)) Deno.mkdirSync(path, { mode: 0o700 });
  };
  const dataFolder = resolvePath("/", dataDir);
  const isFirst = isAbsent(dataFolder);
  const own = makeOwn(dataFolder, name, makeFolder);
  const made = own === undefined ? [] : [own];
  const obstacle = findObstacle(own, dataDir);
  let socketFolder = own;
  const remove = async () => {
    await Promise.all(made.map(removeTree));
    // A check leaves no data folder behind; one that holds anything by now stays.
    if (isFirst) {
      for (const folder of [`${dataFolder}/run`, dataFolder]) {
        await Deno.remove(folder).catch(() => {});
      }
    }
  };
  try {
    if (obstacle !== undefined) {
      const parents = [env("XDG_RUNTIME_DIR"), "/tmp"]
        .filter((path) => path?.startsWith("/")) as string[];
      await refuseReaching(grants, parents, obstacle);
      socketFolder = makeShared(grants, parents, name, obstacle, makeFolder);
      made.push(socketFolder);
    }
    const path = own ?? socketFolder!;
    // Removing a cache from a disk took 4 to 40 ms at the end of a run, from memory 0.3.
    const caches = tryParent("/dev/shm", name, grants, "", makeFolder) ?? path;
    if (caches !== path) made.push(caches);
    return {
      path,
      socket: `${socketFolder}/s`,
      importMap: `${path}/imports.json`,
      caches,
      denoDir: `${caches}/deno`,
      infoDir: `${caches}/info`,
      sweep: () => void sweepFolders([...new Set([...made.map(parentOf), "/dev/shm"])]),
      async [Symbol.asyncDispose]() {
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/**
 * SECURITY: in the data folder, which no task is granted: in /tmp, a task that may write there took
 * over every run (tests/hostile/takes-over-runs, tests/e2e/run_folder_test.ts).
 *
 * @returns undefined if the data folder cannot be written.
 * @throws {SandboxError} host_unfit: something else is wrong with it.
 */
function makeOwn(
  dataDir: string,
  name: string,
  makeFolder: MakeFolder,
  tries = 3,
): string | undefined {
  const parent = `${dataDir}/run`;
  const unfit = (state: string) =>
    new SandboxError("host_unfit", `cannot make a folder for the run: ${state}`, {
      hint: "name another data folder with --data-dir",
    });
  try {
    if (isAbsent(parent)) Deno.mkdirSync(parent, { recursive: true, mode: 0o700 });
    // What a link leads to could be granted: it is the data folder that is refused.
    const { isDirectory, isSymlink, mode } = Deno.lstatSync(parent);
    if (!isDirectory) {
      throw unfit(`${quoteWhole(parent)} is ${isSymlink ? "a link" : "not a folder"}`);
    }
    if ((mode! & 0o777) !== 0o700) Deno.chmodSync(parent, 0o700);
    const path = `${Deno.realPathSync(parent)}/${name}`;
    makeFolder(path);
    return path;
  } catch (error) {
    if (error instanceof SandboxError || error instanceof Deno.errors.NotCapable) throw error;
    // Another first run has just ended, and taken the empty folder away.
    if (error instanceof Deno.errors.NotFound && tries > 1) {
      return makeOwn(dataDir, name, makeFolder, tries - 1);
    }
    const { code = "", message } = error as Error & { code?: string };
    if (UNWRITABLE.includes(code)) return undefined;
    throw unfit(`${quoteWhole(parent)}: ${message}`);
  }
}

function findObstacle(own: string | undefined, dataDir: string): Obstacle | undefined {
  if (own === undefined) {
    const folder = quoteWhole(dataDir);
    return { state: `${folder} cannot be written`, hint: `make ${folder} writable` };
  }
  const folder = own.slice(0, own.lastIndexOf("/run/"));
  if (/[,:]/.test(folder)) {
    const state = `a socket's name in ${quoteWhole(folder)} would hold a comma or a colon`;
    return { state, hint: "use a folder without them: --data-dir" };
  }
  if (new TextEncoder().encode(folder).length <= DATA_DIR_BYTES) return undefined;
  return {
    state: `a socket's name in ${quoteWhole(folder)} would be too long`,
    hint: `use a data folder whose path has at most ${DATA_DIR_BYTES} bytes: --data-dir`,
  };
}

/**
 * SECURITY: for writing, of all places where sockets of runs may lie: whoever replaces one is the
 * host of another task (tests/e2e/run_folder_test.ts).
 */
async function refuseReaching(
  grants: Grants,
  parents: readonly string[],
  { state, hint }: Obstacle,
): Promise<void> {
  // Another run may have XDG_RUNTIME_DIR where this one has none.
  for (const parent of [...parents, `/run/user/${Deno.uid()}`]) {
    const real = await Deno.realPath(parent).catch(() => parent);
    const grant = grants.fs.find((grant) =>
      grant.write &&
      (isInside(real, grant.real) || !overlaps(real, grant.real) && isAlias(real, grant.real))
    );
    if (grant === undefined) continue;
    throw new SandboxError(
      "path_refused",
      `cannot grant ${quoteWhole(grant.path)} for writing: sockets of runs lie in ` +
        `${quoteWhole(real)}, because ${state}`,
      { hint: `grant a narrower folder, or ${hint}` },
    );
  }
}

/** The folder of the socket where the data folder will not do. */
function makeShared(
  grants: Grants,
  parents: readonly string[],
  name: string,
  { state, hint }: Obstacle,
  makeFolder: MakeFolder,
): string {
  for (const parent of parents) {
    const path = tryParent(parent, name, grants, "/s", makeFolder);
    if (path !== undefined) return path;
  }
  throw new SandboxError(
    "host_unfit",
    `cannot make a folder for the run's socket: ${state}, and none of ${
      parents.join(", ")
    } will do`,
    { hint },
  );
}

/** A new folder under `parent`, if it can be had and would do for a path that ends in `longest`. */
function tryParent(
  parent: string,
  name: string,
  grants: Grants,
  longest: string,
  makeFolder: MakeFolder,
): string | undefined {
  try {
    const path = `${Deno.realPathSync(parent)}/${name}`;
    // Giving back the socket's grants takes every grant that covers it.
    if (reaches(grants, path) || /[,:]/.test(path)) return undefined;
    if (new TextEncoder().encode(path + longest).length > SOCKET_NAME_BYTES) return undefined;
    makeFolder(path);
    return path;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return undefined;
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
