/**
 * Reads command lines as most are, of `dicode run` and `secrets list`, without the library that reads
 * all of them: to load that and to build its tree takes a tenth of the host's time.
 *
 * Takes nothing but what can mean one thing alone: whatever else is there, or may be a mistake, is left
 * to the library, which says the same of these (tests/unit/runtime/plain_command_test.ts).
 */
import { type Body, body, type Context } from "./command.ts";
import type { RunFlags } from "./command_tree.ts";
import type { Host } from "./host.ts";
import { type Isolation, ISOLATIONS } from "./isolation_names.ts";

/** A run that was asked for in plain words. */
export interface PlainRun {
  readonly flags: RunFlags;
  readonly dir: string;
}

const SWITCHES: readonly string[] = ["--json", "--explain"];
const WITH_VALUE: readonly string[] = ["--input", "--timeout", "--isolation"];
const PARAM: readonly string[] = ["--param", "-p"];

/** The run that the arguments name; undefined where the library is to read them. */
export function readPlainRun([command, ...args]: readonly string[]): PlainRun | undefined {
  if (command !== "run") return undefined;
  const flags: Record<string, string | boolean> = {};
  const param: string[] = [];
  let dir: string | undefined;
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (isArgument(arg)) {
      if (dir !== undefined) return undefined;
      dir = arg;
      continue;
    }
    const isSwitch = SWITCHES.includes(arg);
    if (!isSwitch && !WITH_VALUE.includes(arg) && !PARAM.includes(arg)) return undefined;
    const value = isSwitch ? true : args[++at];
    if (value === undefined || typeof value === "string" && !isArgument(value)) return undefined;
    if (typeof value === "string" && PARAM.includes(arg)) {
      param.push(value);
      continue;
    }
    const name = arg.slice(2);
    if (Object.hasOwn(flags, name)) return undefined;
    flags[name] = value;
  }
  if (dir === undefined) return undefined;
  if (flags.isolation !== undefined && !ISOLATIONS.includes(flags.isolation as Isolation)) {
    return undefined;
  }
  return { flags: { ...flags, ...(param.length > 0 ? { param } : {}) }, dir };
}

/** Whether it can be nothing but a value. */
function isArgument(text: string): boolean {
  return text !== "" && !text.startsWith("-");
}

/** What carries the command line out, and gives the exit code; undefined where the library is to. */
export function findPlain(args: readonly string[]): ((host: Host) => Promise<number>) | undefined {
  if (args.join("\0") === "secrets\0list") return (host) => carryOut(host, loadList, {});
  const run = readPlainRun(args);
  return run && ((host) => carryOut(host, loadRun, run.flags, run.dir));
}

async function loadList() {
  const { secretsList } = await import(
    "./commands/secrets_list.ts" as string
  ) as typeof import("./commands/secrets_list.ts");
  return secretsList;
}

async function loadRun() {
  return (await import("./commands/run.ts" as string) as typeof import("./commands/run.ts")).run;
}

async function carryOut<Flags, Args extends readonly unknown[]>(
  host: Host,
  load: () => Promise<Body<Flags, Args>>,
  flags: Flags,
  ...args: Args
): Promise<number> {
  const context: Pick<Context, "host" | "escaped" | "exitCode"> = {
    host,
    escaped: [],
    exitCode: 0,
  };
  const act = await body(load)();
  await act.call(context as Context, flags, ...args);
  return context.exitCode;
}
