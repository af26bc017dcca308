/**
 * Argon2id, and XChaCha20-Poly1305 that binds a value to its key's name. Pure: no files, no environment.
 *
 * What comes off a disk (ciphertext, nonce, format) is not trusted: whatever is wrong with it, `open`
 * answers undefined, and never bytes that were not sealed under that name. What a caller gets wrong
 * (a derived key of another length) throws. Import this file by `import()`: it brings in
 * @noble/ciphers, about 3 ms of a start (docs/reference/store.md, "Figures").
 */
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";

/** Rows as the Go program writes them: nothing is bound, so two of them can be swapped unnoticed. */
export const FORMAT_GO = 0;
/** Rows as dicode writes them: format number and key are bound as associated data. */
export const FORMAT_BOUND = 1;

/** Argon2id's cost as the store's format fixes it: t=1, m=64 MiB, p=4. */
export const STORE_COST = { passes: 1, memoryKiB: 65_536, lanes: 4 } as const;

const KEY_BYTES = 32;
const NONCE_BYTES = 24;
const TAG_BYTES = 16;
const ARGON2_VERSION = 0x13;
const utf8 = new TextEncoder();

export interface Argon2Input {
  readonly password: Uint8Array;
  readonly salt: Uint8Array;
  readonly cost: { readonly passes: number; readonly memoryKiB: number; readonly lanes: number };
  /** RFC 9106's optional inputs K and X; the store uses neither, the RFC's test vector both. */
  readonly secret?: Uint8Array;
  readonly associatedData?: Uint8Array;
}

export interface Sealed {
  readonly ciphertext: Uint8Array;
  readonly nonce: Uint8Array;
}

/** Fills the array with random bytes and returns it, as `crypto.getRandomValues` does. */
export type FillRandom = (bytes: Uint8Array<ArrayBuffer>) => Uint8Array<ArrayBuffer>;

/**
 * The key that values are sealed under: Argon2id 1.3 of master key and salt, 32 bytes.
 *
 * @param subtle WebCrypto; a test passes one without Argon2id to force the portable implementation.
 */
export async function deriveKey(
  masterKey: Uint8Array,
  salt: Uint8Array,
  subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle,
): Promise<Uint8Array> {
  if (masterKey.length !== KEY_BYTES) throw new TypeError("the master key must have 32 bytes");
  if (salt.length !== 16) throw new TypeError("the salt must have 16 bytes");
  const input = { password: masterKey, salt, cost: STORE_COST };
  return await argon2idWebCrypto(input, subtle) ?? await argon2idPortable(input);
}

/**
 * Argon2id of 32 bytes by WebCrypto, off the main thread; undefined where it is not to be had.
 *
 * The names of the parameters are those of the WICG draft "Modern Algorithms in the Web Cryptography
 * API" as Deno 2.9.6 has them, which TypeScript's library does not know yet.
 */
export async function argon2idWebCrypto(
  input: Argon2Input,
  subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle,
): Promise<Uint8Array | undefined> {
  if (subtle === undefined) return undefined;
  try {
    const format = "raw-secret" as "raw"; // known to Deno, not to its types
    const password = new Uint8Array(input.password);
    const key = await subtle.importKey(format, password, "Argon2id", false, ["deriveBits"]);
    const algorithm = {
      name: "Argon2id",
      version: ARGON2_VERSION,
      nonce: input.salt,
      passes: input.cost.passes,
      memory: input.cost.memoryKiB,
      parallelism: input.cost.lanes,
      ...(input.secret && { secretValue: input.secret }),
      ...(input.associatedData && { associatedData: input.associatedData }),
    };
    return new Uint8Array(await subtle.deriveBits(algorithm, key, KEY_BYTES * 8));
  } catch (error) {
    if (isUnsupported(error)) return undefined;
    throw error;
  }
}

