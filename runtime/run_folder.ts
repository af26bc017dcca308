/**
 * The folders of one run: the channel's socket, and caches that no other run shares; mode 0700,
 * removed at the end. They lie where no path grant of the task reaches.
 */
import { SandboxError } from "../sdk/errors.ts";
import { type Grants, reaches } from "./grants.ts";
import { resolvePath } from "./paths.ts";
import { nameFolder, sweepFolders } from "./run_sweep.ts";

/** The kernel's limit for a unix socket's name (unix(7): 108 with the final NUL). */
const SOCKET_NAME_BYTES = 107;

export interface RunFolder extends AsyncDisposable {
  readonly path: string;
  readonly socket: string;
  /** Where the task's import map is written, if it has one. */
  readonly importMap: string;
  /** The child's DENO_DIR, where it has none of its own making. */
  readonly denoDir: string;
  /** A DENO_DIR for looking at the module graph. */
  readonly infoDir: string;
}

/**
 * Makes the folders: for the socket under the first of XDG_RUNTIME_DIR, /tmp and `<data-dir>/run` that
 * will do, for caches in memory where that is to be had. The socket is not under /dev/shm: there Deno
 * asks for all permissions before it dials (2.9.6).
 *
 * @throws {SandboxError} host_unfit: none will do.
 */
export async function makeRunFolder(
  grants: Grants,
  dataDir: string,
  env: (name: string) => string | undefined,
): Promise<RunFolder> {
  const name = await nameFolder();
  const parents = [env("XDG_RUNTIME_DIR"), "/tmp", resolvePath("/", `${dataDir}/run`)]
    .filter((path) => path?.startsWith("/")) as string[];
  for (const parent of parents) {
    // Our own alone: a foreign one that is not there was not meant for us.
    if (parent === parents.at(-1)) await Deno.mkdir(parent, { recursive: true, mode: 0o700 });
    const path = await tryParent(parent, name, grants, "/s");
    if (path === undefined) continue;
    // Removing a cache from a disk took 4 to 40 ms at the end of a run, from memory 0.3.
    const caches = await tryParent("/dev/shm", name, grants, "") ?? path;
    void sweepFolders([parent, "/dev/shm"]);
    return {
      path,
      socket: `${path}/s`,
      importMap: `${path}/imports.json`,
      denoDir: `${caches}/deno`,
      infoDir: `${caches}/info`,
      async [Symbol.asyncDispose]() {
        const remove = (folder: string) => Deno.remove(folder, { recursive: true }).catch(() => {});
        await Promise.all([...new Set([path, caches])].map(remove));
      },
    };
  }
  throw new SandboxError(
    "host_unfit",
    `cannot make a folder for the run: none of ${parents.join(", ")} will do`,
    { hint: "each is unwritable, too long, or under a path that task.yaml grants: free one" },
  );
}

/** A new folder under `parent`, if it can be had and would do for a path that ends in `longest`. */
async function tryParent(
  parent: string,
  name: string,
  grants: Grants,
  longest: string,
): Promise<string | undefined> {
  try {
    const path = `${await Deno.realPath(parent)}/${name}`;
    // SECURITY: giving back the socket's grants takes every grant that covers it, and a task that
    // may write here could replace the socket (tests/e2e/channel_test.ts).
    if (reaches(grants, path) || /[,:]/.test(path)) return undefined;
    if (new TextEncoder().encode(path + longest).length > SOCKET_NAME_BYTES) return undefined;
    await Deno.mkdir(path, { mode: 0o700 });
    return path;
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return undefined;
  }
}
