/** OpenBao, as Vault; variables with `BAO_` in front count before those with `VAULT_`. */
import type { ProviderContext } from "../kinds.ts";
import type { Provider } from "../provider.ts";
import { openVault } from "../vault/open.ts";
import { optionsFor, validate, type VaultOptions } from "../vault/options.ts";
import { isRemoteVault } from "../vault/settings.ts";

export { validate };

/** What dicode.yaml may say of an OpenBao. */
export const OPTIONS = optionsFor("openbao");

/** Opens one; nothing is asked yet. */
export function open(name: string, options: VaultOptions, context: ProviderContext): Provider {
  return openVault("openbao", name, options, context);
}

/** Whether the server is on another machine. */
export function usesNetwork(options: VaultOptions, env: ProviderContext["env"]): boolean {
  return isRemoteVault("openbao", options, env);
}