/** The same bytes by @noble/hashes, 3 to 6 times slower and on the main thread. */
export async function argon2idPortable(input: Argon2Input): Promise<Uint8Array> {
  const { argon2id } = await import(
    "@noble/hashes/argon2.js" as string
  ) as typeof import("@noble/hashes/argon2.js");
  return argon2id(input.password, input.salt, {
    version: ARGON2_VERSION,
    t: input.cost.passes,
    m: input.cost.memoryKiB,
    p: input.cost.lanes,
    dkLen: KEY_BYTES,
    ...(input.secret && { key: input.secret }),
    ...(input.associatedData && { personalization: input.associatedData }),
  });
}

/** Seals a value under its key's name, in FORMAT_BOUND, with a fresh random nonce. */
export function seal(
  derivedKey: Uint8Array,
  key: string,
  value: Uint8Array,
  fillRandom: FillRandom = (bytes) => crypto.getRandomValues(bytes),
): Sealed {
  return encrypt(derivedKey, associate("secret", key), value, fillRandom);
}

/** The value that was sealed under this name; undefined if it was not, or was changed since. */
export function open(
  derivedKey: Uint8Array,
  key: string,
  sealed: Sealed,
  format: number,
): Uint8Array | undefined {
  if (format === FORMAT_BOUND) return decrypt(derivedKey, associate("secret", key), sealed);
  if (format === FORMAT_GO) return decrypt(derivedKey, undefined, sealed);
  return undefined;
}

/** The store's check value: it opens under the key that the store is written with and no other. */
export function sealCheck(
  derivedKey: Uint8Array,
  fillRandom: FillRandom = (bytes) => crypto.getRandomValues(bytes),
): Sealed {
  return encrypt(derivedKey, associate("check", ""), new Uint8Array(0), fillRandom);
}

/** Whether the check value was sealed under this key. */
export function opensCheck(derivedKey: Uint8Array, sealed: Sealed): boolean {
  return decrypt(derivedKey, associate("check", ""), sealed) !== undefined;
}

/**
 * `dicode:store:<purpose>`, a NUL, one byte of format, the name: only the last part varies in length
 * and no purpose holds a NUL, so no two inputs give the same bytes.
 */
function associate(purpose: "secret" | "check", name: string): Uint8Array {
  // SECURITY: without the name two rows could be swapped, without the purpose a row could pose as
  // the check value: tests/unit/store/tamper_test.ts.
  const prefix = utf8.encode(`dicode:store:${purpose}\0`);
  const suffix = utf8.encode(name);
  const bytes = new Uint8Array(prefix.length + 1 + suffix.length);
  bytes.set(prefix);
  bytes[prefix.length] = FORMAT_BOUND;
  bytes.set(suffix, prefix.length + 1);
  return bytes;
}

function encrypt(
  derivedKey: Uint8Array,
  associatedData: Uint8Array,
  value: Uint8Array,
  fillRandom: FillRandom,
): Sealed {
  const nonce = fillRandom(new Uint8Array(NONCE_BYTES));
  const ciphertext = xchacha20poly1305(derivedKey, nonce, associatedData).encrypt(value);
  return { ciphertext, nonce };
}

function decrypt(
  derivedKey: Uint8Array,
  associatedData: Uint8Array | undefined,
  { ciphertext, nonce }: Sealed,
): Uint8Array | undefined {
  if (derivedKey.length !== KEY_BYTES) throw new TypeError("the derived key must have 32 bytes");
  if (nonce.length !== NONCE_BYTES || ciphertext.length < TAG_BYTES) return undefined;
  try {
    return xchacha20poly1305(derivedKey, nonce, associatedData).decrypt(ciphertext);
  } catch (error) {
    if (error instanceof Error && error.message === "invalid tag") return undefined;
    throw error;
  }
}

function isUnsupported(error: unknown): boolean {
  // importKey of a runtime that lacks the format "raw-secret" throws a TypeError, not NotSupported.
  return error instanceof TypeError ||
    (error instanceof DOMException && error.name === "NotSupportedError");
}
