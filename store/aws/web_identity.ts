/**
 * An access key for a web identity: a token in a file, as in a Kubernetes pod, is exchanged at STS
 * (https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html).
 */
import { findCredential } from "../credentials.ts";
import { Http } from "../http.ts";
import { quoteWhole } from "../quote.ts";
import { type AccessKey, keyFailure, type KeyWants, makeKey } from "./access_key.ts";
import { endpointOf } from "./endpoint.ts";

/** The role to take, and where the token is. */
export interface WebIdentity {
  readonly tokenFile: string;
  readonly roleArn: string | undefined;
  /** Shown in CloudTrail. */
  readonly sessionName: string | undefined;
}

/** What the environment names, if anything. */
export function findWebIdentity(env: (name: string) => string | undefined) {
  const tokenFile = env("AWS_WEB_IDENTITY_TOKEN_FILE");
  if (!tokenFile) return undefined;
  return { tokenFile, roleArn: env("AWS_ROLE_ARN"), sessionName: env("AWS_ROLE_SESSION_NAME") };
}

/** The key that STS gives for it. @throws {ProviderFailure} unauthenticated, denied, or of HTTP. */
export async function askSts(
  wants: KeyWants,
  { tokenFile, roleArn, sessionName }: WebIdentity,
  signal: AbortSignal,
): Promise<AccessKey> {
  const { provider, context, region, caFile } = wants;
  if (!roleArn) {
    const found = `there is a web identity in ${quoteWhole(tokenFile)}, and no role for it`;
    throw keyFailure(wants, "misconfigured", found, "export AWS_ROLE_ARN=…");
  }
  const token = await findCredential(
    provider,
    { token_file: tokenFile },
    { name: "token", what: "the web identity" },
    context,
  );
  const address = endpointOf("sts", region, undefined, context.env);
  using http = new Http({ provider, address, caFile, retries: 2 });
  const answer = await http.ask({
    method: "POST",
    path: "/",
    headers: { accept: "*/*", "content-type": "application/x-www-form-urlencoded" },
    body: new URLSearchParams({
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: roleArn,
      RoleSessionName: sessionName || "dicode",
      WebIdentityToken: token!,
    }).toString(),
    retryOn: ({ status }) => status >= 500 || status === 429,
  }, signal);
  const read = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(answer.text)?.[1];
  if (answer.ok) {
    const parts = {
      id: read("AccessKeyId"),
      secret: read("SecretAccessKey"),
      token: read("SessionToken"),
    };
    return makeKey(wants, "the answer of STS", parts);
  }
  const code = read("Code");
  if (code === undefined) throw http.failureOf(answer);
  const kind = code === "AccessDenied" ? "denied" : "unauthenticated";
  const found = `STS gives no key of the role ${quoteWhole(roleArn)}: ${quoteWhole(code)}`;
  throw keyFailure(
    wants,
    kind,
    found,
    "see that the role's trust policy names this identity, and that its token is not old",
  );
}
