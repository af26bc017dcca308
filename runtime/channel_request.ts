/** What a child may send on its channel: a line of JSON-RPC, read without trust. */
import * as protocol from "../sdk/protocol.ts";

const NOTIFIED: readonly string[] = protocol.NOTIFIED;

export type Params = Readonly<Record<string, unknown>>;
type ParsedRequest =
  | { readonly id: number | undefined; readonly method: string; readonly params: Params }
  | { readonly error: protocol.ResponseError };

/**
 * A line as a request or a notification, which has no id, or what is wrong with it (JSON-RPC 2.0,
 * sections 4, 4.1 and 5.1).
 */
export function parseRequest(line: Uint8Array): ParsedRequest {
  let message: unknown;
  try {
    message = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(line));
  } catch {
    return { error: { code: protocol.RPC_PARSE_ERROR, message: "a line that is not JSON" } };
  }
  const { jsonrpc, id, method, params = {} } = Object(message) as Record<string, unknown>;
  if (
    jsonrpc !== "2.0" || typeof method !== "string" ||
    typeof params !== "object" || params === null || Array.isArray(params) ||
    // 1e999 is read as infinite, which no answer can give back.
    !(Number.isFinite(id) || id === undefined && NOTIFIED.includes(method))
  ) {
    return { error: { code: protocol.RPC_INVALID_REQUEST, message: "a message of another shape" } };
  }
  return { id: id as number | undefined, method, params: params as Params };
}

/** The answer to a request whose parameters mean nothing. */
export function invalid(message: string): protocol.ResponseError {
  return { code: protocol.RPC_INVALID_PARAMS, message, data: { code: "usage" } };
}

/** Of a thrown error, the texts; what is no text becomes none. */
export function readThrown(params: Params): protocol.Thrown {
  const text = (value: unknown) => typeof value === "string" ? value : "";
  return {
    name: text(params.name) || "Error",
    message: text(params.message),
    stack: text(params.stack),
  };
}
