/** Where a Vault is, and what secrets are called there: from the options, else from the variables. */
import type { ProviderContext } from "../kinds.ts";
import { expandPlace } from "../expand.ts";
import { isLoopback } from "../loopback.ts";
import type { TlsFiles } from "../http_tls.ts";
import { nameOf } from "../options.ts";
import { ProviderFailure } from "../provider.ts";
import { encodePath, splitField } from "../values.ts";
import { type Flavor, trimSlashes, variables, type VaultOptions } from "./options.ts";

/** A secret's place in the server. */
export interface KvPlace {
  /** What follows `/v1/`, as policies have it. */
  readonly path: string;
  /** The same, percent-encoded. */
  readonly encoded: string;
  /** The field that holds the value. */
  readonly field: string;
}

/** Where the server is, and which certificates count there. */
export interface Server extends TlsFiles {
  readonly address: string;
  readonly namespace: string | undefined;
}

/** The first of the variables that is set, as the programs take it: an empty one counts too. */
function readVariable(flavor: Flavor, name: string, env: ProviderContext["env"]) {
  const found = variables(flavor, name).flatMap((variable) => {
    try {
      return [env(variable)].filter((value) => value !== undefined);
    } catch {
      return []; // not UTF-8
    }
  })[0];
  return found === "" ? undefined : found;
}

/** @throws {ProviderFailure} misconfigured: no address, or one that is none. */
export function readServer(
  provider: string,
  flavor: Flavor,
  options: VaultOptions,
  env: ProviderContext["env"],
): Server {
  const from = (name: string) => readVariable(flavor, name, env);
  const file = (option: string | undefined, name: string) => {
    const found = option ?? from(name);
    return found === undefined ? undefined : expandPlace(found, env);
  };
  const found = options.address ?? from("ADDR");
  const [variable] = variables(flavor, "ADDR");
  if (found === undefined) {
    throw new ProviderFailure(provider, "misconfigured", "there is no address", {
      hint: `write address: https://… in dicode.yaml, or export ${variable}=https://…`,
    });
  }
  const url = URL.parse(found);
  const isPlain = url !== null && url.username + url.password + url.search + url.hash === "";
  if (!isPlain || !/^https?:$/.test(url.protocol)) {
    throw new ProviderFailure(
      provider,
      "misconfigured",
      "the address is no http or https address",
      {
        hint: `export ${variable}=https://vault.example.com:8200, or write it as address`,
      },
    );
  }
  return {
    address: found,
    namespace: options.namespace ?? from("NAMESPACE"),
    caFile: file(options.ca_file, "CACERT"),
    certFile: file(options.client_cert_file, "CLIENT_CERT"),
    keyFile: file(options.client_key_file, "CLIENT_KEY"),
  };
}

/** Whether the server is on another machine, or not known. */
export function isRemoteVault(
  flavor: Flavor,
  options: VaultOptions,
  env: ProviderContext["env"],
): boolean {
  const url = URL.parse(options.address ?? readVariable(flavor, "ADDR", env) ?? "");
  return url === null || !isLoopback(url);
}

/** Where the keys are: the mount, and the path that they are below. */
export function readMount({ mount = "", path }: VaultOptions): { mount: string; prefix: string } {
  const whole = trimSlashes(mount);
  if (path !== undefined) return { mount: whole, prefix: trimSlashes(path) };
  const cut = whole.indexOf("/");
  if (cut === -1) return { mount: whole, prefix: "" };
  return { mount: whole.slice(0, cut), prefix: whole.slice(cut + 1) };
}

/** The place of a secret by its name below the mount and the path; undefined if none has it. */
export function placeOf(options: VaultOptions, name: string): Omit<KvPlace, "field"> | undefined {
  const { mount, prefix } = readMount(options);
  // SECURITY: no key leads out of the mount or to another API (tests/unit/store/vault_test.ts).
  if (encodePath(name) === undefined) return undefined;
  const data = options.kv_version === "1" ? [] : ["data"];
  const path = [mount, ...data, ...(prefix === "" ? [] : [prefix]), name].join("/");
  return { path, encoded: path.split("/").map(encodeURIComponent).join("/") };
}

/** The place of a key's value; undefined for a key that cannot have one. */
export function placeOfKey(options: VaultOptions, key: string): KvPlace | undefined {
  const { name } = nameOf(options, key);
  if (options.secret !== undefined) {
    const place = placeOf(options, trimSlashes(options.secret));
    return place && { ...place, field: name };
  }
  const { name: path, field = options.field ?? "value" } = splitField(name);
  const place = placeOf(options, path);
  return place === undefined || field === "" ? undefined : { ...place, field };
}
