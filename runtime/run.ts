/**
 * One run, from a Task to its Outcome: the only file that knows the order and what overlaps.
 *
 * The key is derived and secrets are resolved while the module graph is listed and the child starts;
 * the child waits for the init line, so no task code runs before every variable is known.
 */
import { encodeLine, type Thrown } from "../sdk/protocol.ts";
import { openChain } from "../store/chain.ts";
import { openStore, type SecretStore } from "../store/secrets.ts";
import { Channel } from "./channel.ts";
import { Child, type Ended } from "./child.ts";
import { type Config, DEFAULT_CONFIG } from "./config.ts";
import { buildGrants, describeGrants } from "./grants.ts";
import { Interrupt, Interrupted, type Interruptions } from "./interrupt.ts";
import { chooseWalls, type Isolation, wallFailed } from "./isolation.ts";
import { forgetWorking } from "./isolation_memory.ts";
import { Masker } from "./mask.ts";
import { type Judgement, judgeRun, type Outcome, OUTPUT_CLOSED, OUTPUT_LIMIT } from "./outcome.ts";
import { Budget, carryOutput, type Sinks } from "./output.ts";
import { resolveParams } from "./params.ts";
import { prepareCode } from "./prepare.ts";
import { maskError, maskResult } from "./result.ts";
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
  readonly config?: Config;
  /** The data folder, absolute. */
  readonly dataDir: string;
  /** The host's environment; may throw for a value that is not UTF-8. */
  readonly env: (name: string) => string | undefined;
  /** The deno that runs the task. */
  readonly denoPath: string;
  readonly sinks: Sinks;
  /** Whether the task may print colours. Default false. */
  readonly color?: boolean;
  /** Hides values in output, result and messages. Default: one of the run's own. */
  readonly masker?: Masker;
  /** Told what the user should know. */
  readonly warn?: (message: string) => void;
  /** Told each stage. */
  readonly debug?: (message: string) => void;
  readonly interruptions?: Interruptions;
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
  const judgement = await runToEnd(task, { ...options, masker }, runId).catch(judgeInterrupted);
  return {
    ...maskJudgement(judgement, masker),
    runId,
    durationMs: Math.round(performance.now() - startedAt),
  };
}

async function runToEnd(
  task: Task,
  options: RunOptions & { readonly masker: Masker },
  runId: string,
): Promise<Judgement> {
  const { config = DEFAULT_CONFIG, masker, env, dataDir, denoPath } = options;
  await using stack = new AsyncDisposableStack();
  const interrupt = new Interrupt(options.interruptions);
  stack.defer(() => interrupt.close());
  const debug = options.debug ?? (() => {});

  const memoryDir = `${dataDir}/cache`;
  const walls = await chooseWalls(options.isolation ?? config.isolation, { env, memoryDir });
  const params = resolveParams(task, options.params ?? {});
  for (const { message } of task.warnings) options.warn?.(`${task.file}: ${message}`);
  if (walls.kind === "deno" && walls.warning !== undefined) options.warn?.(walls.warning);
  debug(`isolation: ${walls.kind}`);
  const around = { home: env("HOME"), searchPath: env("PATH") ?? "", dataDir };
  const grants = await buildGrants(task, around, true);
  debug(`grants: ${describeGrants(grants)}`);

  const store = stack.use(openStore({ dataDir, env }));
  const resolving = startResolving(task, options, store, interrupt.signal);
  const folder = stack.use(await makeRunFolder(grants, dataDir, env));
  const code = await prepareCode(task, grants, {
    denoPath,
    dataDir,
    env,
    folder,
    signal: interrupt.signal,
  });
  debug(`modules: ${code.codeFiles.length} files checked`);

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
  });
  child = await Child.spawn(command, walls.kind === "bwrap");
  interrupt.attach(child);
  const following = follow(child, options.sinks, masker, task.limits.outputBytes);
  const timeoutMs = options.timeoutMs ?? task.timeoutMs;
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
    await forgetWorking(memoryDir);
    throw wallFailed(lastWords);
  }
  const inNamespace = walls.kind === "bwrap";
  return judgeRun({ ended, timeoutMs, inNamespace, greeted, returned, thrown, lastWords });
}

/** Starts to resolve the variables; a failure shows where it is awaited. */
function startResolving(
  task: Task,
  options: RunOptions & { readonly masker: Masker },
  store: SecretStore,
  signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
  const { env, masker, config = DEFAULT_CONFIG } = options;
  const conceal = (value: string) => masker.conceal(value);
  const resolving = openChain(config.providers, {
    env,
    conceal,
    openStore: () => store,
    refused: (name) => name.startsWith("DICODE_"),
  }).then((chain) => {
    if (task.permissions.env.some(({ kind }) => kind === "secret")) store.deriveEarly();
    return resolveVariables(task, { env, chain, signal }, conceal);
  });
  resolving.catch(() => {});
  return resolving;
}

/** How long a reader may take for what is left, once a signal has ended the task. */
const READER_GRACE_MS = 1_000;

/** Carries the output until the child and its pipes have ended. */
async function follow(
  child: Child,
  sinks: Sinks,
  masker: Masker,
  outputBytes: number,
): Promise<{ ended: Ended; lastWords: string }> {
  const closed = () => child.stop(OUTPUT_CLOSED);
  const budget = new Budget(outputBytes, () => child.stop(OUTPUT_LIMIT));
  const carried = Promise.all([
    carryOutput(child.stderr, masker, sinks.stderr, closed, budget),
    carryOutput(child.stdout, masker, sinks.stdout, closed, budget),
  ]);
  const ended = await child.ended;
  if (ended.cause.kind !== "signal") return { ended, lastWords: (await carried)[0] };
  // Whoever sent the signal wants us gone, also where nobody reads what the task has written.
  let timer: ReturnType<typeof setTimeout> | undefined;
  const waited = new Promise((resolve) => timer = setTimeout(resolve, READER_GRACE_MS));
  await Promise.race([carried, waited]).finally(() => clearTimeout(timer));
  return { ended, lastWords: "" };
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

/** SECURITY: what the task threw or returned is its text (tests/e2e/masking_test.ts). */
function maskJudgement(judgement: Judgement, masker: Masker): Judgement {
  const { error, result, ...rest } = judgement;
  return {
    ...rest,
    ...(result === undefined ? {} : { result: maskResult(result, masker) }),
    ...(error === undefined ? {} : {
      error: {
        code: error.code,
        message: maskError(error.message, masker),
        ...(error.hint === undefined ? {} : { hint: maskError(error.hint, masker) }),
        ...(error.stack === undefined ? {} : { stack: maskError(error.stack, masker) }),
      },
    }),
  };
}
