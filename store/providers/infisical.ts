/**
 * Infisical: one list of all secrets of a folder, imports and references resolved.
 *
 * Universal auth logs in once for an answer, since a client secret may have a number of uses. v4 of
 * the list is asked, and v3 where a server does not know that. A value that is withheld is a failure:
 * it is there, and the next provider has no say.
 */
import { readCredential } from "../credentials.ts";
import { expandPlace } from "../expand.ts";
import { Http } from "../http.ts";
import { isLoopback } from "../loopback.ts";
import type { HttpAnswer } from "../http_answer.ts";
import {
  explainInfisical,
  isUnknownRoute,
  type ListPlace,
  READ_RIGHT,
  readList,
  readWords,
} from "../infisical.ts";
import type { OptionFault, ProviderContext } from "../kinds.ts";
import { credential, nameOf, naming, option, type OptionsOf } from "../options.ts";
import { type Diagnosis, type Provider, ProviderFailure, Secret } from "../provider.ts";
import { quoteWhole } from "../quote.ts";
import { diagnoseListed, diagnoseRefused, failRefused, type Refused } from "../refused.ts";

const CLOUD = "https://app.infisical.com";
const ADDRESS_VARIABLES = ["INFISICAL_DOMAIN", "INFISICAL_API_URL"] as const;
const CLIENT = "INFISICAL_UNIVERSAL_AUTH_CLIENT";
const CLIENT_ID = {
  name: "client_id",
  what: "client ID for Infisical",
  variables: [`${CLIENT}_ID`],
} as const;
const CLIENT_SECRET = {
  name: "client_secret",
  what: "client secret for Infisical",
  variables: [`${CLIENT}_SECRET`],
} as const;
const TOKEN = {
  name: "token",
  what: "access token for Infisical",
  variables: ["INFISICAL_TOKEN"],
} as const;

/** What dicode.yaml may say of it. */
export const OPTIONS = {
  project_id: option.text("the project's ID, a UUID; not its slug", { required: true }),
  environment: option.text("the slug of the environment, such as `prod`", { required: true }),
  path: option.text("the folder", { default: "/", check: findPathFault }),
  address: option.address("the server", {
    default: `${ADDRESS_VARIABLES.map((name) => `$${name}`).join(", ")}, ${CLOUD}`,
  }),
  auth: option.choice(["universal", "token"], "how to log in", { default: "universal" }),
  ...credential("client_id", "the identity's client ID", CLIENT_ID.variables),
  ...credential("client_secret", "the identity's client secret", CLIENT_SECRET.variables),
  ...credential("token", "an access token, under `auth: token`", TOKEN.variables),
  ca_file: option.path("the authority that signed the certificate at `address`, as PEM"),
  insecure_http: option.flag("whether `address` may be plain HTTP to another machine", {
    default: "false",
  }),
  ...naming("the name in Infisical"),
} as const;

type Options = OptionsOf<typeof OPTIONS>;

/** Each way to log in has credentials of its own. */
export function validate(options: Options): OptionFault[] {
  const { auth = "universal" } = options;
  const others = auth === "token" ? /^client_(?:id|secret)_/ : /^token_/;
  const other = auth === "token" ? "universal" : "token";
  return Object.keys(options).filter((name) => others.test(name)).map((name) => ({
    option: name,
    state: `it has "${name}", which is for auth: ${other}`,
    hint: `write auth: ${other}, or remove "${name}"`,
  }));
}

/** A server on this machine is asked offline as well. */
export function usesNetwork(options: Options, env: ProviderContext["env"]): boolean {
  const { url } = findAddress(options, env);
  return url === undefined || !isLoopback(url);
}

