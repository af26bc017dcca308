/**
 * The real `pass`, for tests: a password store and a GPG key without a passphrase, in folders of their
 * own. The agent that gpg starts ends with them.
 */
import { findMissing, must } from "./programs.ts";

/** Why there is no pass to be had, or undefined. */
export const PASS_MISSING = findMissing("pass", "gpg", "gpgconf");

/** A password store. */
export class Pass implements AsyncDisposable {
  private constructor(
    private readonly dir: string,
    /** The variables that lead to this store and its key. */
    readonly env: Readonly<Record<"HOME" | "GNUPGHOME" | "PASSWORD_STORE_DIR", string>>,
  ) {}

  static async make(): Promise<Pass> {
    // Short: the agent's socket lies in it.
    const dir = await Deno.makeTempDir({ prefix: "dct-" });
    const env = { HOME: dir, GNUPGHOME: `${dir}/gpg`, PASSWORD_STORE_DIR: `${dir}/store` };
    await Deno.mkdir(env.GNUPGHOME, { mode: 0o700 });
    const gpg = ["gpg", "--batch", "--quiet", "--passphrase", ""];
    const user = "tests <tests@example.invalid>";
    await must([...gpg, "--quick-generate-key", user, "future-default", "default", "never"], env);
    await must(["pass", "init", user], env);
    return new Pass(dir, env);
  }

  /** Inserts an entry, all its lines. */
  async insert(name: string, text: string): Promise<void> {
    await must(["pass", "insert", "--multiline", "--force", name], this.env, text);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await must(["gpgconf", "--kill", "all"], this.env);
    await Deno.remove(this.dir, { recursive: true });
  }
}
