/**
 * 1Password by a Connect server of one's own, over its REST interface.
 *
 * An item that is not there is an absence; one without the field, or two with one title, is a failure:
 * a wrong choice would be somebody else's secret.
 */
import type { OptionFault, ProviderContext } from "../kinds.ts";
import { readCredential } from "../credentials.ts";
import { expandPlace } from "../expand.ts";
import { Http } from "../http.ts";
import { isLoopback } from "../loopback.ts";
import { ConnectServer } from "../onepassword/connect.ts";
import { diagnoseConnect } from "../onepassword/connect_diagnosis.ts";
import { type ConnectItem, pickField } from "../onepassword/fields.ts";
import { type ItemPlace, parseItemPlace } from "../onepassword/places.ts";
import { credential, option, type OptionsOf } from "../options.ts";
import { type Provider, ProviderFailure, Secret } from "../provider.ts";
import { quoteWhole } from "../quote.ts";
import type { KeyFault } from "../rules.ts";
import { textOf } from "../values.ts";

const TOKEN_VARIABLES = ["OP_CONNECT_TOKEN"];

/** What dicode.yaml may say of it. */
export const OPTIONS = {
  address: option.address("the Connect server", { default: "$OP_CONNECT_HOST" }),
  vault: option.text("the vault whose items have keys for titles, by name or id"),
  field: option.text("the field of such an item, by label or id", { default: "credential" }),
  prefix: option.text("put before each key to make the title of an item", { default: "none" }),
  map: option.table("vault/item/field or vault/item/section/field of single keys, by key", {
    check: findPlaceFault,
  }),
  ...credential("token", "an access token of the Connect server", TOKEN_VARIABLES),
  ca_file: option.path("the certificate of the authority to trust, in PEM form"),
  client_cert_file: option.path("the certificate that dicode shows, in PEM form"),
  client_key_file: { ...option.path("its key, in PEM form"), credential: "file" },
  insecure_http: option.flag("whether plain HTTP may leave this machine", { default: "false" }),
} as const;

type Options = OptionsOf<typeof OPTIONS>;

/** Without a vault and a map it would have nothing to ask for. */
export function validate({ vault, map, field, prefix }: Options): OptionFault[] {
  if (vault === undefined && map === undefined) {
    return [{ state: 'it has neither "vault" nor "map"', hint: "vault: NAME" }];
  }
  const unused = Object.entries({ field, prefix }).find(([, value]) => value !== undefined)?.[0];
  if (vault !== undefined || unused === undefined) return [];
  return [{ option: unused, state: `"${unused}" is of use with "vault" alone` }];
}

/** One on this machine answers from its own copy. */
export function usesNetwork({ address }: Options, env: ProviderContext["env"]): boolean {
  const url = URL.parse(address ?? env("OP_CONNECT_HOST") ?? "");
  return url === null || !isLoopback(url);
}

/** Opens one; the server is asked when it is. */
export function open(name: string, options: Options, context: ProviderContext): Provider {
  const place = (key: string) => placeOf(options, key);
  const openServer = async () => {
    const http = openHttp(name, options, context);
    const what = "token for the Connect server";
    const wanted = { name: "token", what, variables: TOKEN_VARIABLES };
    const token = await readCredential(name, options, wanted, context);
    return { http, server: new ConnectServer(http, token) };
  };
  const placesOf = (keys: readonly string[]) =>
    keys.flatMap((key) => {
      const found = place(key);
      return found === undefined ? [] : [{ key, place: found }];
    });
  return {
    name,
    offers: (key) => place(key) !== undefined,
    async get(keys, signal) {
      const wanted = placesOf(keys);
      if (wanted.length === 0) return new Map();
      const { http, server } = await openServer();
      using _http = http;
      const located = await server.locate(wanted.map(({ place }) => place), signal);
      const items = await server.readItems(located.values(), signal);
      return new Map(wanted.flatMap(({ key, place }) => {
        const item = items.get(located.get(place)?.itemId ?? "");
        const value = item === undefined ? undefined : valueOf(name, item, place);
        return value === undefined ? [] : [[key, new Secret(value)]];
      }));
    },
    async has(keys, signal) {
      const wanted = placesOf(keys);
      if (wanted.length === 0) return new Set();
      const { http, server } = await openServer();
      using _http = http;
      const located = await server.locate(wanted.map(({ place }) => place), signal);
      return new Set(wanted.filter(({ place }) => located.has(place)).map(({ key }) => key));
    },
    async diagnose(signal) {
      const { http, server } = await openServer();
      using _http = http;
      const mapped = Object.values(options.map ?? {}).map(parseItemPlace)
        .flatMap((found) => typeof found === "string" ? [] : [found.vault]);
      const vaults = new Set([...(options.vault === undefined ? [] : [options.vault]), ...mapped]);
      return await diagnoseConnect(http, server, [...vaults], signal);
    },
  };
}

function placeOf(options: Options, key: string): ItemPlace | undefined {
  const { vault, field = "credential", prefix = "", map } = options;
  if (map !== undefined && Object.hasOwn(map, key)) {
    const found = parseItemPlace(map[key]!);
    return typeof found === "string" ? undefined : found;
  }
  return vault === undefined ? undefined : { vault, item: prefix + key, field };
}

/** The value of the field that is meant; undefined if it is empty. */
function valueOf(provider: string, item: ConnectItem, place: ItemPlace): string | undefined {
  const picked = pickField(item, place);
  if ("field" in picked) return textOf(picked.field.value);
  const { vault, item: title, section, field } = place;
  const where = `the item ${quoteWhole(title)} in the vault ${quoteWhole(vault)}`;
  if ("several" in picked) {
    const sections = picked.several.map(quoteWhole).join(", ");
    const state = `${where} has the field ${quoteWhole(field)} in several sections: ${sections}`;
    throw new ProviderFailure(provider, "misconfigured", state, {
      hint: 'name the section in "map": VAULT/ITEM/SECTION/FIELD',
    });
  }
  const lacking = `${picked.absent} ${quoteWhole(picked.absent === "field" ? field : section!)}`;
  const there = picked.names.length === 0 ? "it has none" : picked.names.map(quoteWhole).join(", ");
  const state = `${where} has no ${lacking}; there is: ${there}`;
  throw new ProviderFailure(provider, "misconfigured", state, {
    hint: 'write "field: LABEL", or the place of this key in "map": VAULT/ITEM/FIELD',
  });
}

/** @throws {ProviderFailure} misconfigured: there is no address, or none that can be used. */
function openHttp(provider: string, options: Options, { env, retries }: ProviderContext): Http {
  const { address = env("OP_CONNECT_HOST"), insecure_http } = options;
  const url = address === undefined ? null : URL.parse(address);
  if (address === undefined || url === null || !/^https?:$/.test(url.protocol)) {
    const state = address ? "OP_CONNECT_HOST is no http or https address" : "there is no address";
    throw new ProviderFailure(provider, "misconfigured", state, {
      hint: "write it in dicode.yaml: address: https://connect.example.com",
    });
  }
  const file = (path: string | undefined) => path && expandPlace(path, env);
  return new Http({
    provider,
    address,
    insecureHttp: insecure_http,
    retries,
    caFile: file(options.ca_file),
    certFile: file(options.client_cert_file),
    keyFile: file(options.client_key_file),
  });
}

function findPlaceFault(text: string): KeyFault | undefined {
  const place = parseItemPlace(text);
  return typeof place === "string" ? { state: `names no field: ${place}` } : undefined;
}
