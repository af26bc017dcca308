/**
 * `credential_process` of a profile: a program that prints an access key as JSON
 * (https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-sourcing-external.html).
 */
import { isObject } from "../http_answer.ts";
import { quoteWhole } from "../quote.ts";
import { askTool, lastLine } from "../ask_tool.ts";
import { type AccessKey, keyFailure, type KeyWants, makeKey } from "./access_key.ts";
import { splitWords } from "./command_line.ts";

/** What AWS's own tools need to find their files, beside what every program gets. */
const PASSED = [
  "AWS_CONFIG_FILE",
  "AWS_SHARED_CREDENTIALS_FILE",
  "AWS_PROFILE",
  "AWS_REGION",
  "AWS_DEFAULT_REGION",
  "AWS_CA_BUNDLE",
  "AWS_VAULT_BACKEND",
  "AWS_VAULT_PASS_PREFIX",
];

/**
 * The key that the program prints.
 *
 * @throws {ProviderFailure} tool_missing, tool_failed, or bad_answer for what is no such JSON.
 */
export async function askProcess(
  wants: KeyWants,
  line: string,
  signal: AbortSignal,
): Promise<AccessKey> {
  const { provider, context, profile } = wants;
  const source = `the credential_process of the profile ${quoteWhole(profile.name)}`;
  const argv = splitWords(line);
  if (argv === undefined) {
    const found = `${source} is no command line`;
    throw keyFailure(wants, "misconfigured", found, "see that its quotes are closed");
  }
  const { env } = context;
  const { code, stdout, stderr } = await askTool({ provider, argv, env, pass: PASSED }, signal);
  const byHand = "run it by hand, and see what it prints";
  if (code !== 0) {
    const said = lastLine(stderr);
    const found = `${source} ended with ${code}${said === "" ? "" : `: ${quoteWhole(said)}`}`;
    throw keyFailure(wants, "tool_failed", found, byHand);
  }
  const printed = tryJson(stdout);
  if (!isObject(printed) || printed.Version !== 1) {
    const found = `${source} printed no JSON with "Version": 1`;
    throw keyFailure(wants, "bad_answer", found, byHand);
  }
  const { AccessKeyId: id, SecretAccessKey: secret, SessionToken: token } = printed;
  return makeKey(wants, source, { id, secret, token });
}

function tryJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return undefined; // the error would quote the key
  }
}
