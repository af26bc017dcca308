/**
 * The host's end of the channel: a unix socket that one child dials once.
 *
 * Believes nothing it reads: task code can write raw lines on the socket (a token, once used, proves
 * nothing more), so every rule is checked here, for every line. Lines are taken one at a time: a task
 * that floods waits for its answers, or is ended for what it says without asking for one, and the
 * host's memory holds one line. Who is gone before its answer has asked for nothing any more; what it
 * said that needs none, such as what main returned, still counts.
 */
import { DicodeError } from "../sdk/errors.ts";
import * as protocol from "../sdk/protocol.ts";
import { startTicking } from "../store/timer.ts";
import { invalid, type Params, parseRequest, readThrown } from "./channel_request.ts";

/** After so many lines that mean nothing the run is ended: nothing honest sends them. */
const BAD_LINES_LIMIT = 100;
/** How long, in all, the other end is waited for once the child has ended. */
const DRAIN_GRACE_MS = 500;
/** More than a socket holds: what comes after so much was not sent by the child. */
const DRAIN_BYTES = 1024 * 1024;

/** What the channel may do for the task. Every promise settles once it is done, or refuses. */
export interface ChannelHandlers {
  readonly secretsSet: (key: string, value: string) => Promise<void>;
  readonly secretsDelete: (key: string) => Promise<void>;
  /** `value` is undefined where main returned undefined. */
  readonly returned: (value: unknown) => void;
  readonly thrown: (thrown: protocol.Thrown) => void;
  /** The task sent what nothing honest sends: the run is to be ended, for this reason. */
  readonly abused: (reason: string) => void;
}

export class Channel implements AsyncDisposable {
  readonly #listener: Deno.UnixListener;
  readonly #path: string;
  readonly #token: string;
  readonly #handlers: ChannelHandlers;
  #conn: Deno.UnixConn | undefined;
  #served: Promise<void> = Promise.resolve();
  #badLines = 0;
  #greeted = false;
  /** Whether an answer could not be given any more. */
  #isGone = false;
  #settled = false;
  /** Whether it is the other end that keeps us waiting. */
  #waiting = false;
  #draining = false;
  #broken: unknown;

  /**
   * Listens on a socket in a folder of mode 0700.
   *
   * @param path at most 107 bytes (the kernel's limit for a socket's name).
   * @param listener where somebody listens there already.
   */
  constructor(
    path: string,
    token: string,
    handlers: ChannelHandlers,
    listener = Deno.listen({ transport: "unix", path }),
  ) {
    this.#path = path;
    this.#token = token;
    this.#handlers = handlers;
    this.#listener = listener;
    this.#served = this.#serve();
  }

  /** Whether the child said hello with the right token. */
  get greeted(): boolean {
    return this.#greeted;
  }

