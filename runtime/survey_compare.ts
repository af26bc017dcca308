/**
 * Code against declaration: what a task's code names and task.yaml does not.
 *
 * Claims only what a run that comes there would meet. A host in some text is told apart from one that
 * is dialled; what is computed is only told where task.yaml grants nothing of its kind at all.
 */
import type { Where } from "../sdk/errors.ts";
import { grantFor } from "./denied.ts";
import type { Grants } from "./grants.ts";
import { nearest } from "./nearest.ts";
import { isInside, resolvePath } from "./paths.ts";
import { quote } from "./report.ts";
import { mayWrite } from "./secrets_write.ts";
import type { FoundMention } from "./survey.ts";
import { coversHost, coversProgram, grantsOn, group, type Named } from "./survey_covers.ts";
import type { Task } from "./task.ts";

/** One difference between code and declaration. */
export interface Finding {
  readonly where: Where;
  readonly message: string;
  /** A grant of task.yaml that would allow it, such as `net: [api.github.com]`. */
  readonly add?: string;
  /** Another next step. */
  readonly hint?: string;
}

/** What the code names and the file does not, in the order of the kinds. */
export async function findUndeclared(
  task: Task,
  grants: Grants,
  mentions: readonly FoundMention[],
): Promise<Finding[]> {
  const { permissions } = task;
  const sure = mentions.filter(({ sure }) => sure);
  const at = (places: readonly FoundMention[]) => placeOf(task, places[0]!);
  const tell = (what: string, { mentions }: Named, add?: string): Finding => {
    const places = new Set(mentions.map(({ path, at }) => `${at} ${path}`)).size;
    const more = places === 1 ? "" : ` (and in ${count(places - 1, "more place")})`;
    return { where: at(mentions), message: what + more, ...(add === undefined ? {} : { add }) };
  };
  const findings: Finding[] = [];

  const variables = new Set(grants.env);
  for (const named of group(sure, "env")) {
    if (variables.has(named.name)) continue;
    const what = `the code names the variable ${
      plain(named.name)
    }, which task.yaml does not declare`;
    findings.push(tell(what, named, grantFor("env", named.name)));
  }
  for (const named of group(sure, "net")) {
    const denied = named.mentions.filter((mention) => !isReached(grants, mention));
    if (denied.length === 0) continue;
    const what = `the code asks for the host ${plain(named.name)}, which net does not list`;
    findings.push(
      tell(what, { ...named, mentions: denied }, grantFor("net", named.name)),
    );
  }
  findings.push(...await findPaths(task, grants, sure, tell));
  for (const named of group(sure, "run")) {
    if (permissions.run.some(({ value }) => coversProgram(value, named.name))) continue;
    const what = `the code starts ${plain(named.name)}, which run does not list`;
    findings.push(tell(what, named, grantFor("run", named.name)));
  }
  for (const named of group(sure, "sys")) {
    if (grants.sys.includes(named.name)) continue;
    const what = `the code asks for ${named.name}, which sys does not list`;
    findings.push(tell(what, named, grantFor("sys", named.name)));
  }
  for (const named of group(sure, "secret")) {
    if (mayWrite(permissions.secretsWrite, named.name)) continue;
    const key = quote(named.name);
    const what = `the code writes the secret ${key}, which secrets_write does not cover`;
    findings.push({ ...tell(what, named), add: `dicode: { secrets_write: [${key}] }` });
  }
  const params = task.params.map(({ name }) => name);
  for (const named of group(sure, "param")) {
    if (params.includes(named.name)) continue;
    const near = nearest(named.name, params);
    const what = `the code reads the parameter ${quote(named.name)}, which task.yaml does not ` +
      "declare: it is always null";
    const hint = near === undefined ? undefined : `did you mean ${quote(near)}?`;
    findings.push({ ...tell(what, named), ...(hint === undefined ? {} : { hint }) });
  }
  return [...findings, ...findComputed(task, sure, at), ...findTexts(grants, mentions, at)];
}

