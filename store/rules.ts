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

/** The prefix of the names of dicode's own variables: the master key lies in one. */
export const RESERVED_PREFIX = "DICODE_";

/** Characters that break a line, hide, or reorder what a terminal shows. */
export const CONTROL = /[\p{Cc}\p{Zl}\p{Zp}\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/u;

/** Whether a name is dicode's own: no secret has it, and it never resolves. */
export function isReserved(name: string): boolean {
  return name.startsWith(RESERVED_PREFIX);
}

/** What is wrong with a text that is to be a key, as a predicate: `is empty`. */
export interface KeyFault {
  readonly state: string;
  readonly hint?: string;
  /** It may be a value in the wrong place: no message shows it. */
  readonly private?: boolean;
}

/** What of a key's text, or of a pattern of keys, breaks the rules, if anything; see isReserved too. */
export function findKeyFault(key: string): KeyFault | undefined {
  if (key === "") return { state: "is empty" };
  if (!key.isWellFormed()) return { state: "holds half of a surrogate pair", private: true };
  if (key.length > 2 * MAX_KEY_CHARACTERS || [...key].length > MAX_KEY_CHARACTERS) {
    return { state: `is longer than ${MAX_KEY_CHARACTERS} characters`, private: true };
  }
  if (CONTROL.test(key)) {
    return { state: "holds a line break or a control character", private: true };
  }
  if (key.trim() !== key) return { state: "begins or ends with a space", hint: "remove the space" };
  return undefined;
}

/** @throws {UsageError} secret_key_invalid, saying which rule is broken. */
export function checkSecretKey(key: string): void {
  const state = findKeyFault(key)?.state ?? reservedState(key);
  if (state === undefined) return;
  throw new UsageError("secret_key_invalid", `cannot use that key for a secret: it ${state}`, {
    hint: `a key has 1 to ${MAX_KEY_CHARACTERS} characters, such as github_token`,
  });
}

/** What of a value breaks the rules, if anything: `it is empty`. Never the value. */
export function findValueFault(
  value: string,
): { readonly state: string; readonly hint: string } | undefined {
  if (value === "") {
    return {
      state: "it is empty",
      hint: 'empty means "not found" in the chain; to remove a secret: dicode secrets delete <key>',
    };
  }
  if (!value.isWellFormed()) {
    return {
      state: "it is not well-formed text",
      hint: "store binary data as base64, and decode it in the task",
    };
  }
  if (value.includes("\0")) {
    return {
      state: "it holds a NUL byte, which no variable can",
      hint: "store binary data as base64, and decode it in the task",
    };
  }
  const bytes = new TextEncoder().encode(value).length;
  if (bytes > MAX_VALUE_BYTES) {
    return {
      state: `it has ${bytes} bytes, the limit is ${MAX_VALUE_BYTES}`,
      hint: "store the key that opens it instead, and keep the data itself in a file",
    };
  }
  return undefined;
}

/** @throws {UsageError} secret_value_invalid, saying which rule is broken; never the value. */
export function checkSecretValue(value: string): void {
  const fault = findValueFault(value);
  if (fault === undefined) return;
  throw new UsageError("secret_value_invalid", `cannot store that value: ${fault.state}`, {
    hint: fault.hint,
  });
}

function reservedState(key: string): string | undefined {
  // SECURITY: a key of that form would shadow the name that must never resolve, the master key's:
  // tests/unit/store/chain_test.ts.
  if (!isReserved(key)) return undefined;
  return `begins with ${RESERVED_PREFIX}, and such names never reach a task`;
}
