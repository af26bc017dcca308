/**
 * The chain of providers: their order, one batch for each, a time limit for each.
 *
 * Each provider is asked once, for all that the earlier ones lacked; the first value that is not
 * empty wins. One that does not wait for what another lacks is asked at once. A failure is not an
 * absence: it ends the resolution, unless the configuration says `on_error: next`.
 */
import { withDeadline } from "./deadline.ts";
import { type Provider, ProviderFailure, type Secret } from "./provider.ts";
import type { ProviderConfig } from "./provider_config.ts";
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
  /** Names with credentials of the providers' own: not for tasks. Default none. */
  readonly closed?: Closed;
  /** Told what the user should know: a provider that was passed over. Default: nobody is. */
  readonly note?: (message: string) => void;
  /** Told of work that goes on after an answer and never fails: the command ends after it. */
  readonly later?: (work: Promise<void>) => void;
  /** Whether providers that need the network are passed over. Default false. */
  readonly offline?: boolean;
  /** Runs the task in a folder with an input, and gives its result. Without it, no `task` provider. */
  readonly runTask?: (run: ProviderTask, signal: AbortSignal) => Promise<unknown>;
}

/** A provider that is a task, as it is run. */
export interface ProviderTask {
  /** The provider's name, for failures. */
  readonly provider: string;
  /** The absolute path of the task's folder. */
  readonly dir: string;
  /** What its main receives as `input`. */
  readonly input: unknown;
  /** Closed names that it may read all the same. */
  readonly expose: readonly string[];
  /** The providers that it may ask: those before it. openChain() fills it in. */
  readonly before?: readonly ProviderConfig[];
}

/** Names that hold credentials of providers. */
export interface Closed {
  /** Whether a variable of the host is closed. */
  readonly variable: (name: string) => boolean;
  /** Whether a key of the local store is closed. */
  readonly key: (key: string) => boolean;
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
  /** The names of those that were passed over, offline or after a failure, in order. */
  readonly passedOver: string[];
}

/** How long a provider may take to answer one batch. */
export const PROVIDER_LIMIT_MS = 10_000;

/** A provider in its place. */
export interface Link {
  /** Asked once, for all that the earlier ones lack. */
  readonly provider: Provider;
  /** Milliseconds; 0 is none. Default PROVIDER_LIMIT_MS. */
  readonly limitMs?: number;
  /** Whether it is asked for a key at all. Default: for each that it offers. */
  readonly wants?: (key: string) => boolean;
  /** Whether a failure of its own is passed over. Default "fail". */
  readonly onError?: "fail" | "next";
  /** Whether it is passed over: it needs the network, and there is none. Default false. */
  readonly isOffline?: boolean;
}

/** What happens to keys in one round: how a provider is asked for some of them. */
type Ask = (
  provider: Provider,
  wanted: readonly string[],
  limited: AbortSignal,
) => Promise<ReadonlySet<string>>;

/** Providers in order. openChain() of open_chain.ts makes one of a configuration. */
export class Chain {
  /** In the order in which they are asked. */
  readonly links: readonly Link[];
  readonly #refused: (name: string) => boolean;
  readonly #note: (message: string) => void;

  /**
   * Asks nobody yet.
   *
   * @param refused names that never resolve, under any provider; DICODE_* must be among them.
   * @param note told which provider was passed over, and why.
   */
  constructor(
    links: readonly Link[],
    refused: (name: string) => boolean,
    note: (message: string) => void = () => {},
  ) {
    this.links = links;
    this.#refused = refused;
    this.#note = note;
  }

