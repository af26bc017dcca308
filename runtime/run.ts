/**
 * One run, from a Task to its Outcome: the only file that knows the order and what overlaps.
 *
 * The key is derived and secrets are resolved while the module graph is listed and the child starts;
 * the child waits for the init line, so no task code runs before every variable is known.
 */
import { formatPlaced } from "../sdk/errors.ts";
import type { ChainContext } from "../store/chain.ts";
import { openChain } from "../store/open_chain.ts";
import { openStore } from "../store/secrets.ts";
import { makeChainContext, type ProviderNote } from "./chain_context.ts";
import { closedVariables } from "./closed_names.ts";
import { execute } from "./execute.ts";
import { buildGrants, describeGrants, readSurroundings } from "./grants.ts";
import type { HeadStart } from "./head_start.ts";
import { Interrupt, Interrupted } from "./interrupt.ts";
import { chooseWalls, wallFailed } from "./isolation.ts";
import { warnUnbound } from "./limits.ts";
import { refuseLinks } from "./link_scan.ts";
import { type Judgement, judgeRun, type Outcome } from "./outcome.ts";
import { resolveParams } from "./params.ts";
import { prepareCode } from "./prepare.ts";
import { maskJudgement } from "./result.ts";
import { makeRunFolder } from "./run_folder.ts";
import { type Checked, checkOptions, type RunOptions } from "./run_options.ts";
import type { Task } from "./task.ts";
import { forgetWorking } from "./tool_memory.ts";
import { timed } from "./timing.ts";
import { resolveVariables } from "./variables.ts";
import { buildWalled } from "./walls.ts";

/**
 * Runs a task to its end.
 *
 * @throws {DicodeError} where the run never starts: UsageError, SecretError, StoreError,
 *   SandboxError, NotFoundError. What the task itself does is an Outcome.
 */
export async function runTask(task: Task, options: RunOptions): Promise<Outcome> {
  return await runBegun(task, options, undefined);
}

/** The same for a run that may have a head start; whoever began it disposes of it. */
export async function runBegun(
  task: Task,
  options: RunOptions,
  headStart: HeadStart | undefined,
): Promise<Outcome> {
  const startedAt = performance.now();
  const runId = crypto.randomUUID();
  const checked = checkOptions(task, options);
  const judgement = await runToEnd(task, checked, runId, checked.warn, headStart).catch(
    judgeInterrupted,
  );
  return {
    ...maskJudgement(judgement, checked.masker),
    runId,
    durationMs: Math.round(performance.now() - startedAt),
  };
}

/**
 * Runs a task that is a provider of secrets, and gives what its main returned as it is.
 *
 * @param note told which of its own providers was passed over; what else such a run would warn of,
 *   the run that asks has said.
 * @throws {DicodeError} as runTask; {Error} if the task did not end well: the message holds nothing
 *   that the task said.
 */
export async function askTask(
  task: Task,
  options: RunOptions,
  note: ProviderNote,
): Promise<unknown> {
  const checked = checkOptions(task, options);
  const judgement = await runToEnd(task, checked, crypto.randomUUID(), note);
  if (judgement.status === "ok") return "result" in judgement ? judgement.result : undefined;
  throw new Error(`it ended with ${judgement.error?.code ?? judgement.status}`);
}

