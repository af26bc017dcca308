/**
 * Reads a command line as far as it takes to guess which run it asks for, so that its child can be
 * started before anything else is done. A wrong guess costs a process; the command line is read in
 * full, and refused, elsewhere.
 */
import { splitGlobals } from "./globals.ts";
import { HeadStart } from "./head_start.ts";
import { resolvePath } from "./paths.ts";
import { Settings } from "./settings.ts";

/** Flags of `dicode run` that the next argument belongs to. */
const WITH_VALUE = ["-p", "--param", "--input", "--timeout"];

/** Reads the arguments behind `run` as far as a guess needs; undefined where there is nothing to guess. */
export function guessRun(
  args: readonly string[],
): { readonly dir: string; readonly isolation: string | undefined; json: boolean } | undefined {
  let dir: string | undefined;
  let isolation: string | undefined;
  let json = false;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (WITH_VALUE.includes(arg)) at++;
    else if (arg === "--isolation") isolation = args[++at];
    else if (arg === "--json") json = true;
    else if (/^--(?:explain|audit|help)|^-h$|^--$/.test(arg)) return undefined;
    else if (!arg.startsWith("-")) dir ??= arg;
  }
  return dir === undefined ? undefined : { dir, isolation, json };
}

/** The head start of a command line of `dicode`, if it is one of a run. Never throws. */
export function beginRun(args: readonly string[]): HeadStart | undefined {
  try {
    const { globals, rest } = splitGlobals(args);
    const guessed = rest[0] === "run" ? guessRun(rest.slice(1)) : undefined;
    if (guessed === undefined) return undefined;
    const { dir, isolation, json } = guessed;
    const { dataDir, cwd, color } = new Settings(globals);
    return HeadStart.begin({
      dataDir,
      taskDir: resolvePath(cwd, dir),
      isolation,
      color: color && !json,
    });
  } catch {
    return undefined; // such as no HOME: the run says so
  }
}
