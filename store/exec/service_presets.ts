/** Presets for the clients of services: each has a login of its own. See preset.ts. */
import type { Preset } from "./preset.ts";

const UNREACHABLE =
  /connection refused|no such host|i\/o timeout|dial tcp|deadline exceeded|x509:|certificate|network is unreachable/i;

const VAULT = {
  about: "HashiCorp Vault's own client, with its own login (`vault login`)",
  notFoundStderr: "No (?:value|data) found at ",
  failures: [
    {
      stderr: /permission denied|Code: 403|missing client token/,
      kind: "denied",
      hint: "log in with the program itself; if that is done, the policy does not allow this path",
    },
    {
      stderr: /Field "[^"]*" not present/,
      kind: "misconfigured",
      hint: 'the path has other fields: write "command" with the right -field=',
    },
    { stderr: /is sealed/, kind: "unreachable", hint: "unseal it" },
    { stderr: UNREACHABLE, kind: "unreachable", hint: "see the address and the certificate" },
  ],
  network: true,
  probe: true,
} satisfies Partial<Preset>;

function vaultEnv(prefix: string): string[] {
  return ["ADDR", "NAMESPACE", "CACERT", "CAPATH", "CLIENT_CERT", "CLIENT_KEY", "TLS_SERVER_NAME"]
    .map((name) => `${prefix}_${name}`);
}

/** By the name that `preset` has. */
export const SERVICE_PRESETS = {
  op: {
    command: ["op", "read", "--no-newline", "{key}"],
    about:
      "1Password's own client, with its own login; names are references, op://VAULT/ITEM/FIELD",
    notFoundStderr:
      'isn\'t an item in the "[^"]*" vault|isn\'t an item\\. Specify the item|could not find item',
    // OP_CONNECT_HOST and OP_CONNECT_TOKEN would win over the rest.
    env: ["OP_ACCOUNT", "OP_CONFIG_DIR", "OP_BIOMETRIC_UNLOCK_ENABLED", "OP_CACHE", "OP_DEVICE"],
    credentials: ["OP_SERVICE_ACCOUNT_TOKEN", "OP_SESSION"],
    // SECURITY: before 2.32.1 it exits with 0 at errors of the service that it does not know, and an
    // outage is no absence: tests/providers/exec_preset_test.ts.
    silentFailure: /\[ERROR\]/,
    needs: "names",
    failures: [
      {
        stderr: /isn't a vault|More than one item|too many '\/'|invalid format|have a field/,
        kind: "misconfigured",
        hint: "see the reference by hand: op read",
      },
      {
        stderr: /rate limit exceeded|Too many requests/i,
        kind: "rate_limited",
        hint: "see what is left: op service-account ratelimit",
      },
      { stderr: /\(403\)/, kind: "denied", hint: "give the service account this vault" },
      {
        stderr: /not (?:currently )?signed in|\(401\)|session expired|prompt dismissed|^$/i,
        kind: "unauthenticated",
        hint: "op signin, or export OP_SERVICE_ACCOUNT_TOKEN=…",
      },
    ],
    network: true,
    missingHint: "see https://developer.1password.com/docs/cli",
  },
  vault: {
    ...VAULT,
    command: ["vault", "kv", "get", "-field=value", "{key}"],
    env: vaultEnv("VAULT"),
    credentials: ["VAULT_TOKEN"],
    missingHint: "install HashiCorp's client, or use type: vault, which needs none",
  },
  openbao: {
    ...VAULT,
    command: ["bao", "kv", "get", "-field=value", "{key}"],
    about: "OpenBao's own client, with its own login (`bao login`)",
    env: [...vaultEnv("BAO"), ...vaultEnv("VAULT")],
    credentials: ["BAO_TOKEN", "VAULT_TOKEN"],
    missingHint: "install OpenBao's client, or use type: openbao, which needs none",
  },
  doppler: {
    command: ["doppler", "secrets", "get", "--plain", "{key}"],
    about: "Doppler's own client, with its own login (`doppler login`)",
    notFoundStderr: "Could not find requested secret",
    env: ["DOPPLER_PROJECT", "DOPPLER_CONFIG", "DOPPLER_CONFIG_DIR", "DOPPLER_API_HOST"],
    credentials: ["DOPPLER_TOKEN"],
    failures: [
      {
        stderr: /may only contain uppercase/,
        kind: "misconfigured",
        hint: 'names are in upper case there: write "map", or "keys" that leave this one out',
      },
      {
        stderr: /Invalid (?:Auth|Service) token|Unauthorized|must provide a token/i,
        kind: "unauthenticated",
        hint: "doppler login, or export DOPPLER_TOKEN=…",
      },
      { stderr: UNREACHABLE, kind: "unreachable", hint: "see that Doppler can be reached" },
    ],
    network: true,
    probe: true,
    missingHint: "install Doppler's client, or use type: doppler, which needs none",
  },
  gcloud: {
    command: ["gcloud", "secrets", "versions", "access", "latest", "--secret={key}"],
    about: "Google's Secret Manager, by Google's own client and its login",
    notFoundStderr: "NOT_FOUND: Secret |is in (?:DISABLED|DESTROYED) state",
    env: [
      ...["CONFIG", "ACTIVE_CONFIG_NAME", "CORE_PROJECT", "CORE_ACCOUNT", "PYTHON"],
      ...["AUTH_CREDENTIAL_FILE_OVERRIDE", "AUTH_ACCESS_TOKEN_FILE"],
    ].map((name) => `CLOUDSDK_${name}`),
    set: { CLOUDSDK_CORE_DISABLE_PROMPTS: "1" },
    failures: [
      {
        stderr: /PERMISSION_DENIED/,
        kind: "denied",
        hint: "give the account roles/secretmanager.secretAccessor on this secret",
      },
      {
        stderr: /gcloud auth login|Reauthentication|active account|UNAUTHENTICATED/,
        kind: "unauthenticated",
        hint: "gcloud auth login",
      },
    ],
    network: true,
    probe: true,
    missingHint: "see https://cloud.google.com/sdk/docs/install",
  },
} as const satisfies Readonly<Record<string, Preset>>;
