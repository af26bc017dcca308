/**
 * What a task's code asked for against what task.yaml declares: granted or not, and what of the
 * declaration was never asked for. Pure.
 *
 * The declaration decides what counts as granted, as it did when the flags were made of it; what the
 * task wrote is compared and shown, and believed in nothing.
 */
import type { Where } from "../sdk/errors.ts";
import type { Access, AccessKind } from "./audit_log.ts";
import type { Grants, PathGrant } from "./grants.ts";
import { isInside, resolvePath } from "./paths.ts";
import { isClosed } from "./closed_hosts.ts";
import { mayWrite } from "./secrets_write.ts";
import type { Task } from "./task.ts";
import { isNoProxyVariable, isProxyVariable } from "./task_proxy.ts";

/** Something that the task's code asked for. */
export interface Asked {
  /** What kind of access; `secrets_write` is the host's own knowledge, the rest Deno's. */
  readonly permission: AccessKind;
  /** The variable, `host:port`, path, kind or key; null is all of its kind at once. */
  readonly value: string | null;
  /** Whether task.yaml declares it. */
  readonly granted: boolean;
}

/** Something that task.yaml declares and that the task's code never asked for. */
export interface Unused {
  /** `fs` is `read` and `write`, each by itself; `modules` is what the preflight saw. */
  readonly permission: AccessKind | "modules";
  /** As task.yaml has it. */
  readonly value: string;
  /** Where it stands; `secrets_write` has no line. */
  readonly where: Where;
}

/**
 * What a run asked for, and what it declares. A hostile task can falsify it: Deno notes in the task's
 * own process what is asked for.
 */
export interface Receipt {
  /** Each access once, in the order in which they were asked for. */
  readonly asked: readonly Asked[];
  /** In the order of task.yaml. */
  readonly unused: readonly Unused[];
  /** What task.yaml declares and Deno tells nothing of: `run`. */
  readonly notObserved: readonly string[];
  /** Whether all that was asked for is in `asked`. */
  readonly complete: boolean;
  /** `permissions` of task.yaml as this run would need them; what was denied is behind `#`. */
  readonly fitting: string;
}

/** What a run was allowed. */
export interface Allowed {
  readonly task: Task;
  readonly grants: Grants;
  /** Paths that no grant lets it write. */
  readonly protectedPaths: readonly string[];
  /** Real paths of its code. */
  readonly codeFiles: readonly string[];
}

/** A Receipt without the lines of task.yaml. */
export type Comparison = Pick<Receipt, "asked" | "unused" | "notObserved">;

/** Compares what was asked for with what was allowed. */
export function compareAccesses(accesses: readonly Access[], allowed: Allowed): Comparison {
  const { permissions, file } = allowed.task;
  const used = new Set<string>();
  const asked = accesses.map((access) => {
    const { granted, by } = judge(access, allowed);
    for (const index of by) used.add(`${access.permission} ${index}`);
    return { ...access, granted };
  });
  const unused: Unused[] = [];
  const addUnused = (
    permission: Unused["permission"],
    index: number,
    value: string,
    where: Where,
  ) => {
    if (!used.has(`${permission} ${index}`)) unused.push({ permission, value, where });
  };
  for (const [index, { name, where }] of permissions.env.entries()) {
    if (!isReadByDeno(name)) addUnused("env", index, name, where);
  }
  for (const [index, { value, where }] of permissions.net.entries()) {
    addUnused("net", index, value, where);
  }
  for (const [index, { path, where, ...grant }] of permissions.fs.entries()) {
    if (grant.read) addUnused("read", index, path, where);
    if (grant.write) addUnused("write", index, path, where);
  }
  for (const [index, { value, where }] of permissions.sys.entries()) {
    addUnused("sys", index, value, where);
  }
  for (const [index, { value, where }] of permissions.import.entries()) {
    addUnused("import", index, value, where);
  }
  for (const [index, { value, where }] of permissions.modules.entries()) {
    const { real } = allowed.grants.roots[index + 1]!;
    if (allowed.codeFiles.some((file) => isInside(file, real))) continue;
    unused.push({ permission: "modules", value, where });
  }
  for (const [index, pattern] of keyPatterns(permissions.secretsWrite).entries()) {
    addUnused("secrets_write", index, pattern, { file });
  }
  return { asked, unused, notObserved: permissions.run.length > 0 ? ["run"] : [] };
}

/** Deno and its libraries read these themselves, and ask for nothing. */
function isReadByDeno(name: string): boolean {
  return name === "TZ" || isProxyVariable(name) || isNoProxyVariable(name);
}

/** The patterns of `secrets_write`; `true` covers every key. */
function keyPatterns(granted: boolean | readonly string[]): readonly string[] {
  return granted === true ? ["*"] : granted || [];
}

interface Judged {
  readonly granted: boolean;
  /** The entries of task.yaml that grant it, by their place in the list of its kind. */
  readonly by: readonly number[];
}

const DENIED: Judged = { granted: false, by: [] };

function judge({ permission, value }: Access, allowed: Allowed): Judged {
  const { env, sys, import: hosts, secretsWrite } = allowed.task.permissions;
  switch (permission) {
    case "env":
      // All of them at once are those that are declared: the others are not shown.
      if (value === null) return { granted: true, by: env.map((_, index) => index) };
      return grantedBy(env, ({ name }) => name === value);
    case "sys":
      return grantedBy(sys, (entry) => entry.value === value);
    case "import":
      // It serves jsr:, which needs no grant.
      if (value === "jsr.io") return { granted: true, by: [] };
      return grantedBy(hosts, (entry) => [value, `${value}:443`].includes(entry.value));
    case "net":
      return value === null ? DENIED : judgeHost(value, allowed);
    case "read":
    case "write":
      return value === null ? DENIED : judgePath(permission, value, allowed);
    case "secrets_write":
      return grantedBy(keyPatterns(secretsWrite), (pattern) => mayWrite([pattern], value ?? ""));
    case "ffi":
      return DENIED;
  }
}

function grantedBy<T>(entries: readonly T[], grants: (entry: T) => boolean): Judged {
  const by = entries.flatMap((entry, index) => grants(entry) ? [index] : []);
  return { granted: by.length > 0, by };
}

/** The narrowest entry counts: `host:port`, then `host`, then `"*"`. */
function judgeHost(value: string, { task }: Allowed): Judged {
  const { net } = task.permissions;
  const [, host = "", port] = /^(\[[^\]]*\]|[^:]+)(?::(\d+))?$/.exec(value.toLowerCase()) ?? [];
  // Without a port it is a name that is looked up, which a grant of one port does not cover.
  for (const granted of port === undefined ? [host] : [`${host}:${port}`, host]) {
    const judged = grantedBy(net, (entry) => entry.value === granted);
    if (judged.granted) return judged;
  }
  return host === "" || isClosed(host) ? DENIED : grantedBy(net, (entry) => entry.value === "*");
}

/** The narrowest grant counts, or all that are as narrow. */
function judgePath(
  permission: "read" | "write",
  value: string,
  { task, grants, protectedPaths }: Allowed,
): Judged {
  const path = resolvePath(task.dir, value);
  if (permission === "write" && protectedPaths.some((kept) => isInside(path, kept))) return DENIED;
  const covers = (grant: PathGrant) =>
    grant[permission] && (isInside(path, grant.path) || isInside(path, grant.real));
  const depth = Math.max(...grants.fs.filter(covers).map(({ real }) => real.length));
  return grantedBy(grants.fs, (grant) => covers(grant) && grant.real.length === depth);
}
