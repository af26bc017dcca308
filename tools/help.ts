/** Has a build print the help of each command, for runtime/help_texts.ts of the same build. */
import { buildTree } from "../runtime/command_tree.ts";

type Routes = ReturnType<typeof buildTree>;
type Target = ReturnType<Routes["getAllEntries"]>[number]["target"];

/** By the command's names, NUL between them; of all of them, by "". */
export async function printHelp(cli: string): Promise<Record<string, string>> {
  const texts: Record<string, string> = {};
  for (const names of listCommands()) {
    const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", "--no-config", "-A", cli, ...names, "--help"],
      env: { NO_COLOR: "1" },
    }).output();
    if (!success) throw new Error(new TextDecoder().decode(stderr));
    texts[names.join("\0")] = new TextDecoder().decode(stdout);
  }
  return texts;
}

/** The names of each command, and of none: what may stand before `--help`. */
export function listCommands(
  target: Target = buildTree([]),
  names: readonly string[] = [],
): (readonly string[])[] {
  const entries = "getAllEntries" in target ? target.getAllEntries() : [];
  return [
    names,
    ...entries.flatMap((entry) => listCommands(entry.target, [...names, entry.name.original])),
  ];
}
