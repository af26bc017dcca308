/** The identity of age that opens a provider's file: where dicode.yaml says it is, read and masked. */
import type { ChainContext } from "./chain.ts";
import { readCredential } from "./credentials.ts";
import { expandPlace } from "./expand.ts";
import { credential, type OptionsOf } from "./options.ts";
import type { Diagnosis } from "./provider.ts";
import { findExposure } from "./secret_file.ts";

/** `identity_env`, `identity_file`, `identity_secret`. */
export const IDENTITY = credential("identity", "the identity of age that opens it");

/** What dicode.yaml says of it. */
export type IdentityOptions = OptionsOf<typeof IDENTITY>;

/** An identity, or several: the text that age-keygen wrote. */
export interface FoundIdentity {
  /** Concealed. */
  readonly text: string;
  /** The file that it came from. */
  readonly file?: string;
  /** Whether others may read that. */
  readonly warnings: readonly Diagnosis[];
}

/** Whether dicode.yaml names one. */
export function namesIdentity(options: IdentityOptions): boolean {
  const { identity_env, identity_file, identity_secret } = options;
  return (identity_env ?? identity_file ?? identity_secret) !== undefined;
}

/** @throws {ProviderFailure} as readCredential. */
export async function readIdentity(
  provider: string,
  options: IdentityOptions,
  context: ChainContext,
): Promise<FoundIdentity> {
  const wanted = { name: "identity", what: "the identity of age", lines: true };
  const text = await readCredential(provider, options, wanted, context);
  if (options.identity_env !== undefined || options.identity_file === undefined) {
    return { text, warnings: [] };
  }
  const file = expandPlace(options.identity_file, context.env);
  const exposure = await findExposure(file);
  return {
    text,
    file,
    warnings: exposure === undefined ? [] : [{ what: "modes", state: "warning", ...exposure }],
  };
}
