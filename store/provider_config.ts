/** One entry of the chain of providers, as a configuration has it. */

/** One entry of the chain. */
export interface ProviderConfig {
  /** One of listKinds(). */
  readonly type: string;
  /** Unique in the chain; in messages. */
  readonly name: string;
  /** The options of the kind, checked; paths are absolute. Default none. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Patterns of the keys that it is asked for; `*` stands for any characters. Default all. */
  readonly keys?: readonly string[];
  /** Milliseconds for all of an answer, retries included; 0 is none. Default: the kind's. */
  readonly timeoutMs?: number;
  /** How often a request is tried again. Default 2. */
  readonly retries?: number;
  /** What a failure of its own means. Default "fail": the end of the run. */
  readonly onError?: "fail" | "next";
}

/** The chain without a dicode.yaml. */
export const DEFAULT_PROVIDERS: readonly ProviderConfig[] = [
  { type: "local", name: "local" },
  { type: "env", name: "env" },
];