/** Opens one; it asks nobody before it is asked. */
export function open(name: string, options: Options, context: ProviderContext): Provider {
  const { project_id = "", environment = "", path = "/", auth = "universal" } = options;
  const place: ListPlace = { projectId: project_id, environment, path };
  const shown = `environment ${quoteWhole(environment)}, path ${quoteWhole(path)}`;

  function openHttp(): Http {
    const { url, variable } = findAddress(options, context.env);
    if (url === undefined) {
      const found = `the variable ${variable} holds no http or https address`;
      throw new ProviderFailure(name, "misconfigured", found, {
        hint: `export ${variable}=https://…, or write "address" in dicode.yaml`,
      });
    }
    return new Http({
      provider: name,
      address: url.href,
      caFile: options.ca_file && expandPlace(options.ca_file, context.env),
      insecureHttp: options.insecure_http,
      retries: context.retries,
    });
  }

  /** An access token, or how it was refused. */
  async function logIn(http: Http, signal: AbortSignal): Promise<string | Refused> {
    if (auth === "token") return await readCredential(name, options, TOKEN, context);
    const clientId = await readCredential(name, options, CLIENT_ID, context);
    const clientSecret = await readCredential(name, options, CLIENT_SECRET, context);
    const answer = await http.ask({
      method: "POST",
      path: "/api/v1/auth/universal-auth/login",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ clientId, clientSecret }),
      // A 500 may have cost one of the secret's uses.
      retryOn: ({ status }) => [429, 502, 503, 504].includes(status),
    }, signal);
    if (!answer.ok) return refused(http, answer);
    const { accessToken } = answer.json();
    if (typeof accessToken !== "string") throw answer.unexpected("it holds no access token");
    // SECURITY: it opens what the client secret does (tests/providers/infisical_calls_test.ts).
    context.conceal(accessToken);
    return accessToken;
  }

  /** The list, or how it was refused. `view`: whether values are wanted. */
  async function list(
    http: Http,
    token: string,
    view: boolean,
    signal: AbortSignal,
  ): Promise<HttpAnswer | Refused> {
    const ask = (endpoint: string, project: string) => {
      const query = new URLSearchParams({
        [project]: project_id,
        environment,
        secretPath: path,
        viewSecretValue: `${view}`,
        expandSecretReferences: "true",
        recursive: "false",
        // v3 and the first releases of v4 take the second name, later ones the first.
        includeImports: "true",
        include_imports: "true",
      });
      const headers = { authorization: `Bearer ${token}` };
      return http.ask({ path: `${endpoint}?${query}`, headers }, signal);
    };
    let answer = await ask("/api/v4/secrets", "projectId");
    if (isUnknownRoute(answer)) answer = await ask("/api/v3/secrets/raw", "workspaceId");
    return answer.ok ? answer : refused(http, answer, place);
  }

  async function read(http: Http, view: boolean, signal: AbortSignal) {
    const token = await logIn(http, signal);
    if (typeof token !== "string") throw failRefused(http, token);
    const answer = await list(http, token, view, signal);
    if ("kind" in answer) throw failRefused(http, answer);
    const secrets = readList(answer);
    if (secrets.size === 0) context.note?.(`provider "${name}" sees nothing in ${shown}: ${EMPTY}`);
    return secrets;
  }

  return {
    name,
    async get(keys, signal) {
      using http = openHttp();
      const secrets = await read(http, true, signal);
      const found = new Map<string, Secret>();
      for (const key of keys) {
        const wanted = nameOf(options, key).name;
        const secret = secrets.get(wanted);
        if (secret?.isHidden) {
          const withheld = `${http.host} withholds the value of ${quoteWhole(wanted)} in ${shown}`;
          throw http.fail("denied", withheld, { hint: READ_RIGHT });
        }
        if (secret?.value !== undefined) found.set(key, new Secret(secret.value));
      }
      return found;
    },
    async has(keys, signal) {
      using http = openHttp();
      const secrets = await read(http, false, signal);
      return new Set(keys.filter((key) => secrets.has(nameOf(options, key).name)));
    },
    async diagnose(signal): Promise<Diagnosis[]> {
      using http = openHttp();
      const token = await logIn(http, signal);
      if (typeof token !== "string") return diagnoseRefused(http, token);
      const answer = await list(http, token, false, signal);
      if ("kind" in answer) return diagnoseRefused(http, answer);
      const { size } = readList(answer);
      const found = diagnoseListed(http, size, shown);
      return size > 0
        ? found
        : found.map((each) =>
          each.what === "allowed" ? { ...each, state: "warning", hint: EMPTY } : each
        );
    },
  };
}

const EMPTY = 'see that "environment" and "path" are right, and that the identity may read there';

/** A refusal of Infisical's own; any other answer is a failure. */
function refused(http: Http, answer: HttpAnswer, place?: ListPlace): Refused {
  const found = explainInfisical(http, answer, place);
  if (found === undefined) throw http.failureOf(answer, readWords(answer));
  return found;
}

/** The server; without `url`, the variable that holds none. */
function findAddress(
  { address }: Options,
  env: ProviderContext["env"],
): { readonly url?: URL; readonly variable?: string } {
  const read = (variable: string) => {
    try {
      return env(variable);
    } catch {
      return "not UTF-8"; // the error would quote it
    }
  };
  const variable = address === undefined ? ADDRESS_VARIABLES.find(read) : undefined;
  const text = variable === undefined ? address ?? CLOUD : read(variable)!;
  const url = URL.parse(text);
  const isOdd = url === null || !/^https?:$/.test(url.protocol) || /[?#@]/.test(text);
  if (isOdd) return { variable };
  // The variables of Infisical's own clients may end with the path that all its endpoints have.
  url.pathname = url.pathname.replace(/\/+(?:api\/*)?$/, "");
  return { url };
}

function findPathFault(path: string) {
  if (path.startsWith("/")) return undefined;
  return { state: "is no path of a folder", hint: `write ${quoteWhole(`/${path}`)}` };
}
