/**
 * What a provider of secrets is: the interface, the value type, and the failure.
 *
 * A provider answers a list of keys with a map of what it has. Absent is no error: the key is not in
 * the map. It throws a ProviderFailure only when it cannot answer. A value travels as a Secret, which
 * does not print.
 */
import { SecretError } from "../sdk/errors.ts";

/** A secret's value, that shows itself as `[secret]` wherever it is printed or serialised. */
export class Secret {
  readonly #value: string;

  /** Takes the value in; only reveal() gives it out. */
  constructor(value: string) {
    this.#value = value;
  }

  /** The value itself. Callers hand it to the masker before they hand it on. */
  reveal(): string {
    return this.#value;
  }

  /** `[secret]`, as in every other way to print it. */
  toString(): string {
    return "[secret]";
  }

  /** `[secret]`, for JSON.stringify. */
  toJSON(): string {
    return "[secret]";
  }

  /** `[secret]`, for console.log and Deno.inspect. */
  [Symbol.for("Deno.customInspect")](): string {
    return "[secret]";
  }

  /** `[secret]`, for node:util. */
  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return "[secret]";
  }
}

/** A source of secrets: the encrypted store, the host's environment, a service. */
export interface Provider {
  /** The name in messages, unique in a chain; the kind unless the configuration names it. */
  readonly name: string;

  /**
   * The values of those keys that this provider has; an empty value counts as absent.
   *
   * @param keys what the run still lacks, without repetition; one call is one batch.
   * @throws {ProviderFailure} if it cannot answer; a StoreError if it is the local store.
   */
  get(keys: readonly string[], signal: AbortSignal): Promise<Map<string, Secret>>;

  /** Which of the keys it would answer, without fetching values; for `dicode check`. */
  has?(keys: readonly string[], signal: AbortSignal): Promise<Set<string>>;

  /** Whether it could have the key at all, told without asking anybody; default true. */
  offers?(key: string): boolean;

  /**
   * What is in order with it here and what is not, for `dicode doctor`; no value is fetched. What it
   * throws, a ProviderFailure, is a finding too.
   */
  diagnose?(signal: AbortSignal): Promise<Diagnosis[]>;
}

/** One thing that was looked at: `reachable`, `authenticated`, `allowed`, … */
export interface Diagnosis {
  /** What was looked at, in one word. */
  readonly what: string;
  /** `warning`: it works, and something about it should be mended. */
  readonly state: "ok" | "warning" | "broken";
  /** What was found; no value, and no credential. */
  readonly found: string;
  /** The cure, where something is not in order. */
  readonly hint?: string;
}

/** Why a provider could not answer. */
export type FailureKind =
  | "tool_missing"
  | "tool_failed"
  | "unauthenticated"
  | "denied"
  | "rate_limited"
  | "unreachable"
  | "bad_answer"
  | "misconfigured";

/** A provider could not answer: not the same as not having the secret. Exit code 4. */
export class ProviderFailure extends SecretError {
  /**
   * Its code is provider_failed, its message begins with the provider's name and the kind.
   *
   * @param provider the provider's name in the chain.
   * @param kind what went wrong; safe to log.
   * @param found what was found: no value, and no credential of the provider.
   * @param options.hint one next step, as a command where there is one.
   */
  constructor(
    readonly provider: string,
    readonly kind: FailureKind,
    readonly found: string,
    options: { readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super("provider_failed", `provider "${provider}" (${kind}): ${found}`, options);
  }
}
