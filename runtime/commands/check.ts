/**
 * `dicode check`: what is wrong with tasks, where their variables would come from, and where code and
 * task.yaml differ.
 */
import { formatPlaced } from "../../sdk/errors.ts";
import { CheckReport } from "../check_report.ts";
import { listCodeFiles } from "../code_files.ts";
import type { CheckFlags } from "../command_tree.ts";
import { loadHostConfig } from "../config_file.ts";
import { buildGrants, readSurroundings } from "../grants.ts";
import { type Host, showControls } from "../host.ts";
import { placeImports } from "../place_imports.ts";
import { Interrupt, Interrupted } from "../interrupt.ts";
import { findMissing, findOrigins, formatOrigin, hintsFor } from "../origins.ts";
import { signalExit } from "../outcome.ts";
import { resolvePath } from "../paths.ts";
import { checkGraph } from "../preflight.ts";
import { makeRunFolder } from "../run_folder.ts";
import { compareCode } from "../survey_report.ts";
import { loadTask, type Task, type Trigger } from "../task.ts";
import type { Origin } from "../variables.ts";

/** What is known of one task. */
interface Checked {
  readonly task: Task;
  readonly origins: readonly Origin[];
  readonly warnings: readonly string[];
  readonly hints: readonly string[];
}

/** The exit code is that of the first task that is not in order. */
export async function check(host: Host, flags: CheckFlags, ...dirs: string[]): Promise<number> {
  const interrupt = new Interrupt(host.interruptions);
  const report = new CheckReport();
  try {
    for (const dir of dirs) {
      const path = resolvePath(host.cwd, dir);
      const warnings: string[] = [];
      const warn = (message: string) => {
        warnings.push(message);
        host.warn(message);
      };
      try {
        const checked = await checkTask(host, path, warn, interrupt.signal);
        for (const hint of checked.hints) host.hint(hint);
        report.add(path, { ...checked, warnings });
        if (!flags.json) await say(host, checked);
      } catch (error) {
        if (error instanceof Interrupted) return signalExit(error.signalName);
        report.refuse(path, error, host.fail(error), warnings);
      }
    }
    if (flags.json) await host.print(report.format(host.masker));
    return report.exitCode;
  } finally {
    interrupt.close();
  }
}

async function checkTask(
  host: Host,
  path: string,
  warn: (message: string) => void,
  signal: AbortSignal,
): Promise<Omit<Checked, "warnings">> {
  const task = await loadTask(path);
  for (const warning of task.warnings) warn(formatPlaced(warning));
  const { dataDir, env, configPath } = host;
  const config = await loadHostConfig(host);
  const around = readSurroundings(env, dataDir, configPath, config);
  const grants = await buildGrants(task, around, false);
  await using folder = await makeRunFolder(grants, dataDir, env);
  folder.sweep();
  const denoPath = await host.findDeno();
  const graph = await checkGraph({
    denoPath,
    entry: task.entry,
    roots: grants.roots.map(({ real }) => real),
    importHosts: grants.importHosts,
    denoDir: folder.infoDir,
    importMap: await placeImports(task.imports, folder.importMap),
    signal,
  });
  await listCodeFiles(task, grants, graph);
  // A process of its own: meanwhile the variables are looked for.
  const comparing = compareCode(task, grants, graph, {
    denoPath,
    denoDir: folder.infoDir,
    workDir: `${folder.path}/survey`,
    signal,
  });
  comparing.catch(() => {}); // awaited below, and not unhandled until then
  const hints: string[] = [];
  let origins: Origin[];
  try {
    origins = await findOrigins(host, config, task, signal);
  } finally {
    const compared = await comparing;
    for (const message of compared.warnings) warn(message);
    hints.push(...compared.hints);
  }
  return { task, origins, hints: [...hints, ...await hintsFor(host, findMissing(origins))] };
}

async function say(host: Host, { task, origins }: Omit<Checked, "warnings">): Promise<void> {
  const missing = findMissing(origins);
  const lacking = missing.length === 1 ? "1 variable has" : `${missing.length} variables have`;
  const state = missing.length > 0 ? `${lacking} no value` : "ok";
  await host.print(`${showControls(task.name)}: ${state}\n`);
  await host.print(formatTrigger(task.trigger) + origins.map(formatOrigin).join(""));
}

/** A task that waits for its schedule would wait for ever: dicode has none. */
function formatTrigger(trigger: Trigger | undefined): string {
  if (trigger === undefined || trigger.kind === "manual") return "";
  const { kind } = trigger;
  const detail = kind === "cron"
    ? trigger.schedule
    : kind === "webhook"
    ? trigger.path
    : kind === "chain"
    ? trigger.from
    : undefined;
  const what = detail === undefined ? kind : `${kind} ${JSON.stringify(detail)}`;
  return `  trigger: ${what} (dicode itself schedules nothing)\n`;
}
