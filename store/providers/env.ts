/**
 * The host's environment as a provider: a key that can be a variable's name is that variable.
 *
 * DICODE_* never resolves: the master key lies there.
 */
import { type Provider, ProviderFailure, Secret } from "../provider.ts";
import { isReserved } from "../rules.ts";

/** What this provider needs of the chain's context. */
interface Context {
  readonly env: (name: string) => string | undefined;
  readonly refused: (name: string) => boolean;
}

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

export function open(name: string, _config: unknown, context: Context): Provider {
  const get = (keys: readonly string[]) => {
    const found = new Map<string, Secret>();
    for (const key of keys) {
      // SECURITY: the prefix is checked here as well: tests/unit/store/chain_test.ts.
      if (!VARIABLE.test(key) || isReserved(key) || context.refused(key)) continue;
      const value = readVariable(name, key, context.env);
      if (value !== undefined && value !== "") found.set(key, new Secret(value));
    }
    return found;
  };
  return {
    name,
    get: (keys) => Promise.resolve().then(() => get(keys)),
    has: (keys) => Promise.resolve().then(() => new Set(get(keys).keys())),
  };
}

function readVariable(provider: string, name: string, env: Context["env"]): string | undefined {
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
