/**
 * Flags that every command takes, before it or after it. Pure: arguments in, flags and the rest out.
 */
import { UsageError } from "../sdk/errors.ts";

export interface Globals {
  /** `--data-dir DIR` */
  readonly dataDir?: string;
  /** `--config FILE` */
  readonly config?: string;
  readonly noColor: boolean;
  readonly verbose: boolean;
  /** Whether providers that need the network are passed over. */
  readonly offline?: boolean;
}

const WITH_VALUE = { "--data-dir": "dataDir", "--config": "config" } as const;
const SWITCHES = {
  "--no-color": "noColor",
  "--verbose": "verbose",
  "--offline": "offline",
} as const;

/**
 * Takes the global flags out of the arguments; what follows `--` is left alone. Nothing is quoted.
 *
 * @throws {UsageError} usage: a flag without its value, with one that it does not take, or given
 *   twice.
 */
export function splitGlobals(args: readonly string[]): {
  readonly globals: Globals;
  readonly rest: readonly string[];
} {
  const values: { dataDir?: string; config?: string } = {};
  const switches = { noColor: false, verbose: false, offline: false };
  const rest: string[] = [];
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (arg === "--") {
      rest.push(...args.slice(at));
      break;
    }
    const [flag, inline] = splitFlag(arg);
    // Own names only: `toString` is an argument like any other.
    if (Object.hasOwn(WITH_VALUE, flag)) {
      const name = WITH_VALUE[flag as keyof typeof WITH_VALUE];
      const value = inline ?? args[++at];
      if (value === undefined || value === "") {
        throw new UsageError("usage", `cannot use ${flag}: it has no value`, {
          hint: `${flag} ${name === "config" ? "FILE" : "DIR"}`,
        });
      }
      if (values[name] !== undefined) {
        throw new UsageError("usage", `cannot use ${flag}: it is given twice`);
      }
      values[name] = value;
    } else if (Object.hasOwn(SWITCHES, flag)) {
      if (inline !== undefined) {
        throw new UsageError("usage", `cannot use ${flag}: it takes no value`);
      }
      switches[SWITCHES[flag as keyof typeof SWITCHES]] = true;
    } else if (/^--[A-Za-z-]+=$/.test(arg)) {
      // The library would take it for an argument: `secrets set key --from-file=$UNSET` for a value.
      throw new UsageError("usage", "cannot use a flag that has no value after its =");
    } else {
      rest.push(arg);
    }
  }
  return { globals: { ...values, ...switches }, rest };
}

/**
 * The value of a flag that may stand without one, and does: no argument can hold it. The library knows
 * no such flags, and would take the argument after it for its value.
 */
export const BARE = "\0";

/** Gives `--audit` without a value the value BARE; what follows `--` is left alone. */
export function nameBareAudit(args: readonly string[]): readonly string[] {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  return args.map((arg, at) => arg === "--audit" && at < end ? `--audit=${BARE}` : arg);
}

function splitFlag(arg: string): [flag: string, value: string | undefined] {
  const cut = arg.indexOf("=");
  return cut === -1 ? [arg, undefined] : [arg.slice(0, cut), arg.slice(cut + 1)];
}
