/** `dicode secrets rotate-key`: a new master key, every value encrypted anew. */
import { quoteShell } from "../../store/quote.ts";
import { rotateKey } from "../../store/rotate.ts";
import type { Host } from "../host.ts";
import { resolvePath } from "../paths.ts";
import { openProgress } from "../progress.ts";
import type { RotateFlags } from "../secrets_tree.ts";

export async function secretsRotateKey(host: Host, flags: RotateFlags): Promise<number> {
  const toFile = flags.toFile === undefined ? undefined : resolvePath(host.cwd, flags.toFile);
  using progress = openProgress("encrypted");
  const { secrets, keyFile } = await rotateKey({
    dataDir: host.dataDir,
    env: host.env,
    toFile,
    onProgress: (done, total) => progress.show(done, total),
  });
  progress[Symbol.dispose]();
  const count = secrets === 1 ? "1 value" : `${secrets} values`;
  host.say(`encrypted ${count} under a new master key; the old one opens nothing any more`);
  if (toFile !== undefined) {
    host.say(`the new key is in ${JSON.stringify(keyFile)}, and DICODE_MASTER_KEY is void`);
    host.hint(`unset DICODE_MASTER_KEY; export DICODE_MASTER_KEY_FILE=${quoteShell(keyFile)}`);
  }
  host.say("the secrets themselves are the same: replace those that others may have seen");
  return 0;
}
