/** A write to the store by a command: asks before it takes over another program's store. */
import { StoreError } from "../sdk/errors.ts";
import { openStore, type SecretStore } from "../store/secrets.ts";
import type { Host } from "./host.ts";
import { confirm } from "./terminal.ts";

/** @param takeOver whether the user agreed already. @throws {StoreError} store_foreign otherwise. */
export async function writeStore(
  host: Host,
  takeOver: boolean | undefined,
  write: (store: SecretStore) => Promise<void>,
): Promise<void> {
  try {
    await attempt(takeOver ?? false);
  } catch (error) {
    const foreign = error instanceof StoreError && error.code === "store_foreign";
    if (!foreign || !host.isTerminal("stdin") || !host.isTerminal("stderr")) throw error;
    host.say("this store was written by another program, which could not read it afterwards");
    if (!await confirm("dicode: take it over? a copy is kept")) throw error;
    await attempt(true);
  }

  async function attempt(agreed: boolean): Promise<void> {
    using store = openStore({
      keepKey: true,
      dataDir: host.dataDir,
      env: host.env,
      takeOver: agreed,
      onTakeOver: (copy) => host.say(`took over the store; a copy of the old one is in ${copy}`),
    });
    await write(store);
  }
}
