/**
 * Finds a task's folder, its task.yaml and its code, and knows the likely mistakes on the way.
 *
 * Paths in messages are relative to the working directory where they lie below it.
 */
import { ConfigError, type ErrorCode, type Problem } from "../sdk/errors.ts";
import { quoteShell } from "../store/quote.ts";
import { nearest } from "./nearest.ts";
import { quote } from "./report.ts";
import { NO_PERMISSION, shorten } from "./text_file.ts";

/** Where a task's files are. */
export interface TaskFolder {
  /** Absolute, links resolved. */
  readonly dir: string;
  /** task.yaml as messages name it. */
  readonly file: string;
  readonly entry: string;
  /** Set if the folder has neither task.ts nor task.js. */
  readonly missingEntry?: Problem;
}

/** How many children of a folder are looked at for a hint. */
const MOST_CHILDREN = 200;

/**
 * Finds the files of a task.
 *
 * @throws {ConfigError} `config_not_found` if there is no folder or no task.yaml in it,
 *   `config_unreadable` if the folder cannot be entered, `entry_ambiguous` if it has both task.ts and
 *   task.js.
 */
export async function findTask(path: string): Promise<TaskFolder> {
  const dir = await realFolder(path);
  const shown = shorten(dir);
  const file = shown === "." ? "task.yaml" : `${shown.replace(/\/$/, "")}/task.yaml`;
  if (kindOf(`${dir}/task.yaml`) === undefined) throw await noTaskYaml(dir, path, file);
  const entries: string[] = [];
  for (const name of ["task.ts", "task.js"]) {
    if (kindOf(`${dir}/${name}`) === "file") entries.push(`${dir}/${name}`);
  }
  const [entry, second] = entries;
  // SECURITY: a program of a task with task.js could add a task.ts for the next run
  // (tests/unit/runtime/task_test.ts).
  if (second !== undefined) {
    const message = `cannot tell the code of ${shown}: it has both task.ts and task.js`;
    throw failure("entry_ambiguous", message, "remove one of them", file);
  }
  if (entry !== undefined) return { dir, file, entry };
  const missingEntry = problem(
    "entry_not_found",
    `cannot find the code of ${shown}: it has neither task.ts nor task.js`,
    `create ${file.replace(/yaml$/, "ts")}`,
    file,
  );
  return { dir, file, entry: `${dir}/task.ts`, missingEntry };
}

async function realFolder(path: string): Promise<string> {
  let dir: string;
  try {
    dir = Deno.realPathSync(path);
  } catch (error) {
    if (isClosed(error)) throw closed(path, error);
    if (error instanceof Deno.errors.InvalidData) {
      const message = `cannot read ${quote(path)}: it leads to a name that is not UTF-8 text`;
      throw failure("config_unreadable", message, "rename what it leads to, in UTF-8", path);
    }
    throw failure(
      "config_not_found",
      `cannot find the task ${quote(path)}: no such folder`,
      // What Deno puts in place of a byte that is not UTF-8.
      path.includes("\ufffd")
        ? "rename the folder, in UTF-8: its name cannot be passed as it is"
        : await similar(path),
      path,
    );
  }
  if (kindOf(dir) === "folder") return dir;
  const parent = path.replace(/\/?[^/]*$/, "") || (path.startsWith("/") ? "/" : ".");
  throw failure(
    "config_not_found",
    `cannot find the task ${quote(path)}: it is a file, not a folder`,
    `pass the folder that holds it: ${parent}`,
    path,
  );
}

async function noTaskYaml(dir: string, path: string, file: string): Promise<ConfigError> {
  const message = `cannot find the task ${quote(path)}: the folder has no task.yaml`;
  if (kindOf(`${dir}/task.yml`) !== undefined) {
    const from = file.replace(/yaml$/, "yml");
    return failure(
      "config_not_found",
      message,
      `rename the file: mv ${quoteShell(from)} ${quoteShell(file)}`,
      file,
    );
  }
  const tasks: string[] = [];
  for (const child of await childFolders(dir)) {
    if (tasks.length === 3) break;
    if (kindOf(`${dir}/${child}/task.yaml`) === "file") {
      tasks.push(`${path.replace(/\/$/, "")}/${child}`);
    }
  }
  const hint = tasks.length > 0
    ? `pass the folder of one task: ${tasks.join(", ")}`
    : `create ${file}, or pass the folder that holds one`;
  return failure("config_not_found", message, hint, file);
}

/** The hint with a folder beside the missing one that is named nearly so. */
async function similar(path: string): Promise<string> {
  const trimmed = path.replace(/\/+$/, "");
  const slash = trimmed.lastIndexOf("/");
  const parent = slash === -1 ? "." : trimmed.slice(0, slash) || "/";
  const near = nearest(trimmed.slice(slash + 1), await childFolders(parent));
  if (near === undefined) return "pass the folder that holds the task.yaml";
  return `did you mean ${slash === -1 ? near : `${parent}/${near}`}?`;
}

async function childFolders(dir: string): Promise<string[]> {
  const names: string[] = [];
  try {
    for await (const { name, isFile } of Deno.readDir(dir)) {
      if (!isFile && names.push(name) === MOST_CHILDREN) break;
    }
  } catch {
    // A hint is all that is lost.
  }
  return names.sort();
}

function kindOf(path: string): "file" | "folder" | "other" | undefined {
  try {
    const { isFile, isDirectory } = Deno.statSync(path);
    return isFile ? "file" : isDirectory ? "folder" : "other";
  } catch (error) {
    if (isClosed(error)) throw closed(path, error);
    return undefined;
  }
}

function isClosed(error: unknown): boolean {
  return error instanceof Deno.errors.PermissionDenied || error instanceof Deno.errors.NotCapable;
}

function closed(path: string, error: unknown): ConfigError {
  const { state, hint } = error instanceof Deno.errors.NotCapable
    ? NO_PERMISSION
    : { state: "permission denied", hint: undefined };
  return failure("config_unreadable", `cannot read ${quote(path)}: ${state}`, hint, path);
}

function failure(
  code: ErrorCode,
  message: string,
  hint: string | undefined,
  file: string,
): ConfigError {
  return new ConfigError([problem(code, message, hint, file)]);
}

function problem(
  code: ErrorCode,
  message: string,
  hint: string | undefined,
  file: string,
): Problem {
  return { code, message, ...(hint === undefined ? {} : { hint }), where: { file } };
}
