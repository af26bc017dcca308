/**
 * `permissions` of task.yaml: everything that a task may touch. What is not listed is denied.
 *
 * SECURITY: entries become parts of Deno's flags, where a comma makes two grants of one and `*` is a
 * wildcard: no entry may hold a comma, a control character or nothing
 * (tests/unit/runtime/task_test.ts, `parseTask() refuses a comma in every grant`). An unknown grant
 * is a mistake, never passed over: its author meant to allow or to forbid something.
 */
import type { Where } from "../sdk/errors.ts";
import { formatHostEntry, type HostEntry, parseHostEntry } from "./host_entry.ts";
import { unknownGrant } from "./grant_names.ts";
import { checkKeyPattern } from "./names.ts";
import { checkPath, checkProgram } from "./path_entry.ts";
import { type Fault, isFault, type Report } from "./report.ts";
import { choice, flagOf, reportKind, scalar, type Shape, text } from "./shape.ts";
import { type Fields, fields, list, type Placed, type Slot } from "./shape_fields.ts";
import { checkEnv, type EnvEntry, envList } from "./task_env.ts";
import { checkProxies } from "./task_proxy.ts";

/** A value and its place in task.yaml; line and column are always there. */
export interface Located<T> {
  /** The value, checked. */
  readonly value: T;
  /** Where the entry stands. */
  readonly where: Where;
}

/** A path that the task may read, write or both. */
export interface FsEntry {
  /** As written: relative to the task's folder or absolute; `~` and `${TASK_DIR}` not expanded. */
  readonly path: string;
  /** Whether it may be read. */
  readonly read: boolean;
  /** Whether it may be written. */
  readonly write: boolean;
  /** Where the entry stands. */
  readonly where: Where;
}

/** What the task may touch. */
export interface Permissions {
  /** The variables, in the order of the file; no name twice. */
  readonly env: readonly EnvEntry[];
  /** `host`, `host:port` or `"*"`; host names in lower case. */
  readonly net: readonly Located<string>[];
  /** Files and folders. */
  readonly fs: readonly FsEntry[];
  /** Names or paths of programs. */
  readonly run: readonly Located<string>[];
  /** Deno's kinds of system information. */
  readonly sys: readonly Located<string>[];
  /** Hosts that code may be fetched from. */
  readonly import: readonly Located<string>[];
  /** Folders outside the task that its code may import, as written. */
  readonly modules: readonly Located<string>[];
  /** Whether the task may write secrets, or the patterns of the keys that it may write. */
  readonly secretsWrite: boolean | readonly string[];
}

/** The kinds that `--allow-sys` of Deno 2.9.6 takes (measured: it refuses any other). */
export const SYS_KINDS = [
  "cpus",
  "getPriority",
  "getegid",
  "gid",
  "homedir",
  "hostname",
  "loadavg",
  "networkInterfaces",
  "osRelease",
  "osUptime",
  "setPriority",
  "statfs",
  "systemMemoryInfo",
  "uid",
  "userInfo",
  "username",
] as const;

const netEntry = scalar<string>({
  expected: "a host",
  parse: (found) => found === "*" ? found : formatted(parseHostEntry(found)),
});

const importEntry = scalar<string>({ expected: "a host", parse: parseImport });

function parseImport(found: string): string | Fault {
  if (found === "*") return { state: "would allow every host", hint: "list each host by itself" };
  if (/^(?:npm|jsr):/.test(found)) {
    return { state: "needs no grant", hint: "remove it: npm: and jsr: are always allowed" };
  }
  return formatted(parseHostEntry(found));
}

function formatted(entry: HostEntry | Fault): string | Fault {
  return isFault(entry) ? entry : formatHostEntry(entry);
}

const path = text("a path", checkPath, { longest: 4096 });

const fsEntry = fields({
  path: { shape: path, about: "a file or folder; ~ and ${TASK_DIR} expand", required: true },
  permission: {
    shape: choice(["r", "w", "rw"], { read: "write r", write: "write w", wr: "write rw" }),
    about: "r, w or rw",
    required: true,
  },
}, { hint: (word) => `write [${fsExample(word)}]` });

