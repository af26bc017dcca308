/** Whether an entry of task.yaml covers what the code names; where in doubt, it does. */
import { isClosed, splitHost } from "./closed_hosts.ts";
import type { Grants } from "./grants.ts";
import { isInside, overlaps, resolvePath, resolveReal } from "./paths.ts";
import type { FoundMention } from "./survey.ts";
import type { Task } from "./task.ts";

/** A name that the code has, with all its places. */
export interface Named {
  readonly name: string;
  readonly mentions: readonly FoundMention[];
}

/** The mentions of one kind by their names, in the order of the code. */
export function group(mentions: readonly FoundMention[], kind: FoundMention["kind"]): Named[] {
  const named = mentions.filter((mention) => mention.kind === kind && mention.name !== null);
  return [...Map.groupBy(named, ({ name }) => name!)]
    .map(([name, mentions]) => ({ name, mentions }));
}

/** The grants that reach a path; of one that goes on with what is computed, those that may. */
export async function grantsOn(
  task: Task,
  grants: Grants,
  { name, head }: FoundMention,
): Promise<Grants["fs"]> {
  const path = resolvePath(task.dir, name!);
  const real = await resolveReal(path).catch(() => path);
  const meets = head ? overlaps : isInside;
  return grants.fs.filter((grant) => meets(path, grant.path) || meets(real, grant.real));
}

/** Whether an entry of `net` lets the code reach a host. */
export function coversHost(entry: string, { name, port }: FoundMention): boolean {
  const [host] = splitHost(name!);
  if (entry === "*") return !isClosed(host);
  const [granted, only] = splitHost(entry);
  return granted === host && (only === undefined || port === undefined || only === port);
}

/** Whether an entry of `run` grants a program: by its name, wherever it lies. */
export function coversProgram(entry: string, name: string): boolean {
  const base = (path: string) => path.slice(path.lastIndexOf("/") + 1);
  return base(entry) === base(name);
}
