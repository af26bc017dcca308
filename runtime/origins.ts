/** Where the variables of a task would come from on this machine, for those who run nothing. */
import { openChain } from "../store/chain.ts";
import { isReserved } from "../store/rules.ts";
import { openStore } from "../store/secrets.ts";
import { loadHostConfig } from "./config_file.ts";
import type { Host } from "./host.ts";
import type { Task } from "./task.ts";
import { locateVariables, type Origin } from "./variables.ts";

/** Asks the store and the providers that the configuration names. */
export async function findOrigins(host: Host, task: Task, signal: AbortSignal): Promise<Origin[]> {
  const { dataDir, env } = host;
  using store = openStore({ dataDir, env });
  const config = await loadHostConfig(host);
  const chain = await openChain(config.providers, {
    env,
    openStore: () => store,
    refused: isReserved,
    conceal: (value) => host.masker.conceal(value),
  });
  return await locateVariables(task, { env, chain, signal });
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
