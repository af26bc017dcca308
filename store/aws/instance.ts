/**
 * The access key of an EC2 instance's role, from its metadata service in version 2
 * (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instance-metadata-security-credentials.html).
 */
import { withDeadline } from "../deadline.ts";
import { Http } from "../http.ts";
import type { HttpAnswer } from "../http_answer.ts";
import { ProviderFailure } from "../provider.ts";
import { quoteWhole } from "../quote.ts";
import { type AccessKey, keyFailure, type KeyWants, readRoleKey } from "./access_key.ts";

/** How long one answer may take: on a machine that is no instance nobody ever answers. */
const LIMIT_MS = 1000;

const ROLE = "/latest/meta-data/iam/security-credentials/";

/**
 * The key, or undefined where there is no such service, or AWS_EC2_METADATA_DISABLED is `true`.
 *
 * @throws {ProviderFailure} unauthenticated: the instance has no role.
 */
export async function askInstance(
  wants: KeyWants,
  signal: AbortSignal,
): Promise<AccessKey | undefined> {
  const { provider, context: { env, conceal } } = wants;
  if (env("AWS_EC2_METADATA_DISABLED")?.toLowerCase() === "true") return undefined;
  const address = env("AWS_EC2_METADATA_SERVICE_ENDPOINT") || "http://169.254.169.254";
  if (!/^https?:\/\/[^/?#@]+\/?$/.test(address) || !URL.canParse(address)) {
    const state = `AWS_EC2_METADATA_SERVICE_ENDPOINT is ${quoteWhole(address)}`;
    throw keyFailure(wants, "misconfigured", state, "give it as http://HOST:PORT, or unset it");
  }
  using http = new Http({ provider, address, insecureHttp: true, retries: 0 });
  const ask = (request: Parameters<Http["ask"]>[0]) => askSoon(http, request, signal);
  const granted = await ask({
    method: "PUT",
    path: "/latest/api/token",
    headers: { "x-aws-ec2-metadata-token-ttl-seconds": "60" },
  });
  if (!granted?.ok) return undefined;
  const token = granted.text.trim();
  conceal(token);
  const headers = { "x-aws-ec2-metadata-token": token };
  const source = "the instance's role";
  const none = (state: string) =>
    keyFailure(wants, "unauthenticated", state, "give the instance a role, or say where a key is");
  const name = (await ask({ path: ROLE, headers }))?.text.trim().split("\n")[0] ?? "";
  if (!/^[\w+=,.@-]+$/.test(name)) throw none("this EC2 instance has no role");
  const answer = await ask({ path: ROLE + name, headers });
  if (!answer?.ok) throw none(`the instance gives no key of its role ${quoteWhole(name)}`);
  return readRoleKey(wants, source, answer.json());
}

/** The answer, or undefined if there is none within the limit. */
async function askSoon(
  http: Http,
  request: Parameters<Http["ask"]>[0],
  signal: AbortSignal,
): Promise<HttpAnswer | undefined> {
  const late = () => new Deno.errors.TimedOut();
  return await withDeadline(LIMIT_MS, signal, late, (soon) => http.ask(request, soon)).catch(
    (error) => {
      signal.throwIfAborted();
      if (error instanceof Deno.errors.TimedOut || error instanceof ProviderFailure) {
        return undefined;
      }
      throw error;
    },
  );
}
