/**
 * One command line, from its arguments to the exit code of the process. A command's body loads when
 * that command runs, so that nothing heavy is in this file's static closure
 * (tests/architecture_test.ts).
 */
import { UsageError } from "../sdk/errors.ts";
import { splitGlobals } from "./globals.ts";
import type { HeadStart } from "./head_start.ts";
import { Host } from "./host.ts";
import { findPlain } from "./plain_command.ts";

/** Runs one command line; returns the exit code of the process. */
export async function carryOut(
  args: readonly string[],
  headStart: HeadStart | undefined,
): Promise<number> {
  let host = new Host({ noColor: false, verbose: args.includes("--verbose") });
  try {
    const { globals, rest } = splitGlobals(args);
    host = new Host(globals);
    host.timing("deno", performance.now());
    host.headStart = headStart;
    const plain = findPlain(rest);
    if (plain !== undefined) return await plain(host);
    if (await printHelp(host, rest)) return 0;
    const { runCommand } = await loadCommandLine();
    return await runCommand(host, rest);
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return 141;
    const code = host.fail(error);
    if (!(error instanceof UsageError) || !args.includes("--json")) return code;
    const { isCommand } = await loadCommandLine();
    if (args.find(isCommand) === "run") {
      const { printRefusal } = await import(
        "./commands/run.ts" as string
      ) as typeof import("./commands/run.ts");
      await printRefusal(host, error);
    }
    return code;
  } finally {
    await headStart?.[Symbol.asyncDispose]();
    host.timing("total", performance.now());
  }
}

/** Prints the help of a command, where the build has its text. */
async function printHelp(host: Host, args: readonly string[]): Promise<boolean> {
  const flag = args.at(-1);
  if (flag !== "--help" && flag !== "-h" || host.color || args.includes("")) return false;
  const { HELP_TEXTS } = await import(
    "./help_texts.ts" as string
  ) as typeof import("./help_texts.ts");
  const command = args.slice(0, -1).join("\0");
  if (!Object.hasOwn(HELP_TEXTS, command)) return false;
  await host.print(HELP_TEXTS[command]!);
  return true;
}

/** The library that reads command lines; most do without. */
async function loadCommandLine() {
  return await import(
    "./command_line.ts" as string
  ) as typeof import("./command_line.ts");
}