async function runToEnd(
  task: Task,
  options: Checked,
  runId: string,
  note: ProviderNote,
  headStart?: HeadStart,
): Promise<Judgement> {
  const { config, env, dataDir, denoPath, warn, debug, timing } = options;
  await using stack = new AsyncDisposableStack();
  const interrupt = new Interrupt(options.interruptions, options.signal);
  stack.defer(() => interrupt.close());

  const memoryDir = `${dataDir}/cache`;
  const hasPrograms = task.permissions.run.length > 0;
  const wanted = options.isolation ?? config.isolation;
  const credentials = closedVariables(config);
  const choosing = chooseWalls(wanted, { env, memoryDir, hasPrograms, credentials });
  const walls = await timed(timing, "walls", choosing);
  const params = resolveParams(task, options.params ?? {});
  for (const warning of task.warnings) warn(formatPlaced(warning));
  if (walls.warning !== undefined) warn(walls.warning);
  warnUnbound(task.limits, warn);
  debug(`isolation: ${walls.kind}`);
  const around = readSurroundings(env, dataDir, options.configPath, config);
  const grants = await timed(timing, "grants", buildGrants(task, around, true));
  await timed(timing, "links", refuseLinks(task, grants, around, { walls: walls.kind, warn }));
  debug(`grants: ${describeGrants(grants)}`);

  const store = stack.use(openStore({ dataDir, env, keepKey: true }));
  const context = makeChainContext({
    env,
    config,
    store,
    conceal: (credential) => options.masker.conceal(credential),
    warn: note,
    offline: options.offline,
    start: askTask,
    options: forProviders(options),
    taskDir: task.dir,
  });
  // A run that ends before its variables are known needs no provider's answer any more.
  const ended = new AbortController();
  stack.defer(async () => {
    ended.abort();
    await context.settled();
  });
  const asking = AbortSignal.any([interrupt.signal, ended.signal]);
  const resolving = startResolving(task, options, context, asking);
  // A secret that is missing ends the preparation too: a fetch may take minutes.
  const unresolved = new AbortController();
  resolving.catch((error) => unresolved.abort(error));
  const signal = AbortSignal.any([interrupt.signal, unresolved.signal]);
  const folder = stack.use(
    await timed(timing, "folder", makeRunFolder(grants, dataDir, env, headStart)),
  );
  // Its child is gone before the folder is.
  if (headStart !== undefined) stack.use(headStart);
  const preparing = prepareCode(task, grants, { denoPath, dataDir, env, folder, signal });
  const code = await timed(timing, "code", preparing);
  debug(`modules: ${code.moduleCount} of the task's own`);

  const { socket } = folder;
  const { color = false } = options;
  const audit = options.audit
    ? stack.use(
      await (await import("./audit.ts" as string) as typeof import("./audit.ts")).Audit.open(
        folder.path,
      ),
    )
    : undefined;
  const plan = { denoPath, folder, code, color, memoryDir, audit: audit?.path };
  const walled = await buildWalled(walls, task, grants, plan);
  audit?.start(walled.socket);
  const isPlain = walls.kind !== "landlock" && !code.importMap && !code.fetchedDir;
  const { command, inNamespace } = walled;
  const places = { socket: walled.socket, folder: folder.path, caches: folder.caches };
  const start = isPlain ? { command, inNamespace, ...places } : undefined;
  const remembering = headStart?.remember(start);
  const traces = await execute({
    ...{ task, options, runId, walled, socket, store, params, resolving, interrupt, audit },
    headStart,
    isClosedKey: context.closed?.key,
    started: () => folder.sweep(),
  });
  await remembering;
  if (walls.kind !== "deno" && !traces.greeted && traces.ended.cause.kind === "exit") {
    const fallen = await wallFailed(walls.kind, traces.lastWords);
    if (fallen !== undefined) {
      await forgetWorking(memoryDir, walls.program);
      throw fallen;
    }
  }
  const judgement = judgeRun(traces);
  if (audit === undefined) return judgement;
  const { codeFiles } = code;
  return { ...judgement, receipt: await audit.finish({ task, grants, codeFiles }, options.masker) };
}

/** Starts to resolve the variables; a failure shows where it is awaited. */
function startResolving(
  task: Task,
  options: Checked,
  context: ChainContext,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const { env, masker, config } = options;
  const conceal = (value: string) => masker.conceal(value);
  // Who has nothing to ask loads no provider.
  const asks = task.permissions.env.some(({ kind }) => kind === "secret");
  const providers = asks ? config.providers : [];
  const resolving = openChain(providers, context, options.providers).then((chain) =>
    resolveVariables(task, { env, chain, signal, closed: context.closed, providers }, conceal)
  );
  const timing = timed(options.timing, "variables", resolving);
  timing.catch(() => {});
  return timing;
}

/**
 * What the run of a task that is a provider takes from the run that asks it.
 *
 * SECURITY: the masker too: what such a run says is said by the run that asks, a service's own words
 * with the token in them among it (tests/providers/task_test.ts).
 */
function forProviders(options: Checked): Omit<RunOptions, "sinks"> {
  const { isolation, config, configPath, dataDir, env, denoPath, offline, masker } = options;
  return { isolation, config, configPath, dataDir, env, denoPath, offline, masker };
}

function judgeInterrupted(error: unknown): Judgement {
  if (!(error instanceof Interrupted)) throw error;
  return judgeRun({
    ended: { cause: { kind: "signal", signal: error.signalName }, code: 0, signal: null },
    timeoutMs: 0,
    inNamespace: false,
    greeted: false,
    lastWords: "",
  });
}