  /**
   * Waits until all that the child sent has been carried out; to be called after its end. A process
   * that the child left behind may hold the socket: it is not waited for.
   *
   * @throws what a handler threw that is no refusal: a bug.
   */
  async drain(): Promise<void> {
    if (!this.#conn) this.#closeListener();
    this.#draining = true;
    let graceMs = DRAIN_GRACE_MS;
    const stop = startTicking(DRAIN_GRACE_MS / 10, () => {
      if (this.#waiting) graceMs -= DRAIN_GRACE_MS / 10;
      if (graceMs < 0) this.#closeConn();
    });
    await this.#served;
    stop();
    if (this.#broken !== undefined) throw this.#broken;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closeListener();
    this.#closeConn();
    await this.#served;
  }

  async #serve(): Promise<void> {
    try {
      this.#conn = await this.#listener.accept();
    } catch {
      return; // closed before anybody dialled
    }
    this.#closeListener();
    try {
      const received = this.#receive(this.#conn);
      for await (const line of protocol.readLines(received, protocol.MAX_LINE_BYTES)) {
        if (!await this.#take(line)) break;
      }
    } catch (error) {
      if (error instanceof RangeError) this.#handlers.abused("a line of over 8 MiB on its channel");
      // Anything else is the child's end of the socket going away.
    }
    this.#closeConn();
  }

  async *#receive(conn: Deno.UnixConn): AsyncGenerator<Uint8Array> {
    const buffer = new Uint8Array(64 * 1024);
    for (let lateBytes = 0; lateBytes < DRAIN_BYTES;) {
      const count = await this.#waitFor(conn.read(buffer));
      if (count === null) return;
      if (this.#draining) lateBytes += count;
      yield buffer.subarray(0, count);
    }
  }

  async #waitFor<T>(other: Promise<T>): Promise<T> {
    this.#waiting = true;
    return await other.finally(() => this.#waiting = false);
  }

  /** Takes one line; false if the run is to be ended. */
  async #take(line: Uint8Array): Promise<boolean> {
    const request = parseRequest(line);
    if ("error" in request) {
      if (!this.#bearsBadLine()) return false;
      await this.#answer({ jsonrpc: "2.0", id: null, error: request.error });
      return true;
    }
    const { id, method, params } = request;
    // SECURITY: nobody but our bootstrap knows the token, and it speaks first
    // (tests/e2e/channel_test.ts).
    if (!this.#greeted) {
      if (method !== "hello" || params.token !== this.#token) {
        this.#handlers.abused("no greeting on its channel");
        return false;
      }
      this.#greeted = true;
      if (id !== undefined) await this.#answer({ jsonrpc: "2.0", id, result: null });
      return true;
    }
    if (id === undefined) return !await this.#carryOut(method, params) || this.#bearsBadLine();
    // SECURITY: or a task that has been ended would go on writing (tests/e2e/channel_test.ts).
    if (this.#isGone) return true;
    const error = await this.#carryOut(method, params);
    await this.#answer({ jsonrpc: "2.0", id, ...(error ? { error } : { result: null }) });
    return true;
  }

  /** Counts a line that nothing honest sends; false if the run is to be ended for it. */
  #bearsBadLine(): boolean {
    this.#badLines++;
    if (this.#badLines <= BAD_LINES_LIMIT && this.#greeted) return true;
    this.#handlers.abused("lines on its channel that are no requests");
    return false;
  }

  async #carryOut(method: string, params: Params): Promise<protocol.ResponseError | undefined> {
    const { key, value } = params;
    try {
      switch (method) {
        case "secrets_set":
          if (typeof key !== "string") return invalid("cannot set a secret: the key is no text");
          if (typeof value !== "string") {
            return invalid("cannot set a secret: the value is no text");
          }
          return void await this.#handlers.secretsSet(key, value);
        case "secrets_delete":
          if (typeof key !== "string") return invalid("cannot delete a secret: the key is no text");
          return void await this.#handlers.secretsDelete(key);
        case "return":
          if (this.#settled) return invalid("main has settled already");
          this.#settled = true;
          return void this.#handlers.returned(value);
        case "throw":
          if (this.#settled) return invalid("main has settled already");
          this.#settled = true;
          return void this.#handlers.thrown(readThrown(params));
        default:
          return { code: protocol.RPC_METHOD_NOT_FOUND, message: "there is no such method" };
      }
    } catch (error) {
      if (!(error instanceof DicodeError)) {
        this.#broken ??= error;
        return { code: protocol.RPC_INTERNAL, message: "a bug in dicode" };
      }
      const hint = error.hint === undefined ? "" : ` (${error.hint})`;
      return {
        code: protocol.RPC_REFUSED,
        message: error.message + hint,
        data: { code: error.code },
      };
    }
  }

  async #answer(response: protocol.Response): Promise<void> {
    if (this.#isGone) return;
    const line = protocol.encodeLine(response);
    try {
      for (let at = 0; at < line.length;) {
        at += await this.#waitFor(this.#conn!.write(line.subarray(at)));
      }
    } catch {
      this.#isGone = true;
    }
  }

  #closeConn(): void {
    try {
      this.#conn?.close();
    } catch {
      // closed already
    }
  }

  #closeListener(): void {
    try {
      this.#listener.close();
      Deno.removeSync(this.#path);
    } catch {
      // closed already
    }
  }
}