function fsExample(path = "./data"): string {
  return `{ path: ${path}, permission: r }`;
}

const secretsWrite: Shape<boolean | readonly string[]> = (() => {
  const pattern = scalar({
    expected: "a pattern of keys",
    parse: (found) => checkKeyPattern(found) ?? found,
  });
  const patterns = list(pattern, { example: '"OAUTH_*"' });
  return {
    form: { type: "forms", of: [{ type: "flag" }, patterns.form] },
    read(node, at) {
      if (node.kind !== "list") {
        const value = flagOf(node);
        if (value !== undefined) return value;
        const hint = 'write true, or a list such as ["OAUTH_*"]';
        return reportKind(node, at, "true, false or a list of patterns of keys", { hint });
      }
      return patterns.read(node, at)?.map(({ value }) => value);
    },
  };
})();

const DICODE = {
  secrets_write: {
    shape: secretsWrite,
    about: "whether the task may write secrets, or a list of patterns of keys that it may write",
    default: "false",
  },
} as const;

const PERMISSIONS = {
  env: { shape: envList, about: "the variables that the task gets" },
  net: { shape: list(netEntry, { example: "api.github.com" }), about: "hosts that it may reach" },
  fs: {
    shape: list(fsEntry, { example: fsExample(), entryOf: fsExample }),
    about: "files and folders that it may read or write",
  },
  run: {
    shape: list(text("a program", checkProgram, { longest: 4096 }), { example: "git" }),
    about: "programs that it may run",
  },
  sys: {
    shape: list(choice(SYS_KINDS), { example: "hostname" }),
    about: "kinds of system information that it may read",
  },
  import: {
    shape: list(importEntry, { example: "esm.sh" }),
    about: "hosts that its code may be fetched from, beside npm: and jsr:",
  },
  modules: {
    shape: list(path, { example: "../lib" }),
    about: "folders outside the task that its code may import from",
  },
  dicode: {
    shape: fields(DICODE, {
      unknown: unknownGrant(Object.keys(DICODE), "dicode."),
      hint: "write { secrets_write: true }",
    }),
    about: "what it may ask of dicode",
  },
} as const;

/** The names under `permissions`. */
export const GRANTS: readonly string[] = Object.keys(PERMISSIONS);

/** The map under `permissions`. */
export const permissionsShape = fields(PERMISSIONS, {
  unknown: unknownGrant(GRANTS, ""),
  hint: "write fields such as net: [api.github.com]",
});

/** What `permissions` grants; nothing if it is absent. */
export function readPermissions(
  slot: Slot<Fields<typeof PERMISSIONS>> | undefined,
  report: Report,
): Permissions {
  const { env, net, fs, run, sys, import: imports, modules, dicode } = slot?.value?.slots ?? {};
  const located = <T>(found: Slot<readonly Placed<T>[]> | undefined): Located<T>[] =>
    (found?.value ?? []).map(({ value, place }) => ({ value, where: report.where(place) }));
  const variables = checkEnv(env, report);
  const hosts = located(net);
  // Where net itself is wrong, whether it grants a proxy is not known yet.
  const netRead = net === undefined || net.value !== undefined;
  if (netRead) checkProxies(variables, hosts.map(({ value }) => value), report);
  return {
    env: variables,
    net: hosts,
    fs: (fs?.value ?? []).flatMap(({ value: { slots }, place }): FsEntry[] => {
      const [path, permission] = [slots.path?.value, slots.permission?.value];
      if (path === undefined || permission === undefined) return [];
      const [read, write] = [permission.includes("r"), permission.includes("w")];
      return [{ path, read, write, where: report.where(place) }];
    }),
    run: located(run),
    sys: located(sys),
    import: located(imports),
    modules: located(modules),
    secretsWrite: dicode?.value?.slots.secrets_write?.value ?? false,
  };
}
