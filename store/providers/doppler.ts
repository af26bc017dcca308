/**
 * Doppler: one request for all secrets of a config, with their references resolved.
 *
 * Dynamic secrets are never asked for: each request that does issues a lease that somebody has to
 * revoke. A 5xx in JSON is Doppler's own last word and is not tried again, as its CLI has it; 429 is,
 * and whatever a proxy says. Names there are upper case: a key that only differs in that is told.
 */
import { readCredential } from "../credentials.ts";
import { expandPlace } from "../expand.ts";
import { Http } from "../http.ts";
import { type HttpAnswer, isObject } from "../http_answer.ts";
import type { OptionFault, ProviderContext } from "../kinds.ts";
import { credential, nameOf, naming, option, type OptionsOf } from "../options.ts";
import { type Diagnosis, type FailureKind, type Provider, Secret } from "../provider.ts";
import { quoteWhole } from "../quote.ts";
import {
  diagnoseListed,
  diagnoseRefused,
  failRefused,
  quoteAnswer,
  type Refused,
} from "../refused.ts";
import { memberText } from "../values.ts";

const API = "https://api.doppler.com";
const TOKEN = { name: "token", what: "token for Doppler", variables: ["DOPPLER_TOKEN"] } as const;
const NAMES = naming("the name in Doppler");
const SPELLING = { check: findNameFault };

/** What dicode.yaml may say of it. */
export const OPTIONS = {
  ...credential("token", "the token, best a service token of one config", TOKEN.variables),
  project: option.text("the project; a service token knows its own"),
  config: option.text("the config in the project, such as `prd`; a service token knows its own"),
  address: option.address("Doppler's API, or a proxy in front of it", { default: API }),
  ca_file: option.path("the authority that signed the certificate at `address`, as PEM"),
  insecure_http: option.flag("whether `address` may be plain HTTP to another machine", {
    default: "false",
  }),
  prefix: { ...NAMES.prefix, ...SPELLING },
  map: { ...NAMES.map, ...SPELLING },
} as const;

type Options = OptionsOf<typeof OPTIONS>;

/** A project is nothing without a config. */
export function validate({ project, config }: Options): OptionFault[] {
  if ((project === undefined) === (config === undefined)) return [];
  const [there, missing] = project === undefined ? ["config", "project"] : ["project", "config"];
  const state = `it has "${there}" and no "${missing}"`;
  return [{ option: there, state, hint: "write both, or neither with a service token" }];
}

/** Doppler is a service of the internet's, whatever stands in front of it. */
export function usesNetwork(): boolean {
  return true;
}

