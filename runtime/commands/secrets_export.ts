/** `dicode secrets export`: every secret, encrypted for recipients of age. There is no plain one. */
import { NotFoundError, UsageError } from "../../sdk/errors.ts";
import { sealAge } from "../../store/age.ts";
import { encodeBackup } from "../../store/backup.ts";
import { quoteWhole } from "../../store/quote.ts";
import { readSnapshot } from "../../store/snapshot.ts";
import type { Host } from "../host.ts";
import { writeNewFile } from "../new_file.ts";
import { resolvePath } from "../paths.ts";
import { openProgress } from "../progress.ts";
import { readRecipients } from "../recipients.ts";
import type { ExportFlags } from "../backup_tree.ts";

export async function secretsExport(host: Host, flags: ExportFlags): Promise<number> {
  const { recipient = [], recipientsFile = [], output = "-", armor = false } = flags;
  const recipients = await readRecipients(host, recipient, recipientsFile);
  if (output === "-" && !armor && host.isTerminal("stdout")) {
    throw new UsageError("usage", "cannot write a backup to a terminal: it is binary", {
      hint: "--output FILE, or --armor for text",
    });
  }
  const secrets = await readSecrets(host);
  const sealed = await sealAge(recipients, encodeBackup(secrets), armor);
  if (output === "-") await host.write("stdout", sealed);
  else writeNewFile(resolvePath(host.cwd, output), output, sealed);
  if (secrets.size === 0) {
    host.warn("the backup is empty: the store holds no secrets");
    host.hint(`is ${quoteWhole(host.dataDir)} the right one? --data-dir DIR names another`);
  }
  const count = secrets.size === 1 ? "1 secret" : `${secrets.size} secrets`;
  const whom = recipients.length === 1 ? "1 recipient" : `${recipients.length} recipients`;
  const where = output === "-" ? "" : ` to ${quoteWhole(output)}`;
  host.say(`exported ${count}${where}, encrypted for ${whom}`);
  return 0;
}

async function readSecrets(host: Host): Promise<Map<string, string>> {
  using progress = openProgress("decrypted");
  const secrets = await readSnapshot({
    dataDir: host.dataDir,
    env: host.env,
    onProgress: (done) => progress.show(done),
  });
  if (secrets !== undefined) return secrets;
  throw new NotFoundError("store_missing", "cannot export: nothing is stored yet", {
    hint: `there is no store in ${quoteWhole(host.dataDir)}: --data-dir DIR names another folder`,
  });
}
