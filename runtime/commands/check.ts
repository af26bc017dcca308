/**
 * `dicode check`: what is wrong with tasks, where their variables would come from, and where code and
 * task.yaml differ.
 */
import { formatPlaced } from "../../sdk/errors.ts";
import { quoteShell } from "../../store/quote.ts";
import { listCodeFiles } from "../code_files.ts";
import { loadHostConfig } from "../config_file.ts";
import { buildGrants, readSurroundings } from "../grants.ts";
import { type Host, showControls } from "../host.ts";
import { placeImports } from "../import_map.ts";
import { Interrupt, Interrupted } from "../interrupt.ts";
import { findOrigins, formatOrigin } from "../origins.ts";
import { signalExit } from "../outcome.ts";
import { resolvePath } from "../paths.ts";
import { checkGraph } from "../preflight.ts";
import { makeRunFolder } from "../run_folder.ts";
import { compareCode } from "../survey_report.ts";
import { loadTask, type Trigger } from "../task.ts";
import type { Origin } from "../variables.ts";

/** The exit code is that of the first task that is not in order. */
export async function check(host: Host, _flags: unknown, ...dirs: string[]): Promise<number> {
  const interrupt = new Interrupt(host.interruptions);
  let exitCode = 0;
  try {
    for (const dir of dirs) {
      let code: number;
      try {
        code = await checkTask(host, dir, interrupt.signal);
      } catch (error) {
        if (error instanceof Interrupted) return signalExit(error.signalName);
        code = host.fail(error);
      }
      exitCode ||= code;
    }
    return exitCode;
  } finally {
    interrupt.close();
  }
}

async function checkTask(host: Host, dir: string, signal: AbortSignal): Promise<number> {
  const task = await loadTask(resolvePath(host.cwd, dir));
  for (const warning of task.warnings) host.warn(formatPlaced(warning));
  const { dataDir, env, configPath } = host;
  const config = await loadHostConfig(host);
  const around = readSurroundings(env, dataDir, configPath, config.credentials.files);
  const grants = await buildGrants(task, around, false);
  await using folder = await makeRunFolder(grants, dataDir, env);
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
  let origins: Origin[];
  try {
    origins = await findOrigins(host, config, task, signal);
  } finally {
    const { warnings, hints } = await comparing;
    for (const message of warnings) host.warn(message);
    for (const message of hints) host.hint(message);
  }
  const missing = origins.filter(({ from, required }) => from === null && required);
  const lacking = missing.length === 1 ? "1 variable has" : `${missing.length} variables have`;
  const state = missing.length > 0 ? `${lacking} no value` : "ok";
  await host.print(`${showControls(task.name)}: ${state}\n`);
  await host.print(formatTrigger(task.trigger) + origins.map(formatOrigin).join(""));
  for (const { kind, source } of missing) {
    host.hint(
      kind === "secret" ? `dicode secrets set ${quoteShell(source)}` : `export ${source}=…`,
    );
  }
  return missing.length > 0 ? 4 : 0;
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
