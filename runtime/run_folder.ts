/**
 * The folder of one run: the channel's socket and the child's private cache, mode 0700, removed at
 * the end. It lies where no path grant of the task reaches.
 */
import { SandboxError } from "../sdk/errors.ts";
import { type Grants, reaches } from "./grants.ts";
import { resolvePath } from "./paths.ts";

/** The kernel's limit for a unix socket's name (unix(7): 108 with the final NUL). */
const SOCKET_NAME_BYTES = 107;

export interface RunFolder extends AsyncDisposable {
  readonly path: string;
  readonly socket: string;
  /** The child's DENO_DIR. */
  readonly denoDir: string;
}

/**
 * Makes the folder under the first of XDG_RUNTIME_DIR, /tmp and `<data-dir>/run` that will do.
 * Not under /dev/shm: for a socket there Deno asks for all permissions (2.9.6).
 *
 * @throws {SandboxError} host_unfit: none will.
 */
export async function makeRunFolder(
  grants: Grants,
  dataDir: string,
  env: (name: string) => string | undefined,
): Promise<RunFolder> {
  const runtimeDir = env("XDG_RUNTIME_DIR");
  const parents = [runtimeDir, "/tmp", resolvePath("/", `${dataDir}/run`)]
    .filter((path) => path?.startsWith("/")) as string[];
  for (const parent of parents) {
    const folder = await tryParent(parent, grants);
    if (folder !== undefined) return folder;
  }
  throw new SandboxError(
    "host_unfit",
    `cannot make a folder for the run: none of ${parents.join(", ")} will do`,
    { hint: "each is unwritable, too long, or under a path that task.yaml grants: free one" },
  );
}

async function tryParent(parent: string, grants: Grants): Promise<RunFolder | undefined> {
  try {
    await Deno.mkdir(parent, { recursive: true, mode: 0o700 });
    const real = await Deno.realPath(parent);
    const path = `${real}/dicode-${crypto.randomUUID().slice(0, 8)}`;
    const socket = `${path}/s`;
    // SECURITY: giving back the socket's grants takes every grant that covers it, and a task that
    // may write here could replace the socket (tests/e2e/channel_test.ts).
    if (reaches(grants, path) || /[,:]/.test(path)) return undefined;
    if (new TextEncoder().encode(socket).length > SOCKET_NAME_BYTES) return undefined;
    await Deno.mkdir(path, { mode: 0o700 });
    const denoDir = `${path}/deno`;
    await Deno.mkdir(denoDir, { mode: 0o700 });
    return {
      path,
      socket,
      denoDir,
      async [Symbol.asyncDispose]() {
        await Deno.remove(path, { recursive: true }).catch(() => {});
      },
    };
  } catch (error) {
    if (error instanceof Deno.errors.NotCapable) throw error;
    return undefined;
  }
}
