/**
 * What answers of a Vault mean. The texts are those of OpenBao 2.7 and Vault; tests/fixtures/openbao
 * has them as they were recorded, tests/unit/store/vault_answers_test.ts holds this table to them.
 */
import { type Http, isPassing } from "../http.ts";
import { type HttpAnswer, isObject } from "../http_answer.ts";
import type { ProviderFailure } from "../provider.ts";
import { quoteWhole } from "../quote.ts";
import { type Flavor, variables } from "./options.ts";

type Json = Readonly<Record<string, unknown>>;

/** The name of the program that manages the server. */
export const PROGRAM = { vault: "vault", openbao: "bao" } as const;

/** What a read has found. */
export type KvReading =
  | { readonly fields: Json }
  | { readonly absent: true; readonly deleted?: string };

/** A word or path as it is, at most 100 characters; in quotes where it could be misread. */
export function showPlain(text: string): string {
  const cut = text.length > 100 ? `${text.slice(0, 100)}…` : text;
  return /^[\w./@+:#%…-]+$/.test(cut) ? cut : quoteWhole(cut);
}

/** The texts under `errors` of an answer; undefined where it is not an answer of a Vault's. */
export function errorsOf(answer: HttpAnswer): string[] | undefined {
  const json = answer.tryJson();
  if (!isObject(json) || !Array.isArray(json.errors)) return undefined;
  return json.errors.map((error) => String(error));
}

/** Whether asking again may help: not where it is sealed, locked, or out of leases. */
export function isWorthRetrying(answer: HttpAnswer): boolean {
  if (answer.status === 412) return true; // Enterprise: the index state is not there yet
  const said = errorsOf(answer)?.join(" ") ?? "";
  return isPassing(answer) && !/\bsealed\b|\block(?:ed)?\b|lease count quota/i.test(said);
}

/** What a read's answer holds. @throws {ProviderFailure} for any answer that is neither. */
export function readKvAnswer(
  http: Http,
  flavor: Flavor,
  answer: HttpAnswer,
  read: { readonly path: string; readonly version: "1" | "2" },
): KvReading {
  if (answer.status === 404) return readAbsence(http, flavor, answer, read.path);
  if (!answer.ok) throw serverFailure(http, flavor, answer);
  const { data } = answer.json();
  const fields = read.version === "1" ? data : isObject(data) ? data.data : undefined;
  if (isObject(fields)) return { fields };
  const isV1 = read.version === "2" && isObject(data);
  throw http.fail(
    "bad_answer",
    `${http.host} answered with no fields for ${showPlain(read.path)}`,
    {
      hint: isV1
        ? "if that mount is KV version 1, write kv_version: 1"
        : 'see that "mount" is the mount of a KV engine',
    },
  );
}

/** 404 is absence only where the server knows the mount and says nothing more. */
function readAbsence(http: Http, flavor: Flavor, answer: HttpAnswer, path: string): KvReading {
  const json = answer.tryJson();
  if (!isObject(json)) throw http.failureOf(answer);
  if (Array.isArray(json.errors)) {
    const said = json.errors.join(" ");
    if (json.errors.length === 0) return { absent: true };
    if (/no handler for route/i.test(said)) {
      throw http.fail("misconfigured", `${http.host} has no mount for ${showPlain(path)}`, {
        hint:
          'see "mount": its first segment is the mount, the rest the path in it; a mount with ' +
          'a "/" in its name wants "path" beside it',
      });
    }
    if (/namespace/i.test(said)) throw noNamespace(http, flavor);
    throw http.failureOf(answer, said);
  }
  const { data } = json;
  if (isObject(data) && isObject(data.metadata)) {
    const { deletion_time: time, destroyed } = data.metadata;
    if (destroyed === true) return { absent: true, deleted: "destroyed" };
    return {
      absent: true,
      deleted: typeof time === "string" ? `deleted ${showPlain(time)}` : "deleted",
    };
  }
  if (JSON.stringify(json.warnings ?? "").includes("versioned K/V")) {
    throw http.fail("misconfigured", `${showPlain(path)} is on a KV version 2 mount`, {
      hint: "write kv_version: 2, or take the line away",
    });
  }
  throw http.failureOf(answer);
}

/** The failure for an answer that is no success, whatever was asked; 403 is told apart elsewhere. */
export function serverFailure(http: Http, flavor: Flavor, answer: HttpAnswer): ProviderFailure {
  const said = errorsOf(answer)?.join(" ");
  const program = PROGRAM[flavor];
  if (said !== undefined && /namespace has been locked/i.test(said)) {
    return http.fail("unreachable", `${http.host} has locked the API of this namespace`, {
      hint: `${program} namespace unlock`,
    });
  }
  if (said !== undefined && /\bsealed\b/i.test(said)) {
    return http.fail("unreachable", `${http.host} is sealed`, {
      hint: `unseal it and try again: ${program} operator unseal`,
    });
  }
  if (said !== undefined && /lease count quota/i.test(said)) {
    return http.fail(
      "rate_limited",
      `${http.host} has given out all tokens that its quota allows`,
      {
        hint: "give the role a shorter token_ttl, or batch tokens (token_type=batch)",
      },
    );
  }
  if (answer.status === 412) {
    return http.fail("unreachable", `${http.host} has not caught up yet (412)`, {
      hint: "try again",
    });
  }
  if (answer.status === 400 && /HTTP request to an HTTPS server/i.test(answer.text)) {
    return http.fail("misconfigured", `${http.host} speaks TLS, and "address" says http`, {
      hint: "write address: https://…",
    });
  }
  return http.failureOf(answer, said === "" ? undefined : said);
}

/** The failure for a login that is refused. */
export function explainVaultRefusal(
  http: Http,
  flavor: Flavor,
  answer: HttpAnswer,
  login: { readonly method: "approle" | "kubernetes" | "jwt"; readonly mount: string },
): ProviderFailure {
  const said = errorsOf(answer)?.join(" ");
  if (said === undefined || ![400, 401, 403, 404].includes(answer.status)) {
    return serverFailure(http, flavor, answer);
  }
  const at = `auth/${login.mount}`;
  if (/namespace/i.test(said) && answer.status === 404) return noNamespace(http, flavor);
  if (/no handler for route/i.test(said) || /permission denied/i.test(said)) {
    return http.fail("unauthenticated", `${http.host} lets nobody in at ${at}`, {
      hint: login.method === "kubernetes"
        ? 'see that "auth_mount" is right, and that the server reaches TokenReview of the cluster'
        : `see that the method is enabled there, or write "auth_mount": ${
          PROGRAM[flavor]
        } auth list`,
    });
  }
  const found = `${http.host} refuses the login at ${at}: ${oneLine(said)}`;
  return http.fail("unauthenticated", found, { hint: LOGIN_HINTS[login.method](flavor) });
}

const LOGIN_HINTS = {
  approle: (flavor: Flavor) =>
    `see the role id; and make a new secret id, one may be used up: ` +
    `${PROGRAM[flavor]} write -f auth/approle/role/ROLE/secret-id`,
  kubernetes: () => 'see "role", and the service accounts and namespaces that it is bound to',
  jwt: () => 'see "role", and that the JWT is new, of the right audience and signed by a known key',
};

function oneLine(text: string): string {
  return quoteWhole(text.replace(/\s+/g, " ").trim().slice(0, 200));
}

function noNamespace(http: Http, flavor: Flavor): ProviderFailure {
  return http.fail("misconfigured", `${http.host} has no such namespace`, {
    hint: `see "namespace" in dicode.yaml and ${variables(flavor, "NAMESPACE").join(", ")}`,
  });
}

/** The cure where a policy does not allow a path. */
export function policyFor(path: string): string {
  return `allow it in a policy: path ${quoteWhole(path)} { capabilities = ["read"] }`;
}

/** The failure for a field that a secret has not: a mistake in a name, no absence. */
export function missingField(http: Http, path: string, field: string, fields: Json) {
  const names = Object.keys(fields).sort();
  const shown = names.slice(0, 10).map((name) => quoteWhole(name.slice(0, 100))).join(", ");
  const others = names.length > 10 ? ` and ${names.length - 10} more` : "";
  const found = names.length === 0 ? "it has none" : `it has ${shown}${others}`;
  return http.fail(
    "misconfigured",
    `${showPlain(path)} has no field ${quoteWhole(field)}: ${found}`,
    {
      hint: 'write "field", or path#field in "map"; or a "value" in the secret',
    },
  );
}
