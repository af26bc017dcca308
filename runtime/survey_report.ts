/**
 * The survey in words: warnings of one line each, and what to do about all of them in one hint.
 */
import { formatWhere } from "../sdk/errors.ts";
import type { Grants } from "./grants.ts";
import type { Graph } from "./preflight.ts";
import { surveyCode, type SurveyOptions } from "./survey.ts";
import { type Finding, findMissing, nameModule } from "./survey_compare.ts";
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
    return await compare(task, grants, graph, options);
  } catch (error) {
    options.signal?.throwIfAborted();
    // `check` has other things to say.
    const why = error instanceof Error ? error.message : String(error);
    return { warnings: [`${task.file}: cannot compare the code with it: ${why}`], hints: [] };
  }
}

async function compare(
  task: Task,
  grants: Grants,
  graph: Graph,
  options: SurveyOptions,
): Promise<SurveyReport> {
  const survey = await surveyCode(task, graph, options);
  const missing = await findMissing(task, grants, survey.mentions);
  const unused = await findUnused(task, grants, graph, survey);
  const warnings = survey.unseen.map(({ path, why }) =>
    `${nameModule(task, path)}: cannot compare it with task.yaml: ${why}`
  );
  warnings.push(...[...missing, ...unused].map(formatFinding));
  const over = warnings.length - MOST_LINES;
  if (over > 0) warnings.splice(MOST_LINES, over, `and ${over} more differences from task.yaml`);
  const hints = missing.flatMap(({ hint }) => hint ?? []);
  const grantsToAdd = mergeGrants(missing.flatMap(({ add }) => add ?? []));
  if (grantsToAdd !== "") hints.push(`add to task.yaml: permissions: { ${grantsToAdd} }`);
  if (unused.length > 0) hints.push("remove from task.yaml what the task does not need");
  return { warnings, hints: [...new Set(hints)] };
}

function formatFinding({ where, message }: Finding): string {
  return `${formatWhere(where)}: ${message}`;
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
