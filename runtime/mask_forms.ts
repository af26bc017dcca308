/**
 * From a value that must not be seen to the byte patterns that would show it.
 *
 * Pure. A pattern is a string with one character a byte. The value itself is a pattern at any length;
 * from DERIVE_MIN_BYTES on come the forms in which programs commonly print it: escaped in JSON and by
 * `Deno.inspect`, percent-encoded, hex, base64; and each line of it, in all those forms.
 * `docs/reference/masking.md` lists them and what is not caught.
 */
import { escapedForms } from "./mask_escapes.ts";
import { percentForms } from "./mask_percent.ts";

/** Below this a derived form would be so short that it hits common output. */
export const DERIVE_MIN_BYTES = 8;
/** The longest pattern. A longer form is hidden block by block. */
export const BLOCK_BYTES = 1024;
/** By so much do two blocks overlap. */
const BLOCK_OVERLAP_BYTES = 16;
/** Over this, forms that only other languages' encoders print, and only mixed, are left out. */
const THOROUGH_MAX_CHARS = 64 * 1024;

/** What no encoder escapes: most tokens. */
const UNESCAPED = /^[A-Za-z0-9\-._]*$/;

/** The patterns that hide a value; none for the empty string. */
export function buildPatterns(value: string): Set<string> {
  const whole = value.toWellFormed();
  const patterns = buildPlainPatterns(whole);
  if (utf8(whole).length < DERIVE_MIN_BYTES) return patterns;
  for (const piece of piecesOf(whole)) addForms(patterns, piece);
  return patterns;
}

/** The patterns that hide a value as it is, and in no other form. */
export function buildPlainPatterns(value: string): Set<string> {
  const patterns = new Set<string>();
  addForm(patterns, value.toWellFormed());
  return patterns;
}

/** The value, what a URL leaves of its ends, and its lines where they are long enough. */
function* piecesOf(value: string): Generator<string> {
  yield value;
  // deno-lint-ignore no-control-regex
  const trimmed = value.replace(/^[\x00-\x20]+|[\x00-\x20]+$/g, "");
  if (trimmed !== value && utf8(trimmed).length >= DERIVE_MIN_BYTES) yield trimmed;
  if (!value.includes("\n")) return;
  for (const line of value.split("\n")) {
    const piece = line.endsWith("\r") ? line.slice(0, -1) : line;
    if (utf8(piece).length >= DERIVE_MIN_BYTES) yield piece;
  }
}

function addForms(patterns: Set<string>, piece: string): void {
  const bytes = utf8(piece);
  addForm(patterns, piece);
  if (!UNESCAPED.test(bytes)) {
    const isThorough = piece.length <= THOROUGH_MAX_CHARS;
    for (const form of escapedForms(piece, isThorough)) addForm(patterns, form);
    for (const form of percentForms(bytes, isThorough)) addForm(patterns, form);
    if (URL.canParse(piece)) addForm(patterns, new URL(piece).href);
  }
  const hex = bytesOf(bytes).toHex();
  addForm(patterns, hex);
  addForm(patterns, hex.toUpperCase());
  for (const core of base64Cores(bytes)) addForm(patterns, core);
}

/** Adds a form, in blocks if it is long. `whole` is the value itself, which may be short. */
function addForm(patterns: Set<string>, form: string): void {
  const bytes = utf8(form);
  if (bytes.length === 0) return;
  const step = BLOCK_BYTES - BLOCK_OVERLAP_BYTES;
  let at = 0;
  for (; bytes.length - at > BLOCK_BYTES; at += step) {
    patterns.add(bytes.slice(at, at + BLOCK_BYTES));
  }
  patterns.add(bytes.slice(at === 0 ? 0 : bytes.length - BLOCK_BYTES));
}

/** The UTF-8 bytes of a text, one character each. */
export function utf8(text: string): string {
  // deno-lint-ignore no-control-regex
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  const bytes = new TextEncoder().encode(text);
  let result = "";
  for (let at = 0; at < bytes.length; at += 8192) {
    result += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return result;
}

/** The array of bytes that a string holds one character each. */
function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/**
 * The characters of base64 that depend on the value alone, when 0, 1 or 2 bytes of a group of three
 * come before it: all but a first and a last one that it shares with its neighbours. They include the
 * whole groups of three bytes. At least ten characters, 60 bits, for a value of DERIVE_MIN_BYTES: no
 * other output has them by chance.
 */
function* base64Cores(bytes: string): Generator<string> {
  for (let before = 0; before < 3; before++) {
    const first = Math.ceil(before * 8 / 6);
    const end = Math.floor((before + bytes.length) * 8 / 6);
    const padded = bytesOf("\0".repeat(before) + bytes); // btoa takes 1 ms at its first use
    for (const alphabet of ["base64", "base64url"] as const) {
      yield padded.toBase64({ alphabet }).slice(first, end);
    }
  }
}
