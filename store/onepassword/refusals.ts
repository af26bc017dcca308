/**
 * What a refusal of `op` means. The program exits 1 for everything, so its words decide: a missing
 * item or field is an absence, all else is a failure, also words that are not known here.
 *
 * The words are those of op 2.14 to 2.40. Pure: no files, no programs.
 */
import type { FailureKind } from "../provider.ts";
import type { SecretReference } from "./references.ts";

/** An item or a field is not there. */
export interface OpAbsence {
  readonly what: "item" | "field";
  /** Those of the references that the words may be about; more than one vault if they do not say. */
  readonly references: readonly SecretReference[];
}

/** The program cannot answer. */
export interface OpFailure {
  readonly what: "failure";
  readonly kind: FailureKind;
  /** In words of ours; undefined where those of the program are to be shown. */
  readonly found?: string;
  readonly hint: string;
}

const QUOTA = "see what is left, for free: op service-account ratelimit";
const SIGN_IN = "set OP_SERVICE_ACCOUNT_TOKEN, or unlock the 1Password app and try again";
const BY_ID = "name the item by its id: op item list --vault VAULT";

interface Known extends Omit<OpFailure, "what"> {
  readonly found: string;
  /** What of the reference that the words quote is to be named. */
  readonly name?: (reference: SecretReference) => string;
}

/** In order: the first that fits. */
const FAILURES: readonly [RegExp, Known][] = [
  [/rate limit exceeded|too many requests|rate-limited|\(429\)/i, {
    kind: "rate_limited",
    found: "the account's or the token's limit of requests is reached",
    hint: QUOTA,
  }],
  [/\(403\) forbidden/i, {
    kind: "denied",
    found: "1Password refuses the request (403 Forbidden)",
    hint: `give the service account the vault with read_items; or the quota is used up: ${QUOTA}`,
  }],
  [
    /not (?:currently )?signed in|could not find session token|session expired|no accounts? (?:configured|found)/i,
    { kind: "unauthenticated", found: "op is not signed in", hint: SIGN_IN },
  ],
  [/authorization (?:prompt dismissed|timeout)|desktop app/i, {
    kind: "unauthenticated",
    found: "the 1Password app did not let op in",
    hint: SIGN_IN,
  }],
  [
    /\(401\) unauthorized|DecodeSACredentials|signin credentials are not compatible|invalid bearer token/i,
    {
      kind: "unauthenticated",
      found: "1Password does not take the service account's token",
      hint: "make a new token: op service-account create",
    },
  ],
  [
    /dial tcp|no such host|i\/o timeout|connection (?:refused|reset)|network is unreachable|context deadline exceeded|tls handshake/i,
    { kind: "unreachable", found: "op cannot reach 1Password", hint: "see that the network is up" },
  ],
  [/isn't a vault in this account/i, {
    kind: "misconfigured",
    found: "op sees no such vault",
    name: ({ vault }) => vault,
    hint: "list those that it sees: op vault list",
  }],
  [/more than one item matches|could not resolve item uuid/i, {
    kind: "misconfigured",
    found: "more than one item has the title",
    name: ({ item }) => item,
    hint: BY_ID,
  }],
  [/invalid secret reference|too (?:many|few) '\/'|invalid character|invalid format/i, {
    kind: "misconfigured",
    found: "op does not take the secret reference",
    name: ({ text }) => text,
    hint: `names with other characters than letters, digits, -, _, . need ids; ${BY_ID}`,
  }],
  [/error initializing client/i, {
    kind: "unauthenticated",
    found: "op cannot sign in",
    hint: SIGN_IN,
  }],
];

/**
 * Sorts what op wrote to standard error at exit 1.
 *
 * @param references those that were asked for; an absence is about one of them or is none.
 */
export function sortRefusal(
  stderr: string,
  references: readonly SecretReference[],
): OpAbsence | OpFailure {
  const text = stderr.toLowerCase();
  // What is said of the only one is about it.
  const isOnly = references.length === 1;
  const field = references.filter((each) => isOnly ? NO_FIELD.test(text) : lacksField(text, each));
  if (field.length > 0) return { what: "field", references: field };
  const item = references.filter((each) => isOnly ? NO_ITEM.test(text) : lacksItem(text, each));
  if (item.length > 0) return { what: "item", references: inVault(text, item) };
  if (text.trim() === "") {
    return {
      what: "failure",
      kind: "unauthenticated",
      found: "op ended without a word, as it does when its prompt is dismissed",
      hint: SIGN_IN,
    };
  }
  const known = FAILURES.find(([words]) => words.test(stderr))?.[1];
  if (known === undefined) {
    return { what: "failure", kind: "tool_failed", hint: "run it by hand: op whoami" };
  }
  const { kind, hint, name } = known;
  const names = new Set(name === undefined ? [] : references.map(name));
  const quoted = [...names].filter((one) =>
    new RegExp(`(?:["']|item )${RegExp.escape(one.toLowerCase())}(?:["':\\s]|$)`).test(text)
  );
  const found = quoted.length === 1 ? `${known.found} "${quoted[0]}"` : known.found;
  return { what: "failure", kind, found, hint };
}

/** What op calls a missing field or item, whatever it calls the item: by name, or by an id. */
const NO_FIELD = /does not have a field '/;
const NO_ITEM = /" isn't an item|could not find item /;

function lacksField(text: string, { vault, item, section, field }: SecretReference): boolean {
  const names = section === undefined ? [field] : [`${section}.${field}`, `${section}/${field}`];
  return names.some((name) =>
    text.includes(`item '${vault}/${item}' does not have a field '${name}'`.toLowerCase())
  );
}

function lacksItem(text: string, { item }: SecretReference): boolean {
  const name = item.toLowerCase();
  return text.includes(`"${name}" isn't an item`) ||
    text.includes(`could not find item ${name} in`);
}

/** Of references to items of one title, those whose vault the words name; all if they name none. */
function inVault(text: string, references: readonly SecretReference[]): readonly SecretReference[] {
  const named = references.filter(({ vault }) =>
    text.includes(`in the "${vault.toLowerCase()}" vault`) ||
    new RegExp(`in vault ${RegExp.escape(vault.toLowerCase())}(?:[.,\\s]|$)`).test(text)
  );
  return named.length > 0 ? named : references;
}
