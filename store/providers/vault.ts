/** HashiCorp Vault: the KV engine, versions 1 and 2. store/vault/ has what it is. */
import type { ProviderContext } from "../kinds.ts";
import type { Provider } from "../provider.ts";
import { openVault } from "../vault/open.ts";
import { optionsFor, validate, type VaultOptions } from "../vault/options.ts";
import { isRemoteVault } from "../vault/settings.ts";

export { validate };

/** What dicode.yaml may say of a Vault. */
export const OPTIONS = optionsFor("vault");

/** Opens one; nothing is asked yet. */
export function open(name: string, options: VaultOptions, context: ProviderContext): Provider {
  return openVault("vault", name, options, context);
}

/** Whether the server is on another machine. */
export function usesNetwork(options: VaultOptions, env: ProviderContext["env"]): boolean {
  return isRemoteVault("vault", options, env);
}
