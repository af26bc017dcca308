/**
 * The entry of the program: arguments in, exit code out. Loads what the child of a run can be started
 * with, and only then, while that starts, all the rest.
 */
import { beginRun } from "./runtime/begin_run.ts";

/** Runs one command line; returns the exit code of the process. */
export async function main(args: readonly string[]): Promise<number> {
  const headStart = beginRun(args);
  const loading = import(
    "./runtime/carry_out.ts" as string
  ) as Promise<typeof import("./runtime/carry_out.ts")>;
  // In the same turn: one after the other takes longer.
  if (headStart !== undefined) {
    await (import("./runtime/commands/run.ts" as string) as Promise<
      typeof import("./runtime/commands/run.ts")
    >);
  }
  const { carryOut } = await loading;
  return await carryOut(args, headStart);
}

if (import.meta.main) Deno.exit(await main(Deno.args));
