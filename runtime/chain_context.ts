/**
 * What providers get of a host, for a run and for those that run nothing: names that are closed,
 * notes, and tasks that are providers.
 */
import { ConfigError, DicodeError, formatError } from "../sdk/errors.ts";
import type { ChainContext, ProviderTask } from "../store/chain.ts";
import { ProviderFailure } from "../store/provider.ts";
import { quoteShell, quoteWhole } from "../store/quote.ts";
import { isReserved } from "../store/rules.ts";
import type { SecretStore } from "../store/secrets.ts";
import { closedTo } from "./closed_names.ts";
import type { Config } from "./config.ts";
import type { RunOptions } from "./run_options.ts";
import type { Task } from "./task.ts";

/** Told which provider was passed over. */
export type ProviderNote = (message: string) => void;

/** What decides over a provider's surroundings. */
export interface ProviderHost {
  readonly env: (name: string) => string | undefined;
  readonly config: Config;
  readonly store: SecretStore;
  readonly conceal: (credential: string) => void;
  readonly warn: ProviderNote;
  readonly offline?: boolean;
  /** Runs a task that is a provider, and gives what its main returned, not masked. */
  readonly start: (task: Task, options: RunOptions, note: ProviderNote) => Promise<unknown>;
  /** What such a run is given, but for what this file decides. */
  readonly options: Omit<RunOptions, "sinks">;
  /** The real path of the task that is run: it is no provider of its own. */
  readonly taskDir?: string;
}

/** The context of the chain; `settled` is done when nothing that providers began goes on any more. */
export function makeChainContext(host: ProviderHost): ChainContext & {
  readonly settled: () => Promise<void>;
} {
  const { env, config, store, conceal, warn, offline } = host;
  const running = new Set<Promise<unknown>>();
  return {
    env,
    openStore: () => store,
    refused: isReserved,
    conceal,
    closed: closedTo(config, host.taskDir, env),
    note: warn,
    later: (work) => void running.add(work),
    offline,
    runTask: async (run, signal) => {
      const ending = runProviderTask(host, run, signal);
      running.add(ending);
      return await ending.finally(() => running.delete(ending));
    },
    settled: async () => void await Promise.allSettled(running),
  };
}

/** Nobody sees what such a task prints: it may be a secret. */
const SILENT = { write: () => Promise.resolve() };

async function runProviderTask(
  host: ProviderHost,
  { provider, dir, input, expose, before }: ProviderTask,
  signal: AbortSignal,
): Promise<unknown> {
  // SECURITY: without keys, for what it returns would be printed (tests/providers/task_test.ts).
  const byHand = `dicode run ${quoteShell(dir)} --input '{"keys": []}'`;
  const task = await loadProvider(provider, dir);
  if (task.dir === host.taskDir) {
    const found = `${quoteWhole(dir)} is the task that asks: it cannot be its own provider`;
    throw new ProviderFailure(provider, "misconfigured", found, {
      hint: "take the provider out of dicode.yaml for this run with --config",
    });
  }
  const { config, options } = host;
  const given = {
    ...options,
    input,
    config: { ...config, providers: before ?? [], expose: [...config.expose, ...expose] },
    sinks: { stdout: SILENT.write, stderr: SILENT.write },
    signal,
  };
  try {
    return await host.start(task, given, host.warn);
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof ProviderFailure) throw error;
    const found = `its task failed: ${error instanceof Error ? error.message : "unknown"}`;
    const { hint } = error instanceof DicodeError ? error : {};
    throw new ProviderFailure(provider, "tool_failed", found, { hint: hint ?? byHand });
  }
}

async function loadProvider(provider: string, dir: string): Promise<Task> {
  const { loadTask } = await import("./task.ts" as string) as typeof import("./task.ts");
  try {
    return await loadTask(dir);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    const { hint } = error;
    throw new ProviderFailure(provider, "misconfigured", formatError(error), { hint });
  }
}
