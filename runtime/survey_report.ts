/**
 * The survey in words: warnings of one line each, and what to do about all of them in one hint.
 */
import { formatPlaced } from "../sdk/errors.ts";
import type { Grants } from "./grants.ts";
import type { Graph } from "./preflight.ts";
import { type Survey, surveyCode, type SurveyOptions } from "./survey.ts";
import { type Finding, findUndeclared, nameModule } from "./survey_compare.ts";
import { findUnused } from "./survey_unused.ts";
import type { Task } from "./task.ts";

/** More would bury the rest of what `check` says. */
const MOST_LINES = 20;

/** What the host says, in this order. */
export interface SurveyReport {
  readonly warnings: readonly string[];
  readonly hints: readonly string[];
}

/** Compares a task's code with its declaration. Throws only the reason of the signal. */
export async function compareCode(
  task: Task,
  grants: Grants,
  graph: Graph,
  options: SurveyOptions,
): Promise<SurveyReport> {
  try {
    return await describeSurvey(task, grants, graph, await surveyCode(task, graph, options));
  } catch (error) {
    options.signal?.throwIfAborted();
    // `check` has other things to say.
    const why = error instanceof Error ? error.message : String(error);
    return { warnings: [`${task.file}: cannot compare the code with it: ${why}`], hints: [] };
  }
}

/** The differences between what the code names and what task.yaml declares, in words. */
export async function describeSurvey(
  task: Task,
  grants: Grants,
  graph: Graph,
  survey: Survey,
): Promise<SurveyReport> {
  const missing = inOrder(task, survey, await findUndeclared(task, grants, survey.mentions));
  const unused = await findUnused(task, grants, graph, survey);
  const warnings = survey.unseen.map(({ path, why }) =>
    `${nameModule(task, path)}: cannot compare it with task.yaml: ${why}`
  );
  warnings.push(...[...missing, ...unused].map(formatPlaced));
  const over = warnings.length - MOST_LINES;
  if (over > 0) warnings.splice(MOST_LINES, over, `and ${over} more differences from task.yaml`);
  const hints = missing.flatMap(({ hint }) => hint ?? []);
  const grantsToAdd = mergeGrants(missing.flatMap(({ add }) => add ?? []));
  if (grantsToAdd !== "") hints.push(`add to task.yaml: permissions: { ${grantsToAdd} }`);
  if (unused.length > 0) hints.push("remove from task.yaml what the task does not need");
  return { warnings, hints: [...new Set(hints)] };
}

/** By place, the modules as the graph has them. */
function inOrder(task: Task, { mentions }: Survey, findings: readonly Finding[]): Finding[] {
  const files = [...new Set(mentions.map(({ path }) => path))].map((path) =>
    nameModule(task, path)
  );
  const rank = ({ where }: Finding) => files.indexOf(where.file);
  return findings.toSorted((one, other) =>
    rank(one) - rank(other) || (one.where.line ?? 0) - (other.where.line ?? 0) ||
    (one.where.column ?? 0) - (other.where.column ?? 0)
  );
}

/** `net: [a]` and `net: [b]` as `net: [a, b]`; each entry once. */
function mergeGrants(grants: readonly string[]): string {
  const entries = new Map<string, Set<string>>();
  for (const grant of grants) {
    const [, kind = "", entry = ""] = /^(\w+: (?:\{ \w+: )?)\[(.*)\](?: \})?$/s.exec(grant) ?? [];
    entries.set(kind, (entries.get(kind) ?? new Set()).add(entry));
  }
  return [...entries].map(([kind, list]) => {
    return `${kind}[${[...list].join(", ")}]${kind.includes("{") ? " }" : ""}`;
  }).join(", ");
}
