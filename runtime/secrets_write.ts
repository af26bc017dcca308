/**
 * What a task may do to secrets: `permissions.dicode.secrets_write`, enforced by the host.
 */
import { SandboxError } from "../sdk/errors.ts";
import { checkSecretKey } from "../store/rules.ts";
import type { SecretStore } from "../store/secrets.ts";
import type { Masker } from "./mask.ts";
import type { Task } from "./task.ts";

/** Writes for one task. Every method refuses by throwing a DicodeError. */
export class SecretsWriter {
  readonly #granted: boolean | readonly string[];

  constructor(task: Task, readonly store: SecretStore, readonly masker: Masker) {
    this.#granted = task.permissions.secretsWrite;
  }

  /** Stores a value; from before it is stored, it is masked in all that the run shows. */
  async set(key: string, value: string): Promise<void> {
    this.#check(key);
    this.masker.conceal(value);
    await this.store.set(key, value);
  }

  /** Deletes a key; says nothing about whether it was there. */
  async delete(key: string): Promise<void> {
    this.#check(key);
    await this.store.delete(key);
  }

  // SECURITY: the only check of secrets_write (tests/e2e/secrets_write_test.ts).
  #check(key: string): void {
    checkSecretKey(key);
    if (mayWrite(this.#granted, key)) return;
    const word = JSON.stringify(key);
    throw new SandboxError("grant_refused", `cannot write the secret ${word}: not granted`, {
      hint: `add to task.yaml: permissions: { dicode: { secrets_write: [${word}] } }`,
    });
  }
}

/** Whether a grant covers a key: `true` covers all, a list those that a pattern of it matches. */
export function mayWrite(granted: boolean | readonly string[], key: string): boolean {
  if (typeof granted === "boolean") return granted;
  return granted.some((pattern) => matches(pattern, key));
}

/** Whether a pattern, in which `*` stands for any text, is the whole key. */
function matches(pattern: string, key: string): boolean {
  const [head, ...parts] = pattern.split("*");
  const tail = parts.pop();
  if (tail === undefined) return key === head;
  if (key.length < head!.length + tail.length) return false;
  if (!key.startsWith(head!) || !key.endsWith(tail)) return false;
  let at = head!.length;
  const end = key.length - tail.length;
  for (const part of parts) {
    const found = key.indexOf(part, at);
    if (found === -1 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}
