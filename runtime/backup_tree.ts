/** `dicode secrets export` and `restore`: names, flags, arguments and help. No behaviour. */
import { buildCommand } from "@stricli/core";
import {
  argument,
  body,
  type Context,
  listFlag,
  refuseFlagPath,
  switchFlag,
  valueFlag,
} from "./command.ts";
import type { MergeFlags } from "./merge.ts";

/** Flags of `dicode secrets export`. */
export interface ExportFlags {
  readonly recipient?: readonly string[];
  readonly recipientsFile?: readonly string[];
  readonly output?: string;
  readonly armor?: boolean;
}

export const exportAll = () =>
  buildCommand<ExportFlags, [], Context>({
    loader: body(async () =>
      (await import(
        "./commands/secrets_export.ts" as string
      ) as typeof import("./commands/secrets_export.ts")).secretsExport
    ),
    parameters: {
      flags: {
        recipient: listFlag("age1…", "who can open the backup; may be given several times"),
        recipientsFile: listFlag("file", "a file of recipients, one a line; several times as well"),
        output: valueFlag("file", "a new file; standard output without it"),
        armor: switchFlag("write text, to be pasted into a mail or a password manager"),
      },
      aliases: { r: "recipient", R: "recipientsFile", o: "output", a: "armor" },
      positional: { kind: "tuple", parameters: [] },
    },
    docs: {
      brief: "write an encrypted backup of all secrets",
      fullDescription: `\
Writes every secret into one file in the format of age (age-encryption.org), which
only an identity of one of the recipients opens. age-keygen -o key.txt makes an
identity and says its recipient; keep key.txt somewhere else than this machine. The
master key is not in the backup. There is no export in plain text.

Example: dicode secrets export --recipient age1… --output secrets.age`,
    },
  });

/** Flags of `dicode secrets restore`. */
export interface RestoreFlags extends MergeFlags {
  readonly identity?: readonly string[];
}

export const restore = () =>
  buildCommand<RestoreFlags, [file: string], Context>({
    loader: body(
      async () =>
        (await import(
          "./commands/secrets_restore.ts" as string
        ) as typeof import("./commands/secrets_restore.ts")).secretsRestore,
      refuseFlagPath,
    ),
    parameters: {
      flags: {
        identity: listFlag("file", "a file of identities, as age-keygen writes it"),
        dryRun: switchFlag("list the keys and what would change, and store nothing"),
        overwrite: switchFlag("replace what is stored with another value, without asking"),
        takeOver: switchFlag("take over a store that another program wrote; a copy is kept"),
      },
      aliases: { i: "identity" },
      positional: { kind: "tuple", parameters: [argument("file", "a backup, or -")] },
    },
    docs: {
      brief: "store the secrets of a backup",
      fullDescription: `\
Opens a backup of dicode secrets export and stores every secret in it, all of them or
none, under the master key of this store, which is made if there is none. Secrets that
are not in the backup stay. Asks before it replaces a stored value.

Example: dicode secrets restore secrets.age --identity key.txt --dry-run
Example: dicode secrets restore secrets.age --identity key.txt`,
    },
  });