  /**
   * The values of the keys, and who had them.
   *
   * @throws {ProviderFailure} if a provider cannot answer or takes too long; a StoreError if the
   *   store is unusable; the signal's reason if it is aborted.
   */
  async resolve(keys: readonly string[], signal: AbortSignal): Promise<Resolution> {
    const found = new Map<string, Found>();
    const round = await this.#ask(keys, signal, async (provider, wanted, limited) => {
      const had = new Set<string>();
      const values = await provider.get(wanted, limited);
      // Too late: it was passed over, and the next one was asked.
      limited.throwIfAborted();
      for (const [key, secret] of values) {
        if (!wanted.includes(key) || secret.reveal() === "") continue;
        had.add(key);
        found.set(key, { secret, provider: provider.name });
      }
      return had;
    });
    return { found, missing: [...new Set(keys)].filter((key) => !found.has(key)), ...round };
  }

  /** Which provider has each key; a key that none has is not in the map. Fetches no value if it can. */
  async locate(keys: readonly string[], signal: AbortSignal): Promise<Map<string, string>> {
    const found = new Map<string, string>();
    await this.#ask(keys, signal, async (provider, wanted, limited) => {
      const present = provider.has
        ? await provider.has(wanted, limited)
        : nonEmpty(await provider.get(wanted, limited));
      limited.throwIfAborted();
      for (const key of wanted) if (present.has(key)) found.set(key, provider.name);
      return present;
    });
    return found;
  }

  /** Asks each provider as soon as those before it that could have a key of its own have answered. */
  async #ask(
    keys: readonly string[],
    signal: AbortSignal,
    ask: Ask,
  ): Promise<Pick<Resolution, "asked" | "passedOver">> {
    // SECURITY: the master key's variable must not reach a task under any provider:
    // tests/unit/store/chain_test.ts.
    const all = [...new Set(keys)].filter((key) => !this.#refused(key));
    const failed = new AbortController();
    const joined = AbortSignal.any([signal, failed.signal]);
    const asked = new Set<Link>();
    const passedOver = new Set<Link>();
    const turns: { readonly own: readonly string[]; readonly end: Promise<Set<string>> }[] = [];
    for (const link of this.links) {
      const own = all.filter((key) =>
        (link.wants?.(key) ?? true) && (link.provider.offers?.(key) ?? true)
      );
      const before = turns.filter((turn) => turn.own.some((key) => own.includes(key)));
      const turn = async () => {
        const had = new Set<string>();
        for (const { end } of before) for (const key of await end) had.add(key);
        const wanted = own.filter((key) => !had.has(key));
        if (wanted.length === 0) return had;
        if (link.isOffline) {
          passedOver.add(link);
          this.#note(`provider "${link.provider.name}" is not asked: it needs the network`);
          return had;
        }
        asked.add(link);
        const answered = await askLink(
          link,
          joined,
          (limited) => ask(link.provider, wanted, limited),
        ).catch((error) => {
          if (link.onError !== "next" || !(error instanceof ProviderFailure)) throw error;
          joined.throwIfAborted();
          passedOver.add(link);
          this.#note(`${error.message}; going on without it, as on_error: next says`);
          return new Set<string>();
        });
        for (const key of answered) had.add(key);
        return had;
      };
      const end = turn();
      // One failure ends the others; it is thrown below.
      end.catch((error) => failed.abort(error));
      turns.push({ own, end });
    }
    await Promise.allSettled(turns.map(({ end }) => end));
    joined.throwIfAborted();
    return {
      asked: nameAll(this.links.filter((link) => asked.has(link))),
      passedOver: nameAll(this.links.filter((link) => passedOver.has(link))),
    };
  }
}

async function askLink(
  { provider, limitMs = PROVIDER_LIMIT_MS }: Link,
  signal: AbortSignal,
  ask: (limited: AbortSignal) => Promise<ReadonlySet<string>>,
): Promise<ReadonlySet<string>> {
  const late = () =>
    new ProviderFailure(provider.name, "unreachable", `no answer within ${limitMs / 1000} s`, {
      hint: 'try again, see that it is up, or give it longer with "timeout" in dicode.yaml',
    });
  return await withDeadline(limitMs || Infinity, signal, late, ask);
}

function nameAll(links: readonly Link[]): string[] {
  return links.map(({ provider }) => provider.name);
}

function nonEmpty(values: Map<string, Secret>): Set<string> {
  return new Set([...values].filter(([, secret]) => secret.reveal() !== "").map(([key]) => key));
}
