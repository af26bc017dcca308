/**
 * HTTP for providers: one host, JSON answers of at most 1 MiB, retries inside the time limit, and
 * failures that say what to do.
 *
 * What Deno's own errors say is never shown: an invalid header is quoted in one, token and all.
 */
import { pause, timeLeft } from "./deadline.ts";
import { type FailureKind, ProviderFailure } from "./provider.ts";
import { quoteWhole } from "./quote.ts";
import { explainFetchError } from "./http_errors.ts";
import { HttpAnswer, MOST_BYTES, readBody } from "./http_answer.ts";
import { isLoopback } from "./loopback.ts";
import { openClient, type TlsFiles } from "./http_tls.ts";

/** What a Http is made of. */
export interface HttpOptions extends TlsFiles {
  /** The provider's name, for failures. */
  readonly provider: string;
  /** The service: scheme, host, and a path before all others; as the option `address`. */
  readonly address: string;
  /** Whether plain HTTP may leave this machine. Default false. */
  readonly insecureHttp?: boolean;
  /** How often a request is tried again. Default 2. */
  readonly retries?: number;
}

/** One request. */
export interface HttpRequest {
  /** Default GET. */
  readonly method?: "GET" | "POST" | "PUT";
  /** What follows the address, beginning with `/`; its segments encoded. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is. */
  readonly body?: string;
  /** Whether an answer is to be asked for again. Default: isPassing, for GET alone. */
  readonly retryOn?: (answer: HttpAnswer) => boolean;
}

/** The first wait before a request is tried again; each further one is twice as long. */
const FIRST_WAIT_MS = 250;

/** Whether an answer may be another a moment later: 429, 500, 502, 503, 504. */
export function isPassing(answer: HttpAnswer): boolean {
  return [429, 500, 502, 503, 504].includes(answer.status);
}

/** Requests to one service. Dispose of it when the provider has answered. */
export class Http implements Disposable {
  readonly #options: HttpOptions;
  readonly #base: URL;
  #client: Deno.HttpClient | undefined;

  /**
   * Opens nothing yet.
   *
   * @throws {ProviderFailure} misconfigured: plain HTTP beyond this machine, more than an address.
   */
  constructor(options: HttpOptions) {
    this.#options = options;
    this.#base = new URL(options.address);
    // dicode.yaml was checked; an address may be a variable's as well.
    const { username, password, search, hash } = this.#base;
    if (username || password || search || hash) {
      const found = "the address holds a user, a password, a query or a fragment";
      throw this.fail("misconfigured", found, {
        hint: "remove it, and keep scheme, host and path",
      });
    }
    // SECURITY: a token in plain HTTP is anybody's (tests/unit/store/http_test.ts).
    if (this.#base.protocol === "http:" && !isLoopback(this.#base) && !options.insecureHttp) {
      throw this.fail("misconfigured", `"address" is plain HTTP to ${this.host}`, {
        hint: "write https://; or insecure_http: true, and whoever is between reads along",
      });
    }
  }

  /** The service's host and port, for messages. */
  get host(): string {
    return this.#base.host;
  }

