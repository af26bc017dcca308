/**
 * The backslash-escaped forms of a value: see mask_forms.ts.
 *
 * Pure. JSON as common encoders write it, once and twice; `Deno.inspect` (so console.log of anything
 * but a bare string), and `Deno.inspect` of JSON. Always the inside, without the quotes around it.
 */

/** `Deno.inspect` prints so many characters of a string and then counts the rest (Deno 2.9.6). */
const INSPECT_MAX_CHARS = 10_000;
/** Texts are escaped by so many characters at a time: replacing a million matches needs 100 MB. */
const PART_CHARS = 16_384;

/** Applies `escape`, which looks at single characters, part by part. */
export function inParts(text: string, escape: (part: string) => string): string {
  if (text.length <= PART_CHARS) return escape(text);
  const parts: string[] = [];
  for (let at = 0; at < text.length;) {
    let end = Math.min(text.length, at + PART_CHARS);
    if (/[\ud800-\udbff]$/.test(text.slice(end - 1, end))) end++; // never between surrogates
    parts.push(escape(text.slice(at, end)));
    at = end;
  }
  return parts.join("");
}

/** How JSON encoders differ: what they write as \uXXXX beside control characters, and `\/`. */
interface JsonStyle {
  readonly ascii: "" | "lower" | "upper";
  readonly slash: boolean;
}

const JSON_STYLES: readonly JsonStyle[] = [
  { ascii: "", slash: false }, // JSON.stringify
  { ascii: "lower", slash: false }, // Python's json.dumps
  { ascii: "upper", slash: false },
  { ascii: "", slash: true },
  { ascii: "lower", slash: true }, // PHP's json_encode
  { ascii: "upper", slash: true },
];

function jsonEscape(text: string, style: JsonStyle): string {
  return inParts(text, (part) => jsonEscapePart(part, style));
}

function jsonEscapePart(text: string, style: JsonStyle): string {
  let json = JSON.stringify(text).slice(1, -1);
  if (style.ascii !== "") {
    json = json.replace(
      /[\x7f-\uffff]/g,
      (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"),
    );
    // The digits of control characters too. An even number of backslashes before the u is text.
    if (style.ascii === "upper") {
      json = json.replace(
        /\\(?:u([0-9a-f]{4})|.)/g,
        (all, digits?: string) => digits === undefined ? all : "\\u" + digits.toUpperCase(),
      );
    }
  }
  return style.slash ? json.replaceAll("/", "\\/") : json;
}

const NAMED: Readonly<Record<string, string>> = {
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
};

/**
 * What `Deno.inspect` prints between the quotes. It takes the first of " ' ` that the whole string
 * does not contain, and escapes that one alone (or " if it contains all), so a part of a string has
 * up to four forms: `quote` is the one escaped, "" for none. Node prints hex digits in upper case.
 */
function inspectEscape(text: string, quote: string, upper: boolean): string {
  return inParts(text, (part) => {
    let result = part.replaceAll("\\", "\\\\");
    if (quote !== "") result = result.replaceAll(quote, "\\" + quote);
    // deno-lint-ignore no-control-regex
    return result.replace(/[\x00-\x1f\x7f-\x9f]/g, (c) => {
      const digits = c.charCodeAt(0).toString(16).padStart(2, "0");
      return NAMED[c] ?? "\\x" + (upper ? digits.toUpperCase() : digits);
    });
  });
}

function* inspectForms(text: string, isThorough: boolean): Generator<string> {
  for (const quote of ["", '"', "'", "`"]) {
    if (quote !== "" && !text.includes(quote)) continue;
    yield inspectEscape(text, quote, false);
    if (isThorough) yield inspectEscape(text, quote, true);
  }
}

/** JSON once and twice, `Deno.inspect`, and `Deno.inspect` of JSON. */
export function* escapedForms(piece: string, isThorough: boolean): Generator<string> {
  yield* inspectForms(piece, isThorough);
  if (piece.length > INSPECT_MAX_CHARS) {
    yield* inspectForms(piece.slice(0, INSPECT_MAX_CHARS).toWellFormed(), isThorough);
  }
  const styles = isThorough ? JSON_STYLES : JSON_STYLES.slice(0, 1);
  const once = new Set(styles.map((style) => jsonEscape(piece, style)));
  for (const form of once) {
    yield form;
    yield* inspectForms(form, isThorough);
    for (const style of styles) yield jsonEscape(form, style);
  }
}
