/**
 * What the environment, the working folder and the global flags settle for every command: where data
 * and configuration are, and whether there is colour. Loaded before anything else (begin_run.ts), so
 * it loads next to nothing.
 */
import { SecretError, UsageError } from "../sdk/errors.ts";
import type { Globals } from "./globals.ts";
import { findCwd, pathOf, resolvePath } from "./paths.ts";

/** Where dicode's sources are. */
const OWN_FOLDER = pathOf(new URL("..", import.meta.url));

export class Settings {
  readonly #globals: Globals;

  constructor(globals: Globals) {
    this.#globals = globals;
  }

  /** The host's environment. @throws {SecretError} value_unusable: the value is not UTF-8. */
  env(name: string): string | undefined {
    try {
      return Deno.env.get(name);
    } catch {
      // SECURITY: Deno.env.get quotes the value in its message (tests/e2e/masking_test.ts).
      throw new SecretError(
        "value_unusable",
        `cannot read the host variable ${name}: its value is not UTF-8 text`,
        { hint: `unset ${name}, or set it to text` },
      );
    }
  }

  /**
   * The folder that relative paths start at. `deno task` starts dicode in its own folder and names
   * the user's in INIT_CWD; elsewhere that variable may be npm's, and is not meant for us.
   *
   * @throws {UsageError} usage: its path is not UTF-8 text.
   */
  get cwd(): string {
    const cwd = findCwd();
    if (cwd === undefined) {
      throw new UsageError("usage", "cannot work in this folder: its path is not UTF-8 text", {
        hint: "cd to another folder, or rename this one",
      });
    }
    return cwd + "/" === OWN_FOLDER ? this.env("INIT_CWD") ?? cwd : cwd;
  }

  /** `--data-dir`, `DICODE_DATA_DIR`, `~/.dicode`; absolute. */
  get dataDir(): string {
    const given = this.#globals.dataDir ?? this.env("DICODE_DATA_DIR");
    if (given) return resolvePath(this.cwd, given);
    const home = this.env("HOME");
    if (home) return resolvePath(this.cwd, `${home}/.dicode`);
    throw new UsageError("usage", "cannot find the data folder: HOME is not set", {
      hint: "--data-dir DIR, or DICODE_DATA_DIR",
    });
  }

  /** `--config` or `DICODE_CONFIG`, absolute; undefined if neither names a file. */
  get configPath(): string | undefined {
    const given = this.#globals.config ?? this.env("DICODE_CONFIG");
    return given ? resolvePath(this.cwd, given) : undefined;
  }

  get verbose(): boolean {
    return this.#globals.verbose;
  }

  /** Whether providers that need the network are passed over: `--offline`. */
  get offline(): boolean {
    return this.#globals.offline ?? false;
  }

  /** Whether a task may print colours: on a terminal, unless somebody objects. */
  get color(): boolean {
    return Deno.stdout.isTerminal() && Deno.stderr.isTerminal() && !this.#globals.noColor &&
      !this.env("NO_COLOR");
  }
}
