/** `dicode doctor`: what is in order on this machine and what is not, each with its cure. */
import type { DoctorFlags } from "../command_tree.ts";
import { examine, type Examined } from "../doctor.ts";
import { type Host, showControls } from "../host.ts";
import { Interrupt, Interrupted } from "../interrupt.ts";
import { formatJsonLine } from "../json_line.ts";
import { signalExit } from "../outcome.ts";

/** Exit code 1 if anything is broken; a warning is not. */
export async function doctor(host: Host, { json }: DoctorFlags): Promise<number> {
  const interrupt = new Interrupt(host.interruptions);
  const findings: Examined[] = [];
  let printing = Promise.resolve();
  let failure: unknown;
  try {
    await examine(host, interrupt.signal, (found) => {
      findings.push(found);
      if (json) return;
      // Nobody reads on: nothing more is asked.
      if (failure !== undefined) throw failure;
      printing = printing.then(() => host.print(format(host, found)));
      printing.catch((error) => failure = error);
    });
    await printing;
    const isBroken = findings.some(({ state }) => state === "broken");
    if (json) {
      const shown = findings.map(({ found, hint, ...rest }) => ({
        ...rest,
        found: host.masker.text(found),
        ...(hint === undefined ? {} : { hint: host.masker.text(hint) }),
      }));
      await host.print(formatJsonLine({ ok: !isBroken, findings: shown }));
    }
    return isBroken ? 1 : 0;
  } catch (error) {
    if (error instanceof Interrupted) return signalExit(error.signalName);
    throw error;
  } finally {
    interrupt.close();
  }
}

/** `broken   provider "vault": denied: …`, and the cure in a line of its own. */
function format(host: Host, { state, subject, what, found, hint }: Examined): string {
  const line = `${state.padEnd(8)} ${subject}: ${what}: ${found}`;
  const cure = state === "ok" || hint === undefined ? "" : `\n${" ".repeat(9)}${hint}`;
  return host.masker.text(line + cure).split("\n").map(showControls).join("\n") + "\n";
}
