/** Paths in dicode.yaml that begin with the home folder or a variable. */

/**
 * `~/…` and `$NAME/…` (or `${NAME}/…`) as absolute paths; any other path as it is.
 *
 * A variable that is not set, or is not an absolute path, leads to a path that does not exist: what is
 * looked for there is not there.
 */
export function expandPlace(path: string, env: (name: string) => string | undefined): string {
  const [, name, braced, rest = ""] =
    /^(?:~|\$([A-Za-z_][A-Za-z0-9_]*)|\$\{([A-Za-z_][A-Za-z0-9_]*)\})(\/.*)?$/s.exec(path) ?? [];
  if (name === undefined && braced === undefined && !/^~(?:\/|$)/.test(path)) return path;
  const folder = env(name ?? braced ?? "HOME");
  return folder?.startsWith("/") ? folder.replace(/\/$/, "") + rest : `/dev/null${rest}/unset`;
}
