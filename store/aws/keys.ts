/**
 * The access key to sign with, from the first place that has one, in the order of AWS's own tools:
 * the environment, a web identity, the profile, the container, the instance.
 */
import { quoteShell, quoteWhole } from "../quote.ts";
import { type AccessKey, keyFailure, type KeyWants, makeKey } from "./access_key.ts";
import { askContainer } from "./container.ts";
import { askInstance } from "./instance.ts";
import { askProcess } from "./key_process.ts";
import { askSts, findWebIdentity } from "./web_identity.ts";

/** One access key for all requests of a run, and a fresh one when it has expired. */
export class AccessKeys {
  readonly #wants: KeyWants;
  #current: Promise<AccessKey> | undefined;

  /** Looks for nothing yet. */
  constructor(wants: KeyWants) {
    this.#wants = wants;
  }

  /** The key; looked for once, whoever asks. @throws {ProviderFailure} there is none, or it is bad. */
  async get(signal: AbortSignal): Promise<AccessKey> {
    return await (this.#current ??= findKey(this.#wants, signal));
  }

  /** Looks again for one that is not `old`; undefined if its place still has the same. */
  async renew(old: AccessKey, signal: AbortSignal): Promise<AccessKey | undefined> {
    if (await this.#current === old) this.#current = findKey(this.#wants, signal);
    const fresh = await this.get(signal);
    return fresh.sessionToken === old.sessionToken && fresh.accessKeyId === old.accessKeyId
      ? undefined
      : fresh;
  }
}

async function findKey(wants: KeyWants, signal: AbortSignal): Promise<AccessKey> {
  const { context: { env }, profile } = wants;
  // A profile that dicode.yaml names is meant, whatever else is there.
  if (profile.isWritten) {
    const found = await askProfile(wants, signal);
    if (found !== undefined) return found;
    const state = `the profile ${quoteWhole(profile.name)} has no access key`;
    const hint = `aws configure --profile ${quoteShell(profile.name)}`;
    throw keyFailure(wants, "unauthenticated", state, hint);
  }
  const id = env("AWS_ACCESS_KEY_ID");
  if (id) {
    const source = "the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY";
    const [secret, token] = [env("AWS_SECRET_ACCESS_KEY"), env("AWS_SESSION_TOKEN")];
    return makeKey(wants, source, { id, secret, token });
  }
  const identity = findWebIdentity(env);
  if (identity !== undefined) return await askSts(wants, identity, signal);
  const found = await askProfile(wants, signal) ?? await askContainer(wants, signal) ??
    await askInstance(wants, signal);
  if (found !== undefined) return found;
  const state =
    "there is no access key of AWS's: none in AWS_ACCESS_KEY_ID, no web identity, none " +
    `in the profile ${quoteWhole(profile.name)} of ${profile.places}, and no role of a container ` +
    "or instance";
  const hint = "aws configure; or export AWS_ACCESS_KEY_ID=… AWS_SECRET_ACCESS_KEY=…";
  throw keyFailure(wants, "unauthenticated", state, hint);
}

async function askProfile(wants: KeyWants, signal: AbortSignal): Promise<AccessKey | undefined> {
  const { profile } = wants;
  const source = `the profile ${quoteWhole(profile.name)}`;
  const { credentials, all } = profile;
  const read = (settings: typeof all) =>
    makeKey(wants, source, {
      id: settings.get("aws_access_key_id"),
      secret: settings.get("aws_secret_access_key"),
      token: settings.get("aws_session_token"),
    });
  if (credentials.has("aws_access_key_id")) return read(credentials);
  const line = all.get("credential_process");
  if (line !== undefined) return await askProcess(wants, line, signal);
  const tokenFile = all.get("web_identity_token_file");
  if (tokenFile !== undefined) {
    const [roleArn, sessionName] = [all.get("role_arn"), all.get("role_session_name")];
    return await askSts(wants, { tokenFile, roleArn, sessionName }, signal);
  }
  const sign = ["sso_session", "sso_start_url", "login_session", "role_arn"]
    .find((name) => all.has(name));
  if (sign !== undefined) {
    const way = sign === "role_arn" ? "takes a role" : "signs in with a browser";
    throw keyFailure(
      wants,
      "misconfigured",
      `${source} ${way} ("${sign}"), which dicode leaves to AWS's own tool`,
      "add to it: credential_process = aws configure export-credentials --profile " +
        `${quoteShell(profile.name)} --format process`,
    );
  }
  return all.has("aws_access_key_id") ? read(all) : undefined;
}
