/** The commands under `dicode secrets`: names, flags, arguments and help. No behaviour. */
import { buildCommand, buildRouteMap } from "@stricli/core";
import { exportAll, restore } from "./backup_tree.ts";
import {
  argument,
  body,
  buildRoutes,
  type Context,
  refuseFlag,
  refuseFlagPath,
  switchFlag,
  valueFlag,
} from "./command.ts";

const secretKey = argument("key", "the secret's name");
const takeOver = switchFlag("take over a store that another program wrote; a copy is kept");

/** Flags of `dicode secrets set`. */
export interface SetFlags {
  readonly fromFile?: string;
  readonly takeOver?: boolean;
}

const set = () =>
  buildCommand<SetFlags, [key: string, value?: string], Context>({
    loader: body(
      async () =>
        (await import(
          "./commands/secrets_set.ts" as string
        ) as typeof import("./commands/secrets_set.ts")).secretsSet,
      refuseFlag,
    ),
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

/** Flags of `dicode secrets import`. */
export interface ImportFlags {
  readonly dryRun?: boolean;
  readonly overwrite?: boolean;
  readonly takeOver?: boolean;
}

const importAll = () =>
  buildCommand<ImportFlags, [file: string], Context>({
    loader: body(
      async () =>
        (await import(
          "./commands/secrets_import.ts" as string
        ) as typeof import("./commands/secrets_import.ts")).secretsImport,
      refuseFlagPath,
    ),
    parameters: {
      flags: {
        dryRun: switchFlag("list the keys and what would change, and store nothing"),
        overwrite: switchFlag("replace what is stored with another value, without asking"),
        takeOver,
      },
      positional: { kind: "tuple", parameters: [argument("file", "a .env or JSON file, or -")] },
    },
    docs: {
      brief: "store the secrets of a .env or JSON file",
      fullDescription: `\
Stores every value of a file, all of them or none; "-" is standard input. Nothing in
the file is expanded or run. A mistake is named with its line, and so is a value that
other tools would read differently. Asks before it replaces a stored value.

Example: dicode secrets import .env --dry-run
Example: dicode secrets import .env`,
    },
  });

const list = () =>
  buildCommand<{ readonly json?: boolean }, [], Context>({
    loader: body(async () =>
      (await import(
        "./commands/secrets_list.ts" as string
      ) as typeof import("./commands/secrets_list.ts")).secretsList
    ),
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

const remove = () =>
  buildCommand<DeleteFlags, [key: string], Context>({
    loader: body(
      async () =>
        (await import(
          "./commands/secrets_delete.ts" as string
        ) as typeof import("./commands/secrets_delete.ts")).secretsDelete,
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

const get = () =>
  buildCommand<Record<never, never>, string[], Context>({
    loader: body(async () =>
      (await import(
        "./commands/secrets_get.ts" as string
      ) as typeof import("./commands/secrets_get.ts")).secretsGet
    ),
    parameters: { positional: { kind: "array", parameter: argument("key", "any") } },
    docs: {
      brief: "says why there is no such command",
      fullDescription: `\
Secrets can be set and deleted, never printed. A task receives one by declaring it
in its task.yaml.

Example: permissions: { env: [{ name: API_KEY, secret: api_key }] }`,
    },
  });

/** Flags of `dicode secrets rotate-key`. */
export interface RotateFlags {
  readonly toFile?: string;
}

const rotate = () =>
  buildCommand<RotateFlags, [], Context>({
    loader: body(async () =>
      (await import(
        "./commands/secrets_rotate_key.ts" as string
      ) as typeof import("./commands/secrets_rotate_key.ts")).secretsRotateKey
    ),
    parameters: {
      flags: {
        toFile: valueFlag(
          "file",
          "write the new key to a new file: where DICODE_MASTER_KEY is set",
        ),
      },
      positional: { kind: "tuple", parameters: [] },
    },
    docs: {
      brief: "replace the master key",
      fullDescription: `\
Makes a new master key and salt and encrypts every value anew: all or nothing, also
if it is killed. The old key opens nothing afterwards. The secrets themselves stay
as they are: one that was seen by others must be replaced where it was issued.

Example: dicode secrets rotate-key`,
    },
  });

const verify = () =>
  buildCommand<Record<never, never>, [], Context>({
    loader: body(async () =>
      (await import(
        "./commands/secrets_verify.ts" as string
      ) as typeof import("./commands/secrets_verify.ts")).secretsVerify
    ),
    parameters: { positional: { kind: "tuple", parameters: [] } },
    docs: {
      brief: "decrypt every value, and say what is bad",
      fullDescription: `\
Decrypts every stored value and prints how many are in order, never a value. The
exit code is 5 if any is not.

Example: dicode secrets verify`,
    },
  });

const ROUTES = {
  set,
  import: importAll,
  list,
  delete: remove,
  export: exportAll,
  restore,
  verify,
  "rotate-key": rotate,
  get,
};

/** `dicode secrets …`, as buildTree; `get` is hidden: it exists to explain itself. */
export const buildSecrets = (args: readonly string[]) =>
  buildRouteMap({
    routes: buildRoutes(ROUTES, args),
    docs: {
      brief: "manage the encrypted store",
      fullDescription: `\
Keeps secrets encrypted, and hands them to the tasks that declare them.

Example: dicode secrets set github_token`,
      hideRoute: { get: true },
    },
  });
