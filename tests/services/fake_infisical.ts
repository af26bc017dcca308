/**
 * Infisical's API on loopback, as far as secrets are read by it: universal auth, and the list of a
 * folder's secrets as v4 and as v3 have it, with its errors, and faults on demand.
 *
 * It is believed because @infisical/sdk reads each of its answers
 * (tests/providers/infisical_oracle_test.ts). The words of its errors are those of the server's
 * source. References are expanded within one folder only, and imports are not followed further.
 */
import { FaultyServer, type Tls } from "./faulty_server.ts";

/** A secret; `hidden` is one whose value the identity may not read, though it may see that it is. */
export type InfisicalSecret = string | { readonly value: string; readonly hidden: true };

/** Another folder whose secrets a folder has too; the last import of a folder wins. */
export interface InfisicalImport {
  readonly environment: string;
  readonly path: string;
}

/** How a fake is started. */
export interface FakeInfisicalOptions {
  readonly tls?: Tls;
  /** Without it, the server is an old one that has only `/api/v3`. Default true. */
  readonly v4?: boolean;
  /** What v4 calls the parameter for imports; its first releases had the name of v3. */
  readonly importsParameter?: "includeImports" | "include_imports";
  /** What a folder is answered with that is not there; there are releases of either kind. */
  readonly absentFolder?: "refused" | "empty";
}

interface Folder {
  readonly secrets: Readonly<Record<string, InfisicalSecret>>;
  readonly imports: readonly InfisicalImport[];
}

interface Identity {
  /** The projects that it is a member of; default all. */
  readonly projects?: readonly string[];
  /** How many logins its client secret has left; default without end. */
  uses?: number;
}

/** The words for a value that is not shown. */
const MASK = "<hidden-by-infisical>";

/** The running fake; gone when the test ends. */
export class FakeInfisical extends FaultyServer {
  readonly #options: FakeInfisicalOptions;
  readonly #folders = new Map<string, Folder>();
  readonly #clients = new Map<string, { readonly secret: string; readonly identity: Identity }>();
  readonly #tokens = new Map<string, Identity & { readonly expired?: boolean }>();
  /** How many logins succeeded. */
  logins = 0;

