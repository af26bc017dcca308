/** Paths in dicode.yaml that begin with the home folder or a variable. */
import type { KeyFault } from "./rules.ts";

const PLACE = /^(?:~|\$([A-Za-z_][A-Za-z0-9_]*)|\$\{([A-Za-z_][A-Za-z0-9_]*)\})(\/.*)?$/s;

/**
 * `~/…` and `$NAME/…` (or `${NAME}/…`) as absolute paths; any other path as it is.
 *
 * A variable that is not set, or is not an absolute path, leads to a path that does not exist: what is
 * looked for there is not there.
 */
export function expandPlace(path: string, env: (name: string) => string | undefined): string {
  const [whole, name, braced, rest = ""] = PLACE.exec(path) ?? [];
  if (whole === undefined) return path;
  const folder = env(name ?? braced ?? "HOME");
  return folder?.startsWith("/") ? folder.replace(/\/$/, "") + rest : `/dev/null${rest}/unset`;
}

/**
 * What is wrong with a path that begins with `$`, if anything.
 *
 * SECURITY: what is not expanded would be a path in the working folder, which is anybody's
 * (tests/unit/runtime/config_test.ts).
 */
export function findPlaceFault(path: string): KeyFault | undefined {
  if (!path.startsWith("$") || PLACE.test(path)) return undefined;
  const state = 'begins with "$", and no variable and "/" follow';
  return { state, hint: "write $NAME/… with the name of a variable, or the whole path" };
}
