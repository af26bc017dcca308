/** Whom a backup is encrypted for: recipients of age on the command line and in files of them. */
import { UsageError, type Where } from "../sdk/errors.ts";
import { findRecipientFault, parseAgeKeys } from "../store/age_keys.ts";
import { quoteWhole } from "../store/quote.ts";
import type { Host } from "./host.ts";
import { readGiven } from "./read_given.ts";

/** Bytes of a file of recipients; the longest of age has about 2,000. */
const MAX_FILE_BYTES = 1_048_576;

/**
 * The recipients, each once.
 *
 * @throws {UsageError} usage: there are none, or a file cannot be read; recipient_invalid.
 */
export async function readRecipients(
  host: Host,
  given: readonly string[],
  files: readonly string[],
): Promise<string[]> {
  const recipients = new Set<string>();
  for (const [index, text] of given.entries()) {
    await check(text, given.length === 1 ? "--recipient" : `--recipient number ${index + 1}`);
    recipients.add(text);
  }
  for (const path of files) {
    const { name, bytes } = await readGiven(host, path, MAX_FILE_BYTES);
    const lines = parseAgeKeys(new TextDecoder().decode(bytes));
    for (const { line, text } of lines) {
      await check(text, "this line", { file: name, line });
      recipients.add(text);
    }
    if (lines.length > 0) continue;
    throw new UsageError(
      "recipient_invalid",
      `cannot encrypt for ${quoteWhole(name)}: there is no recipient in it`,
      { hint: "write one a line: age1…" },
    );
  }
  if (recipients.size === 0) {
    throw new UsageError(
      "usage",
      "cannot export in plain text: name the recipient that can open the backup",
      {
        hint: "age-keygen -o key.txt makes an identity and says its recipient: " +
          "dicode secrets export --recipient age1… --output FILE",
      },
    );
  }
  return [...recipients];
}

/** @param what that stands there; never the text itself: see store/age_keys.ts. */
async function check(text: string, what: string, where?: Where): Promise<void> {
  const fault = await findRecipientFault(text);
  if (fault === undefined) return;
  throw new UsageError("recipient_invalid", `cannot encrypt for ${what}: it ${fault.state}`, {
    hint: fault.hint,
    where,
  });
}
