/** `dicode run`: one task, its output as it comes or one JSON document. */
import { type DicodeError, formatPlaced, UsageError } from "../../sdk/errors.ts";
import { quoteShell } from "../../store/quote.ts";
import type { RunFlags } from "../command_tree.ts";
import { loadHostConfig } from "../config_file.ts";
import { parseDuration } from "../duration.ts";
import { BARE } from "../globals.ts";
import type { Host } from "../host.ts";
import { Interrupt, Interrupted } from "../interrupt.ts";
import { formatJsonLine } from "../json_line.ts";
import { type Outcome, signalExit } from "../outcome.ts";
import type { Sinks } from "../output.ts";
import { resolvePath } from "../paths.ts";
import { readAll } from "../../store/read_all.ts";
import { checkReceiptPath, writeReceipt } from "../receipt_file.ts";
import { RunReport } from "../run_report.ts";
import { runBegun } from "../run.ts";
import type { RunOptions } from "../run_options.ts";
import { Screen } from "../screen.ts";
import type { Task } from "../task.ts";
import { loadKnownTask } from "../task_memory.ts";
import { timed, type Timing } from "../timing.ts";

/** More than any honest input; it is held in memory twice. */
const INPUT_LIMIT_BYTES = 64 * 1024 * 1024;

export async function run(host: Host, flags: RunFlags, dir: string): Promise<number> {
  if (flags.explain) return await explain(host, flags, dir);
  if (!flags.json) {
    const task = await readTask(host, dir);
    const screen = new Screen(host);
    const outcome = await execute(host, flags, task, screen.sinks).finally(() => screen.end());
    const exitCode = await finish(host, screen, outcome);
    if (outcome.receipt !== undefined) await screen.endErrorLine();
    const lateExitCode = await giveReceipt(host, flags, task, outcome);
    return exitCode || lateExitCode;
  }
  const report = new RunReport();
  try {
    const task = await readTask(host, dir);
    report.task = task.id;
    report.outcome = await execute(host, flags, task, report.capture.sinks);
    if (report.outcome.error) sayFailure(host, report.outcome.error);
    report.lateExitCode = await giveReceipt(host, flags, task, report.outcome);
  } catch (error) {
    report.refuse(error, host.fail(error));
  }
  await host.print(report.format(host.masker));
  return report.exitCode;
}

async function readTask(host: Host, dir: string): Promise<Task> {
  const loading = loadKnownTask(resolvePath(host.cwd, dir), host);
  return await timed((stage, ms) => host.timing(stage, ms), "task.yaml", loading);
}

/** The document of a run that the command line itself kept from starting. */
export async function printRefusal(host: Host, error: DicodeError): Promise<void> {
  const report = new RunReport();
  report.refuse(error, error.exitCode);
  await host.print(report.format(host.masker));
}

/** What the command line gives to the run, checked. */
async function readGiven(host: Host, flags: RunFlags) {
  return {
    params: parseParams(flags.param ?? []),
    timeoutMs: flags.timeout === undefined ? undefined : parseTimeout(flags.timeout),
    input: flags.input === undefined ? null : await parseInput(host.cwd, flags.input),
    isolation: flags.isolation,
  };
}

async function execute(host: Host, flags: RunFlags, task: Task, sinks: Sinks): Promise<Outcome> {
  const receiptFile = receiptFileOf(host, flags);
  if (receiptFile !== undefined) await checkReceiptPath(receiptFile);
  const given = await readGiven(host, flags);
  const timing: Timing = (stage, ms) => host.timing(stage, ms);
  const config = await timed(timing, "config", loadHostConfig(host));
  const options: RunOptions = {
    ...given,
    config,
    configPath: host.configPath,
    offline: host.offline,
    sinks,
    audit: flags.audit !== undefined,
    dataDir: host.dataDir,
    env: host.env,
    denoPath: await host.findDeno(),
    color: host.color && !flags.json,
    masker: host.masker,
    warn: (message) => host.warn(message),
    debug: (message) => host.debug(message),
    timing,
    interruptions: host.interruptions,
  };
  return await runBegun(task, options, host.headStart);
}

/** Says or writes the receipt, if there is one; returns the exit code of a run that went well. */
async function giveReceipt(
  host: Host,
  flags: RunFlags,
  task: Task,
  { receipt, runId, status }: Outcome,
): Promise<number> {
  if (receipt === undefined) return 0;
  const { formatReceipt, formatReceiptDocument } = await import(
    "../receipt_text.ts" as string
  ) as typeof import("../receipt_text.ts");
  const run = { task: task.id, runId, endedWell: status === "ok" };
  const file = receiptFileOf(host, flags);
  if (file === undefined) {
    for (const line of formatReceipt(receipt, run)) host.say(line);
    return 0;
  }
  try {
    await writeReceipt(file, formatReceiptDocument(receipt, run));
  } catch (error) {
    host.fail(error);
    return 1;
  }
  host.say(`receipt written to ${JSON.stringify(file)}`);
  return 0;
}

