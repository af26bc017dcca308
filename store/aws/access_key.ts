/** What AWS knows a caller by: an access key, checked and hidden as soon as it is read. */
import type { ChainContext } from "../chain.ts";
import { isObject } from "../http_answer.ts";
import { type FailureKind, ProviderFailure } from "../provider.ts";
import type { AwsProfile } from "./profile.ts";

/** An access key, and where it is from. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Temporary ones have it. */
  readonly sessionToken?: string;
  /** Where it is from, for messages: `the profile "prod"`. */
  readonly source: string;
}

/** What a source of access keys gets. */
export interface KeyWants {
  /** The provider's name, for failures. */
  readonly provider: string;
  readonly context: ChainContext;
  readonly profile: AwsProfile;
  /** Where STS is asked. */
  readonly region: string;
  readonly caFile?: string;
}

/** A failure to get an access key. */
export function keyFailure(
  { provider }: Pick<KeyWants, "provider">,
  kind: FailureKind,
  found: string,
  hint: string,
): ProviderFailure {
  return new ProviderFailure(provider, kind, found, { hint });
}

/**
 * An access key from its parts as they were read, each without its newline at the end.
 *
 * @throws {ProviderFailure} unauthenticated: a part is missing; misconfigured: one holds what none can.
 */
export function makeKey(
  wants: Pick<KeyWants, "provider" | "context">,
  source: string,
  parts: { readonly id?: unknown; readonly secret?: unknown; readonly token?: unknown },
): AccessKey {
  const read = (what: string, found: unknown): string | undefined => {
    if (found === undefined || found === null || found === "") return undefined;
    const value = String(found).replace(/\r?\n$/, "");
    // SECURITY: hidden before anything else is done with it (tests/providers/aws_keys_test.ts).
    if (what !== "access key id") wants.context.conceal(value);
    if (/^[\x21-\x7e]+$/.test(value)) return value;
    const state = `the ${what} of ${source} holds a space, a newline or a character outside ASCII`;
    throw keyFailure(wants, "misconfigured", state, "see that it holds the key and nothing else");
  };
  const accessKeyId = read("access key id", parts.id);
  const secretAccessKey = read("secret access key", parts.secret);
  const sessionToken = read("session token", parts.token);
  if (accessKeyId === undefined || secretAccessKey === undefined) {
    const missing = accessKeyId === undefined ? "access key id" : "secret access key";
    const found = `there is no ${missing} in ${source}`;
    throw keyFailure(wants, "unauthenticated", found, "give both, or neither");
  }
  return { accessKeyId, secretAccessKey, sessionToken, source };
}

/** A key from the JSON of a container's or instance's endpoint. */
export function readRoleKey(wants: KeyWants, source: string, found: unknown): AccessKey {
  if (!isObject(found)) {
    const state = `${source} answered with no JSON object`;
    throw keyFailure(wants, "bad_answer", state, "see what answers there");
  }
  const { AccessKeyId: id, SecretAccessKey: secret, Token: token } = found;
  return makeKey(wants, source, { id, secret, token });
}
