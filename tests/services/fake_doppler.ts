/**
 * Doppler's API on loopback, as far as secrets are read by it: download and names, with its errors,
 * and faults on demand.
 *
 * It is believed because Doppler's own CLI reads each of its answers, and because its paths,
 * parameters and members are those of Doppler's OpenAPI document
 * (tests/providers/doppler_oracle_test.ts). The words of its errors are those that users of the real
 * service have quoted.
 */
import { FaultyServer, type Tls } from "./faulty_server.ts";

/** The parameters that each path takes; any other is refused, where the real service ignores it. */
export const DOPPLER_PARAMETERS: Readonly<Record<string, readonly string[]>> = {
  "/v3/configs/config/secrets/download": [
    "project",
    "config",
    "format",
    "include_dynamic_secrets",
  ],
  "/v3/configs/config/secrets/names": [
    "project",
    "config",
    "include_dynamic_secrets",
    "include_managed_secrets",
  ],
};

/** What a token may do. */
export interface DopplerToken {
  /** Bound to one config, as `dp.st.` tokens are; without it the request has to name both. */
  readonly bound?: { readonly project: string; readonly config: string };
  /** The projects that a token without a config may read; default all. */
  readonly projects?: readonly string[];
}

/** The running fake; gone when the test ends. */
export class FakeDoppler extends FaultyServer {
  readonly #configs = new Map<string, Map<string, string>>();
  readonly #tokens = new Map<string, DopplerToken>();
  /** How often dynamic secrets were asked for, each time a lease that somebody has to revoke. */
  leases = 0;

  constructor(tls?: Tls) {
    super((request) => this.#real(request), tls);
  }

  /** Adds a config with these secrets. */
  config(project: string, config: string, secrets: Readonly<Record<string, string>>): void {
    this.#configs.set(`${project}/${config}`, new Map(Object.entries(secrets)));
  }

  /** Adds a token. */
  token(token: string, rights: DopplerToken = {}): void {
    this.#tokens.set(token, rights);
  }

  async #real(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const parameters = DOPPLER_PARAMETERS[url.pathname];
    if (parameters === undefined || request.method !== "GET") {
      return refuse(404, "The requested resource could not be found");
    }
    const unknown = [...url.searchParams.keys()].find((name) => !parameters.includes(name));
    if (unknown !== undefined) return refuse(400, `The fake knows no parameter '${unknown}'`);
    const token = /^Bearer (.+)$/.exec(request.headers.get("authorization") ?? "")?.[1] ?? "";
    const rights = this.#tokens.get(token);
    if (rights === undefined) return refuse(401, "Invalid Auth token");
    const project = url.searchParams.get("project") || rights.bound?.project;
    const config = url.searchParams.get("config") || rights.bound?.config;
    if (!project) return refuse(400, "You must specify a project");
    if (!config) return refuse(400, "Please provide a valid config.");
    const { bound, projects = [project] } = rights;
    if ((bound?.project ?? project) !== project || !projects.includes(project)) {
      return refuse(400, `This token does not have access to requested project '${project}'`);
    }
    if ((bound?.config ?? config) !== config) {
      return refuse(400, `This token does not have access to requested config '${config}'`);
    }
    const secrets = this.#configs.get(`${project}/${config}`);
    if (secrets === undefined) {
      const isThere = [...this.#configs.keys()].some((place) => place.startsWith(`${project}/`));
      return refuse(
        404,
        isThere
          ? `Could not find requested config '${config}'`
          : `Could not find requested project '${project}'`,
      );
    }
    if (url.searchParams.get("include_dynamic_secrets") !== "false") this.leases += 1;
    const all = new Map(secrets);
    if (url.searchParams.get("include_managed_secrets") !== "false") {
      all.set("DOPPLER_CONFIG", config);
      all.set("DOPPLER_ENVIRONMENT", config.split("_")[0]!);
      all.set("DOPPLER_PROJECT", project);
    }
    if (url.pathname.endsWith("/names")) return Response.json({ names: [...all.keys()] });
    const format = url.searchParams.get("format") ?? "json";
    if (format !== "json") return refuse(400, `The fake knows no format '${format}'`);
    return await showSecrets(request, all);
  }
}

/** An error as the API has it. */
export function refuse(status: number, ...messages: readonly string[]): Response {
  return Response.json({ messages, success: false }, { status });
}

async function showSecrets(
  request: Request,
  secrets: ReadonlyMap<string, string>,
): Promise<Response> {
  const body = JSON.stringify(Object.fromEntries(secrets));
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body));
  const etag = `W/"${new Uint8Array(hash).toHex().slice(0, 32)}"`;
  if (request.headers.get("if-none-match") === etag) {
    return new Response(null, { status: 304, headers: { etag } });
  }
  return new Response(body, { headers: { "content-type": "application/json", etag } });
}
