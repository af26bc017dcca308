/**
 * What Deno's fetch throws, in words that hold nothing of the request: its own messages quote headers.
 * The cause is only told in the message of the error's `cause` (measured with Deno 2.9.6).
 */
import type { FailureKind } from "./provider.ts";

interface Explained {
  readonly kind: FailureKind;
  /** Completes "… cannot be reached: ". */
  readonly state: string;
  readonly hint: string;
}

const NETWORK = "see that this machine is online; --offline skips the providers that need that";

const CAUSES: readonly (readonly [RegExp, Explained])[] = [
  [/UnknownIssuer|CaUsedAsEndEntity|self.signed/i, {
    kind: "misconfigured",
    state: "nobody that this machine trusts has signed its certificate",
    hint: "name the certificate of the authority that did in ca_file",
  }],
  [/not valid for name|NotValidForName/i, {
    kind: "misconfigured",
    state: "its certificate is for another name",
    hint: 'write "address" with the name that is in the certificate',
  }],
  [/certificate.*expired|Expired/i, {
    kind: "misconfigured",
    state: "its certificate has expired",
    hint: "renew it, or see that the clock of this machine is right",
  }],
  [/certificate_?required|HandshakeFailure|bad_?certificate|CertificateRequired/i, {
    kind: "unauthenticated",
    state: "it wants a client certificate, or another one",
    hint: "name one in client_cert_file and client_key_file",
  }],
  [/certificate|tls|InvalidContentType|corrupt message/i, {
    kind: "misconfigured",
    state: "the TLS handshake failed",
    hint: "see that what listens there speaks TLS, and its certificate",
  }],
  [/dns error|failed to lookup/i, {
    kind: "unreachable",
    state: "its name has no address",
    hint: `see that "address" is spelt right; ${NETWORK}`,
  }],
  // A server that wants a client certificate often closes before its alert about that is read: 97 of
  // 300 connections to an OpenBao (Deno 2.9.6).
  [/connection closed|broken pipe/i, {
    kind: "unreachable",
    state: "it closed the connection",
    hint: "see that the service is up; if it wants a client certificate, name one in " +
      "client_cert_file and client_key_file",
  }],
  [/connection refused|ECONNREFUSED/i, {
    kind: "unreachable",
    state: "nothing listens there",
    hint: 'see that the service is up and "address" has the right port',
  }],
  // https://fetch.spec.whatwg.org/#port-blocking
  [/requests to port \d+ are blocked/i, {
    kind: "misconfigured",
    state: "fetch asks nobody at that port",
    hint: 'see the port in "address"; browsers and Deno refuse this one to every service',
  }],
  [/network is unreachable|no route/i, {
    kind: "unreachable",
    state: "there is no way to it",
    hint: NETWORK,
  }],
];

/** Why a fetch of `url` threw. */
export function explainFetchError(error: unknown, url: URL): Explained {
  const { cause } = error as { cause?: unknown };
  // The words are Deno's alone: in the URL stand names that people gave, such as tls_key.
  const message = `${error instanceof Error ? error.message : ""} ${
    cause instanceof Error ? cause.message : ""
  }`.replaceAll(url.href, "");
  for (const [pattern, explained] of CAUSES) if (pattern.test(message)) return explained;
  if (/Invalid header value/i.test(message)) {
    return {
      kind: "misconfigured",
      state: "a credential holds what no header can",
      hint: "see that the credential is one line of plain text",
    };
  }
  return { kind: "unreachable", state: "the connection broke off", hint: NETWORK };
}
