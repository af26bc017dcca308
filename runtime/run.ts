/**
 * One run, from a Task to its Outcome: the only file that knows the order and what overlaps.
 *
 * The key is derived and secrets are resolved while the module graph is listed and the child starts;
 * the child waits for the init line, so no task code runs before every variable is known.
 */
import { SandboxError, UsageError } from "../sdk/errors.ts";
import { encodeLine, type Thrown } from "../sdk/protocol.ts";
import { openChain } from "../store/chain.ts";
import { findFolder } from "../store/files.ts";
import type { Provider } from "../store/provider.ts";
import { isReserved } from "../store/rules.ts";
import { openStore, type SecretStore } from "../store/secrets.ts";
import { Channel } from "./channel.ts";
import { Child } from "./child.ts";
import { type Config, DEFAULT_CONFIG } from "./config.ts";
import { LONGEST_DURATION_MS } from "./duration.ts";
import { follow } from "./follow.ts";
import { buildGrants, describeGrants, readSurroundings } from "./grants.ts";
import { Interrupt, Interrupted, type Interruptions } from "./interrupt.ts";
import { chooseWalls, type Isolation, wallFailed } from "./isolation.ts";
import { forgetWorking } from "./isolation_memory.ts";
import { Masker } from "./mask.ts";
import { type Judgement, judgeRun, type Outcome } from "./outcome.ts";
import type { Sinks } from "./output.ts";
import { resolveParams } from "./params.ts";
import { resolvePath } from "./paths.ts";
import { prepareCode } from "./prepare.ts";
import { maskJudgement } from "./result.ts";
import { makeRunFolder } from "./run_folder.ts";
import { SecretsWriter } from "./secrets_write.ts";
import type { Task } from "./task.ts";
import { resolveVariables } from "./variables.ts";
import { buildWalled } from "./walls.ts";

/** What a run needs of its surroundings. */
export interface RunOptions {
  /** Values of parameters, over the defaults of task.yaml. */
  readonly params?: Readonly<Record<string, string>>;
  /** What main receives as `input`: any JSON value. Default null. */
  readonly input?: unknown;
  /** Milliseconds from the hand-over of the variables; 0 is none. Default: task.yaml's. */
  readonly timeoutMs?: number;
  /** Default: the configuration's. */
  readonly isolation?: Isolation;
  /** What dicode.yaml says. Default: DEFAULT_CONFIG. */
  readonly config?: Config;
  /** The data folder; a relative one is taken from the working directory. */
  readonly dataDir: string;
  /** The host's environment; may throw for a value that is not UTF-8. */
  readonly env: (name: string) => string | undefined;
  /** The deno that runs the task. */
  readonly denoPath: string;
  /** Sources of secrets of one's own, asked after those of the configuration. */
  readonly providers?: readonly Provider[];
  /** Where the task's output goes, masked. */
  readonly sinks: Sinks;
  /** Whether the task may print colours. Default false. */
  readonly color?: boolean;
  /** Hides values in output, result and messages. Default: one of the run's own. */
  readonly masker?: Masker;
  /** Told what the user should know. */
  readonly warn?: (message: string) => void;
  /** Told each stage. */
  readonly debug?: (message: string) => void;
  /** Signals to pass on to the task. */
  readonly interruptions?: Interruptions;
  /** Ends the run as SIGTERM would. */
  readonly signal?: AbortSignal;
}

/**
 * Runs a task to its end.
 *
 * @throws {DicodeError} where the run never starts: UsageError, SecretError, StoreError,
 *   SandboxError, NotFoundError. What the task itself does is an Outcome.
 */
export async function runTask(task: Task, options: RunOptions): Promise<Outcome> {
  const startedAt = performance.now();
  const runId = crypto.randomUUID();
  const masker = options.masker ?? new Masker();
  const checked = { ...options, ...await checkOptions(task, options), masker };
  const judgement = await runToEnd(task, checked, runId).catch(judgeInterrupted);
  return {
    ...maskJudgement(judgement, masker),
    runId,
    durationMs: Math.round(performance.now() - startedAt),
  };
}

/** Options whose defaults are filled in and whose values were checked. */
type Checked = RunOptions & { readonly masker: Masker; readonly timeoutMs: number };

/**
 * What of the options is checked or filled in before anything else.
 *
 * SECURITY: grants, store and caches must mean the same data folder, also where it is given relative
 * to the working directory (tests/e2e/library_test.ts).
 */
