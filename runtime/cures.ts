/**
 * What would give a variable a value: the hint of a run, of `check` and of `--explain`. It names
 * `dicode secrets set` only where the chain asks the store for that key.
 */
import { matches } from "../store/pattern.ts";
import type { ProviderConfig } from "../store/provider_config.ts";
import { quoteShell } from "../store/quote.ts";

/** A variable without a value. */
export interface Lacking {
  readonly kind: string;
  /** The secret's key, or the host's variable. */
  readonly source: string;
}

/**
 * The command that sets it, or where a provider would find it.
 *
 * @param providers the chain, in order. Default: one that asks the store.
 */
export function cureFor({ kind, source }: Lacking, providers?: readonly ProviderConfig[]): string {
  if (kind !== "secret") return `export ${source}=…`;
  const asked = providers?.filter(({ keys }) =>
    keys === undefined || keys.some((pattern) => matches(pattern, source))
  );
  if (asked === undefined || asked.some(({ type }) => type === "local")) {
    return `dicode secrets set ${quoteShell(source)}`;
  }
  const names = asked.map(({ name }) => name).join(", ");
  const there = names === "" ? "" : `put what is missing where the chain looks (${names}), or `;
  return `${there}add { type: local } to the providers in dicode.yaml, then dicode secrets set KEY`;
}
