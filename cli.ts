/**
 * The entry of the program: arguments in, exit code out. A command's body loads when that command
 * runs, so that nothing heavy is in this file's static closure (tests/architecture_test.ts).
 */
import { buildApplication, run } from "@stricli/core";
import project from "./deno.json" with { type: "json" };
import { UsageError } from "./sdk/errors.ts";
import type { Context } from "./runtime/command.ts";
import { buildTree, findCommand, isCommand } from "./runtime/command_tree.ts";
import { nameBareAudit, splitGlobals } from "./runtime/globals.ts";
import { beginRun } from "./runtime/begin_run.ts";
import { Host } from "./runtime/host.ts";
import { Mistakes } from "./runtime/wording.ts";

/** Runs one command line; returns the exit code of the process. */
export async function main(args: readonly string[]): Promise<number> {
  let host = new Host({ noColor: false, verbose: args.includes("--verbose") });
  try {
    const { globals, rest } = splitGlobals(args);
    host = new Host(globals);
    host.timing("deno", performance.now());
    host.headStart = beginRun(rest, host);
    return await runCommand(host, rest);
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) return 141;
    const code = host.fail(error);
    const command = args.find(isCommand);
    if (error instanceof UsageError && command === "run" && args.includes("--json")) {
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

async function runCommand(host: Host, args: readonly string[]): Promise<number> {
  const tree = buildTree(args);
  const command = findCommand(args, tree);
  // Whatever follows it: `get` explains that it does not exist.
  if (command === "secrets get" && !args.some((arg) => arg === "--help" || arg === "-h")) {
    args = args.slice(0, 2);
  }
  if (command === "run") args = nameBareAudit(args);
  const mistakes = new Mistakes(command);
  const application = buildApplication<Context>(tree, {
    name: "dicode",
    versionInfo: { currentVersion: `dicode ${project.version}` },
    scanner: { caseStyle: "allow-kebab-for-camel", allowArgumentEscapeSequence: true },
    documentation: { caseStyle: "convert-camel-to-kebab", disableAnsiColor: !host.color },
    localization: { loadText: () => mistakes.text },
  });
  let printed = "";
  const context: Context = {
    host,
    escaped: args.includes("--") ? args.slice(args.indexOf("--") + 1) : [],
    exitCode: 0,
    process: {
      stdout: { write: (text) => void (printed += text) },
      // Its errors are in `mistakes`, for the host to say.
      stderr: { write: () => {} },
    },
  };
  await run(application, args, context);
  if (mistakes.found !== undefined) throw mistakes.found;
  await host.print(printed);
  return context.exitCode;
}

if (import.meta.main) Deno.exit(await main(Deno.args));
