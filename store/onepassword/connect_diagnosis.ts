/** What `dicode doctor` finds out about a Connect server: no item is read. */
import type { Http } from "../http.ts";
import { isObject } from "../http_answer.ts";
import type { Diagnosis } from "../provider.ts";
import { quoteWhole } from "../quote.ts";
import { type ConnectServer, pickVault } from "./connect.ts";

/**
 * Whether the server is up and in step with 1Password, takes the token, and shows it the vaults.
 *
 * @param vaults those that dicode.yaml names, by name or id.
 */
export async function diagnoseConnect(
  http: Http,
  server: ConnectServer,
  vaults: readonly string[],
  signal: AbortSignal,
): Promise<Diagnosis[]> {
  const health = await http.ask({ path: "/health" }, signal);
  const findings: Diagnosis[] = [readHealth(health.ok ? health.json() : {}, health.status)];
  const seen = await server.listVaults(signal);
  const found = `the server takes the token, and shows it ${seen.length} vaults`;
  findings.push({ what: "authenticated", state: "ok", found });
  for (const wanted of vaults) {
    const vault = pickVault(seen, wanted);
    findings.push(
      "id" in vault
        ? { what: "allowed", state: "ok", found: `the vault ${quoteWhole(wanted)}` }
        : { what: "allowed", state: "broken", found: vault.state, hint: vault.hint },
    );
  }
  return findings;
}

/** The server's own word: TOKEN_NEEDED before the first request with a token that it takes. */
function readHealth(
  { version, dependencies }: Readonly<Record<string, unknown>>,
  status: number,
): Diagnosis {
  const of = typeof version === "string" ? ` ${version}` : "";
  const parts = Array.isArray(dependencies) ? dependencies.filter(isObject) : [];
  const lame = parts.filter(({ status }) => status !== "ACTIVE")
    .map(({ service, status }) => `${service} ${status}`);
  if (status !== 200) lame.push(`/health answers ${status}`);
  const found = `Connect${of} answers`;
  if (lame.length === 0) return { what: "reachable", state: "ok", found };
  return {
    what: "reachable",
    state: "warning",
    found: `${found}, but not all is in order: ${lame.map(quoteWhole).join(", ")}`,
    hint: "it fetches its data at the first request with a token; look again in a minute",
  };
}
