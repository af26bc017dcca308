/**
 * Reads a configuration file as UTF-8 text, or says why it cannot; and names paths for messages.
 *
 * Never waits on what is no file (a pipe, a device) and never reads more than 1 MiB.
 */
import { ConfigError } from "../sdk/errors.ts";
import { quoteShell } from "../store/quote.ts";
import { findCwd } from "./paths.ts";

/** The largest file that is read, in bytes; as text, in UTF-16 units. */
export const LARGEST_FILE = 1024 * 1024;

/** What is wrong where a program that embeds dicode was itself started without the permission. */
export const NO_PERMISSION = {
  state: "this program lacks the permission",
  hint: "start it with --allow-read",
} as const;

/**
 * The text of a file, without its byte order mark.
 *
 * @param file the path as messages name it.
 * @throws {ConfigError} `config_not_found` or `config_unreadable`.
 */
export function readText(path: string, file: string): string {
  let bytes: Uint8Array;
  try {
    const { isFile, isDirectory, size } = Deno.statSync(path);
    if (!isFile) {
      throw unreadable(file, isDirectory ? "it is a folder" : "it is not a regular file");
    }
    if (size > LARGEST_FILE) throw tooLarge(file);
    bytes = Deno.readFileSync(path);
  } catch (error) {
    if (error instanceof ConfigError) throw error;
    const { NotFound, NotADirectory } = Deno.errors;
    if (error instanceof NotFound || error instanceof NotADirectory) throw notFound(file);
    if (error instanceof Deno.errors.PermissionDenied) {
      throw unreadable(file, "permission denied", `run chmod u+r ${quoteShell(file)}`);
    }
    if (error instanceof Deno.errors.NotCapable) {
      throw unreadable(file, NO_PERMISSION.state, NO_PERMISSION.hint);
    }
    throw unreadable(file, "the system gave an error", undefined, error);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw unreadable(file, "it is not UTF-8 text", "save it as UTF-8");
  }
}

/** A path as messages name it: relative if it lies below the working directory. */
export function shorten(path: string, cwd = findCwd() ?? "/"): string {
  if (path === cwd) return ".";
  return path.startsWith(`${cwd}/`) ? path.slice(cwd.length + 1) : path;
}

/** The error for a file over the limit. */
export function tooLarge(file: string): ConfigError {
  return unreadable(file, "it is larger than 1 MiB");
}

/** The error for a file that is not there. */
function notFound(file: string): ConfigError {
  const message = `cannot read ${file}: no such file`;
  return new ConfigError([{ code: "config_not_found", message, where: { file } }]);
}

function unreadable(file: string, state: string, hint?: string, cause?: unknown): ConfigError {
  const message = `cannot read ${file}: ${state}`;
  const error = new ConfigError([{
    code: "config_unreadable",
    message,
    ...(hint === undefined ? {} : { hint }),
    where: { file },
  }]);
  if (cause !== undefined) error.cause = cause;
  return error;
}