async function checkOptions(task: Task, options: RunOptions) {
  const { timeoutMs = task.timeoutMs, denoPath } = options;
  if (!(timeoutMs >= 0 && timeoutMs <= LONGEST_DURATION_MS)) {
    throw new UsageError("usage", `cannot use a time limit of ${timeoutMs} ms`, {
      hint: "give 0 for none, or at most 24 days",
    });
  }
  if (!await Deno.stat(denoPath).then(({ isFile }) => isFile, () => false)) {
    throw new SandboxError("host_unfit", `cannot run tasks: there is no deno at "${denoPath}"`, {
      hint: "give the path of a deno, such as Deno.execPath()",
    });
  }
  const dataDir = resolvePath(Deno.cwd(), options.dataDir);
  // Whoever else may write there decides over configuration and caches.
  findFolder(dataDir);
  return { timeoutMs, dataDir };
}

async function runToEnd(task: Task, options: Checked, runId: string): Promise<Judgement> {
  const { config = DEFAULT_CONFIG, masker, env, dataDir, denoPath, timeoutMs } = options;
  await using stack = new AsyncDisposableStack();
  const interrupt = new Interrupt(options.interruptions, options.signal);
  stack.defer(() => interrupt.close());
  const debug = options.debug ?? (() => {});

  const memoryDir = `${dataDir}/cache`;
  const walls = await chooseWalls(options.isolation ?? config.isolation, { env, memoryDir });
  const params = resolveParams(task, options.params ?? {});
  for (const { message } of task.warnings) options.warn?.(`${task.file}: ${message}`);
  if (walls.kind === "deno" && walls.warning !== undefined) options.warn?.(walls.warning);
  debug(`isolation: ${walls.kind}`);
  const grants = await buildGrants(task, readSurroundings(env, dataDir), true);
  debug(`grants: ${describeGrants(grants)}`);

  const store = stack.use(openStore({ dataDir, env }));
  const resolving = startResolving(task, options, store, interrupt.signal);
  // A secret that is missing ends the preparation too: a fetch may take minutes.
  const unresolved = new AbortController();
  resolving.catch((error) => unresolved.abort(error));
  const signal = AbortSignal.any([interrupt.signal, unresolved.signal]);
  const folder = stack.use(await makeRunFolder(grants, dataDir, env));
  const code = await prepareCode(task, grants, { denoPath, dataDir, env, folder, signal });
  debug(`modules: ${code.moduleCount} of the task's own`);

  // Begins with a byte that no line of honest output ends with: see Masker.conceal.
  const token = `\x1f${crypto.randomUUID()}`;
  masker.conceal(token, "plain");
  const writer = new SecretsWriter(task, store, masker);
  // deno-lint-ignore prefer-const -- the channel is there before the child that dials it
  let child: Child | undefined;
  let returned: { value: unknown } | undefined;
  let thrown: Thrown | undefined;
  const channel = stack.use(
    new Channel(folder.socket, token, {
      secretsSet: (key, value) => writer.set(key, value),
      secretsDelete: (key) => writer.delete(key),
      returned: (value) => void (returned = { value }),
      thrown: (error) => void (thrown = error),
      abused: (reason) => child?.stop(reason),
    }),
  );
  const { command, socket } = await buildWalled(walls, task, grants, {
    denoPath,
    folder,
    code,
    color: options.color ?? false,
    memoryDir,
  });
  child = await Child.spawn(command, walls.kind === "bwrap");
  interrupt.attach(child);
  const { sinks } = options;
  const { outputBytes } = task.limits;
  const { signalled } = interrupt;
  const following = follow(child, { sinks, masker, outputBytes, signalled });
  try {
    const variables = await interrupt.race(resolving);
    debug(`variables: ${Object.keys(variables).length} handed over`);
    const { input = null } = options;
    const init = { variables, params, input, socket, token, taskId: task.id, runId };
    await child.start(encodeLine(init), timeoutMs);
  } catch (error) {
    child.stop("no variables");
    await following;
    throw error;
  }
  const { ended, lastWords } = await following;
  await channel.drain();
  const { greeted } = channel;
  if (walls.kind === "bwrap" && !greeted && ended.cause.kind === "exit") {
    await forgetWorking(memoryDir, walls.program);
    throw wallFailed(lastWords);
  }
  const inNamespace = walls.kind === "bwrap";
  return judgeRun({ ended, timeoutMs, inNamespace, greeted, returned, thrown, lastWords });
}

/** Starts to resolve the variables; a failure shows where it is awaited. */
function startResolving(
  task: Task,
  options: Checked,
  store: SecretStore,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const { env, masker, config = DEFAULT_CONFIG } = options;
  const conceal = (value: string) => masker.conceal(value);
  const context = { env, conceal, openStore: () => store, refused: isReserved };
  const resolving = openChain(config.providers, context, options.providers).then((chain) =>
    resolveVariables(task, { env, chain, signal }, conceal)
  );
  resolving.catch(() => {});
  return resolving;
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
