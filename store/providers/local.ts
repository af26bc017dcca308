/** The encrypted store as a provider. Names that must never resolve are not looked for. */
import type { ProviderContext } from "../kinds.ts";
import type { OptionsOf } from "../options.ts";
import { type Diagnosis, type Provider, Secret } from "../provider.ts";

/** It has no options. */
export const OPTIONS = {} as const;

/** Opens one; the store is opened when it is asked. */
export function open(
  name: string,
  _options: OptionsOf<typeof OPTIONS>,
  context: ProviderContext,
): Provider {
  // SECURITY: a key with a provider's own credential is no task's (tests/e2e/providers_test.ts).
  const offers = (key: string) => !context.refused(key) && !context.closed?.key(key);
  return {
    name,
    offers,
    async get(keys) {
      const values = await context.openStore().getMany(keys.filter(offers));
      return new Map([...values].map(([key, value]) => [key, new Secret(value)]));
    },
    async has(keys) {
      return await context.openStore().has(keys.filter(offers));
    },
    async diagnose(): Promise<Diagnosis[]> {
      const { length } = await context.openStore().list();
      const found = `it holds ${length === 0 ? "no" : length} ${
        length === 1 ? "secret" : "secrets"
      }`;
      return [{ what: "readable", state: "ok", found }];
    },
  };
}
