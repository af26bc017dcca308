/**
 * The access key of a container's role (ECS, EKS Pod Identity), from the address that its environment
 * names (https://docs.aws.amazon.com/sdkref/latest/guide/feature-container-credentials.html).
 */
import { expandPlace } from "../expand.ts";
import { Http } from "../http.ts";
import { isLoopback } from "../loopback.ts";
import { quoteWhole } from "../quote.ts";
import { type AccessKey, keyFailure, type KeyWants, readRoleKey } from "./access_key.ts";

/** Where ECS and EKS answer on the machine itself, in plain HTTP. */
const HOSTS = ["169.254.170.2", "169.254.170.23", "[fd00:ec2::23]"];

/**
 * Where to ask, or undefined if the environment names nothing.
 *
 * @returns the state of a URI that a token must not be sent to, as a text.
 */
export function findContainer(
  env: (name: string) => string | undefined,
): URL | string | undefined {
  const relative = env("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
  if (relative) return new URL(`http://${HOSTS[0]}/${relative.replace(/^\/+/, "")}`);
  const full = env("AWS_CONTAINER_CREDENTIALS_FULL_URI");
  if (!full) return undefined;
  const url = URL.parse(full);
  if (url === null || !/^https?:$/.test(url.protocol)) return "is no http or https address";
  // SECURITY: in plain HTTP the token would be anybody's (tests/unit/store/aws_test.ts).
  if (url.protocol === "https:" || isLoopback(url) || HOSTS.includes(url.hostname)) return url;
  return "is plain HTTP to another machine";
}

/**
 * The key, or undefined where the environment names no container's endpoint.
 *
 * @throws {ProviderFailure} if it names one, and that does not give a key.
 */
export async function askContainer(
  wants: KeyWants,
  signal: AbortSignal,
): Promise<AccessKey | undefined> {
  const { provider, context: { env } } = wants;
  const found = findContainer(env);
  if (found === undefined) return undefined;
  if (typeof found === "string") {
    const state = `AWS_CONTAINER_CREDENTIALS_FULL_URI ${found}`;
    throw keyFailure(wants, "misconfigured", state, "leave it as the container's host sets it");
  }
  const source = `the container's endpoint at ${found.host}`;
  const authorization = await readToken(wants);
  using http = new Http({ provider, address: found.origin, insecureHttp: true, retries: 1 });
  const answer = await http.ask({
    path: found.pathname + found.search,
    headers: authorization === undefined ? {} : { authorization },
  }, signal);
  if (answer.ok) return readRoleKey(wants, source, answer.json());
  const state = `${source} answered ${answer.status} when it was asked for a key`;
  throw keyFailure(wants, "unauthenticated", state, "see that the container has a role");
}

/** The token that the endpoint wants, from a file that is written anew now and then, or a variable. */
async function readToken(wants: KeyWants): Promise<string | undefined> {
  const { env, conceal } = wants.context;
  const path = env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE");
  const found = path
    ? await Deno.readTextFile(expandPlace(path, env)).catch(() => {
      const state = `cannot read ${quoteWhole(path)}, the container's token`;
      throw keyFailure(wants, "unauthenticated", state, "see that dicode may read that file");
    })
    : env("AWS_CONTAINER_AUTHORIZATION_TOKEN");
  if (!found) return undefined;
  const token = found.replace(/\r?\n$/, "");
  conceal(token);
  // Some begin with a word such as Bearer, and a space.
  conceal(token.slice(token.indexOf(" ") + 1));
  if (/^[\x20-\x7e]+$/.test(token)) return token;
  const state = "the container's token holds a newline or a character outside ASCII";
  throw keyFailure(wants, "misconfigured", state, "see that it is one line of plain text");
}
