/** How a command's definition meets its body: the body loads when the command runs. */
import type { CommandContext } from "@stricli/core";
import type { Host } from "./host.ts";

/** What a command gets: the host, and a place for its exit code. */
export interface Context extends CommandContext {
  readonly host: Host;
  exitCode: number;
}

/** A command's body: flags and arguments in, exit code out; it may throw. */
export type Body<Flags, Args extends readonly unknown[]> = (
  host: Host,
  flags: Flags,
  ...args: Args
) => Promise<number>;

/** A loader for the library, that keeps the exit code and says what the body throws. */
export function body<Flags, Args extends readonly unknown[]>(
  load: () => Promise<Body<Flags, Args>>,
) {
  return async () => {
    const command = await load();
    return async function (this: Context, flags: Flags, ...args: Args): Promise<void> {
      try {
        this.exitCode = await command(this.host, flags, ...args);
      } catch (error) {
        this.exitCode = this.host.fail(error);
      }
    };
  };
}

/** A flag that takes one value. */
export function valueFlag(placeholder: string, brief: string) {
  return { kind: "parsed", parse: String, optional: true, placeholder, brief } as const;
}

/** A flag that is there or not. */
export function switchFlag(brief: string) {
  return { kind: "boolean", optional: true, withNegated: false, brief } as const;
}

/** An argument that is taken as it is. */
export function argument(placeholder: string, brief: string) {
  return { parse: String, placeholder, brief } as const;
}
