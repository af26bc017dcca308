/** From a configuration to a chain: each entry's kind is loaded, opened, and put in its place. */
import { Chain, type ChainContext, type Link } from "./chain.ts";
import { limitOf, listKinds, loadKind } from "./kinds.ts";
import { matches } from "./pattern.ts";
import { type Provider, ProviderFailure } from "./provider.ts";
import type { ProviderConfig } from "./provider_config.ts";

/**
 * Opens the providers; none of them does anything before it is asked.
 *
 * @param more an embedder's own, asked after the configured ones.
 * @throws {ProviderFailure} misconfigured: a kind that does not exist.
 */
export async function openChain(
  providers: readonly ProviderConfig[],
  context: ChainContext,
  more: readonly Provider[] = [],
): Promise<Chain> {
  const links = await Promise.all(
    providers.map((config, at) => openLink(config, beforeOf(providers.slice(0, at), context))),
  );
  return new Chain(
    [...links, ...more.map((provider) => ({ provider }))],
    context.refused,
    context.note,
  );
}

/** The context of a provider: a task that is one asks those before it, and no other. */
function beforeOf(before: readonly ProviderConfig[], context: ChainContext): ChainContext {
  const { runTask } = context;
  if (runTask === undefined) return context;
  return { ...context, runTask: (run, signal) => runTask({ ...run, before }, signal) };
}

async function openLink(config: ProviderConfig, context: ChainContext): Promise<Link> {
  const { type, name, options = {}, keys, retries = 2, onError } = config;
  const kind = await loadKind(type);
  if (kind === undefined) {
    throw new ProviderFailure(name, "misconfigured", `there is no provider of type "${type}"`, {
      hint: `the types are ${listKinds().join(", ")}`,
    });
  }
  return {
    provider: kind.open(name, options, { ...context, retries }),
    limitMs: config.timeoutMs ?? limitOf(type),
    wants: keys && ((key) => keys.some((pattern) => matches(pattern, key))),
    onError,
    isOffline: context.offline && kind.usesNetwork?.(options, context.env),
  };
}
