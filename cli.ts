/**
 * The entry of the program: arguments in, exit code out. A command's body loads when that command
 * runs, so that nothing heavy is in this file's static closure (tests/architecture_test.ts).
 */
import { UsageError } from "./sdk/errors.ts";
import { beginRun } from "./runtime/begin_run.ts";
import { splitGlobals } from "./runtime/globals.ts";
import { Host } from "./runtime/host.ts";
import { readPlainRun, runPlain } from "./runtime/plain_run.ts";

/** Runs one command line; returns the exit code of the process. */
export async function main(args: readonly string[]): Promise<number> {
  let host = new Host({ noColor: false, verbose: args.includes("--verbose") });
  try {
    const { globals, rest } = splitGlobals(args);
    host = new Host(globals);
    host.timing("deno", performance.now());
    host.headStart = beginRun(rest, host);
    const plain = readPlainRun(rest);
    if (plain !== undefined) return await runPlain(host, plain);
    const { runCommand } = await loadCommandLine();
    return await runCommand(host, rest);
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return 141;
    const code = host.fail(error);
    if (!(error instanceof UsageError) || !args.includes("--json")) return code;
    const { isCommand } = await loadCommandLine();
    if (args.find(isCommand) === "run") {
      const { printRefusal } = await import(
        "./runtime/commands/run.ts" as string
      ) as typeof import("./runtime/commands/run.ts");
      await printRefusal(host, error);
    }
    return code;
  } finally {
    await host.headStart?.[Symbol.asyncDispose]();
    host.timing("total", performance.now());
  }
}

/** The library that reads command lines; a run as most are does without. */
async function loadCommandLine() {
  return await import(
    "./runtime/command_line.ts" as string
  ) as typeof import("./runtime/command_line.ts");
}

if (import.meta.main) Deno.exit(await main(Deno.args));
