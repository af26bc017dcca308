/**
 * The host's environment as a provider: a key that can be a variable's name is that variable.
 *
 * DICODE_* never resolves: the master key lies there.
 */
import type { ProviderContext } from "../kinds.ts";
import { findVariableFault, nameOf, naming, type OptionsOf } from "../options.ts";
import { type Diagnosis, type Provider, ProviderFailure, Secret } from "../provider.ts";
import { isReserved } from "../rules.ts";

/** What dicode.yaml may say of it. */
export const OPTIONS = naming("the name of a variable", findVariableFault);

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Opens one over the host's environment. */
export function open(
  name: string,
  options: OptionsOf<typeof OPTIONS>,
  context: ProviderContext,
): Provider {
  // SECURITY: the prefix of dicode's own is checked here as well: tests/unit/store/chain_test.ts.
  // A provider's own credential is no task's: tests/e2e/providers_test.ts.
  const isOpen = (variable: string) =>
    VARIABLE.test(variable) && !isReserved(variable) && !context.refused(variable) &&
    !context.closed?.variable(variable);
  const offers = (key: string) => isOpen(nameOf(options, key).name);
  const get = (keys: readonly string[]) => {
    const found = new Map<string, Secret>();
    for (const key of keys.filter(offers)) {
      const value = readVariable(name, nameOf(options, key).name, context.env);
      if (value !== undefined && value !== "") found.set(key, new Secret(value));
    }
    return found;
  };
  return {
    name,
    offers,
    get: (keys) => Promise.resolve().then(() => get(keys)),
    has: (keys) => Promise.resolve().then(() => new Set(get(keys).keys())),
    diagnose: (): Promise<Diagnosis[]> =>
      Promise.resolve([{ what: "readable", state: "ok", found: "it needs nothing" }]),
  };
}

function readVariable(
  provider: string,
  name: string,
  env: ProviderContext["env"],
): string | undefined {
  try {
    return env(name);
  } catch {
    // SECURITY: Deno.env.get throws for a value that is not UTF-8, and quotes it in the message
    // (Deno 2.9.6): so the error is no `cause`. tests/e2e/store_env_test.ts.
    const found = `the variable "${name}" cannot be read as UTF-8 text`;
    throw new ProviderFailure(provider, "bad_answer", found, {
      hint: `unset ${name}, or set it to text (binary data as base64)`,
    });
  }
}
