/** `dicode secrets restore`: the secrets of a backup, all of them or none. */
import { openAge } from "../../store/age.ts";
import { MAX_BACKUP_BYTES, parseBackup } from "../../store/backup.ts";
import { quoteWhole } from "../../store/quote.ts";
import type { RestoreFlags } from "../backup_tree.ts";
import type { Host } from "../host.ts";
import { readIdentities } from "../identities.ts";
import { mergeSecrets } from "../merge.ts";
import { readGiven } from "../read_given.ts";
import { Cancelled } from "../terminal.ts";

/** Of a backup in armor: 65 characters for 48 bytes; and what age adds. */
const MAX_FILE_BYTES = 1.4 * MAX_BACKUP_BYTES;

export async function secretsRestore(
  host: Host,
  flags: RestoreFlags,
  path: string,
): Promise<number> {
  let values: Map<string, string>;
  let name: string;
  try {
    const identities = await readIdentities(host, flags.identity ?? []);
    const file = await readGiven(host, path, MAX_FILE_BYTES);
    name = file.name;
    values = parseBackup(await openAge(file.bytes, name, identities), name);
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    host.say("cancelled: nothing was stored");
    return 130;
  }
  if (values.size === 0) {
    host.warn(`nothing was stored: the backup ${quoteWhole(name)} is empty`);
    return 0;
  }
  const end = await mergeSecrets(host, flags, {
    values,
    done: "restored",
    fromStdin: path === "-",
  });
  return end === "declined" ? 130 : 0;
}
