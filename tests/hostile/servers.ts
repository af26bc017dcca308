/** What listens around a hostile task, on loopback and on unix sockets: all that arrives is kept. */

/** A listener that nobody may reach: that someone connects is enough. */
export class Trap implements Disposable {
  readonly seen: string[] = [];

  private constructor(
    readonly name: string,
    readonly address: string,
    private readonly listener: Deno.Listener<Deno.Conn>,
  ) {
    this.#serve();
  }

  static onPort(): Trap {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    return new Trap("the server", `127.0.0.1:${listener.addr.port}`, listener);
  }

  /** At a path, or at an abstract name if it begins with NUL. */
  static onSocket(path: string): Trap {
    return new Trap("the socket", path, Deno.listen({ transport: "unix", path }));
  }

  async #serve(): Promise<void> {
    for await (const conn of this.listener) {
      this.seen.push(`a connection to ${this.name}`);
      this.#answer(conn).catch(() => {});
    }
  }

  async #answer(conn: Deno.Conn): Promise<void> {
    using _closing = conn;
    const buffer = new Uint8Array(4096);
    const count = await conn.read(buffer) ?? 0;
    const said = new TextDecoder().decode(buffer.subarray(0, count)).split("\r\n")[0]!;
    this.seen.push(`${this.name} got ${JSON.stringify(said)}`);
    await conn.write(new TextEncoder().encode(
      "HTTP/1.1 200 OK\r\ncontent-length: 7\r\nconnection: close\r\n\r\nESCAPED",
    ));
  }

  [Symbol.dispose](): void {
    this.listener.close();
  }
}

/** A server that a task may have been granted: serves files, and `/away` leads to `elsewhere`. */
export class Pages implements AsyncDisposable {
  /** Paths with their queries, in the order in which they were asked for. */
  readonly asked: string[] = [];
  readonly files = new Map<string, string | Uint8Array<ArrayBuffer>>();
  readonly address: string;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;

  constructor(elsewhere: string) {
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => {
        const { pathname, search } = new URL(request.url);
        this.asked.push(pathname + search);
        if (pathname === "/away") return Response.redirect(`http://${elsewhere}/`);
        const type = /\.[jt]s$/.test(pathname) ? "application/typescript" : "text/plain";
        return new Response(this.files.get(pathname) ?? "page", {
          headers: { "content-type": type },
        });
      },
    );
    this.address = `127.0.0.1:${this.#server.addr.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
