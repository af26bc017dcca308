/** The tree of commands: names, flags, arguments and help. No behaviour: bodies are in commands/. */
import { buildCommand, buildRouteMap, type Command, type RouteMap } from "@stricli/core";
import {
  argument,
  body,
  buildRoutes,
  type Context,
  listFlag,
  switchFlag,
  valueFlag,
} from "./command.ts";
import { type Isolation, ISOLATIONS } from "./isolation_names.ts";
import { buildSecrets } from "./secrets_tree.ts";

const taskDir = argument("dir", "folder with task.yaml and task.ts");

/** Flags of `dicode run`. */
export interface RunFlags {
  readonly param?: readonly string[];
  readonly input?: string;
  readonly json?: boolean;
  readonly timeout?: string;
  readonly isolation?: Isolation;
  readonly explain?: boolean;
  /** BARE of globals.ts, or the file. */
  readonly audit?: string;
}

const run = () =>
  buildCommand<RunFlags, [dir: string], Context>({
    loader: body(async () =>
      (await import("./commands/run.ts" as string) as typeof import("./commands/run.ts")).run
    ),
    parameters: {
      flags: {
        param: listFlag("name=value", "a parameter of the task; may be given several times"),
        input: valueFlag("json", "JSON that main receives as `input`; - reads standard input"),
        json: switchFlag("print one JSON document: status, result, output and error"),
        timeout: valueFlag(
          "duration",
          "time limit such as 90s, in place of task.yaml's; 0 for none",
        ),
        isolation: {
          kind: "enum",
          values: ISOLATIONS,
          optional: true,
          brief: "the walls to run behind; wins over dicode.yaml",
        },
        explain: switchFlag("show what a run would do here, and run nothing"),
        audit: valueFlag("file", "say what the task asked for; --audit=FILE writes it as JSON"),
      },
      aliases: { p: "param" },
      positional: { kind: "tuple", parameters: [taskDir] },
    },
    docs: {
      brief: "run one task",
      fullDescription: `\
Checks the task, resolves the variables and secrets that it declares, and runs it
in a sandbox that can reach nothing else. Its output is shown as it comes, with
every secret masked.

Example: dicode run examples/hello -p name=world`,
    },
  });

/** Flags of `dicode check`. */
export interface CheckFlags {
  readonly json?: boolean;
}

const check = () =>
  buildCommand<CheckFlags, string[], Context>({
    loader: body(async () =>
      (await import("./commands/check.ts" as string) as typeof import("./commands/check.ts")).check
    ),
    parameters: {
      flags: { json: switchFlag("print one JSON document: each task, its variables and mistakes") },
      positional: { kind: "array", parameter: taskDir, minimum: 1 },
    },
    docs: {
      brief: "check tasks without running them",
      fullDescription: `\
Says what is wrong with each task, and where the value of each declared variable
would come from. Shows no value and runs no code of the task.

Example: dicode check examples/hello examples/rotate-token`,
    },
  });

/** Flags of `dicode doctor`. */
export interface DoctorFlags {
  readonly json?: boolean;
}

const doctor = () =>
  buildCommand<DoctorFlags, [], Context>({
    loader: body(async () =>
      (await import("./commands/doctor.ts" as string) as typeof import("./commands/doctor.ts"))
        .doctor
    ),
    parameters: {
      flags: { json: switchFlag("print one JSON document: ok, and all findings") },
      positional: { kind: "tuple", parameters: [] },
    },
    docs: {
      brief: "say what is in order here and what is not",
      fullDescription: `\
Looks at Deno, the walls, dicode.yaml, the store and its key, and asks every
provider whether it is there, knows its credential and lets it read. Shows and
fetches no value. Exit code 1 if anything is broken; each finding has its cure.

Example: dicode doctor --config dicode.yaml`,
    },
  });

const ROUTES = { run, check, secrets: buildSecrets, doctor };

/**
 * `dicode …`: of all commands, or of the one that the arguments begin with. The library checks every
 * flag of all that it is given: of all commands, 5 ms of each start.
 */
export const buildTree = (args: readonly string[]) =>
  buildRouteMap({
    routes: buildRoutes(ROUTES, args),
    docs: {
      brief: "run small automation tasks with secrets, in a sandbox",
      fullDescription: `\
Runs small automation tasks with secrets, in a sandbox.

Every command also takes --data-dir DIR, --config FILE, --offline, --no-color and
--verbose.

Example: dicode run examples/rotate-token`,
    },
  });

/** Whether there is a command of that name. */
export function isCommand(name: string): boolean {
  return Object.hasOwn(ROUTES, name);
}

/** The command that arguments name, as far as they do: `secrets set`; "" for none. */
export function findCommand(args: readonly string[], tree: RouteMap<Context>): string {
  const names: string[] = [];
  let target: Command<Context> | RouteMap<Context> | undefined = tree;
  for (const arg of args) {
    target = "getAllEntries" in target ? target.getRoutingTargetForInput(arg) : undefined;
    if (target === undefined) break;
    names.push(arg);
  }
  return names.join(" ");
}
