/** `dicode secrets verify`: opens every value, prints counts and what is bad, never a value. */
import { StoreError } from "../../sdk/errors.ts";
import { verifyStore } from "../../store/verify.ts";
import { type Host, showControls } from "../host.ts";
import { openProgress } from "../progress.ts";

export async function secretsVerify(host: Host): Promise<number> {
  using progress = openProgress("verified");
  const { bound, unbound, faults } = await verifyStore({
    dataDir: host.dataDir,
    env: host.env,
    onProgress: (done) => progress.show(done),
  });
  progress[Symbol.dispose]();
  const total = bound + unbound;
  const good = total === 1 ? "1 secret is" : `${total} secrets are`;
  await host.print(`${good} in order\n`);
  if (unbound > 0) {
    const rows = unbound === 1 ? "1 of them is" : `${unbound} of them are`;
    await host.print(`${rows} as a Go program wrote them: not bound to their names\n`);
    host.hint("dicode secrets rotate-key binds them");
  }
  if (faults.length === 0) return 0;
  for (const fault of faults) host.say(`| ${showControls(fault)}`);
  return host.fail(
    new StoreError(
      "store_tampered",
      `cannot open all of the store: ${faults.length} of ${total + faults.length} are not in order`,
      { hint: "restore data.db from a backup, or set those secrets anew" },
    ),
  );
}
