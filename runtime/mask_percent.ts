/**
 * The percent-encoded forms of a value: see mask_forms.ts.
 *
 * Pure. Every encoder is a set of bytes that it replaces; what `new URL` prints also drops tabs and
 * line ends, and changes its set at `?` and `#`. Hex digits in both cases. The sets are the encoders'
 * of Deno 2.9.6, checked against them by the tests, and those of RFC 3986 that other programs use.
 */

import { inParts } from "./mask_escapes.ts";

interface Encoder {
  /** The bytes that become %XX. */
  readonly replaced: RegExp;
  /** A space becomes `+`. */
  readonly plus?: boolean;
}

const ENCODERS = {
  component: { replaced: /[^A-Za-z0-9\-_.!~*'()]/g },
  // encodeURIComponent, put into a URL, where a quote is replaced as well
  componentInUrl: { replaced: /[^A-Za-z0-9\-_.!~*()]/g },
  form: { replaced: /[^A-Za-z0-9*\-._ ]/g, plus: true },
  // RFC 3986, section 2.3: unreserved bytes only; Python's quote keeps the slash
  strict: { replaced: /[^A-Za-z0-9\-._~]/g },
  strictForm: { replaced: /[^A-Za-z0-9\-._~ ]/g, plus: true },
  quote: { replaced: /[^A-Za-z0-9\-._~/]/g },
  uri: { replaced: /[^A-Za-z0-9;,/?:@&=+$\-_.!~*'()#]/g },
  // WHATWG URL, section 1.3
  // deno-lint-ignore no-control-regex
  query: { replaced: /[\x00-\x20"#<>\x7f-\xff]/g },
  // deno-lint-ignore no-control-regex
  specialQuery: { replaced: /[\x00-\x20"#<>'\x7f-\xff]/g },
  // deno-lint-ignore no-control-regex
  fragment: { replaced: /[\x00-\x20"<>`\x7f-\xff]/g },
  // deno-lint-ignore no-control-regex
  path: { replaced: /[\x00-\x20"#<>?`{}\x7f-\xff]/g },
  // deno-lint-ignore no-control-regex
  opaque: { replaced: /[\x00-\x1f\x7f-\xff]/g },
  // deno-lint-ignore no-control-regex
  user: { replaced: /[\x00-\x20"#/:;<=>?@[\\\]^`{|}\x7f-\xff]/g },
} as const satisfies Record<string, Encoder>;

const CONTRACT: Encoder[] = [
  ENCODERS.component,
  ENCODERS.componentInUrl,
  ENCODERS.form,
  ENCODERS.specialQuery,
  ENCODERS.path,
  ENCODERS.user,
];

const hex = (byte: number) => byte.toString(16).padStart(2, "0");
const LOWER = Array.from({ length: 256 }, (_, byte) => "%" + hex(byte));
const UPPER = LOWER.map((text) => text.toUpperCase());

/**
 * Every percent-encoded form of some UTF-8 bytes (one character a byte), with repetitions.
 *
 * @param isThorough false leaves out what the contract does not name, for values that are very long.
 */
export function* percentForms(bytes: string, isThorough: boolean): Generator<string> {
  const encoders: Encoder[] = isThorough ? Object.values(ENCODERS) : CONTRACT;
  const alphabet = [...new Set(bytes)].join("");
  const seen = new Set<string>();
  for (const table of [UPPER, LOWER]) {
    for (const encoder of encoders) {
      // What two encoders make of the characters of a value is what they make of the value.
      const sample = encode(encoder, table, alphabet);
      if (seen.has(sample)) continue;
      seen.add(sample);
      yield encode(encoder, table, bytes);
    }
    yield* userForms(bytes.replace(/[\t\n\r]/g, ""), table);
    if (/[\t\n\r\\?#]/.test(bytes)) yield* urlForms(bytes.replace(/[\t\n\r]/g, ""), table);
  }
}

/** A user name with a password: the first colon stays, but one with nothing after it goes. */
function* userForms(written: string, table: readonly string[]): Generator<string> {
  const colon = written.indexOf(":");
  if (colon < 0) return;
  const name = encode(ENCODERS.user, table, written.slice(0, colon));
  const password = encode(ENCODERS.user, table, written.slice(colon + 1));
  yield password === "" ? name : `${name}:${password}`;
}

/** A value in the text of a URL: where a part of the URL ends, its encoder does. */
function* urlForms(written: string, table: readonly string[]): Generator<string> {
  for (const query of [ENCODERS.specialQuery, ENCODERS.query]) {
    const fromQuery = (text: string) => {
      const [before, rest] = cut(text, text.indexOf("#"));
      return encode(query, table, before) + encode(ENCODERS.fragment, table, rest);
    };
    yield fromQuery(written);
    yield encode(query, table, written); // set on its own, where # ends nothing
    const [path, rest] = cut(written, written.search(/[?#]/));
    for (const slashed of [path.replaceAll("\\", "/"), path]) {
      yield encode(ENCODERS.path, table, slashed) + fromQuery(rest);
    }
  }
  yield encode(ENCODERS.fragment, table, written);
  yield encode(ENCODERS.user, table, written);
  yield encode(ENCODERS.path, table, written.replaceAll("\\", "/"));
}

function encode({ replaced, plus }: Encoder, table: readonly string[], text: string): string {
  return inParts(text, (part) => {
    const encoded = part.replace(replaced, (c) => table[c.charCodeAt(0)]!);
    return plus ? encoded.replaceAll(" ", "+") : encoded;
  });
}

/** A text in two, the second from `at` on; all in the first if `at` is -1. */
function cut(text: string, at: number): [string, string] {
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at)];
}
