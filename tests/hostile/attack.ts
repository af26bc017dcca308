/**
 * What an attack is. Each is a folder here: `task/` is the hostile task as people would meet it,
 * `around/` what lies in the world beside it, `served/` what a server answers with, and `attack.ts`
 * says what is tried, how a contained run ends, and behind which walls it gets out all the same.
 */
import type { Shown } from "../helpers.ts";
import type { Stage } from "./stage.ts";

/** The walls that a task may run behind, the strongest first. */
export const WALLS = ["bwrap", "landlock", "deno"] as const;
export type Wall = (typeof WALLS)[number];

/** One test file each, so that they run beside one another. */
export const THEMES = [
  "modules",
  "files",
  "programs",
  "network",
  "environment",
  "channel",
  "output",
  "limits",
] as const;
export type Theme = (typeof THEMES)[number];

/** How a contained run ends: without this, an attack that never ran would count as contained. */
export interface Ends {
  /** One of them, where it is left to chance. */
  readonly code: number | readonly number[];
  readonly stdout?: RegExp;
  readonly stderr?: RegExp;
  /** For a task that returns what came of each attempt (attempt.ts): what every one must match. */
  readonly attempts?: RegExp;
}

export interface Attack {
  readonly theme: Theme;
  /** What it tries, as the security page says it. */
  readonly tries: string;
  /** The walls behind which it gets out all the same, each with why. */
  readonly open?: Partial<Record<Wall, string>>;
  /**
   * Whether a run where it is open must show that it gets out. Default true; false where that would
   * harm the machine, or is left to chance: the test is ignored then, and counted.
   */
  readonly shows?: boolean;
  readonly ends: Ends | ((wall: Wall) => Ends);
  /** What of the task's own folder may change. */
  readonly mayChange?: readonly string[];
  /** The keys in the store afterwards, for a task that may try to change them. */
  readonly keys?: readonly string[];
  /** Programs of this machine without which it cannot be tried. */
  readonly needs?: readonly string[];
  /** Builds the surroundings, after the files are in place. */
  arrange?(stage: Stage): void | Promise<void>;
  /** Runs it; by default `stage.run()`. */
  drive?(stage: Stage): Promise<Shown>;
  /** What got out, beyond what is looked for after every run (escapes.ts). */
  escaped?(stage: Stage, shown: Shown): readonly string[] | Promise<readonly string[]>;
}

/** What Deno, or the kernel, says to what is not there or not allowed. */
export const DENIED =
  /^(NotCapable|PermissionDenied|NotFound|TypeError|ERR_ACCESS_DENIED|Error: .*(access|permission).*)$/i;
