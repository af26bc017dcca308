/**
 * `permissions` of task.yaml as a run would need them: what it used, narrowed to how it used it.
 *
 * What was denied stands behind `#`: a package that looks around asks for much that a task does not
 * need, and nobody should grant that by copying. No value of a variable is shown.
 */
import { folderOf, quoteYaml } from "./denied.ts";
import { parseHostEntry } from "./host_entry.ts";
import { checkKeyPattern, checkVariable } from "./names.ts";
import { isInside, resolvePath } from "./paths.ts";
import type { Allowed, Asked, Comparison, Unused } from "./receipt.ts";
import { isFault } from "./report.ts";
import type { EnvEntry, Task } from "./task.ts";
import { SYS_KINDS } from "./task_permissions.ts";

/** Of what was denied, how much is listed for each kind. */
const MOST_DENIED = 20;

/** The lines, the last without a line feed. */
export function formatFitting(comparison: Comparison, { task, protectedPaths }: Allowed): string {
  const { permissions } = task;
  // A program may have used what the task's own code did not.
  const hasPrograms = permissions.run.length > 0;
  const isKept = (permission: Unused["permission"], value: string) =>
    !comparison.unused.some((unused) => unused.permission === permission && unused.value === value);
  const denied = (permission: Asked["permission"]) =>
    comparison.asked.flatMap((asked) =>
      asked.permission === permission && !asked.granted ? asked.value ?? [] : []
    );
  const lines = [
    ...formatList(
      "env",
      permissions.env.filter(({ name }) => hasPrograms || isKept("env", name)).map(formatVariable),
      denied("env").filter((name) => checkVariable(name) === undefined).map(quoteYaml),
    ),
    ...formatList(
      "net",
      permissions.net.filter(({ value }) => hasPrograms || isKept("net", value))
        .flatMap(({ value }) => value === "*" && !hasPrograms ? listHosts(comparison, task) : value)
        .map(quoteYaml),
      denied("net").filter(isHost).map(quoteYaml),
    ),
    ...formatList(
      "fs",
      permissions.fs.flatMap(({ path, read, write }) => {
        const needed = [
          read && (hasPrograms || isKept("read", path)) ? "r" : "",
          write && (hasPrograms || isKept("write", path)) ? "w" : "",
        ].join("");
        return needed === "" ? [] : formatPath(path, needed);
      }),
      formatDeniedPaths(task, protectedPaths, denied("read"), denied("write")),
    ),
    ...formatList("run", permissions.run.map(({ value }) => quoteYaml(value)), []),
    ...formatList(
      "sys",
      permissions.sys.filter(({ value }) => isKept("sys", value)).map(({ value }) => value),
      denied("sys").filter((kind) => SYS_KINDS.some((known) => known === kind)),
    ),
    ...formatList(
      "import",
      permissions.import.filter(({ value }) => isKept("import", value))
        .map(({ value }) => quoteYaml(value)),
      denied("import").filter(isHost).map(quoteYaml),
    ),
    ...formatList(
      "modules",
      permissions.modules.filter(({ value }) => isKept("modules", value))
        .map(({ value }) => quoteYaml(value)),
      [],
    ),
    ...formatKeys(comparison, task, denied("secrets_write").flatMap(keysOf)),
  ];
  if (lines.length === 0) return "permissions: {}";
  // Nothing but comments would leave `permissions` without a value.
  return lines.every((line) => line.startsWith("# "))
    ? ["# permissions:", ...lines.map((line) => `#   ${line.slice(2)}`)].join("\n")
    : ["permissions:", ...lines.map((line) => `  ${line}`)].join("\n");
}

/** One kind of permission; where all of its entries were denied, its name is behind `#` too. */
function formatList(name: string, kept: readonly string[], denied: readonly string[]): string[] {
  const offered = [...new Set(denied)].filter((entry) => !kept.includes(entry));
  if (kept.length === 0 && offered.length === 0) return [];
  const more = offered.length - MOST_DENIED;
  return [
    kept.length === 0 ? `# ${name}:` : `${name}:`,
    ...kept.map((entry) => entry.startsWith("#") ? `  ${entry}` : `  - ${entry}`),
    ...offered.slice(0, MOST_DENIED).map((entry) => `#   - ${entry}`),
    ...(more > 0 ? [`#   # ${more} more`] : []),
  ];
}

