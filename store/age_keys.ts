/**
 * Keys of age (https://age-encryption.org/v1) as people write them: recipients, which anybody may see,
 * and identities, which open what was encrypted for them.
 *
 * SECURITY: nothing here repeats what it refuses, since an identity may stand where a recipient
 * belongs, and the library quotes a mistyped one: tests/unit/store/age_keys_test.ts.
 */

/** What is wrong with a text that is to be a key, as a predicate. */
export interface AgeKeyFault {
  readonly state: string;
  readonly hint: string;
}

/** One line of a file of recipients or identities. */
export interface AgeKeyLine {
  /** From 1. */
  readonly line: number;
  readonly text: string;
}

const MAKE = "age-keygen -o key.txt makes an identity, and says its recipient: age1…";
const SHOW = "age-keygen -y FILE prints the recipient of an identity: age1…";
/** Recipients with a name between two `1` are plugins', but for those that the library knows itself. */
const PLUGIN = /^age1(?!(?:pq|tag|tagpq)1)[a-z0-9+._-]*1/;

/** The keys of a file: one a line, without comments (`#`) and empty lines. */
export function parseAgeKeys(text: string): AgeKeyLine[] {
  return text.replace(/^\ufeff/, "").split("\n")
    .map((line, index) => ({ line: index + 1, text: line.trim() }))
    .filter(({ text }) => text !== "" && !text.startsWith("#"));
}

/** Why nothing can be encrypted for this, if so. */
export async function findRecipientFault(text: string): Promise<AgeKeyFault | undefined> {
  if (/^AGE-SECRET-KEY-/i.test(text)) {
    return { state: "is an identity, the secret half of a key", hint: SHOW };
  }
  if (/^(ssh|ecdsa|sk)-/.test(text)) return { state: "is an SSH key, not one of age", hint: MAKE };
  if (!text.startsWith("age1")) return { state: "is no recipient of age", hint: SHOW };
  if (PLUGIN.test(text)) {
    return { state: "needs a plugin of age, and dicode runs none", hint: MAKE };
  }
  const { Encrypter } = await import("age-encryption" as string) as typeof import("age-encryption");
  return mistyped("recipient", SHOW, () => new Encrypter().addRecipient(text));
}

/** Why this opens nothing, if so. */
export async function findIdentityFault(text: string): Promise<AgeKeyFault | undefined> {
  const hint = "name the file that age-keygen wrote, with AGE-SECRET-KEY-1… in it";
  if (text.startsWith("age1")) return { state: "is a recipient, the public half of a key", hint };
  if (text.startsWith("AGE-PLUGIN-")) {
    return { state: "needs a plugin of age, and dicode runs none", hint };
  }
  if (text.startsWith("-----BEGIN ")) return { state: "begins a key of another kind", hint };
  if (!/^AGE-SECRET-KEY-(PQ-)?1/.test(text)) return { state: "is no identity of age", hint };
  const { Decrypter } = await import("age-encryption" as string) as typeof import("age-encryption");
  const copy =
    "copy it once more from where it is kept: it has a checksum, and letters are capital";
  return mistyped("identity", copy, () => new Decrypter().addIdentity(text));
}

function mistyped(what: string, hint: string, parse: () => void): AgeKeyFault | undefined {
  try {
    parse();
    return undefined;
  } catch {
    return { state: `is not a whole ${what}: a character is wrong or missing`, hint };
  }
}
