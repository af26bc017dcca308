/**
 * The real `systemd-creds`, for tests: credentials that are encrypted with a host key in a folder of
 * its own, so the machine's is neither made nor used.
 */
import { findMissing, must, run } from "./programs.ts";

/** Why there is no systemd-creds to be had, or undefined. */
export const SYSTEMD_CREDS_MISSING = findMissing("systemd-creds") ?? await findFault();

/** A folder of encrypted credentials. */
export class Credstore implements AsyncDisposable {
  private constructor(private readonly dir: string) {}

  static async make(): Promise<Credstore> {
    const store = new Credstore(await Deno.makeTempDir({ prefix: "dct-" }));
    await Deno.mkdir(store.folder);
    return store;
  }

  /** Where the credentials are, each in a file of its name. */
  get folder(): string {
    return `${this.dir}/credstore`;
  }

  /** The variable that names the host key. */
  get env(): Readonly<Record<"SYSTEMD_CREDENTIAL_SECRET", string>> {
    return { SYSTEMD_CREDENTIAL_SECRET: `${this.dir}/host.key` };
  }

  /** Encrypts a value under a name, into a file of another name if it is given. */
  async encrypt(name: string, value: string, file = name): Promise<void> {
    await must(
      ["systemd-creds", "encrypt", "--with-key=host", `--name=${name}`, "-", this.#at(file)],
      this.env,
      value,
    );
  }

  #at(file: string): string {
    return `${this.folder}/${file}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** Why it does not work here: it wants a machine id, for one. */
async function findFault(): Promise<string | undefined> {
  const dir = await Deno.makeTempDir({ prefix: "dct-" });
  const env = { SYSTEMD_CREDENTIAL_SECRET: `${dir}/host.key` };
  const argv = ["systemd-creds", "encrypt", "--with-key=host", "--name=x", "-", `${dir}/x`];
  const { code, stderr } = await run(argv, env, "x");
  await Deno.remove(dir, { recursive: true });
  return code === 0 ? undefined : `systemd-creds does not work here: ${stderr.trim()}`;
}
