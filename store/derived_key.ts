/**
 * Keeps the derived key for the next process, so that not every one takes 100 to 235 ms and 64 MiB to
 * derive it anew: `cache/derived-key` in the data folder, sealed under the master key.
 *
 * SECURITY: whoever opens it has the master key, and whoever has that derives the key: the file gives
 * nothing to anybody. It is kept only where the master key is `master.key` beside it, random bytes of
 * our own making; one that is kept elsewhere may be a weak one, which Argon2id is there to protect
 * (tests/unit/store/derived_key_test.ts).
 */
import type * as Cipher from "./cipher.ts";
import { checkFile, readSmallFile, replaceFile } from "./files.ts";
import { type Env, findKeyFile, KEY_FILE, type Keys } from "./key.ts";

const NONCE_BYTES = 24;
const PURPOSE = "dicode:store:derived-key";

/** The derived key that was kept for these keys; undefined if there is none, or it is not theirs. */
export async function recallDerived(
  folder: string,
  env: Env,
  keys: Keys,
  cipher: typeof Cipher,
): Promise<Uint8Array | undefined> {
  if (!isKept(folder, env)) return undefined;
  try {
    const path = fileIn(folder);
    const text = checkFile(path) ? readSmallFile(path) : undefined;
    if (text === undefined) return undefined;
    const bytes = Uint8Array.fromBase64(text);
    const sealed = { nonce: bytes.slice(0, NONCE_BYTES), ciphertext: bytes.slice(NONCE_BYTES) };
    return cipher.open(await wrappingKey(keys), PURPOSE, sealed, cipher.FORMAT_BOUND);
  } catch {
    return undefined; // it is derived anew
  }
}

/** Keeps it. What cannot be written is not kept. */
export async function keepDerived(
  folder: string,
  env: Env,
  keys: Keys,
  cipher: typeof Cipher,
  derivedKey: Uint8Array,
): Promise<void> {
  if (!isKept(folder, env)) return;
  try {
    const { nonce, ciphertext } = cipher.seal(await wrappingKey(keys), PURPOSE, derivedKey);
    const bytes = new Uint8Array([...nonce, ...ciphertext]);
    Deno.mkdirSync(`${folder}/cache`, { recursive: true, mode: 0o700 });
    replaceFile(fileIn(folder), new TextEncoder().encode(bytes.toBase64()));
  } catch {
    // Such as a read-only folder.
  }
}

/** Removes what was kept: the keys are to be others. */
export function forgetDerived(folder: string): void {
  try {
    Deno.removeSync(fileIn(folder));
  } catch {
    // There is none, or it opens nothing any more.
  }
}

function isKept(folder: string, env: Env): boolean {
  return findKeyFile(folder, env) === `${folder}/${KEY_FILE}`;
}

function fileIn(folder: string): string {
  return `${folder}/cache/derived-key`;
}

/** HKDF-SHA-256 (RFC 5869) of the master key, with the store's salt. */
async function wrappingKey({ masterKey, salt }: Keys): Promise<Uint8Array> {
  const key = await crypto.subtle.importKey("raw", new Uint8Array(masterKey), "HKDF", false, [
    "deriveBits",
  ]);
  const info = new TextEncoder().encode(PURPOSE);
  const algorithm = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(salt), info };
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, key, 256));
}
