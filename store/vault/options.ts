/**
 * What dicode.yaml may say of a Vault or an OpenBao, the rules over it, and the variables that say it
 * where dicode.yaml does not.
 */
import type { OptionFault } from "../kinds.ts";
import { credential, naming, option, type OptionsOf } from "../options.ts";
import { quoteWhole } from "../quote.ts";
import { encodePath, splitField } from "../values.ts";

/** The two programs that speak this protocol; what they are called is all that they differ in. */
export type Flavor = "vault" | "openbao";

/** The beginnings of the variables' names, in the order in which they count. */
const PREFIXES = { vault: ["VAULT"], openbao: ["BAO", "VAULT"] } as const;

/** The variables `<prefix>_<name>` of a flavor, in the order in which they count. */
export function variables(flavor: Flavor, name: string): string[] {
  return PREFIXES[flavor].map((prefix) => `${prefix}_${name}`);
}

/** Where Kubernetes puts the token of a pod's service account. */
export const SERVICE_ACCOUNT_JWT = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** Where the command lines of both keep the token of their `login`. */
export const TOKEN_FILE = "~/.vault-token";

/** The table of options. */
export function optionsFor(flavor: Flavor) {
  const from = (name: string) => ({ default: variables(flavor, name).join(", then ") });
  return {
    address: option.address("where the server is", from("ADDR")),
    auth: option.choice(["token", "approle", "kubernetes", "jwt"], "how dicode logs in", {
      default: "token",
    }),
    ...credential("token", "the token, for `auth: token`", variables(flavor, "TOKEN"), [
      TOKEN_FILE,
    ]),
    ...credential("role_id", "the role's id, for `auth: approle`", variables(flavor, "ROLE_ID")),
    ...credential(
      "secret_id",
      "the secret id, for `auth: approle`",
      variables(flavor, "SECRET_ID"),
    ),
    role: option.text("the role to log in as, for `auth: kubernetes` and `auth: jwt`"),
    ...credential("jwt", "the JWT, for `auth: kubernetes` and `auth: jwt`", [], [
      SERVICE_ACCOUNT_JWT,
    ]),
    auth_mount: option.text("where the method is enabled, below `auth/`", {
      default: "the value of `auth`",
      check: checkPath,
    }),
    mount: option.text(
      "the mount of the KV engine, and after its first `/` the path in it that keys are below",
      { required: true, check: checkPath },
    ),
    path: option.text(
      "the path that keys are below, possibly empty; where it is written, `mount` is the mount " +
        "alone, which may then have a `/` in it",
      { check: (found) => found === "" ? undefined : checkPath(found) },
    ),
    field: option.text("the field that holds the value, where each key is a secret of its own", {
      default: "value",
    }),
    secret: option.text("one secret that holds them all, each key a field of it: one request", {
      check: checkPath,
    }),
    kv_version: option.choice(["2", "1"], "the version of the KV engine", { default: "2" }),
    namespace: option.text("the namespace", from("NAMESPACE")),
    ca_file: option.path("the certificate of the authority to trust (PEM)", from("CACERT")),
    client_cert_file: option.path("the certificate to show (PEM)", from("CLIENT_CERT")),
    client_key_file: {
      ...option.path("the key of that certificate (PEM)", from("CLIENT_KEY")),
      credential: "file",
      unwritten: { files: variables(flavor, "CLIENT_KEY").map((name) => `$${name}`) },
    },
    insecure_http: option.flag("let plain HTTP leave this machine", { default: "false" }),
    ...naming("the secret's path below `mount` and `path`, and `#field` if it is another"),
  } as const;
}

/** The options, as they are written. */
export type VaultOptions = OptionsOf<ReturnType<typeof optionsFor>>;

/** What is wrong over several options. */
export function validate(options: VaultOptions): OptionFault[] {
  const { auth = "token", role, secret, field, map = {} } = options;
  const faults: OptionFault[] = [];
  const written = new Set(Object.keys(options));
  for (const [methods, names] of CREDENTIALS) {
    if (methods.includes(auth)) continue;
    for (const name of names) {
      if (!written.has(name)) continue;
      const state = `"${name}" is not for auth: ${auth}`;
      faults.push({ option: name, state, hint: `write auth: ${methods.join(" or ")}` });
    }
  }
  const isJwt = ["jwt_env", "jwt_file", "jwt_secret"].some((name) => written.has(name));
  if (auth === "jwt" && !isJwt) {
    const hint = "write jwt_env, jwt_file or jwt_secret";
    faults.push({ option: "auth", state: "nothing says where the JWT is", hint });
  }
  if ((auth === "jwt" || auth === "kubernetes") && role === undefined) {
    const hint = 'write "role", the name of the role in the server';
    faults.push({ option: "auth", state: `auth: ${auth} needs a role`, hint });
  }
  if (secret !== undefined && field !== undefined) {
    const hint = 'remove one of the two: with "secret" each key is a field';
    faults.push({ option: "field", state: '"field" and "secret" exclude each other', hint });
  }
  if (written.has("client_cert_file") !== written.has("client_key_file")) {
    const option = written.has("client_cert_file") ? "client_cert_file" : "client_key_file";
    const state = "a client certificate needs client_cert_file and client_key_file";
    faults.push({ option, state, hint: "write both" });
  }
  for (const name of secret === undefined ? Object.values(map) : []) {
    const { name: path, field } = splitField(name);
    if (encodePath(path) !== undefined && field !== "") continue;
    const hint = "write one such as team/slack or team/slack#token";
    faults.push({ option: "map", state: `${quoteWhole(name)} is no path of a secret`, hint });
  }
  return faults;
}

const CREDENTIALS: readonly (readonly [methods: readonly string[], names: readonly string[]])[] = [
  [["token"], ["token_env", "token_file", "token_secret"]],
  [["approle"], [
    "role_id_env",
    "role_id_file",
    "role_id_secret",
    "secret_id_env",
    "secret_id_file",
    "secret_id_secret",
  ]],
  [["jwt", "kubernetes"], ["jwt_env", "jwt_file", "jwt_secret", "role"]],
  [["approle", "kubernetes", "jwt"], ["auth_mount"]],
];

function checkPath(found: string) {
  if (encodePath(trimSlashes(found)) !== undefined) return undefined;
  return {
    state: "is no path: it has an empty, `.` or `..` segment, or a `-` in front",
    hint: "write one such as secret/dicode",
  };
}

/** A path without slashes at its ends. */
export function trimSlashes(path: string): string {
  return path.replace(/^\/+|\/+$/g, "");
}
