/**
 * Declaration against code: what task.yaml declares and a task's code does not name.
 *
 * Nothing is claimed of a kind where the code asks for what only a run can tell, where programs or
 * packages may do the asking, or where a module was not looked at.
 */
import type { Grants } from "./grants.ts";
import { isInside } from "./paths.ts";
import type { Graph } from "./preflight.ts";
import { quote } from "./report.ts";
import { mayWrite } from "./secrets_write.ts";
import type { FoundMention, Survey } from "./survey.ts";
import type { Finding } from "./survey_compare.ts";
import { coversHost, coversProgram, grantsOn, group } from "./survey_covers.ts";
import type { EnvEntry, Task } from "./task.ts";

/** Variables that Deno, Node's modules and C libraries read by themselves. */
const READ_UNNAMED =
  /^(?:TZ|LANG|LC_\w+|PATH|HOME|TMPDIR|TERM|COLORTERM|NO_COLOR|FORCE_COLOR|SSL_\w+|NODE_\w+|DENO_\w+|LD_\w+|\w+_PROXY)$/i;

type Kind = FoundMention["kind"];

/** What task.yaml declares and the code does not name, in the order of the file's kinds. */
export async function findUnused(
  task: Task,
  grants: Grants,
  graph: Graph,
  { mentions, unseen }: Survey,
): Promise<Finding[]> {
  const { permissions } = task;
  const untold = new Set(mentions.filter(({ name }) => name === null).map(({ kind }) => kind));
  if (unseen.length > 0 || untold.has("code")) return [];
  /** What programs and packages may ask for as well. */
  const isTold = (kind: Kind) => !untold.has(kind) && !graph.remote && permissions.run.length === 0;
  const names = (kind: Kind) => group(mentions, kind).map(({ name }) => name);
  const findings: Finding[] = [];

  const params = names("param");
  for (const { name, where } of untold.has("param") ? [] : task.params) {
    if (params.includes(name)) continue;
    findings.push({ where, message: `the code does not read the parameter ${quote(name)}` });
  }
  const variables = names("env");
  for (const entry of isTold("env") ? permissions.env : []) {
    if (variables.includes(entry.name) || READ_UNNAMED.test(entry.name)) continue;
    findings.push({ where: entry.where, message: tellVariable(entry) });
  }
  const hosts = mentions.filter(({ kind, name }) => kind === "net" && name !== null);
  for (const { value, where } of isTold("net") ? permissions.net : []) {
    // A host on another port is a mistake that is told where it is named.
    const isNamed = hosts.some((mention) => coversHost(value, { ...mention, port: undefined }));
    if (!isNamed) {
      findings.push({ where, message: `the code does not name the host ${quote(value)}` });
    }
  }
  if (isTold("read") && isTold("write")) {
    findings.push(...await findPaths(task, grants, mentions));
  }
  const programs = names("run");
  for (const { value, where } of untold.has("run") || graph.remote ? [] : permissions.run) {
    if (programs.some((name) => coversProgram(value, name))) continue;
    findings.push({ where, message: `the code does not start ${quote(value)}` });
  }
  const kinds = names("sys");
  for (const { value, where } of isTold("sys") ? permissions.sys : []) {
    if (!kinds.includes(value)) {
      findings.push({ where, message: `the code does not ask for ${value}` });
    }
  }
  if (!untold.has("secret")) findings.push(...findSecrets(task, names("secret")));
  return [...findings, ...findImports(task, grants, graph)];
}

function tellVariable(entry: EnvEntry): string {
  const what = `the code does not name the variable ${entry.name}`;
  return entry.kind === "secret" ? `${what}: it is handed a secret that it does not use` : what;
}

async function findPaths(
  task: Task,
  grants: Grants,
  mentions: readonly FoundMention[],
): Promise<Finding[]> {
  const reached = new Map<Grants["fs"][number], Set<Kind>>();
  for (const mention of mentions) {
    if ((mention.kind !== "read" && mention.kind !== "write") || mention.name === null) continue;
    for (const grant of await grantsOn(task, grants, mention)) {
      reached.set(grant, (reached.get(grant) ?? new Set()).add(mention.kind));
    }
  }
  return task.permissions.fs.flatMap(({ path, where }, index) => {
    const grant = grants.fs[index]!;
    const used = reached.get(grant);
    if (used === undefined) return [{ where, message: `the code does not name ${quote(path)}` }];
    if (!grant.read || !grant.write || used.has("write")) return [];
    const message = `the code only reads ${quote(path)}, which fs grants for writing too`;
    return [{ where, message }];
  });
}

/** Patterns have no place of their own: the file's name stands for it. */
function findSecrets({ permissions, file }: Task, keys: readonly string[]): Finding[] {
  const { secretsWrite } = permissions;
  const where = { file };
  if (typeof secretsWrite === "boolean") {
    return secretsWrite && keys.length === 0
      ? [{ where, message: "the code writes no secret, which secrets_write grants" }]
      : [];
  }
  return secretsWrite.filter((pattern) => !keys.some((key) => mayWrite([pattern], key)))
    .map((pattern) => ({
      where,
      message: `the code writes no secret that ${quote(pattern)} of secrets_write covers`,
    }));
}

function findImports({ permissions }: Task, grants: Grants, graph: Graph): Finding[] {
  const unused: Finding[] = graph.remote ? [] : permissions.import.map(({ value, where }) => ({
    where,
    message: `the code imports nothing from ${quote(value)}`,
  }));
  for (const [index, { value, where }] of permissions.modules.entries()) {
    const { real } = grants.roots[index + 1]!;
    if (graph.modules.some((module) => isInside(module.real, real))) continue;
    unused.push({ where, message: `the code imports nothing from ${quote(value)}` });
  }
  return unused;
}
