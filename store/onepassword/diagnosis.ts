/** What `dicode doctor` finds out about `op`: calls that cost the account no request. */
import type { Diagnosis } from "../provider.ts";
import type { OpProgram } from "./program.ts";
import { sortRefusal } from "./refusals.ts";

/** Below this part of a limit there is a warning. */
const LOW = 0.1;

/**
 * Whether the program is there, who it is signed in as, and what is left of its requests.
 *
 * @param hasToken whether it is given a service account's token.
 */
export async function diagnoseOp(
  program: OpProgram,
  hasToken: boolean,
  signal: AbortSignal,
): Promise<Diagnosis[]> {
  const version = new TextDecoder().decode((await program.run(["--version"], signal)).stdout);
  const findings: Diagnosis[] = [
    { what: "installed", state: "ok", found: `op ${version.trim().slice(0, 40)}` },
  ];
  const whoami = await program.run(["whoami"], signal);
  if (whoami.code === 0) {
    const who = hasToken ? "as a service account" : "on this machine";
    findings.push({ what: "authenticated", state: "ok", found: `op is signed in ${who}` });
  } else if (!hasToken) {
    findings.push({
      what: "authenticated",
      state: "warning",
      found: "op is not signed in; the 1Password app may still let it in when it is asked",
      hint: "op signin; where nobody sits, set OP_SERVICE_ACCOUNT_TOKEN",
    });
  } else {
    const refusal = sortRefusal(whoami.stderr, []);
    if (refusal.what === "failure") throw program.failureOf(refusal, whoami);
  }
  if (hasToken) findings.push(...await diagnoseQuota(program, signal));
  return findings;
}

async function diagnoseQuota(program: OpProgram, signal: AbortSignal): Promise<Diagnosis[]> {
  const { code, stdout } = await program.run(["service-account", "ratelimit"], signal);
  const rows = code === 0 ? readLimits(new TextDecoder().decode(stdout)) : [];
  return rows.map(({ of, limit, left, reset }) => {
    const found = `${left} of ${limit} requests of the ${of} are left, new ones: ${reset}`;
    if (left > limit * LOW) return { what: "quota", state: "ok", found };
    const hint = 'name the keys that 1Password is asked for in "keys", and put "local" before it';
    return { what: "quota", state: left === 0 ? "broken" : "warning", found, hint };
  });
}

/** The rows that count for reading of the table TYPE, ACTION, LIMIT, USED, REMAINING, RESET. */
function readLimits(table: string) {
  const row = /^(token|account)\s+(read|read_write)\s+([0-9]+)\s+[0-9]+\s+([0-9]+)\s+(\S.*?)\s*$/gm;
  return [...table.matchAll(row)].map(([, of, , limit, left, reset]) => ({
    of: of!,
    limit: Number(limit),
    left: Number(left),
    reset: reset!,
  }));
}
