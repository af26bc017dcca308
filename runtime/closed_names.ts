/**
 * Names that hold credentials of providers: no task gets them as variables, files or secrets, unless
 * dicode.yaml lists them under `expose`.
 */
import type { Closed } from "../store/chain.ts";
import { expandPlace } from "../store/expand.ts";
import type { Config } from "./config.ts";

/** Variables that the clients of services take credentials from, whether dicode.yaml names them. */
const WELL_KNOWN = new Set([
  "VAULT_TOKEN",
  "VAULT_SECRET_ID",
  "BAO_TOKEN",
  "BAO_SECRET_ID",
  "OP_SERVICE_ACCOUNT_TOKEN",
  "OP_CONNECT_TOKEN",
  "OP_SESSION",
  "DOPPLER_TOKEN",
  "AWS_SECRET_ACCESS_KEY",
  "AWS_SESSION_TOKEN",
  "AWS_CONTAINER_AUTHORIZATION_TOKEN",
  "INFISICAL_TOKEN",
  "INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET",
  "INFISICAL_UNIVERSAL_AUTH_ACCESS_TOKEN",
  "BWS_ACCESS_TOKEN",
  "AZURE_CLIENT_SECRET",
  "SOPS_AGE_KEY",
]);

/** What a configuration closes. */
function closedNames({ credentials, expose }: Config): Closed {
  const open = new Set(expose);
  return {
    variable: (name) =>
      !open.has(name) && (WELL_KNOWN.has(name) || credentials.variables.includes(name)),
    key: (key) => !open.has(key) && credentials.keys.includes(key),
  };
}

/** The same for a task, which may read what it is given as a provider. @param dir its real path. */
export function closedTo(
  config: Config,
  dir: string | undefined,
  env: (name: string) => string | undefined,
): Closed {
  const own = config.providers.filter(({ type }) => type === "task").flatMap(({ options = {} }) => {
    const { dir: path, expose = [] } = options as { dir: string; expose?: readonly string[] };
    return findReal(expandPlace(path, env)) === dir ? expose : [];
  });
  return closedNames({ ...config, expose: [...config.expose, ...own] });
}

function findReal(path: string): string | null {
  try {
    return Deno.realPathSync(path);
  } catch {
    return null; // it is no task that runs
  }
}

/** The variables that dicode.yaml says hold credentials, but for those that tasks may read. */
export function closedVariables({ credentials, expose }: Config): string[] {
  return credentials.variables.filter((name) => !expose.includes(name));
}
