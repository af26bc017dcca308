/** Files of age identities, which open a backup: as age-keygen writes them, or locked with a passphrase. */
import { UsageError } from "../sdk/errors.ts";
import { isAge, openLocked } from "../store/age.ts";
import { findIdentityFault, parseAgeKeys } from "../store/age_keys.ts";
import { quoteShell, quoteWhole } from "../store/quote.ts";
import type { Host } from "./host.ts";
import { type GivenFile, othersRead, readGiven } from "./read_given.ts";
import { promptHidden } from "./terminal.ts";

/** Bytes of a file of identities; one has under 200. */
const MAX_FILE_BYTES = 1_048_576;

/**
 * All identities of the files, masked from now on. Asks for a passphrase where a file is locked.
 *
 * @throws {UsageError} usage: there is none, or it cannot be read; identity_invalid. {StoreError}
 *   identity_wrong, backup_damaged: of a locked file. {Cancelled} at the prompt.
 */
export async function readIdentities(host: Host, paths: readonly string[]): Promise<string[]> {
  if (paths.length === 0) {
    throw new UsageError("usage", "cannot open a backup without an identity", {
      hint: "--identity FILE: what age-keygen wrote when it made the recipient",
    });
  }
  const identities: string[] = [];
  for (const path of paths) {
    if (path === "-") {
      throw new UsageError("usage", 'cannot read "-": --identity takes the path of a file', {
        hint: "it may be a pipe: --identity <(COMMAND)",
      });
    }
    const file = await readGiven(host, path, MAX_FILE_BYTES);
    if (file.mode !== undefined && othersRead(file.mode) && !isAge(file.bytes)) {
      host.warn(`other users of this machine may read the identity in ${quoteWhole(path)}`);
      host.hint(`chmod 600 ${quoteShell(path)}`);
    }
    for (const identity of await parseIdentities(file.name, await unlockFile(host, file))) {
      host.masker.conceal(identity);
      identities.push(identity);
    }
  }
  return identities;
}

async function parseIdentities(name: string, bytes: Uint8Array): Promise<string[]> {
  const lines = parseAgeKeys(new TextDecoder().decode(bytes));
  for (const { line, text } of lines) {
    const fault = await findIdentityFault(text);
    if (fault === undefined) continue;
    throw new UsageError(
      "identity_invalid",
      `cannot open a backup with this line: it ${fault.state}`,
      { hint: fault.hint, where: { file: name, line } },
    );
  }
  if (lines.length > 0) return lines.map(({ text }) => text);
  throw new UsageError(
    "identity_invalid",
    `cannot open a backup with ${quoteWhole(name)}: there is no identity in it`,
    { hint: "name the file that age-keygen wrote, with AGE-SECRET-KEY-1… in it" },
  );
}

/** What a file holds, also if it is locked with a passphrase: `age-keygen | age -p -o key.age`. */
async function unlockFile(host: Host, { name, bytes }: GivenFile): Promise<Uint8Array> {
  if (!isAge(bytes)) return bytes;
  if (!host.isTerminal("stdin") || !host.isTerminal("stderr")) {
    throw new UsageError(
      "identity_invalid",
      `cannot open ${quoteWhole(name)}: it is locked, and there is no terminal to ask at`,
      { hint: `--identity <(age -d ${quoteShell(name)})` },
    );
  }
  const passphrase = await promptPassphrase(name);
  host.say("deriving the key of the passphrase; this takes some seconds");
  return await openLocked(bytes, name, passphrase);
}

async function promptPassphrase(name: string): Promise<string> {
  try {
    return await promptHidden(`dicode: passphrase of ${quoteWhole(name)} (hidden)`);
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    // The prompt's own words are about a secret to store.
    throw new UsageError("identity_invalid", "cannot take that for a passphrase: it is one line", {
      hint: `--identity <(age -d ${quoteShell(name)})`,
    });
  }
}