  /**
   * Asks, and asks again where that may help and time is left.
   *
   * @returns the last answer, whatever its status.
   * @throws {ProviderFailure} unreachable, misconfigured (certificates), bad_answer (a redirect
   *   elsewhere, a body that is too large or breaks off); the signal's reason.
   */
  async ask(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const { retries = 2 } = this.#options;
    const retryOn = request.retryOn ??
      ((answer) => (request.method ?? "GET") === "GET" && isPassing(answer));
    for (let tried = 0;; tried++) {
      let failure: ProviderFailure | undefined;
      let answer: HttpAnswer | undefined;
      try {
        answer = await this.#askOnce(request, signal);
        if (tried >= retries || !retryOn(answer)) return answer;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof ProviderFailure)) throw error;
        if (tried >= retries || error.kind !== "unreachable") throw error;
        failure = error;
      }
      const backoff = FIRST_WAIT_MS * 2 ** tried * (0.5 + Math.random() / 2);
      const wait = answer?.retryAfterMs ?? backoff;
      if (wait >= timeLeft(signal)) {
        if (failure !== undefined) throw failure;
        return answer!;
      }
      await pause(wait, signal);
    }
  }

  /** Asks, and takes any answer but one of 200 to 299 for a failure. */
  async read(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    const answer = await this.ask(request, signal);
    if (!answer.ok) throw this.failureOf(answer);
    return answer;
  }

  /** A failure of this provider's. */
  fail(kind: FailureKind, found: string, options: { readonly hint?: string } = {}) {
    return new ProviderFailure(this.#options.provider, kind, found, options);
  }

  /**
   * The failure that a status means where the service itself says no more.
   *
   * @param detail what the service says, if it may be shown; on one line, at most 200 characters.
   */
  failureOf(answer: HttpAnswer, detail?: string, hint?: string): ProviderFailure {
    const { status } = answer;
    const [kind, cure] = MEANINGS[status] ??
      (status >= 500 ? ["unreachable", DOWN] as const : ["bad_answer", WRONG_ADDRESS] as const);
    // A page of a proxy's is not the service's word.
    const said = detail === undefined
      ? ""
      : `: ${quoteWhole(detail.replace(/\s+/g, " ").trim().slice(0, 200))}`;
    const wait = answer.retryAfterMs;
    const later = status === 429 && wait !== undefined
      ? `, and wants to be asked again in ${Math.ceil(wait / 1000)} s`
      : "";
    return this.fail(kind, `${this.host} answered ${status}${later}${said}`, {
      hint: hint ?? cure,
    });
  }

  /** Closes what it opened. */
  [Symbol.dispose](): void {
    this.#client?.close();
    this.#client = undefined;
  }

  async #askOnce(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer> {
    let url = new URL(this.#base.href.replace(/\/$/, "") + request.path);
    // SECURITY: HTTP_PROXY is obeyed for this machine too, and whoever it names would read the token
    // (tests/e2e/providers_test.ts).
    const direct = url.protocol === "http:" && isLoopback(url) ? url : undefined;
    this.#client ??= await openClient(
      this.#options,
      direct,
      (state, hint) => this.fail("misconfigured", state, { hint }),
    );
    for (let hop = 0;; hop++) {
      const response = await this.#fetch(url, request, signal);
      const location = response.headers.get("location");
      if (response.status < 300 || response.status > 399 || location === null) {
        return await this.#readAnswer(response, signal);
      }
      await response.body?.cancel();
      const to = URL.parse(location, url);
      // SECURITY: fetch sends all headers but Authorization along, to whomever
      // (tests/unit/store/http_test.ts).
      if (to?.origin !== url.origin || hop > 0 || ![307, 308].includes(response.status)) {
        const where = to === null || to.origin === url.origin ? "" : ` to ${quoteWhole(to.host)}`;
        const found = `${this.host} answered ${response.status}, a redirect${where}`;
        throw this.fail("bad_answer", found, {
          hint: 'if that is right, write it as "address"; a redirect elsewhere is never followed',
        });
      }
      url = to;
    }
  }

  async #fetch(url: URL, request: HttpRequest, signal: AbortSignal): Promise<Response> {
    const { method = "GET", headers, body } = request;
    try {
      return await fetch(url, {
        method,
        headers: { accept: "application/json", ...headers },
        body,
        redirect: "manual",
        signal,
        client: this.#client,
      });
    } catch (error) {
      signal.throwIfAborted();
      const { kind, state, hint } = explainFetchError(error, url);
      throw this.fail(kind, `${this.host} cannot be reached: ${state}`, { hint });
    }
  }

  async #readAnswer(response: Response, signal: AbortSignal): Promise<HttpAnswer> {
    const body = await readBody(response).catch(() => {
      signal.throwIfAborted();
      throw this.fail("unreachable", `${this.host} broke off its answer`, { hint: DOWN });
    });
    if (body === undefined) {
      const found = `${this.host} answered more than ${MOST_BYTES / 1024 / 1024} MiB`;
      throw this.fail("bad_answer", found, { hint: WRONG_ADDRESS });
    }
    return new HttpAnswer(
      response.status,
      response.headers,
      body,
      (state) =>
        this.fail("bad_answer", `${this.host} answered ${response.status}, and ${state}`, {
          hint: response.status >= 500 ? DOWN : WRONG_ADDRESS,
        }),
    );
  }
}

const DOWN = "try again; if it stays so, see that the service is up";
const WRONG_ADDRESS = 'see that "address" is right, and what answers there';

const MEANINGS: Readonly<Record<number, readonly [FailureKind, hint: string]>> = {
  401: ["unauthenticated", "see that the credential is right and has not expired"],
  403: ["denied", "give the credential the right to read this secret"],
  407: ["unreachable", "see HTTPS_PROXY and its user"],
  429: ["rate_limited", "try again later, or ask for fewer secrets"],
};
