/**
 * The program `op`: how it is run, and what it answers. One call for many values, none twice: each
 * costs the account some of its requests of the day.
 */
import type { ProviderContext } from "../kinds.ts";
import { ProviderFailure } from "../provider.ts";
import { quoteWhole } from "../quote.ts";
import { askTool, decodeOutput, lastLine, type ToolEnd } from "../ask_tool.ts";
import { readTemplate, type SecretReference, writeTemplate } from "./references.ts";
import { type OpAbsence, type OpFailure, sortRefusal } from "./refusals.ts";

/**
 * What op may have of the host's variables beside those of every program. OP_CONNECT_HOST and
 * OP_CONNECT_TOKEN are not among them: op would ask that server, whatever else it is given; nor are
 * those that change what it prints or bring back what is archived.
 * SECURITY: tests/providers/1password_calls_test.ts.
 */
const PASSED = [
  "OP_ACCOUNT",
  "OP_BIOMETRIC_UNLOCK_ENABLED",
  "OP_CACHE",
  "OP_CONFIG_DIR",
  "OP_DEVICE",
  "OP_SESSION",
];

/** How the program is found and signed in. */
export interface OpOptions {
  /** The provider's name, for failures. */
  readonly provider: string;
  /** A path, or a name on PATH. */
  readonly command: string;
  readonly account?: string;
  /** A service account's; without one, whoever is signed in on this machine. */
  readonly token?: string;
}

/** The program, for one answer of a provider. */
export class OpProgram {
  readonly #options: OpOptions;
  readonly #env: ProviderContext["env"];

  /** Runs nothing yet. */
  constructor(options: OpOptions, env: ProviderContext["env"]) {
    this.#options = options;
    this.#env = env;
  }

  /**
   * One value, or its absence.
   *
   * @throws {ProviderFailure} if op cannot answer; the signal's reason.
   */
  async read(reference: SecretReference, signal: AbortSignal): Promise<string | OpAbsence> {
    const ended = await this.run(["read", "--no-newline", reference.text], signal);
    // Before 2.32.1 op ended with 0 at errors of the service that it did not know.
    if (ended.code === 0 && (ended.stdout.length > 0 || !ended.stderr.includes("[ERROR]"))) {
      return this.#decode(ended);
    }
    return this.#absenceOf(ended, [reference]);
  }

  /**
   * The values of all references, by their texts, in one call; or the first absence that op meets:
   * then it gives no value at all.
   *
   * @throws {ProviderFailure} if op cannot answer; the signal's reason.
   */
  async inject(
    references: readonly SecretReference[],
    signal: AbortSignal,
  ): Promise<Map<string, string> | OpAbsence> {
    const mark = crypto.getRandomValues(new Uint8Array(16)).toHex();
    // Deno's pipe is one to op as well: it takes a template from no socket and no file redirected
    // (dmno-dev/varlock#957). No file means nothing left behind.
    const ended = await this.run(["inject"], signal, writeTemplate(references, mark));
    if (ended.code !== 0) return this.#absenceOf(ended, references);
    const values = readTemplate(references, mark, this.#decode(ended));
    if (values !== undefined) return values;
    throw this.fail("bad_answer", "op inject did not fill in the whole template", {
      hint: "bring op up to date: op update",
    });
  }

  /** Runs op with arguments to its end. @throws {ProviderFailure} tool_missing. */
  async run(args: readonly string[], signal: AbortSignal, stdin?: string): Promise<ToolEnd> {
    const { provider, command, account, token } = this.#options;
    return await askTool({
      provider,
      argv: [command, ...args, ...(account === undefined ? [] : [`--account=${account}`])],
      env: this.#env,
      pass: PASSED,
      set: token === undefined ? {} : { OP_SERVICE_ACCOUNT_TOKEN: token },
      stdin,
      missingHint: "install 1Password CLI, or write its path: command: /path/to/op",
    }, signal);
  }

  /** A failure of this provider's. */
  fail(
    kind: OpFailure["kind"],
    found: string,
    options: { readonly hint?: string } = {},
  ): ProviderFailure {
    return new ProviderFailure(this.#options.provider, kind, found, options);
  }

  /** The failure that op's words mean. */
  failureOf({ kind, found, hint }: OpFailure, { code, stderr }: ToolEnd): ProviderFailure {
    const words = lastLine(stderr).replace(/^\[ERROR\] (?:[0-9/]+ [0-9:]+ )?/, "");
    return this.fail(kind, found ?? `op ended with ${code}: ${quoteWhole(words)}`, { hint });
  }

  #absenceOf(ended: ToolEnd, references: readonly SecretReference[]): OpAbsence {
    const refusal = sortRefusal(ended.stderr, references);
    if (refusal.what === "failure") throw this.failureOf(refusal, ended);
    return refusal;
  }

  #decode({ stdout }: ToolEnd): string {
    const { provider, command } = this.#options;
    return decodeOutput({ provider, argv: [command] }, stdout);
  }
}
