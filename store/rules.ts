/**
 * What may be a secret's key and what its value (docs/reference/store.md, "Keys and values").
 *
 * No imports but the errors, so that a command or the channel can check before it loads anything.
 * No message repeats what it refuses: a value can be typed where the key belongs.
 */
import { UsageError } from "../sdk/errors.ts";

/** Characters (code points) of a key. */
export const MAX_KEY_CHARACTERS = 256;
/** Bytes of a value in UTF-8: 1 MiB. */
export const MAX_VALUE_BYTES = 1_048_576;

/** @throws {UsageError} secret_key_invalid, saying which rule is broken. */
export function checkSecretKey(key: string): void {
  const broken = brokenKeyRule(key);
  if (broken === undefined) return;
  throw new UsageError("secret_key_invalid", `cannot use that key for a secret: ${broken}`, {
    hint: `a key has 1 to ${MAX_KEY_CHARACTERS} characters, such as github_token`,
  });
}

/** @throws {UsageError} secret_value_invalid, saying which rule is broken; never the value. */
export function checkSecretValue(value: string): void {
  const broken = brokenValueRule(value);
  if (broken === undefined) return;
  throw new UsageError("secret_value_invalid", `cannot store that value: ${broken.found}`, {
    hint: broken.hint,
  });
}

function brokenKeyRule(key: string): string | undefined {
  if (key === "") return "it is empty";
  if (!key.isWellFormed()) return "it holds half of a surrogate pair";
  if (key.length > 2 * MAX_KEY_CHARACTERS || [...key].length > MAX_KEY_CHARACTERS) {
    return `it has more than ${MAX_KEY_CHARACTERS} characters`;
  }
  if (/\p{Cc}/u.test(key)) return "it holds a control character";
  if (key.trim() !== key) return "it begins or ends with a space";
  // SECURITY: a key of that form would shadow the name that must never resolve, the master key's:
  // tests/unit/store/chain_test.ts.
  if (key.startsWith("DICODE_")) return "names that begin with DICODE_ never reach a task";
  return undefined;
}

function brokenValueRule(value: string): { found: string; hint: string } | undefined {
  if (value === "") {
    return {
      found: "it is empty",
      hint: 'empty means "not found" in the chain; to remove a secret: dicode secrets delete <key>',
    };
  }
  if (!value.isWellFormed()) {
    return {
      found: "it is not well-formed text",
      hint: "store binary data as base64, and decode it in the task",
    };
  }
  if (value.includes("\0")) {
    return {
      found: "it holds a NUL byte, which no variable can",
      hint: "store binary data as base64, and decode it in the task",
    };
  }
  const bytes = new TextEncoder().encode(value).length;
  if (bytes > MAX_VALUE_BYTES) {
    return {
      found: `it has ${bytes} bytes, the limit is ${MAX_VALUE_BYTES}`,
      hint: "store the key that opens it instead, and keep the data itself in a file",
    };
  }
  return undefined;
}