function formatVariable(entry: EnvEntry): string {
  const { name, mask } = entry;
  if (entry.kind === "value") return `# keep ${name} as it is: no value is shown here`;
  const fields = [`name: ${quoteYaml(name)}`];
  if (entry.kind === "from") fields.push(`from: ${quoteYaml(entry.from)}`);
  if (entry.kind === "secret") fields.push(`secret: ${quoteYaml(entry.secret)}`);
  if (entry.kind !== "pass" && entry.optional) fields.push("optional: true");
  if (mask !== undefined) fields.push(`mask: ${mask}`);
  return fields.length === 1 ? quoteYaml(name) : `{ ${fields.join(", ")} }`;
}

function formatPath(path: string, permission: string): string {
  return `{ path: ${quoteYaml(path)}, permission: ${permission} }`;
}

function isHost(text: string): boolean {
  return !isFault(parseHostEntry(text));
}

/** In place of `"*"`: the hosts that no other entry grants. */
function listHosts({ asked }: Comparison, { permissions }: Task): string[] {
  const hosts = asked.flatMap(({ permission, value, granted }) =>
    permission === "net" && granted && value !== null && isHost(value) ? value : []
  );
  const isListed = (host: string) => permissions.net.some(({ value }) => value === host);
  const withoutPort = (host: string) => host.replace(/:\d+$/, "");
  return hosts.filter((host) => !isListed(host) && !isListed(withoutPort(host)))
    .filter((host) => host === withoutPort(host) || !hosts.includes(withoutPort(host)));
}

function formatDeniedPaths(
  task: Task,
  protectedPaths: readonly string[],
  read: readonly string[],
  written: readonly string[],
): string[] {
  const wanted = new Map<string, string>();
  for (const path of read) if (canBeGranted(path)) wanted.set(nameInTask(task, path), "r");
  for (const path of written) {
    const real = resolvePath(task.dir, path);
    // Code, which no grant lets a task write.
    if (!canBeGranted(path) || protectedPaths.some((kept) => isInside(real, kept))) continue;
    // Its folder: what is written and renamed into place leaves a grant on the file behind.
    wanted.set(folderOf(nameInTask(task, path)), "rw");
  }
  return [...wanted].map(([path, permission]) => formatPath(path, permission));
}

/** Not what stands for a path, as `<TMP>` does, nor what no entry of `fs` may hold. */
function canBeGranted(path: string): boolean {
  return path !== "" && !/^<|[,\p{Cc}]|\$\{/u.test(path);
}

function nameInTask(task: Task, path: string): string {
  const full = resolvePath(task.dir, path);
  if (full === task.dir) return ".";
  return isInside(full, task.dir) ? `.${full.slice(task.dir.length)}` : full;
}

/** A key that a task may name, or none. */
function keysOf(key: string | null): string[] {
  return key !== null && checkKeyPattern(key) === undefined ? [key] : [];
}

function formatKeys(
  { asked, unused }: Comparison,
  { permissions }: Task,
  denied: readonly string[],
): string[] {
  const { secretsWrite } = permissions;
  const patterns = secretsWrite === true
    ? asked.flatMap(({ permission, value, granted }) =>
      permission === "secrets_write" && granted ? keysOf(value) : []
    )
    : (secretsWrite || []).filter((pattern) =>
      !unused.some(({ permission, value }) => permission === "secrets_write" && value === pattern)
    );
  const line = (keys: readonly string[]) =>
    `dicode: { secrets_write: [${keys.map((key) => JSON.stringify(key)).join(", ")}] }`;
  if (patterns.length > 0 && denied.length === 0) return [line(patterns)];
  const wanted = denied.length > 0
    ? [`# ${line([...patterns, ...denied.slice(0, MOST_DENIED)])}`]
    : [];
  return patterns.length > 0 ? [line(patterns), ...wanted] : wanted;
}
