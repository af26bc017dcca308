/**
 * One login at a Vault and what is asked with it: requests with the token, what a 403 means, one new
 * login where the token has gone, and the token given back at the end.
 */
import { readCredential } from "../credentials.ts";
import type { Http } from "../http.ts";
import { type HttpAnswer, isObject } from "../http_answer.ts";
import type { ProviderContext } from "../kinds.ts";
import type { ProviderFailure } from "../provider.ts";
import {
  explainVaultRefusal,
  isWorthRetrying,
  policyFor,
  PROGRAM,
  serverFailure,
  showPlain,
} from "./answers.ts";
import {
  type Flavor,
  SERVICE_ACCOUNT_JWT,
  TOKEN_FILE,
  trimSlashes,
  variables,
  type VaultOptions,
} from "./options.ts";

/** What a session is made of. */
export interface SessionOptions {
  readonly name: string;
  readonly flavor: Flavor;
  readonly options: VaultOptions;
  readonly namespace: string | undefined;
  readonly http: Http;
  readonly context: ProviderContext;
}

/** A token that lives no longer than this many seconds is not given back: it ends by itself. */
const SHORT_LEASE_S = 60;

/** A session at one server. */
export class VaultSession {
  readonly #of: SessionOptions;
  #held: Promise<string> | undefined;
  #relogin: Promise<string> | undefined;
  /** Tokens to give back: they came of logins, and live on for a while. */
  readonly #own: string[] = [];
  readonly #alive = new Map<string, Promise<boolean>>();

  /** Asks nothing yet. */
  constructor(options: SessionOptions) {
    this.#of = options;
  }

  /** Logs in, where that is needed; done once. @throws {ProviderFailure} it is not let in. */
  async login(signal: AbortSignal): Promise<void> {
    this.#held ??= this.#login(signal);
    await this.#held;
  }

  /**
   * Reads a path of the API, any answer but 403.
   *
   * @throws {ProviderFailure} unauthenticated: the token is not good; denied: it may not read this.
   */
  async read(
    place: { readonly path: string; readonly encoded: string },
    signal: AbortSignal,
  ): Promise<HttpAnswer> {
    await this.login(signal);
    let held = await this.#held!;
    let answer = await this.request("GET", place.encoded, held, signal);
    if (answer.status !== 403) return answer;
    if (!await this.#isAlive(held, signal) && this.#method !== "token") {
      this.#relogin ??= this.#login(signal);
      this.#held = this.#relogin;
      held = await this.#held;
      answer = await this.request("GET", place.encoded, held, signal);
      if (answer.status !== 403) return answer;
    }
    // A token that has just been given is good, even if its policies let it look at nothing.
    const isGood = this.#method !== "token" || await this.#isAlive(held, signal);
    throw isGood ? this.#denied(place.path) : this.#badToken();
  }

  /** One request of the API with a token of this session's. */
  async ask(
    method: "GET" | "POST",
    path: string,
    signal: AbortSignal,
    body?: unknown,
  ): Promise<HttpAnswer> {
    await this.login(signal);
    return await this.request(method, path, await this.#held!, signal, body);
  }

  /** Gives the token back, in a second at most; whether that works decides over nothing. */
  async end(): Promise<void> {
    const signal = AbortSignal.timeout(1000);
    await Promise.allSettled(
      this.#own.map((token) => this.request("POST", "auth/token/revoke-self", token, signal, {})),
    );
  }

  /**
   * One request; without a token for a login and for what anybody may ask.
   *
   * @param retryOn default isWorthRetrying, for POST as well: a login may be tried again.
   */
  async request(
    method: "GET" | "POST",
    path: string,
    token: string | undefined,
    signal: AbortSignal,
    body?: unknown,
    retryOn = isWorthRetrying,
  ): Promise<HttpAnswer> {
    const { http, namespace } = this.#of;
    return await http.ask({
      method,
      path: `/v1/${path}`,
      headers: {
        // An agent in between may demand it, so that a browser cannot be made to ask.
        "x-vault-request": "true",
        ...(token === undefined ? {} : { "x-vault-token": token }),
        ...(namespace === undefined ? {} : { "x-vault-namespace": namespace }),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      retryOn,
    }, signal);
  }

  get #method() {
    return this.#of.options.auth ?? "token";
  }

  async #login(signal: AbortSignal): Promise<string> {
    const { name, flavor, options, context, http } = this.#of;
    const method = this.#method;
    const read = (credential: string, what: string, file?: string) =>
      readCredential(name, options, {
        name: credential,
        what,
        variables: credential === "jwt" ? [] : variables(flavor, credential.toUpperCase()),
        file,
      }, context);
    if (method === "token") {
      return await read("token", "token of the server's", TOKEN_FILE);
    }
    const body = method === "approle"
      ? {
        role_id: await read("role_id", "role id for AppRole"),
        secret_id: await read("secret_id", "secret id for AppRole"),
      }
      : {
        role: options.role,
        jwt: await read("jwt", "JWT", method === "kubernetes" ? SERVICE_ACCOUNT_JWT : undefined),
      };
    const mount = trimSlashes(options.auth_mount ?? method);
    const path = `auth/${mount.split("/").map(encodeURIComponent).join("/")}/login`;
    const answer = await this.request("POST", path, undefined, signal, body);
    if (!answer.ok) throw explainVaultRefusal(http, flavor, answer, { method, mount });
    const { auth } = answer.json();
    const token = isObject(auth) ? auth.client_token : undefined;
    if (typeof token !== "string" || !/^[\x21-\x7e]+$/.test(token)) {
      if (isObject(auth) && isObject(auth.mfa_requirement)) {
        throw http.fail("unauthenticated", `auth/${mount} wants a second factor`, {
          hint: "use a role without one: nobody is there to give it",
        });
      }
      throw answer.unexpected("it holds no token");
    }
    context.conceal(token);
    const { lease_duration: lease, token_type: type } = auth as Record<string, unknown>;
    // A batch token has no lease, and cannot be given back.
    const isShort = typeof lease === "number" && lease < SHORT_LEASE_S;
    if (type !== "batch" && !isShort) this.#own.push(token);
    return token;
  }

  /** Whether the server knows the token, as far as the token may ask; asked once for each. */
  #isAlive(token: string, signal: AbortSignal): Promise<boolean> {
    const { http, flavor } = this.#of;
    const asked = this.#alive.get(token) ??
      this.request("GET", "auth/token/lookup-self", token, signal).then((answer) => {
        if (!answer.ok && answer.status !== 403) throw serverFailure(http, flavor, answer);
        return answer.ok;
      });
    this.#alive.set(token, asked);
    return asked;
  }

  #denied(path: string): ProviderFailure {
    const found = `the token's policies do not let it read ${showPlain(path)}, or it is nowhere`;
    return this.#of.http.fail("denied", found, { hint: `${policyFor(path)}; or see "mount"` });
  }

  #badToken(): ProviderFailure {
    const { http, flavor } = this.#of;
    return http.fail(
      "unauthenticated",
      `${http.host} does not take the token: unknown or expired`,
      {
        hint: `get another one with ${PROGRAM[flavor]} login; or write auth: approle`,
      },
    );
  }
}
