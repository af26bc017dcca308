/** The real `keepassxc-cli`, for tests: a database with a password in a folder of its own. */
import { findMissing, must } from "./programs.ts";

/** Why there is no KeePassXC to be had, or undefined. */
export const KEEPASSXC_MISSING = findMissing("keepassxc-cli");

/** A database. */
export class Database implements AsyncDisposable {
  private constructor(private readonly dir: string, readonly password: string) {}

  /** The path of the database. */
  get file(): string {
    return `${this.dir}/secrets.kdbx`;
  }

  static async make(password: string): Promise<Database> {
    const database = new Database(await Deno.makeTempDir({ prefix: "dct-" }), password);
    await database.#cli(["db-create", "-q", "-t", "100", "-p", database.file], password);
    return database;
  }

  /** Adds a group. */
  async addGroup(path: string): Promise<void> {
    await this.#cli(["mkdir", "-q", this.file, path]);
  }

  /** Adds an entry with a password. */
  async add(path: string, value: string): Promise<void> {
    await this.#cli(["add", "-q", "-p", this.file, path], value);
  }

  /** The password of the database comes first, as all commands read it. */
  async #cli(args: readonly string[], ...lines: readonly string[]): Promise<void> {
    const stdin = [this.password, ...lines].map((line) => `${line}\n`).join("");
    await must(["keepassxc-cli", ...args], { HOME: this.dir }, stdin);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.dir, { recursive: true });
  }
}
