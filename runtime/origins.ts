/** Where the variables of a task would come from on this machine, for those who run nothing. */
import { openChain } from "../store/open_chain.ts";
import { openStore, type SecretStore } from "../store/secrets.ts";
import { makeChainContext } from "./chain_context.ts";
import type { Config } from "./config.ts";
import { loadHostConfig } from "./config_file.ts";
import { cureFor } from "./cures.ts";
import type { Host } from "./host.ts";
import type { Task } from "./task.ts";
import { locateVariables, type Origin } from "./variables.ts";

/** Asks the store and the providers that the configuration names. */
export async function findOrigins(
  host: Host,
  config: Config,
  task: Task,
  signal: AbortSignal,
): Promise<Origin[]> {
  const { dataDir } = host;
  const env = (name: string) => host.env(name);
  using store = openStore({ dataDir, env });
  const context = await contextOf(host, config, store, task);
  try {
    const chain = await openChain(config.providers, context);
    return await locateVariables(task, { env, chain, signal, closed: context.closed });
  } finally {
    await context.settled();
  }
}

/** The context of the chain for a command that runs no task but those that are providers. */
export async function contextOf(host: Host, config: Config, store: SecretStore, task?: Task) {
  const { dataDir, configPath, offline, masker } = host;
  const denoPath = await host.findDeno();
  const env = (name: string) => host.env(name);
  return makeChainContext({
    env,
    config,
    store,
    conceal: (credential) => masker.conceal(credential),
    warn: (message) => host.warn(message),
    offline,
    // Loaded where there is such a provider: it brings all of a run.
    start: async (...run) =>
      await (await import("./run.ts" as string) as typeof import("./run.ts")).askTask(...run),
    options: { config, configPath, dataDir, env, denoPath, offline, masker },
    taskDir: task?.dir,
  });
}

/** One variable in one line. */
export function formatOrigin({ name, kind, source, from, required }: Origin): string {
  const what = kind === "secret"
    ? `secret ${JSON.stringify(source)}`
    : kind === "value"
    ? "a literal"
    : `host variable ${source}`;
  const where = from ?? (required ? "MISSING" : kind === "pass" ? "not set" : "not set: empty");
  return `  ${name}: ${what}: ${where}\n`;
}

/** The variables for want of which a task would not run. */
export function findMissing(origins: readonly Origin[]): readonly Origin[] {
  return origins.filter(({ from, required }) => from === null && required);
}

/** What would give each of them a value. */
export async function hintsFor(host: Host, missing: readonly Origin[]): Promise<string[]> {
  if (missing.length === 0) return [];
  const { providers } = await loadHostConfig(host);
  return [...new Set(missing.map((origin) => cureFor(origin, providers)))];
}
