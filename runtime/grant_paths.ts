/**
 * One path of task.yaml -> where it is and where it really is, or why it cannot be granted.
 *
 * `~` and `${TASK_DIR}` expand at the start alone; `..` is taken from the text, before any link is
 * followed; links are followed once, here. What comes out is absolute, UTF-8, and stays one path in
 * a flag that is a list. Whether it may be granted at all is for off_limits.ts.
 */
import { SandboxError, type Where } from "../sdk/errors.ts";
import { reasonOf } from "../store/files.ts";
import { quoteShell, quoteWhole } from "../store/quote.ts";
import { resolvePath, resolveReal } from "./paths.ts";
import { quote } from "./report.ts";
import type { Located } from "./task.ts";

/** PATH_MAX of Linux without the final NUL: no system call takes more (limits.h). */
const LONGEST_PATH = 4095;

/** A path as the task may spell it, and where it really is. */
export interface FoundPath {
  readonly path: string;
  readonly real: string;
}

/** What a path is taken from. */
export interface PathBase {
  readonly taskDir: string;
  readonly home: string | undefined;
}

/**
 * Finds a path that task.yaml lists.
 *
 * @param made whether it will be made if it is not there.
 * @throws {SandboxError} path_not_found; path_refused: it cannot be reached, or not be listed.
 */
export async function findGranted(
  entry: Located<string>,
  base: PathBase,
  made = false,
): Promise<FoundPath> {
  const path = expandPath(entry, base);
  const { where } = entry;
  try {
    const real = await Deno.realPath(path);
    refuseUnfit(real, where);
    return { path, real };
  } catch (error) {
    if (error instanceof SandboxError) throw error;
    if (!(error instanceof Deno.errors.NotFound)) throw unreachable(path, where, error);
    if (made) return { path, real: await resolveReal(path) };
    const twin = await findTwin(path);
    throw new SandboxError(
      "path_not_found",
      `cannot grant ${quoteWhole(path)}: there is no such path`,
      {
        where,
        hint: twin === undefined
          ? `mkdir -p ${quoteShell(path)}`
          : `copy the name from ls: one that looks the same is there, spelled in other characters`,
      },
    );
  }
}

/** The absolute path that an entry spells. @throws {SandboxError} path_refused. */
export function expandPath({ value, where }: Located<string>, base: PathBase): string {
  let text = value;
  if (text === "~" || text.startsWith("~/")) {
    if (!base.home?.startsWith("/")) {
      throw new SandboxError(
        "path_refused",
        `cannot expand ${quoteWhole(value)}: HOME is not set`,
        { where, hint: "write the path without ~" },
      );
    }
    text = base.home + text.slice(1);
  } else if (text.startsWith("${TASK_DIR}")) {
    text = base.taskDir + text.slice("${TASK_DIR}".length);
  }
  const path = resolvePath(base.taskDir, text);
  refuseUnfit(path, where);
  return path;
}

/**
 * Refuses a path that cannot be handed on as one.
 *
 * SECURITY: Deno's flags take lists: a comma makes two paths of one (tests/e2e/grants_test.ts).
 * task.ts refuses it in the file; here it may come from a link, or from the task folder's own path.
 */
export function refuseUnfit(path: string, where: Where): void {
  if (new TextEncoder().encode(path).length > LONGEST_PATH) {
    const message = `cannot grant ${quote(path)}: it is longer than ${LONGEST_PATH} bytes`;
    const hint = "use a shorter path: the system takes no longer one";
    throw new SandboxError("path_refused", message, { where, hint });
  }
  // deno-lint-ignore no-control-regex
  if (!/[,\x00-\x1f\x7f]/.test(path)) return;
  throw new SandboxError(
    "path_refused",
    `cannot grant ${quoteWhole(path)}: it holds a comma or a control character`,
    { where, hint: "rename the folder" },
  );
}

/** Makes a folder that is granted. @throws {SandboxError} path_not_found. */
export async function makeGranted(path: string, where: Where): Promise<void> {
  try {
    await Deno.mkdir(path, { recursive: true });
  } catch (cause) {
    throw new SandboxError(
      "path_not_found",
      `cannot make the folder ${quoteWhole(path)} that is granted`,
      { where, cause, hint: `mkdir -p ${quoteShell(path)}` },
    );
  }
}

function unreachable(path: string, where: Where, error: unknown): SandboxError {
  const state = error instanceof Deno.errors.InvalidData
    ? "it leads to a name that is not UTF-8 text"
    : error instanceof Error
    ? reasonOf(error)
    : "it cannot be reached";
  return new SandboxError("path_refused", `cannot grant ${quoteWhole(path)}: ${state}`, {
    where,
    cause: error,
    hint: error instanceof Deno.errors.InvalidData
      ? "rename what it leads to, in UTF-8"
      : `ls -ld ${quoteShell(path)}`,
  });
}

/** A name beside a missing one that Unicode takes for the same: é is one character or two. */
async function findTwin(path: string): Promise<string | undefined> {
  const cut = path.lastIndexOf("/");
  const name = path.slice(cut + 1).normalize();
  const entries = await Array.fromAsync(Deno.readDir(path.slice(0, cut) || "/")).catch(() => []);
  return entries.map((entry) => entry.name).find((other) => other.normalize() === name);
}
