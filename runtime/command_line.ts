/** Reads any command line, with the library's tree of commands, and carries the command out. */
import { buildApplication, run } from "@stricli/core";
import project from "../deno.json" with { type: "json" };
import type { Context } from "./command.ts";
import { buildTree, findCommand } from "./command_tree.ts";
import { nameBareAudit } from "./globals.ts";
import type { Host } from "./host.ts";
import { Mistakes } from "./wording.ts";

export { isCommand } from "./command_tree.ts";

/**
 * Carries out what the arguments ask for; returns the exit code.
 *
 * @throws {UsageError} usage: they are not understood.
 */
export async function runCommand(host: Host, args: readonly string[]): Promise<number> {
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
