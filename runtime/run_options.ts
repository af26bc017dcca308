/**
 * What a run is given: the options of an embedder or of the command line, checked before anything else.
 */
import { SandboxError, UsageError } from "../sdk/errors.ts";
import { findFolder } from "../store/files.ts";
import type { Provider } from "../store/provider.ts";
import type { Config } from "./config.ts";
import { DEFAULT_CONFIG } from "./default_config.ts";
import { LONGEST_DURATION_MS } from "./duration.ts";
import type { Interruptions } from "./interrupt.ts";
import type { Isolation } from "./isolation_names.ts";
import { Masker } from "./mask.ts";
import type { Sinks } from "./output.ts";
import { resolvePath, statOf } from "./paths.ts";
import type { Task } from "./task.ts";
import type { Timing } from "./timing.ts";

/** What a run needs of its surroundings. */
export interface RunOptions {
  /** Values of parameters, over the defaults of task.yaml. */
  readonly params?: Readonly<Record<string, string>>;
  /** What main receives as `input`: any JSON value. Default null. */
  readonly input?: unknown;
  /** Milliseconds from the hand-over of the variables; 0 is none. Default: task.yaml's. */
  readonly timeoutMs?: number;
  /** Default: the configuration's. */
  readonly isolation?: Isolation;
  /** What dicode.yaml says. Default: DEFAULT_CONFIG. */
  readonly config?: Config;
  /** The file that `config` was read from: no task may have it. */
  readonly configPath?: string;
  /** The data folder; a relative one is taken from the working directory. */
  readonly dataDir: string;
  /** The host's environment; may throw for a value that is not UTF-8. */
  readonly env: (name: string) => string | undefined;
  /** The deno that runs the task. */
  readonly denoPath: string;
  /** Sources of secrets of one's own, asked after those of the configuration. */
  readonly providers?: readonly Provider[];
  /** Whether providers that need the network are passed over. Default false. */
  readonly offline?: boolean;
  /** Where the task's output goes, masked. */
  readonly sinks: Sinks;
  /** Whether the task may print colours. Default false. */
  readonly color?: boolean;
  /** Whether the outcome has a receipt of what the task asked for. Default false. */
  readonly audit?: boolean;
  /** Hides values in output, result and messages. Default: one of the run's own. */
  readonly masker?: Masker;
  /** Told what the user should know. */
  readonly warn?: (message: string) => void;
  /** Told each stage. */
  readonly debug?: (message: string) => void;
  /** Told how long each stage took, in milliseconds: they overlap. */
  readonly timing?: (stage: string, ms: number) => void;
  /** Signals to pass on to the task. */
  readonly interruptions?: Interruptions;
  /** Ends the run as SIGTERM would. */
  readonly signal?: AbortSignal;
}

/** Options whose defaults are filled in and whose values were checked. */
export type Checked = RunOptions & {
  readonly masker: Masker;
  readonly timeoutMs: number;
  readonly config: Config;
  readonly debug: (message: string) => void;
  readonly warn: (message: string) => void;
  readonly timing: Timing;
};

/**
 * What of the options is checked or filled in before anything else.
 *
 * SECURITY: grants, store and caches must mean the same data folder, also where it is given relative
 * to the working directory (tests/e2e/library_test.ts).
 *
 * @throws {UsageError} usage: a time limit that is none.
 * @throws {SandboxError} host_unfit: no deno; {StoreError} a data folder that others may write.
 */
export function checkOptions(task: Task, options: RunOptions): Checked {
  const { timeoutMs = task.timeoutMs, denoPath } = options;
  if (!(timeoutMs >= 0 && timeoutMs <= LONGEST_DURATION_MS)) {
    throw new UsageError("usage", `cannot use a time limit of ${timeoutMs} ms`, {
      hint: "give 0 for none, or at most 24 days",
    });
  }
  if (statOf(denoPath)?.isFile !== true) {
    throw new SandboxError("host_unfit", `cannot run tasks: there is no deno at "${denoPath}"`, {
      hint: "give the path of a deno, such as Deno.execPath()",
    });
  }
  const dataDir = resolvePath(Deno.cwd(), options.dataDir);
  // Whoever else may write there decides over configuration and caches.
  findFolder(dataDir);
  return {
    ...options,
    timeoutMs,
    dataDir,
    config: options.config ?? DEFAULT_CONFIG,
    masker: options.masker ?? new Masker(),
    debug: options.debug ?? (() => {}),
    warn: options.warn ?? (() => {}),
    timing: options.timing ?? (() => {}),
  };
}