  constructor(options: FakeInfisicalOptions = {}) {
    super((request) => this.#real(request), options.tls);
    this.#options = options;
  }

  /** Adds a folder of a project's environment: `folder("id", "prod", "/", {KEY: "value"})`. */
  folder(
    project: string,
    environment: string,
    path: string,
    secrets: Readonly<Record<string, InfisicalSecret>>,
    imports: readonly InfisicalImport[] = [],
  ): void {
    this.#folders.set(`${project} ${environment} ${path}`, { secrets, imports });
  }

  /** Adds a machine identity with universal auth. */
  identity(clientId: string, secret: string, identity: Identity = {}): void {
    this.#clients.set(clientId, { secret, identity: { ...identity } });
  }

  /** Adds an access token, and returns it: a JWT by its looks. */
  token(identity: Identity & { readonly expired?: boolean } = {}): string {
    const random = crypto.getRandomValues(new Uint8Array(24)).toHex();
    const token = `eyJhbGciOiJIUzI1NiJ9.${random}.${random.slice(0, 16)}`;
    this.#tokens.set(token, identity);
    return token;
  }

  async #real(request: Request): Promise<Response> {
    const { pathname, search, searchParams } = new URL(request.url);
    const path = pathname.replace(/\/$/, "");
    if (request.method === "POST" && path === "/api/v1/auth/universal-auth/login") {
      return await this.#login(request);
    }
    const isV4 = path === "/api/v4/secrets" && this.#options.v4 !== false;
    if (request.method !== "GET" || !(isV4 || path === "/api/v3/secrets/raw")) {
      const message = `Route ${request.method}:${pathname}${search} not found`;
      return Response.json({ message, error: "Not Found", statusCode: 404 }, { status: 404 });
    }
    const header = request.headers.get("authorization");
    if (header === null) return refuse(401, "UnauthorizedError", "Token missing");
    const token = header.slice("Bearer ".length);
    const identity = this.#tokens.get(token);
    if (identity === undefined) {
      const isJwt = /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token);
      return refuse(
        403,
        "TokenError",
        isJwt
          ? "invalid signature"
          : "The provided access token is malformed. Please use a valid token or generate a new one and try again.",
      );
    }
    if (identity.expired) {
      return refuse(403, "TokenError", "Your token has expired. Please re-authenticate.");
    }
    return this.#list(searchParams, isV4, identity);
  }

  async #login(request: Request): Promise<Response> {
    if (!request.headers.get("content-type")?.startsWith("application/json")) {
      return refuse(415, "FastifyError", "Unsupported Media Type");
    }
    const { clientId, clientSecret } = await request.json();
    const missing = Object.entries({ clientId, clientSecret })
      .filter(([, value]) => typeof value !== "string")
      .map(([name]) => ({ code: "invalid_type", path: [name], message: "Required" }));
    if (missing.length > 0) return refuse(422, "ValidationFailure", missing);
    const client = this.#clients.get(clientId);
    if (client?.secret !== clientSecret) {
      return refuse(401, "UnauthorizedError", "Invalid credentials");
    }
    const { identity } = client!;
    if (identity.uses === 0) {
      return refuse(
        401,
        "UnauthorizedError",
        "Access denied due to client secret usage limit reached",
      );
    }
    if (identity.uses !== undefined) identity.uses -= 1;
    this.logins += 1;
    const accessToken = this.token(identity);
    const expiresIn = 7200;
    return Response.json({
      accessToken,
      expiresIn,
      accessTokenMaxTTL: 43200,
      tokenType: "Bearer",
    });
  }

  #list(asked: URLSearchParams, isV4: boolean, identity: Identity): Response {
    const project = asked.get(isV4 ? "projectId" : "workspaceId");
    const environment = asked.get("environment");
    if (!project || !environment) {
      return refuse(400, "BadRequest", "Missing project id or environment");
    }
    if (![...this.#folders.keys()].some((key) => key.startsWith(`${project} `))) {
      return refuse(404, "NotFound", `Project with ${project} not found`);
    }
    if (!(identity.projects ?? [project]).includes(project)) {
      return refuse(
        403,
        "ProjectMembershipNotFound",
        `You are not a member of this project with ID ${project}. Please assign this identity to the project with the appropriate permissions, then try again.`,
      );
    }
    const path = (asked.get("secretPath") ?? "/").replace(/(.)\/$/, "$1");
    const folder = this.#folders.get(`${project} ${environment} ${path}`);
    if (folder === undefined) {
      if (this.#options.absentFolder === "empty") {
        return Response.json({ secrets: [], imports: [] });
      }
      return refuse(
        404,
        "SecretPathNotFound",
        `Folder with path '${path}' in environment '${environment}' was not found. Please ensure the environment slug and secret path is correct.`,
      );
    }
    const importsParameter = isV4
      ? this.#options.importsParameter ?? "includeImports"
      : "include_imports";
    const show = (place: InfisicalImport, { secrets }: Folder) =>
      Object.entries(secrets).map(([key, secret]) =>
        showSecret(project, place, key, secret, {
          view: asked.get("viewSecretValue") !== "false",
          expand: asked.get("expandSecretReferences") === "true",
          siblings: secrets,
        })
      );
    const below = asked.get("recursive") !== "true"
      ? []
      : [...this.#folders].flatMap(([key, other]) => {
        const prefix = `${project} ${environment} ${path === "/" ? "/" : `${path}/`}`;
        if (!key.startsWith(prefix) || other === folder) return [];
        return show({ environment, path: key.split(" ")[2]! }, other);
      });
    const imports = asked.get(importsParameter) !== "true" ? [] : folder.imports.map((place) => ({
      secretPath: place.path,
      environment: place.environment,
      folderId: crypto.randomUUID(),
      // The server leaves out what the identity may not read in an import.
      secrets: show(
        place,
        this.#folders.get(`${project} ${place.environment} ${place.path}`) ??
          { secrets: {}, imports: [] },
      ).filter(({ secretValueHidden }) =>
        asked.get("viewSecretValue") === "false" || !secretValueHidden
      ),
    }));
    return Response.json({
      secrets: [...show({ environment, path }, folder), ...below],
      imports,
    });
  }
}

/** An error as the API has it. */
export function refuse(status: number, error: string, message: unknown): Response {
  const reqId = `req-${crypto.randomUUID().replaceAll("-", "").slice(0, 14)}`;
  return Response.json({ reqId, statusCode: status, message, error }, { status });
}

function showSecret(
  project: string,
  { environment, path }: InfisicalImport,
  key: string,
  secret: InfisicalSecret,
  { view, expand, siblings }: {
    readonly view: boolean;
    readonly expand: boolean;
    readonly siblings: Folder["secrets"];
  },
) {
  const valueOf = (one: InfisicalSecret | undefined) => typeof one === "string" ? one : one?.value;
  const raw = valueOf(secret)!;
  const value = expand
    ? raw.replaceAll(/\$\{(\w+)\}/g, (text, name) => valueOf(siblings[name]) ?? text)
    : raw;
  const isHidden = !view || typeof secret !== "string";
  const id = crypto.randomUUID();
  return {
    id,
    _id: id,
    workspace: project,
    environment,
    version: 1,
    type: "shared",
    secretKey: key,
    secretValue: isHidden ? MASK : value,
    secretValueHidden: isHidden,
    secretComment: "",
    secretPath: path,
    secretReminderNote: null,
    secretReminderRepeatDays: null,
    skipMultilineEncoding: false,
    isRotatedSecret: false,
    rotationId: null,
    secretMetadata: [],
    tags: [],
    createdAt: "2024-11-07T05:31:56.000Z",
    updatedAt: "2024-11-07T05:31:56.000Z",
  };
}
