/** How a command's definition meets its body: the body loads when the command runs. */
import type { Command, CommandContext, RouteMap } from "@stricli/core";
import { UsageError } from "../sdk/errors.ts";
import type { Host } from "./host.ts";

/** What a command gets: the host, what stood after `--`, and a place for its exit code. */
export interface Context extends CommandContext {
  readonly host: Host;
  readonly escaped: readonly string[];
  exitCode: number;
}

/** A command's body: flags and arguments in, exit code out; it may throw. */
export type Body<Flags, Args extends readonly unknown[]> = (
  host: Host,
  flags: Flags,
  ...args: Args
) => Promise<number>;

/**
 * A loader for the library, that keeps the exit code and says what the body throws.
 *
 * @param check looks at the arguments before the body; it may throw.
 */
export function body<Flags, Args extends readonly unknown[]>(
  load: () => Promise<Body<Flags, Args>>,
  check: (context: Context, ...args: Args) => void = () => {},
) {
  return async () => {
    const startedAt = performance.now();
    const command = await load();
    const loadedMs = performance.now() - startedAt;
    return async function (this: Context, flags: Flags, ...args: Args): Promise<void> {
      try {
        this.host.timing("command", loadedMs);
        check(this, ...args);
        this.exitCode = await command(this.host, flags, ...args);
      } catch (error) {
        this.exitCode = this.host.fail(error);
      }
    };
  };
}

/**
 * Refuses a first argument that looks like a flag and does not stand after `--`. The library takes
 * `--k` and `-x1` for arguments: `secrets set --k v` would store a secret of that name.
 *
 * @throws {UsageError} usage
 */
export function refuseFlag({ escaped }: Context, key: string): void {
  refuseFlagAs("key", escaped, key);
}

/** Like refuseFlag, but for the path of a file; `-` alone is standard input. */
export function refuseFlagPath({ escaped }: Context, path: string): void {
  if (path !== "-") refuseFlagAs("path", escaped, path);
}

function refuseFlagAs(what: string, escaped: readonly string[], argument: string): void {
  if (!argument.startsWith("-") || escaped.includes(argument)) return;
  throw new UsageError("usage", `cannot use that ${what}: it begins with "-", as a flag does`, {
    hint: 'put "--" before it if it is meant',
  });
}

/** What makes a route: a command, or a map of them for the arguments that follow. */
type BuildRoute = (args: readonly string[]) => Command<Context> | RouteMap<Context>;

/** The one route that the arguments begin with, if they do; all of them otherwise. */
export function buildRoutes(
  routes: Readonly<Record<string, BuildRoute>>,
  args: readonly string[],
): Record<string, Command<Context> | RouteMap<Context>> {
  const [first] = args;
  const names = first !== undefined && Object.hasOwn(routes, first) ? [first] : Object.keys(routes);
  return Object.fromEntries(names.map((name) => [name, routes[name]!(args.slice(1))]));
}

/** A flag that takes one value. */
export function valueFlag(placeholder: string, brief: string) {
  return { kind: "parsed", parse: String, optional: true, placeholder, brief } as const;
}

/** A flag that takes one value, and may be given several times. */
export function listFlag(placeholder: string, brief: string) {
  return {
    kind: "parsed",
    parse: String,
    variadic: true,
    optional: true,
    placeholder,
    brief,
  } as const;
}

/** A flag that is there or not. */
export function switchFlag(brief: string) {
  return { kind: "boolean", optional: true, withNegated: false, brief } as const;
}

/** An argument that is taken as it is. */
export function argument(placeholder: string, brief: string) {
  return { parse: String, placeholder, brief } as const;
}
