/** `dicode secrets delete`. */
import { NotFoundError } from "../../sdk/errors.ts";
import type { DeleteFlags } from "../secrets_tree.ts";
import type { Host } from "../host.ts";
import { nearest } from "../nearest.ts";
import { writeStore } from "../store_write.ts";

export async function secretsDelete(
  host: Host,
  flags: DeleteFlags,
  key: string,
): Promise<number> {
  await writeStore(host, flags.takeOver, async (store) => {
    if (await store.delete(key)) return;
    const near = nearest(key, await store.list());
    throw new NotFoundError(
      "secret_not_stored",
      `cannot delete ${JSON.stringify(key)}: not stored`,
      {
        hint: near === undefined ? "dicode secrets list" : `did you mean ${JSON.stringify(near)}?`,
      },
    );
  });
  host.say(`deleted ${JSON.stringify(key)}`);
  return 0;
}
