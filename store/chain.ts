/**
 * The chain of providers: their kinds, their order, one batch for each, a time limit for each.
 *
 * Each provider is asked once, for all that the earlier ones lacked; the first value that is not
 * empty wins. A failure is not an absence: it ends the resolution. Kinds load by `import()`.
 */
import { type Provider, ProviderFailure, type Secret } from "./provider.ts";
import type { SecretStore } from "./secrets.ts";

/** What the host gives to providers. */
export interface ChainContext {
  /** The host's environment. */
  readonly env: (name: string) => string | undefined;
  /** The run's one store; opening it costs nothing until it is used. */
  readonly openStore: () => SecretStore;
  /** Names that never resolve, such as DICODE_*: no provider is asked for them. */
  readonly refused: (name: string) => boolean;
  /** Has a provider's own credential masked. */
  readonly conceal: (credential: string) => void;
}

/** One entry of the chain: the kind, the name in messages, and the options of the kind. */
export interface ProviderConfig {
  /** One of listKinds(): `local` or `env`. */
  readonly type: string;
  /** Unique in the chain. */
  readonly name: string;
}

/** A value that a provider had. */
export interface Found {
  /** The value; never empty. */
  readonly secret: Secret;
  /** The name of the provider that had it. */
  readonly provider: string;
}

/** What Chain.resolve answers. */
export interface Resolution {
  /** By key; a key that no provider has is not in the map. */
  readonly found: Map<string, Found>;
  /** The keys that no provider has, in the order in which they were asked for. */
  readonly missing: string[];
  /** The names of the providers that were asked for anything, in order. */
  readonly asked: string[];
}

type Open = (name: string, config: ProviderConfig, context: ChainContext) => Provider;

interface Kind {
  readonly load: () => Promise<{ readonly open: Open }>;
  /** Replaces the chain's time limit. */
  readonly limitMs?: number;
}

/** How long a provider may take to answer one batch. */
export const PROVIDER_LIMIT_MS = 10_000;

const KINDS: Readonly<Record<string, Kind>> = {
  // The store ends its own wait after 10 s and says what it waited for: let it.
  local: { load: () => import("./providers/local.ts"), limitMs: 30_000 },
  env: { load: () => import("./providers/env.ts") },
};

/** The chain without a dicode.yaml. */
export const DEFAULT_PROVIDERS: readonly ProviderConfig[] = [
  { type: "local", name: "local" },
  { type: "env", name: "env" },
];

/** The kinds that openChain knows. */
export function listKinds(): string[] {
  return Object.keys(KINDS);
}

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
  const links: Link[] = await Promise.all(providers.map(async (config) => {
    const kind = Object.hasOwn(KINDS, config.type) ? KINDS[config.type] : undefined;
    if (kind === undefined) {
      const found = `there is no provider of type "${config.type}"`;
      throw new ProviderFailure(config.name, "misconfigured", found, {
        hint: `the types are ${listKinds().join(", ")}`,
      });
    }
    const { open } = await kind.load();
    return { provider: open(config.name, config, context), limitMs: kind.limitMs };
  }));
  links.push(...more.map((provider) => ({ provider })));
  return new Chain(links, context.refused);
}

/** A provider in its place, with its own time limit if it has one. */
export interface Link {
  /** Asked once, for all that the earlier ones lack. */
  readonly provider: Provider;
  /** Default PROVIDER_LIMIT_MS. */
  readonly limitMs?: number;
}

/** Providers in order. openChain makes one of kinds; tests and embedders make one of providers. */
export class Chain {
  readonly #links: readonly Link[];
  readonly #refused: (name: string) => boolean;

  /**
   * Asks nobody yet.
   *
   * @param refused names that never resolve, under any provider; DICODE_* must be among them.
   */
  constructor(links: readonly Link[], refused: (name: string) => boolean) {
    this.#links = links;
    this.#refused = refused;
  }

  /**
   * The values of the keys, and who had them.
   *
   * @throws {ProviderFailure} if a provider cannot answer or takes too long; a StoreError if the
   *   store is unusable; the signal's reason if it is aborted.
   */
  async resolve(keys: readonly string[], signal: AbortSignal): Promise<Resolution> {
    const found = new Map<string, Found>();
    const asked = await this.#ask(keys, signal, async (provider, wanted, limited) => {
      const values = await provider.get(wanted, limited);
      for (const key of wanted) {
        const secret = values.get(key);
        if (secret === undefined || secret.reveal() === "") continue;
        found.set(key, { secret, provider: provider.name });
      }
      return found;
    });
    return { found, missing: [...new Set(keys)].filter((key) => !found.has(key)), asked };
  }

  /** Which provider has each key; a key that none has is not in the map. Fetches no value if it can. */
  async locate(keys: readonly string[], signal: AbortSignal): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    await this.#ask(keys, signal, async (provider, wanted, limited) => {
      const present = provider.has
        ? await provider.has(wanted, limited)
        : nonEmpty(await provider.get(wanted, limited));
      for (const key of wanted) if (present.has(key)) found.set(key, provider.name);
      return found;
    });
    return found;
  }

  /** Asks one provider after the other for what is not found yet; returns the names of those asked. */
  async #ask(
    keys: readonly string[],
    signal: AbortSignal,
    ask: (
      provider: Provider,
      wanted: readonly string[],
      limited: AbortSignal,
    ) => Promise<ReadonlyMap<string, unknown>>,
  ): Promise<string[]> {
    const asked: string[] = [];
    // SECURITY: the master key's variable must not reach a task under any provider:
    // tests/unit/store/chain_test.ts.
    let wanted = [...new Set(keys)].filter((key) => !this.#refused(key));
    for (const { provider, limitMs } of this.#links) {
      if (wanted.length === 0) break;
      asked.push(provider.name);
      const found = await withLimit(
        provider.name,
        limitMs ?? PROVIDER_LIMIT_MS,
        signal,
        (limited) => ask(provider, wanted, limited),
      );
      wanted = wanted.filter((key) => !found.has(key));
    }
    return asked;
  }
}

/** Ends the wait at the limit even for a provider that ignores its signal. */
async function withLimit<T>(
  name: string,
  limitMs: number,
  signal: AbortSignal,
  work: (limited: AbortSignal) => Promise<T>,
): Promise<T> {
  signal.throwIfAborted();
  const controller = new AbortController();
  const abort = () => controller.abort(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  const timer = setTimeout(() => {
    const found = `no answer within ${limitMs / 1000} s`;
    controller.abort(
      new ProviderFailure(name, "unreachable", found, { hint: "try again, or see that it is up" }),
    );
  }, limitMs);
  const ended = new Promise<never>((_, reject) => {
    controller.signal.addEventListener("abort", () => reject(controller.signal.reason));
  });
  try {
    return await Promise.race([work(controller.signal), ended]);
  } catch (error) {
    // What a provider throws when its signal fires is not why it fired.
    throw controller.signal.aborted ? controller.signal.reason : error;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
  }
}

function nonEmpty(values: Map<string, Secret>): Set<string> {
  return new Set([...values].filter(([, secret]) => secret.reveal() !== "").map(([key]) => key));
}
