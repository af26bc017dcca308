/**
 * The rules for names: variables, secrets' keys, parameters.
 *
 * SECURITY: no `DICODE_*` variable can be named anywhere, neither as the task's own nor as the host's
 * nor as a secret (the chain falls back to the environment): it would hand out the master key
 * (tests/unit/runtime/task_test.ts, `parseTask() refuses every way to name a DICODE variable`).
 */
import { findKeyFault, isReserved, RESERVED_PREFIX } from "../store/rules.ts";
import type { Fault } from "./report.ts";

const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;
const PARAM = /^[A-Za-z_][A-Za-z0-9_.-]*$/;
const LONGEST_NAME = 256;

/** What is wrong with a variable's name, if anything. */
export function checkVariable(name: string): Fault | undefined {
  if (isReserved(name)) return RESERVED;
  if (name === "") return { state: "is empty" };
  if (name.includes("*")) return { state: "is a pattern", hint: "name each variable by itself" };
  if (name.length > LONGEST_NAME) return { state: `is longer than ${LONGEST_NAME} characters` };
  if (VARIABLE.test(name)) return undefined;
  const near = name.trim().replace(/[^A-Za-z0-9_]+/g, "_").replace(/^(?=[0-9])/, "_");
  const hint = near.length <= 64 && VARIABLE.test(near) && !isReserved(near)
    ? `write ${near}`
    : undefined;
  return { state: "is not a variable's name (letters, digits and _, no digit first)", hint };
}

/** What is wrong with a secret's key, if anything: 1 to 256 characters, kept byte for byte. */
export function checkKey(key: string): Fault | undefined {
  return isReserved(key) ? RESERVED : findKeyFault(key);
}

/** What is wrong with a pattern of secrets' keys, if anything; `*` stands for any characters. */
export function checkKeyPattern(pattern: string): Fault | undefined {
  return findKeyFault(pattern);
}

/** What is wrong with a parameter's name, if anything. */
export function checkParam(name: string): Fault | undefined {
  if (name.length > LONGEST_NAME) return { state: `is longer than ${LONGEST_NAME} characters` };
  if (PARAM.test(name)) return undefined;
  return { state: "is not a parameter's name (letters, digits, _ . and -, a letter or _ first)" };
}

const RESERVED: Fault = {
  state: `is reserved: variables that begin with ${RESERVED_PREFIX} hold dicode's own keys`,
  hint: "remove the entry, or use another name",
};