/** What asks for something of a kind that is not granted at all: whatever it computes is denied. */
function findComputed(
  { permissions }: Task,
  sure: readonly FoundMention[],
  at: (places: readonly FoundMention[]) => Where,
): Finding[] {
  const { net, fs, run, secretsWrite } = permissions;
  const kinds = [
    ["net", net.length, "asks for a host that it computes, and net lists none"],
    ["read", fs.length, "reads a path that it computes, and fs lists none"],
    ["write", fs.length, "writes a path that it computes, and fs lists none"],
    ["run", run.length, "starts a program that it computes, and run lists none"],
    [
      "secret",
      secretsWrite ? 1 : 0,
      "writes a secret that it computes, and secrets_write is not granted",
    ],
  ] as const;
  return kinds.flatMap(([kind, granted, what]) => {
    const places = sure.filter((mention) => mention.kind === kind && mention.name === null);
    return granted > 0 || places.length === 0
      ? []
      : [{ where: at(places), message: `the code ${what}` }];
  });
}

/** Hosts in texts: one line for all, since they may be no more than texts. */
function findTexts(
  grants: Grants,
  mentions: readonly FoundMention[],
  at: (places: readonly FoundMention[]) => Where,
): Finding[] {
  const dialled = new Set(
    group(mentions.filter(({ sure }) => sure), "net").map(({ name }) => name),
  );
  const others = group(mentions, "net").filter(({ name, mentions }) =>
    !dialled.has(name) && !mentions.some((mention) => isReached(grants, mention))
  );
  if (others.length === 0) return [];
  const names = others.slice(0, 5).map(({ name }) => plain(name)).join(", ");
  const rest = others.length > 5 ? ` and ${count(others.length - 5, "more host")}` : "";
  return [{
    where: at(others[0]!.mentions),
    message: `the code holds ${
      others.length === 1 ? "a URL" : "URLs"
    } of ${names}${rest}, which net does not list`,
  }];
}

async function findPaths(
  task: Task,
  grants: Grants,
  sure: readonly FoundMention[],
  tell: (what: string, named: Named, add?: string) => Finding,
): Promise<Finding[]> {
  const findings: Finding[] = [];
  const paths = sure.filter(({ kind }) => kind === "read" || kind === "write");
  for (const [name, mentions] of Map.groupBy(paths, (mention) => mention.name)) {
    if (name === null) continue;
    const covering = await grantsOn(task, grants, mentions[0]!);
    const lacking = new Set(
      mentions.map(({ kind }) => kind).filter((kind) =>
        !covering.some((grant) => kind === "read" ? grant.read : grant.write)
      ),
    );
    if (lacking.size === 0) continue;
    const missing = mentions.filter(({ kind }) => lacking.has(kind));
    const verb = lacking.size === 2 ? "reads and writes" : lacking.has("read") ? "reads" : "writes";
    const shown = shownPath(task, name);
    const state = covering.length === 0
      ? "which fs does not list"
      : `which fs grants for ${lacking.has("read") ? "writing" : "reading"} alone`;
    const access = lacking.has("write") ? "write" : "read";
    const what = `the code ${verb} ${plain(shown)}, ${state}`;
    findings.push(tell(what, { name, mentions: missing }, grantFor(access, shown)));
  }
  return findings;
}

function isReached({ net }: Grants, mention: FoundMention): boolean {
  return net.some((entry) => coversHost(entry, mention));
}

/** A path as task.yaml would have it: relative where it lies in the task's folder. */
function shownPath(task: Task, name: string): string {
  const path = resolvePath(task.dir, name);
  const slash = name.endsWith("/") ? "/" : "";
  if (path === task.dir) return "./";
  return (isInside(path, task.dir) ? `.${path.slice(task.dir.length)}` : path) + slash;
}

/** A module's place, in a file as messages name it. */
function placeOf(task: Task, { path, place }: FoundMention): Where {
  return { file: nameModule(task, path), ...place };
}

/** A module as messages name it: beside task.yaml where it lies in the task's folder. */
export function nameModule(task: Task, path: string): string {
  if (!path.startsWith(`${task.dir}/`)) return path;
  return task.file.slice(0, task.file.lastIndexOf("/") + 1) + path.slice(task.dir.length + 1);
}

function plain(name: string): string {
  return /^[\w./:[\]@-]{1,80}$/.test(name) ? name : quote(name);
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
