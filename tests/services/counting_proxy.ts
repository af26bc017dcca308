/** Stands before a server, passes everything on, and counts: requests by path, and most in flight. */

export class CountingProxy implements AsyncDisposable {
  /** `METHOD /path` of each request, in order. */
  readonly asked: string[] = [];
  mostInFlight = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  #inFlight = 0;

  /** @param target the address of the server, without a slash at its end. */
  constructor(target: string) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      async (request) => {
        const { pathname, search } = new URL(request.url);
        this.asked.push(`${request.method} ${pathname}`);
        this.mostInFlight = Math.max(this.mostInFlight, ++this.#inFlight);
        try {
          const headers = new Headers(request.headers);
          headers.delete("host");
          const body = request.method === "GET" ? undefined : await request.text();
          const url = target + pathname + search;
          return await fetch(url, { method: request.method, headers, body, redirect: "manual" });
        } finally {
          this.#inFlight--;
        }
      },
    );
  }

  get address(): string {
    return `http://127.0.0.1:${this.#server.addr.port}`;
  }

  /** How many requests begin with this. */
  count(beginning: string): number {
    return this.asked.filter((each) => each.startsWith(beginning)).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
