/**
 * The process that dicode is: its streams and its terminal. The only file that prints.
 *
 * The voice: everything that dicode itself says goes to stderr, `dicode: ` before it, lower case, no
 * full stop; errors as `dicode: error: …`, then `dicode: hint: …`. stdout is data. Every line is
 * masked, and control characters in it are shown, not sent to the terminal.
 */
import {
  ConfigError,
  DicodeError,
  formatProblem,
  type Problem,
  SandboxError,
} from "../sdk/errors.ts";
import { CONTROLS_BEYOND_C0, showControl } from "./controls.ts";
import type { Globals } from "./globals.ts";
import type { HeadStart } from "./head_start.ts";
import { Masker } from "./mask.ts";
import { Settings } from "./settings.ts";

/** Signals that end a run; each is passed on to the task. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
/** The base64 of 32 bytes. */
const MASTER_KEY = /^[A-Za-z0-9+/]{43}=$/;

export class Host extends Settings {
  readonly masker = new Masker();
  #encoder = new TextEncoder();
  /** Of the run that the command line asks for, if it has one. */
  headStart: HeadStart | undefined;

  constructor(globals: Globals) {
    super(globals);
    this.#concealMasterKey();
  }

  /**
   * The deno that runs tasks: our own, unless we are one compiled file.
   *
   * @throws {SandboxError} host_unfit: there is none.
   */
  async findDeno(): Promise<string> {
    return Deno.build.standalone ? await findDeno((name) => this.env(name)) : Deno.execPath();
  }

  isTerminal(stream: "stdin" | "stdout" | "stderr"): boolean {
    return Deno[stream].isTerminal();
  }

  /** Writes all bytes; rejects with BrokenPipe if that cannot be, and says why unless a reader left. */
  async write(stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length;) at += await Deno[stream].write(bytes.subarray(at));
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe) throw error;
      const found = error instanceof Error
        ? error.message.toLowerCase()
        : "the system gave an error";
      this.say(`error: cannot write to ${stream}: ${found}`);
      throw new Deno.errors.BrokenPipe();
    }
  }

  /** Data for stdout, as it is. */
  async print(text: string): Promise<void> {
    await this.write("stdout", this.#encoder.encode(text));
  }

  /** One line of dicode's own, on stderr. */
  say(message: string): void {
    const bytes = this.#encoder.encode(`dicode: ${showControls(this.masker.text(message))}\n`);
    try {
      for (let at = 0; at < bytes.length;) at += Deno.stderr.writeSync(bytes.subarray(at));
    } catch {
      // Nobody reads stderr any more: there is no one left to tell.
    }
  }

  warn(message: string): void {
    this.say(`warning: ${message}`);
  }

  debug(message: string): void {
    if (this.verbose) this.say(`debug: ${message}`);
  }

  /** How long a stage took, in milliseconds. */
  timing(stage: string, ms: number): void {
    if (this.verbose) this.say(`timing: ${stage} ${ms.toFixed(1)} ms`);
  }

  hint(message: string): void {
    this.say(`hint: ${message}`);
  }

  /** Says what went wrong; returns the exit code. That the reader of stdout went away is not said. */
  fail(error: unknown): number {
    if (error instanceof Deno.errors.BrokenPipe) return 141;
    if (error instanceof ConfigError) {
      for (const problem of error.problems) this.#sayProblem(problem);
      return error.exitCode;
    }
    if (error instanceof DicodeError) {
      this.#sayProblem(error);
      if (this.verbose && error.cause instanceof Error) this.say(`debug: ${error.cause.message}`);
      return error.exitCode;
    }
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    this.say(`error: this is a bug in dicode: ${name}: ${message}`);
    if (this.verbose) { for (const line of (stack ?? "").split("\n").slice(1)) this.say(line); }
    this.hint(
      "run it again with --verbose, and report what it prints: see SECURITY.md and README.md",
    );
    return 70;
  }

  #sayProblem(problem: Omit<Problem, "code" | "where"> & Pick<Partial<Problem>, "where">): void {
    this.say(`error: ${formatProblem(problem)}`);
    if (problem.hint !== undefined) this.hint(problem.hint);
  }

  #concealMasterKey(): void {
    for (const name of ["DICODE_MASTER_KEY", "DICODE_MASTER_KEY_FILE"]) {
      let value: string | undefined;
      try {
        value = this.env(name)?.trim();
      } catch {
        continue; // who needs it says so
      }
      // A key that was put where its file belongs would be quoted as a path.
      if (value && (name === "DICODE_MASTER_KEY" || MASTER_KEY.test(value))) {
        this.masker.conceal(value);
      }
    }
  }

  /** Signals of this process, for a run. */
  readonly interruptions = {
    listen(listener: (signal: Deno.Signal) => void): () => void {
      const added = SIGNALS.map((signal) => {
        const handler = () => listener(signal);
        Deno.addSignalListener(signal, handler);
        return () => Deno.removeSignalListener(signal, handler);
      });
      return () => added.forEach((remove) => remove());
    },
  };
}

/**
 * The deno of the machine: DICODE_DENO, else the first on PATH, else the one in ~/.deno/bin.
 *
 * @throws {SandboxError} host_unfit: there is none that can be run.
 */
export async function findDeno(env: (name: string) => string | undefined): Promise<string> {
  const folders = [...(env("PATH") ?? "").split(":"), `${env("HOME")}/.deno/bin`];
  const candidates = [env("DICODE_DENO"), ...folders.map((folder) => `${folder}/deno`)];
  for (const path of candidates) {
    if (!path?.startsWith("/")) continue;
    const info = await Deno.stat(path).catch(() => null);
    if (info?.isFile && ((info.mode ?? 0) & 0o111) !== 0) return path;
  }
  throw new SandboxError("host_unfit", "cannot find deno, which runs the tasks", {
    hint: "install Deno, or name it in DICODE_DENO",
  });
}

const CONTROLS = new RegExp(`[\\x00-\\x08\\x0a-\\x1f${CONTROLS_BEYOND_C0}]`, "g");

/** Control characters as text: `\u001b`; a tab stays. */
export function showControls(text: string): string {
  return text.replace(CONTROLS, showControl);
}