/** Opens one; it asks nobody before it is asked. */
export function open(name: string, options: Options, context: ProviderContext): Provider {
  const openHttp = () =>
    new Http({
      provider: name,
      address: options.address ?? API,
      caFile: options.ca_file && expandPlace(options.ca_file, context.env),
      insecureHttp: options.insecure_http,
      retries: context.retries,
    });

  async function ask(http: Http, endpoint: "download" | "names", signal: AbortSignal) {
    const token = await readCredential(name, options, TOKEN, context);
    const query = new URLSearchParams({ include_dynamic_secrets: "false" });
    if (endpoint === "download") query.set("format", "json");
    if (options.project !== undefined) query.set("project", options.project);
    if (options.config !== undefined) query.set("config", options.config);
    return await http.ask({
      path: `/v3/configs/config/secrets/${endpoint}?${query}`,
      headers: { authorization: `Bearer ${token}` },
      retryOn: mayPass,
    }, signal);
  }

  async function read(endpoint: "download" | "names", signal: AbortSignal): Promise<HttpAnswer> {
    using http = openHttp();
    const answer = await ask(http, endpoint, signal);
    if (answer.ok) return answer;
    const refused = explain(http, answer);
    throw refused === undefined
      ? http.failureOf(answer, wordsOf(answer))
      : failRefused(http, refused);
  }

  /** Tells of keys that are not there, where a name that is differs in its case alone. */
  function tellOfCase(keys: readonly string[], has: (name: string) => boolean): void {
    for (const key of keys) {
      const wanted = nameOf(options, key).name;
      const upper = wanted.toUpperCase();
      if (has(wanted) || !has(upper)) continue;
      context.note?.(
        `provider "${name}" has no ${quoteWhole(wanted)}, but ${quoteWhole(upper)}: names in ` +
          `Doppler are upper case; write map: { ${quoteWhole(key)}: ${upper} } in dicode.yaml`,
      );
    }
  }

  return {
    name,
    async get(keys, signal) {
      const body = (await read("download", signal)).json();
      const found = new Map<string, Secret>();
      for (const key of keys) {
        const value = memberText(body, nameOf(options, key).name);
        if (value !== undefined) found.set(key, new Secret(value));
      }
      tellOfCase(keys, (one) => Object.hasOwn(body, one));
      return found;
    },
    async has(keys, signal) {
      const names = namesOf(await read("names", signal));
      tellOfCase(keys, (one) => names.has(one));
      return new Set(keys.filter((key) => names.has(nameOf(options, key).name)));
    },
    async diagnose(signal): Promise<Diagnosis[]> {
      using http = openHttp();
      const answer = await ask(http, "names", signal);
      if (!answer.ok) {
        const refused = explain(http, answer);
        if (refused === undefined) throw http.failureOf(answer, wordsOf(answer));
        return diagnoseRefused(http, refused);
      }
      const { project, config } = options;
      const place = project === undefined ? "the token's own config" : `${project}/${config}`;
      return diagnoseListed(http, namesOf(answer).size, place);
    },
  };
}

/** Whether the answer may be another a moment later: the rule of Doppler's own CLI. */
function mayPass({ status, headers }: HttpAnswer): boolean {
  const isJson = headers.get("content-type")?.startsWith("application/json") ?? false;
  return status === 429 || (status >= 500 && !isJson);
}

/** The messages of an error of Doppler's; undefined for what somebody else has answered. */
function wordsOf(answer: HttpAnswer): string | undefined {
  const body = answer.tryJson();
  const messages = isObject(body) && Array.isArray(body.messages) ? body.messages : [];
  return messages.filter((each) => typeof each === "string").join("; ") || undefined;
}

function namesOf(answer: HttpAnswer): ReadonlySet<string> {
  const { names } = answer.json();
  if (!Array.isArray(names)) throw answer.unexpected("it holds no list of names");
  return new Set(names);
}

/** What a refusal of Doppler's own means; undefined for any other answer. */
function explain(http: Http, answer: HttpAnswer): Refused | undefined {
  const { status } = answer;
  const words = wordsOf(answer);
  if (words === undefined) return undefined;
  const meaning = MEANINGS.find(([code, pattern]) => code === status && pattern.test(words));
  if (meaning === undefined) return undefined;
  const [, , kind, hint] = meaning;
  return { kind, found: quoteAnswer(http, status, words), hint };
}

const MEANINGS: readonly (readonly [number, RegExp, FailureKind, hint: string])[] = [
  [400, /does not have access/, "denied", "use a token that may read this config"],
  [
    400,
    /project|config/i,
    "misconfigured",
    'write "project" and "config" in dicode.yaml, or use a service token (dp.st.…) of one config',
  ],
  [401, /^/, "unauthenticated", "make a new token in Doppler: this one is wrong, old or revoked"],
  [403, /^/, "denied", "give the token the right to read this config in Doppler"],
  [404, /^/, "misconfigured", 'write "project" and "config" in dicode.yaml as Doppler has them'],
];

function findNameFault(name: string) {
  if (/^[A-Z0-9_]+$/.test(name)) return undefined;
  return { state: "is no name that Doppler takes", hint: "names there are of A-Z, 0-9 and _" };
}
