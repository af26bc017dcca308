/**
 * One text with several secrets as a provider: `file`, `dotenv`, `age` and `sops` differ in how they
 * come by it. It is read once for all keys that are asked for together.
 */
import { findMember, type MemberFormat, parseSecretText } from "./members.ts";
import { type Diagnosis, type Provider, ProviderFailure, Secret } from "./provider.ts";
import { quoteWhole } from "./quote.ts";
import { decodeFile, findPlace, readSecretFile } from "./secret_file.ts";

/** What the file says, and what about it should be mended. */
export interface OpenedFile {
  readonly values: ReadonlyMap<string, string>;
  readonly warnings: readonly Diagnosis[];
}

/**
 * A provider over such a file. There is no `has`: that the file can be read, and opened, is only known
 * when it has been.
 *
 * @param toName what a key is called there.
 * @param open reads and opens it.
 * @param note told what should be mended.
 */
export function memberProvider(
  name: string,
  toName: (key: string) => string,
  open: (signal: AbortSignal) => Promise<OpenedFile>,
  note: (message: string) => void = () => {},
): Provider {
  return {
    name,
    async get(keys, signal) {
      const { values, warnings } = await open(signal);
      for (const { found, hint } of warnings) note(`provider "${name}": ${found}; ${hint}`);
      const had = new Map<string, Secret>();
      for (const key of keys) {
        const value = findMember(values, toName(key));
        if (value !== undefined) had.set(key, new Secret(value));
      }
      return had;
    },
    async diagnose(signal) {
      const { values, warnings } = await open(signal);
      const found = values.size === 1 ? "it holds 1 secret" : `it holds ${values.size} secrets`;
      return [{ what: "readable", state: "ok", found }, ...warnings];
    },
  };
}

/**
 * Reads a file in plain text.
 *
 * @param written its path as dicode.yaml has it.
 * @throws {ProviderFailure} as findPlace, readSecretFile and parseMemberText.
 */
export async function openPlainFile(
  provider: string,
  written: string,
  env: (name: string) => string | undefined,
  format?: MemberFormat,
): Promise<OpenedFile> {
  const path = findPlace(provider, written, env);
  const { bytes, exposure } = await readSecretFile(provider, path);
  const text = decodeFile(provider, path, bytes);
  return {
    values: parseMemberText(provider, path, text, format),
    warnings: exposure === undefined ? [] : [{ what: "modes", state: "warning", ...exposure }],
  };
}

/**
 * Names and values of a file's text.
 *
 * @throws {ProviderFailure} bad_answer: it is neither a JSON object nor a `.env` file.
 */
export function parseMemberText(
  provider: string,
  path: string,
  text: string,
  format?: MemberFormat,
): ReadonlyMap<string, string> {
  const { values, fault } = parseSecretText(text, path, format);
  if (values !== undefined) return values;
  const found = `cannot use what ${quoteWhole(path)} holds: ${fault.state}`;
  throw new ProviderFailure(provider, "bad_answer", found, { hint: fault.hint });
}
