/**
 * A server on loopback that fakes of services are made of: it counts what is asked, and answers
 * wrongly on demand.
 */

/** What is answered instead of the real answer. */
export interface Fault {
  /** Which requests, by path and query; all, if absent. */
  readonly on?: RegExp;
  /** How many of them; default all. */
  readonly times?: number;
  /** With neither status nor body the real answer comes, after the delay. */
  readonly status?: number;
  /** Beside `content-type: application/json`, which they may replace. */
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds before the answer. */
  readonly delayMs?: number;
}

/** A request as the server saw it. */
export interface Seen {
  /** `GET /v3/secrets?…` */
  readonly line: string;
  readonly headers: Headers;
  readonly status: number;
}

/** Certificate and key as PEM texts, to serve https. */
export interface Tls {
  readonly cert: string;
  readonly key: string;
}

/** The running server; gone when the test ends. */
export class FaultyServer implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #scheme: string;
  readonly #faults: { readonly fault: Fault; left: number }[] = [];
  readonly #ended = new AbortController();
  #inFlight = 0;

  /** Each request that was answered, in order. */
  readonly seen: Seen[] = [];
  /** The most requests that were being answered at one time. */
  mostInFlight = 0;

  /** @param real answers where no fault does. */
  constructor(real: (request: Request) => Response | Promise<Response>, tls?: Tls) {
    this.#scheme = tls === undefined ? "http" : "https";
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
      ...tls,
    }, (request) => this.#answer(request, real));
  }

  /** Where it listens, without a path. */
  get address(): string {
    return `${this.#scheme}://127.0.0.1:${this.#server.addr.port}`;
  }

  /** The paths that were asked for, without their queries. */
  get paths(): string[] {
    return this.seen.map(({ line }) => line.split(" ")[1]!.split("?")[0]!);
  }

  /** Answers so from now on, until `times` is used up; the first fault that fits wins. */
  fail(fault: Fault): void {
    this.#faults.push({ fault, left: fault.times ?? Infinity });
  }

  async #answer(
    request: Request,
    real: (request: Request) => Response | Promise<Response>,
  ): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    this.#inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight);
    try {
      const response = await this.#faulty(`${pathname}${search}`) ?? await real(request);
      this.seen.push({
        line: `${request.method} ${pathname}${search}`,
        headers: request.headers,
        status: response.status,
      });
      return response;
    } finally {
      this.#inFlight -= 1;
    }
  }

  async #faulty(place: string): Promise<Response | undefined> {
    const entry = this.#faults.find(({ fault, left }) =>
      left > 0 && (fault.on?.test(place) ?? true)
    );
    if (entry === undefined) return undefined;
    entry.left -= 1;
    const { status, headers, body, delayMs } = entry.fault;
    if (delayMs !== undefined) await this.#wait(delayMs);
    if (status === undefined && body === undefined) return undefined;
    return new Response(body ?? null, {
      status: status ?? 200,
      headers: { "content-type": "application/json", ...headers },
    });
  }

  /** Waits, or less if the server ends. */
  async #wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#ended.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#server.shutdown();
  }
}
