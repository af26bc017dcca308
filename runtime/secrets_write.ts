/**
 * What a task may do to secrets: `permissions.dicode.secrets_write`, enforced by the host.
 */
import { SandboxError, UsageError } from "../sdk/errors.ts";
import { matches } from "../store/pattern.ts";
import { checkSecretKey, checkSecretValue } from "../store/rules.ts";
import type { SecretStore } from "../store/secrets.ts";
import type { Masker } from "./mask.ts";
import type { Task } from "./task.ts";

/**
 * What one run may store in all, in bytes. Each value is masked from then on, and the masker needs 40
 * to 240 times its size: a task must not fill the host's memory (tests/bench/mask_bench.ts).
 */
const STORED_LIMIT_BYTES = 4 * 1024 * 1024;

/** Writes for one task. Every method refuses by throwing a DicodeError. */
export class SecretsWriter {
  readonly #granted: boolean | readonly string[];
  #storedBytes = 0;

  readonly #isClosed: (key: string) => boolean;

  /** @param isClosed keys with credentials of providers: only an entry that names one covers it. */
  constructor(
    task: Task,
    readonly store: SecretStore,
    readonly masker: Masker,
    isClosed: (key: string) => boolean = () => false,
  ) {
    this.#granted = task.permissions.secretsWrite;
    this.#isClosed = isClosed;
  }

  /** Stores a value; from before it is stored, it is masked in all that the run shows. */
  async set(key: string, value: string): Promise<void> {
    this.#check(key);
    checkSecretValue(value);
    this.#count(value);
    this.masker.conceal(value);
    await this.store.set(key, value);
  }

  /** Deletes a key; says nothing about whether it was there. */
  async delete(key: string): Promise<void> {
    this.#check(key);
    await this.store.delete(key);
  }

  // SECURITY: without it a task could fill the host's memory (tests/unit/runtime/secrets_write_test.ts).
  #count(value: string): void {
    const bytes = new TextEncoder().encode(value).length;
    if (this.#storedBytes + bytes > STORED_LIMIT_BYTES) {
      const message = "cannot store that value: a run stores at most 4 MiB in all";
      throw new UsageError("secret_value_invalid", message, {
        hint: "store less, or in several runs",
      });
    }
    this.#storedBytes += bytes;
  }

  // SECURITY: the only check of secrets_write (tests/e2e/secrets_write_test.ts).
  #check(key: string): void {
    checkSecretKey(key);
    // Whoever replaces a provider's credential says where all secrets come from.
    const isNamed = Array.isArray(this.#granted) && this.#granted.includes(key);
    if (mayWrite(this.#granted, key) && (isNamed || !this.#isClosed(key))) return;
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
