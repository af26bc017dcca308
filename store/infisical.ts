/** What Infisical answers: lists of secrets, and refusals in its own words. */
import type { Http } from "./http.ts";
import { type HttpAnswer, isObject } from "./http_answer.ts";
import type { FailureKind } from "./provider.ts";
import { quoteAnswer, type Refused } from "./refused.ts";

/** One secret of a list. */
export interface ListedSecret {
  /** Undefined for one whose value is not text. */
  readonly value: string | undefined;
  /** Whether the value is withheld: the identity may see that there is a secret, and no more. */
  readonly isHidden: boolean;
}

/**
 * The secrets of a list by name: a folder's own win over imported ones, and of imports the last, as
 * Infisical has it. A user's personal copies are left out.
 *
 * @throws {ProviderFailure} bad_answer: it is no such list.
 */
export function readList(answer: HttpAnswer): ReadonlyMap<string, ListedSecret> {
  const { secrets, imports } = answer.json();
  if (!Array.isArray(secrets)) throw answer.unexpected("it holds no list of secrets");
  const imported = Array.isArray(imports) ? imports : [];
  const all = new Map<string, ListedSecret>();
  for (const { secrets: some } of [...imported.filter(isObject), { secrets }]) {
    for (const each of Array.isArray(some) ? some.filter(isObject) : []) {
      const { secretKey, secretValue, secretValueHidden, type } = each;
      if (typeof secretKey !== "string" || type === "personal") continue;
      all.set(secretKey, {
        value: typeof secretValue === "string" ? secretValue : undefined,
        isHidden: secretValueHidden === true,
      });
    }
  }
  return all;
}

/** Whether a 404 is about the path itself: the server is older than the endpoint. */
export function isUnknownRoute(answer: HttpAnswer): boolean {
  const body = answer.status === 404 ? answer.tryJson() : undefined;
  return isObject(body) && /^Route GET:\S+ not found$/.test(String(body.message));
}

/** The words of an error and the id of the request; undefined for what is none of Infisical's. */
export function readWords(answer: HttpAnswer): string | undefined {
  const body = answer.tryJson();
  if (!isObject(body)) return undefined;
  const { message, reqId } = body;
  const words = typeof message === "string"
    ? message
    : Array.isArray(message)
    ? message.filter(isObject).map(({ path, message }) => `${path}: ${message}`).join("; ")
    : "";
  if (words === "") return undefined;
  return typeof reqId === "string" ? `${words.slice(0, 150)} (${reqId})` : words;
}

/** What a list was asked of, for hints. */
export interface ListPlace {
  readonly projectId: string;
  readonly environment: string;
  readonly path: string;
}

/**
 * What a refusal of Infisical's own means; undefined for any other answer.
 *
 * @param place of what a list was asked; none for a login.
 */
export function explainInfisical(
  http: Http,
  answer: HttpAnswer,
  place?: ListPlace,
): Refused | undefined {
  const words = readWords(answer);
  if (words === undefined) return undefined;
  const { status } = answer;
  const is = (kind: FailureKind, hint: string): Refused => {
    return { kind, found: quoteAnswer(http, status, words), hint };
  };
  if (status === 401 || (status === 403 && answer.json().error === "TokenError")) {
    const [, hint] = CREDENTIAL_HINTS.find(([pattern]) => pattern.test(words))!;
    return is("unauthenticated", hint);
  }
  if (place === undefined) {
    const hint = "see the trusted IP addresses of the identity's client secret";
    return status === 403 ? is("denied", hint) : undefined;
  }
  if (status === 403) return is("denied", READ_RIGHT);
  if (![400, 404, 422].includes(status)) return undefined;
  return is("misconfigured", /\bproject\b/i.test(words) ? hintProject(place) : PLACE);
}

/** The cure where an identity may not read. */
export const READ_RIGHT = "give the identity a role in the project that reads values there";

const PLACE = 'see "environment", the slug of one, and "path", a folder in it, in dicode.yaml';

const CREDENTIAL_HINTS: readonly (readonly [RegExp, hint: string])[] = [
  [/locked/i, "wait a few minutes; too many logins with a wrong client secret came before"],
  [/limit reached/i, "make a client secret in Infisical without a number of uses: a run takes one"],
  [
    /expired/i,
    "the credential has expired: make a new one; auth: universal gets a token for each run",
  ],
  [/^/, "the credential is wrong or revoked: make a new one in Infisical"],
];

function hintProject({ projectId }: ListPlace): string {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(projectId)
    ? 'see "project_id" in dicode.yaml: the ID is in the settings of the project'
    : '"project_id" wants the ID, a UUID in the settings of the project; a slug is none';
}
