/**
 * Files encrypted with age (https://age-encryption.org/v1), by the library `age-encryption`, which loads
 * on first use: bytes in, bytes out.
 *
 * age shows that a file was changed, never who made it: whoever knows a recipient can encrypt for it.
 * Nothing that was opened is believed before parseBackup has looked at it.
 */
import type { Decrypter } from "age-encryption";
import { ConfigError, StoreError } from "../sdk/errors.ts";
import { quoteWhole } from "./quote.ts";

const MAGIC = "age-encryption.org/v1\n";
const ARMOR = "-----BEGIN AGE ENCRYPTED FILE-----";
const ARMOR_END = "-----END AGE ENCRYPTED FILE-----";
/** What follows the header at the least: a nonce and the tag of an empty text, 16 bytes each. */
const MIN_PAYLOAD_BYTES = 32;

/** Thrown where nothing that was offered opens a file; `kinds` are those of its recipients. */
class NoMatch extends Error {
  constructor(readonly kinds: readonly string[]) {
    super();
  }
}

/**
 * Encrypts for recipients, each of which can open it alone.
 *
 * @param recipients at least one, each without a fault (findRecipientFault).
 */
export async function sealAge(
  recipients: readonly string[],
  bytes: Uint8Array,
  armored: boolean,
): Promise<Uint8Array> {
  const { armor, Encrypter } = await import(
    "age-encryption" as string
  ) as typeof import("age-encryption");
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  const sealed = await encrypter.encrypt(bytes);
  return armored ? new TextEncoder().encode(armor.encode(sealed)) : sealed;
}

/** Whether a file begins as one of age does, armored or not. */
export function isAge(file: Uint8Array): boolean {
  const start = startOf(file);
  return start.startsWith("age-encryption.org/") || start.trimStart().startsWith(ARMOR);
}

/**
 * Opens a file, armored or not.
 *
 * @param name as messages name it.
 * @param identities each without a fault (findIdentityFault).
 * @throws {ConfigError} backup_invalid: not a file of age; {StoreError} identity_wrong, backup_damaged.
 */
export async function openAge(
  file: Uint8Array,
  name: string,
  identities: readonly string[],
): Promise<Uint8Array> {
  return await open(file, name, (decrypter) => {
    for (const identity of identities) decrypter.addIdentity(identity);
  }, (kinds) =>
    kinds.includes("scrypt")
      ? {
        state: "it is locked with a passphrase, not for an identity",
        hint: "age -d FILE | age -r age1… -o NEW makes one that an identity opens",
      }
      : {
        state: "it was encrypted for other recipients than those of the identity",
        hint: "age-keygen -y FILE prints the recipient of an identity, to find the right one",
      });
}

/** Opens a file that is locked with a passphrase, as a file of identities may be. Takes seconds. */
export async function openLocked(
  file: Uint8Array,
  name: string,
  passphrase: string,
): Promise<Uint8Array> {
  return await open(
    file,
    name,
    (decrypter) => decrypter.addPassphrase(passphrase),
    (kinds) =>
      kinds.includes("scrypt")
        ? { state: "its passphrase is another one", hint: "try it again" }
        : {
          state: "it is not locked with a passphrase",
          hint: "name a file that holds identities",
        },
  );
}

async function open(
  file: Uint8Array,
  name: string,
  offer: (decrypter: Decrypter) => void,
  explain: (kinds: readonly string[]) => { readonly state: string; readonly hint: string },
): Promise<Uint8Array> {
  const raw = await stripArmor(file, name);
  const { Decrypter } = await import("age-encryption" as string) as typeof import("age-encryption");
  const decrypter = new Decrypter();
  offer(decrypter);
  // The last that is asked, and only if none before it fits.
  decrypter.addIdentity({
    unwrapFileKey(stanzas) {
      throw new NoMatch(stanzas.map(({ args }) => args[0] ?? ""));
    },
  });
  let plain: ReadableStream<Uint8Array>;
  try {
    plain = await decrypter.decrypt(ReadableStream.from([raw]));
  } catch (error) {
    if (!(error instanceof NoMatch)) {
      throw damaged(name, isCut(raw) ? "it is cut off" : "its header was changed");
    }
    const { state, hint } = explain(error.kinds);
    throw new StoreError("identity_wrong", `cannot open ${quoteWhole(name)}: ${state}`, { hint });
  }
  try {
    return await new Response(plain).bytes();
  } catch {
    // The format cannot tell the two apart: only the last part says that it is the last.
    throw damaged(name, isCut(raw) ? "it is cut off" : "it was cut off or changed");
  }
}

async function stripArmor(file: Uint8Array, name: string): Promise<Uint8Array> {
  const start = startOf(file);
  if (start.startsWith(MAGIC)) return file;
  if (start.trimStart().startsWith(ARMOR)) {
    const { armor } = await import("age-encryption" as string) as typeof import("age-encryption");
    const text = new TextDecoder("latin1").decode(file);
    try {
      return armor.decode(text);
    } catch {
      const whole = text.trimEnd().endsWith(ARMOR_END);
      throw damaged(name, whole ? "a line of it was changed" : "it is cut off");
    }
  }
  if (file.length > 0 && MAGIC.startsWith(start)) throw damaged(name, "it is cut off");
  const state = file.length === 0
    ? "it is empty"
    : start.startsWith("age-encryption.org/")
    ? "it is of a version of age that dicode does not know"
    : "it is not encrypted with age";
  throw new ConfigError([{
    code: "backup_invalid",
    message: `cannot open ${quoteWhole(name)}: ${state}`,
    hint: "dicode secrets export writes such files",
    where: { file: name },
  }]);
}

/** Whether a header, or what must follow it, has no end. */
function isCut(raw: Uint8Array): boolean {
  const end = /\n--- [^\n]*\n/.exec(new TextDecoder("latin1").decode(raw));
  return end === null || raw.length - end.index - end[0].length < MIN_PAYLOAD_BYTES;
}

function startOf(file: Uint8Array): string {
  return new TextDecoder("latin1").decode(file.subarray(0, 256));
}

function damaged(name: string, state: string): StoreError {
  return new StoreError("backup_damaged", `cannot open ${quoteWhole(name)}: ${state}`, {
    hint: "take another copy of that file, or an older backup",
  });
}
