/** The encrypted store as a provider. Names that must never resolve are not looked for. */
import { type Provider, Secret } from "../provider.ts";
import type { SecretStore } from "../secrets.ts";

/** What this provider needs of the chain's context. */
interface Context {
  readonly openStore: () => SecretStore;
  readonly refused: (name: string) => boolean;
}

export function open(name: string, _config: unknown, context: Context): Provider {
  const allow = (keys: readonly string[]) => keys.filter((key) => !context.refused(key));
  return {
    name,
    async get(keys) {
      const values = await context.openStore().getMany(allow(keys));
      return new Map([...values].map(([key, value]) => [key, new Secret(value)]));
    },
    async has(keys) {
      return await context.openStore().has(allow(keys));
    },
  };
}
