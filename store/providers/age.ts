/**
 * A file encrypted with age as a provider: a JSON object or a `.env` file, opened in this process.
 *
 * The library loads when the file is opened. That a file opens says nothing of who made it: whoever
 * knows the recipient can encrypt for it.
 */
import { ConfigError, StoreError } from "../../sdk/errors.ts";
import { openAge } from "../age.ts";
import { findIdentityFault, parseAgeKeys } from "../age_keys.ts";
import { IDENTITY, namesIdentity, readIdentity } from "../identity.ts";
import type { OptionFault, ProviderContext } from "../kinds.ts";
import { memberProvider, parseMemberText } from "../member_file.ts";
import { MEMBER_FORMATS } from "../members.ts";
import { nameOf, naming, option, type OptionsOf } from "../options.ts";
import { type Provider, ProviderFailure } from "../provider.ts";
import { decodeFile, findPlace, readSecretFile } from "../secret_file.ts";

/** What dicode.yaml may say of it. */
export const OPTIONS = {
  file: option.path("the encrypted file", { required: true }),
  ...IDENTITY,
  format: option.choice(MEMBER_FORMATS, "what is in it", {
    default: "`json` if it begins with `{` or its name ends in `.json.age`, else `dotenv`",
  }),
  ...naming("the name in the file"),
} as const;

type Options = OptionsOf<typeof OPTIONS>;

/** Nothing opens it without an identity. */
export function validate(options: Options): OptionFault[] {
  if (namesIdentity(options)) return [];
  const hint = "identity_file: PATH of what age-keygen wrote, identity_env or identity_secret";
  return [{ state: "it names no identity", hint }];
}

/** Opens one; the file is read when it is asked. */
export function open(name: string, options: Options, context: ProviderContext): Provider {
  return memberProvider(name, (key) => nameOf(options, key).name, async () => {
    const path = findPlace(name, options.file ?? "", context.env);
    const { bytes } = await readSecretFile(name, path);
    const { text: identity, warnings } = await readIdentity(name, options, context);
    const identities = await parseIdentities(name, identity, context.conceal);
    const text = decodeFile(name, path, await decrypt(name, path, bytes, identities));
    return { values: parseMemberText(name, path, text, options.format), warnings };
  }, context.note);
}

/** All identities of a text, each masked from now on. */
async function parseIdentities(
  provider: string,
  text: string,
  conceal: ProviderContext["conceal"],
): Promise<string[]> {
  const refuse = (state: string, hint: string) => {
    const found = `cannot use the identity of age: ${state}`;
    return new ProviderFailure(provider, "misconfigured", found, { hint });
  };
  if (text.trimStart().startsWith("-----BEGIN AGE ENCRYPTED FILE-----")) {
    const hint = "age -d FILE | dicode secrets set KEY, and identity_secret: KEY in dicode.yaml";
    throw refuse("it is locked with a passphrase, and a provider asks nobody", hint);
  }
  const lines = parseAgeKeys(text);
  for (const { line, text } of lines) {
    conceal(text);
    const fault = await findIdentityFault(text);
    if (fault !== undefined) throw refuse(`line ${line} ${fault.state}`, fault.hint);
  }
  if (lines.length > 0) return lines.map(({ text }) => text);
  throw refuse("there is none in it", "age-keygen -o FILE makes one");
}

async function decrypt(
  provider: string,
  path: string,
  bytes: Uint8Array,
  identities: readonly string[],
): Promise<Uint8Array> {
  try {
    return await openAge(bytes, path, identities);
  } catch (error) {
    if (!(error instanceof StoreError || error instanceof ConfigError)) throw error;
    // Its words are right here, but for hints that are about backups.
    const isOthers = error.code === "identity_wrong";
    throw new ProviderFailure(
      provider,
      isOthers ? "unauthenticated" : "bad_answer",
      error.message,
      {
        hint: isOthers
          ? error.hint
          : "age -r age1… -o FILE encrypts it anew, from where it is kept",
      },
    );
  }
}
