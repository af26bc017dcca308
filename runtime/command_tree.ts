/** The tree of commands: names, flags, arguments and help. No behaviour: bodies are in commands/. */
import { buildCommand, buildRouteMap, type Command, type RouteMap } from "@stricli/core";
import { argument, body, type Context, refuseFlag, switchFlag, valueFlag } from "./command.ts";
import { type Isolation, ISOLATIONS } from "./isolation.ts";

const taskDir = argument("dir", "folder with task.yaml and task.ts");
const secretKey = argument("key", "the secret's name");
const takeOver = switchFlag("take over a store that another program wrote; a copy is kept");

/** Flags of `dicode run`. */
export interface RunFlags {
  readonly param?: readonly string[];
  readonly input?: string;
  readonly json?: boolean;
  readonly timeout?: string;
  readonly isolation?: Isolation;
}

const run = buildCommand<RunFlags, [dir: string], Context>({
  loader: body(async () => (await import("./commands/run.ts")).run),
  parameters: {
    flags: {
      param: {
        kind: "parsed",
        parse: String,
        variadic: true,
        optional: true,
        placeholder: "name=value",
        brief: "a parameter of the task; may be given several times",
      },
      input: valueFlag("json", "JSON that main receives as `input`; - reads standard input"),
      json: switchFlag("print one JSON document: status, result, output and error"),
      timeout: valueFlag("duration", "time limit such as 90s, in place of task.yaml's; 0 for none"),
      isolation: {
        kind: "enum",
        values: ISOLATIONS,
        optional: true,
        brief: "the walls to run behind; wins over dicode.yaml",
      },
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

const check = buildCommand<Record<never, never>, string[], Context>({
  loader: body(async () => (await import("./commands/check.ts")).check),
  parameters: { positional: { kind: "array", parameter: taskDir, minimum: 1 } },
  docs: {
    brief: "check tasks without running them",
    fullDescription: `\
Says what is wrong with each task, and where the value of each declared variable
would come from. Shows no value and runs no code of the task.

Example: dicode check examples/hello examples/rotate-token`,
  },
});

/** Flags of `dicode secrets set`. */
export interface SetFlags {
  readonly fromFile?: string;
  readonly takeOver?: boolean;
}

const set = buildCommand<SetFlags, [key: string, value?: string], Context>({
  loader: body(async () => (await import("./commands/secrets_set.ts")).secretsSet, refuseFlag),
  parameters: {
    flags: { fromFile: valueFlag("file", "take the value from a file"), takeOver },
    positional: {
      kind: "tuple",
      parameters: [secretKey, { ...argument("value", "better left out"), optional: true }],
    },
  },
  docs: {
    brief: "store a secret",
    fullDescription: `\
Stores a secret, encrypted, in place of an older value. Without a value it asks
for it, hidden, on a terminal, and reads standard input elsewhere; one line feed
at the end is not part of it. A value on the command line can be seen by others,
and stays in the shell's history.

Example: dicode secrets set github_token
Example: dicode secrets set tls_key --from-file key.pem`,
  },
});

const list = buildCommand<{ readonly json?: boolean }, [], Context>({
  loader: body(async () => (await import("./commands/secrets_list.ts")).secretsList),
  parameters: {
    flags: { json: switchFlag("print a JSON array of names") },
    positional: { kind: "tuple", parameters: [] },
  },
  docs: {
    brief: "list the names of stored secrets",
    fullDescription: "One name a line, sorted. Values are never shown.\n\n" +
      "Example: dicode secrets list",
  },
});

/** Flags of `dicode secrets delete`. */
export interface DeleteFlags {
  readonly takeOver?: boolean;
}

const remove = buildCommand<DeleteFlags, [key: string], Context>({
  loader: body(
    async () => (await import("./commands/secrets_delete.ts")).secretsDelete,
    refuseFlag,
  ),
  parameters: {
    flags: { takeOver },
    positional: { kind: "tuple", parameters: [secretKey] },
  },
  docs: {
    brief: "delete a secret",
    fullDescription: "The exit code is 1 if there is no such secret.\n\n" +
      "Example: dicode secrets delete old_token",
  },
});

const get = buildCommand<Record<never, never>, string[], Context>({
  loader: body(async () => (await import("./commands/secrets_get.ts")).secretsGet),
  parameters: { positional: { kind: "array", parameter: argument("key", "any") } },
  docs: {
    brief: "says why there is no such command",
    fullDescription: `\
Secrets can be set and deleted, never printed. A task receives one by declaring it
in its task.yaml.

Example: permissions: { env: [{ name: API_KEY, secret: api_key }] }`,
  },
});

/** `dicode secrets …`; `get` is hidden: it exists to explain itself. */
const secrets = buildRouteMap({
  routes: { set, list, delete: remove, get },
  docs: {
    brief: "manage the encrypted store",
    fullDescription: `\
Keeps secrets encrypted, and hands them to the tasks that declare them.

Example: dicode secrets set github_token`,
    hideRoute: { get: true },
  },
});

/** `dicode …` */
export const commandTree = buildRouteMap({
  routes: { run, check, secrets },
  docs: {
    brief: "run small automation tasks with secrets, in a sandbox",
    fullDescription: `\
Runs small automation tasks with secrets, in a sandbox.

Every command also takes --data-dir DIR, --config FILE, --no-color and --verbose.

Example: dicode run examples/rotate-token`,
  },
});

/** The command that arguments name, as far as they do: `secrets set`; "" for none. */
export function findCommand(args: readonly string[]): string {
  const names: string[] = [];
  let target: Command<Context> | RouteMap<Context> | undefined = commandTree;
  for (const arg of args) {
    target = "getAllEntries" in target ? target.getRoutingTargetForInput(arg) : undefined;
    if (target === undefined) break;
    names.push(arg);
  }
  return names.join(" ");
}
