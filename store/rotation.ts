/**
 * A new master key and salt on their way into their files, safe against a kill at any moment.
 *
 * They are written beside the old ones as `….next` before the rows are written anew; that transaction's
 * commit is the moment of change. Then the `….next` files take the old ones' names, the salt first. A
 * process that finds that its key does not fit looks here: `….next` files that fit are of a rotation
 * that was killed after its commit, and are named by whoever finds them; others are of one that never
 * came so far, and the next rotation replaces them.
 */
import { forgetDerived } from "./derived_key.ts";
import { renameOver, replaceFile } from "./files.ts";
import {
  encodeKey,
  type Env,
  findKeyFile,
  KEY_BYTES,
  type Keys,
  loadKeys,
  readKeyFile,
  SALT_BYTES,
  SALT_FILE,
} from "./key.ts";

const NEXT = ".next";
/** Names that files.ts gives to a key's file before it is whole; under the write lock nobody does. */
const LEFT_OVER = /^master\.(key|salt)(\.next)?\.[0-9a-f]{12}\.tmp$/;

/** Writes key and salt beside the old ones. The key stays away where it has no file to replace. */
export function writePending(folder: string, env: Env, keys: Keys): void {
  replaceFile(`${folder}/${SALT_FILE}${NEXT}`, encodeKey(keys.salt));
  const keyFile = findKeyFile(folder, env);
  if (keyFile !== undefined) replaceFile(keyFile + NEXT, encodeKey(keys.masterKey));
}

/** Key and salt as they will be once a rotation is finished; undefined if none is under way. */
export function findPending(folder: string, env: Env): Keys | undefined {
  const keyFile = findKeyFile(folder, env);
  const salt = readKeyFile(`${folder}/${SALT_FILE}${NEXT}`, SALT_BYTES);
  const masterKey = keyFile === undefined ? undefined : readKeyFile(keyFile + NEXT, KEY_BYTES);
  if (salt === undefined && masterKey === undefined) return undefined;
  const now = loadKeys(folder, env, false);
  return { masterKey: masterKey ?? now.masterKey, salt: salt ?? now.salt };
}

/**
 * Gives pending files their names. The caller holds the store's write lock and has seen that the store
 * is written under `keys`.
 */
export function finishPending(folder: string, env: Env, keys: Keys): void {
  const finish = (path: string, bytes: Uint8Array) => {
    const pending = readKeyFile(path + NEXT, bytes.length);
    // Of another rotation, which came later: its own.
    if (pending?.toBase64() === bytes.toBase64()) renameOver(path + NEXT, path);
  };
  finish(`${folder}/${SALT_FILE}`, keys.salt);
  const keyFile = findKeyFile(folder, env);
  if (keyFile !== undefined) finish(keyFile, keys.masterKey);
  forgetDerived(folder);
  // What a kill between two steps of an earlier write has left: it may hold the old key.
  for (const { name } of Deno.readDirSync(folder)) {
    if (LEFT_OVER.test(name)) Deno.removeSync(`${folder}/${name}`);
  }
}