/** The file of `--audit=FILE`, absolute; a bare `--audit` names none. */
function receiptFileOf(host: Host, { audit }: RunFlags): string | undefined {
  return audit === undefined || audit === BARE ? undefined : resolvePath(host.cwd, audit);
}

/** `--explain`: what the run would do, and nothing of it. */
async function explain(host: Host, flags: RunFlags, dir: string): Promise<number> {
  if (flags.audit !== undefined) {
    throw new UsageError("usage", "cannot use --audit with --explain: nothing runs", {
      hint: "leave one of them out",
    });
  }
  const { explainRun } = await import("../explain.ts" as string) as typeof import("../explain.ts");
  const text = await import("../explain_text.ts" as string) as typeof import("../explain_text.ts");
  const { findMissing, hintsFor } = await import(
    "../origins.ts" as string
  ) as typeof import("../origins.ts");
  const task = await loadKnownTask(resolvePath(host.cwd, dir), host);
  for (const warning of task.warnings) host.warn(formatPlaced(warning));
  const interrupt = new Interrupt(host.interruptions);
  try {
    const given = { ...await readGiven(host, flags), hasInput: flags.input !== undefined };
    const explanation = await explainRun(host, task, given, interrupt.signal);
    const format = flags.json ? text.formatExplanationDocument : text.formatExplanation;
    await host.print(format(explanation));
    const missing = findMissing(explanation.env);
    for (const hint of await hintsFor(host, missing)) host.hint(hint);
    return missing.length > 0 ? 4 : 0;
  } catch (error) {
    if (error instanceof Interrupted) return signalExit(error.signalName);
    throw error;
  } finally {
    interrupt.close();
  }
}

/** Says how the run ended, after the task's own output. */
async function finish(host: Host, screen: Screen, outcome: Outcome): Promise<number> {
  if ("result" in outcome) {
    try {
      await screen.printLine(formatJsonLine(outcome.result));
    } catch {
      return 141;
    }
  }
  // A reader that has gone away has had enough: `dicode run … | head -1` ends in silence.
  if (outcome.error && outcome.error.code !== "output_closed") {
    await screen.endErrorLine();
    sayFailure(host, outcome.error);
  }
  return outcome.exitCode;
}

/** What is said of a task's own words: more would bury the rest. */
const SAID_LINES = 50;

function sayFailure(host: Host, { message, hint, stack }: NonNullable<Outcome["error"]>): void {
  const [first, ...rest] = message.split("\n");
  host.say(`error: ${first}`);
  const lines = [...rest, ...stack?.split("\n") ?? []].filter((line) => line.trim() !== "");
  // SECURITY: behind a mark, or a task could speak in our voice (tests/e2e/outcome_test.ts).
  for (const line of lines.slice(0, SAID_LINES)) host.say(`| ${line.trim()}`);
  if (lines.length > SAID_LINES) host.say(`| … ${lines.length - SAID_LINES} more lines`);
  if (hint !== undefined) host.hint(hint);
}

function parseParams(pairs: readonly string[]): Record<string, string> {
  const params: Record<string, string> = Object.create(null);
  for (const pair of pairs) {
    const cut = pair.indexOf("=");
    if (cut < 1) {
      throw new UsageError("param_invalid", "cannot use -p: it takes name=value", {
        hint: "dicode run DIR -p name=value",
      });
    }
    params[pair.slice(0, cut)] = pair.slice(cut + 1);
  }
  return params;
}

function parseTimeout(text: string): number {
  const timeoutMs = parseDuration(text);
  if (typeof timeoutMs === "number") return timeoutMs;
  throw new UsageError("usage", `cannot use --timeout: it ${timeoutMs.state}`, {
    hint: timeoutMs.hint ?? "--timeout 90s",
  });
}

async function parseInput(cwd: string, text: string): Promise<unknown> {
  const piped = text === "-" ? await readAll(Deno.stdin.readable, INPUT_LIMIT_BYTES) : null;
  if (piped === undefined) {
    throw new UsageError("input_invalid", "cannot use standard input: it is longer than 64 MiB");
  }
  try {
    return JSON.parse(piped ? new TextDecoder("utf-8", { fatal: true }).decode(piped) : text);
  } catch {
    // SyntaxError quotes the text, which may hold a secret.
    const from = text === "-" ? "standard input" : "--input";
    const isPath = text !== "-" && await isFile(resolvePath(cwd, text));
    throw new UsageError("input_invalid", `cannot use ${from}: it is not JSON`, {
      hint: isPath ? `--input - < ${quoteShell(text)}` : `--input '{"name": "value"}'`,
    });
  }
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false; // as a rule no path at all
  }
}
