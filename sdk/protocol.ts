/**
 * What the two sides of the sandbox say to each other: types, limits, encode, decode.
 *
 * Host to child, on stdin: two JSON lines (Dial, Init), then end of file. Child to host, on a unix socket:
 * JSON-RPC 2.0, one message a line; the host answers each that has an id. Nothing on the wire reads a
 * secret back, and no answer tells whether a key existed. The host believes nothing it reads here:
 * task code can write raw lines on the socket.
 */

/** The longest line on the channel, in bytes: a 1 MiB value escapes to at most 6 MiB of JSON. */
export const MAX_LINE_BYTES = 8 * 1024 * 1024;

/** The first line: what the child can do before the host knows all that it is to be told. */
export interface Dial {
  /** Path of the channel's socket. */
  readonly socket: string;
}

/** The init line: all that the child is told. */
export interface Init {
  /** Declared variables, to be set before the task's modules load. */
  readonly variables: Readonly<Record<string, string>>;
  readonly params: Readonly<Record<string, string>>;
  readonly input: unknown;
  /** One-time token that opens the channel. */
  readonly token: string;
  /**
   * Whether main's end waits for an answer: where the run's processes are counted, or one that is over
   * its limit could be gone before the host has looked (tests/e2e/limits_test.ts).
   */
  readonly isWatched: boolean;
  readonly taskId: string;
  readonly runId: string;
}

/** What the child may say. */
export interface Requests {
  hello: { readonly token: string };
  secrets_set: { readonly key: string; readonly value: string };
  secrets_delete: { readonly key: string };
  /** `main` settled; `value` is absent where it returned undefined. */
  return: { readonly value?: unknown };
  /** `main` threw, or could not be called. */
  throw: Thrown;
}

/** What may be said without an id: a notification (JSON-RPC 2.0, section 4.1), which gets no answer. */
export const NOTIFIED = ["hello", "return", "throw"] as const;
export type Notified = typeof NOTIFIED[number];

/** An error of the task, as text. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack?: string;
}

/** A request as the child writes it. */
export interface Request {
  readonly jsonrpc: "2.0";
  /** Absent from a notification. */
  readonly id?: number;
  readonly method: string;
  readonly params: unknown;
}

/** An answer as the host writes it: `error` is absent where the request was carried out. */
export interface Response {
  readonly jsonrpc: "2.0";
  readonly id: number | null;
  readonly result?: null;
  readonly error?: ResponseError;
}

export interface ResponseError {
  /** A JSON-RPC code: -32700 to -32600 for the protocol, -32000 for a refusal. */
  readonly code: number;
  readonly message: string;
  readonly data?: { readonly code: string };
}

/** JSON-RPC 2.0, section 5.1. */
export const RPC_PARSE_ERROR = -32700;
export const RPC_INVALID_REQUEST = -32600;
export const RPC_METHOD_NOT_FOUND = -32601;
export const RPC_INVALID_PARAMS = -32602;
export const RPC_INTERNAL = -32603;
export const RPC_REFUSED = -32000;

/** A buffer of up to so many bytes is kept from one line to the next. */
const KEPT_BYTES = 64 * 1024;

const encoder = new TextEncoder();

/** One message as one line of UTF-8. */
export function encodeLine(message: Dial | Init | Request | Response): Uint8Array<ArrayBuffer> {
  return encoder.encode(JSON.stringify(message) + "\n");
}

/**
 * Cuts a stream of bytes into lines of at most `maxBytes`; a longer line ends the stream.
 *
 * Memory is bounded by one line. Bytes after the last line feed are dropped: a message that was not
 * finished was not sent.
 *
 * @throws {RangeError} if a line is longer than `maxBytes`.
 */
export async function* readLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  // One buffer, not a list of pieces: of one-byte pieces, 8 MiB would take 4 GB.
  let held = new Uint8Array(0);
  let heldBytes = 0;
  for await (const chunk of chunks) {
    let start = 0;
    for (;;) {
      const end = chunk.indexOf(10, start);
      const part = chunk.subarray(start, end === -1 ? chunk.length : end);
      if (heldBytes + part.length > maxBytes) {
        throw new RangeError(`a line is longer than ${maxBytes} bytes`);
      }
      if (heldBytes + part.length > held.length) held = grow(held, heldBytes + part.length);
      held.set(part, heldBytes);
      heldBytes += part.length;
      if (end === -1) break;
      yield held.slice(0, heldBytes);
      if (held.length > KEPT_BYTES) held = new Uint8Array(0);
      heldBytes = 0;
      start = end + 1;
    }
  }
}

function grow(buffer: Uint8Array, needed: number): Uint8Array<ArrayBuffer> {
  const grown = new Uint8Array(Math.max(needed, 2 * buffer.length));
  grown.set(buffer);
  return grown;
}
