/**
 * Values that encoders find awkward, the assertion that the masker hides what they make of them, and
 * helpers for streams.
 */
import assert from "node:assert/strict";
import { buildPatterns } from "../../../runtime/mask_forms.ts";
import { Masker } from "../../../runtime/mask.ts";

/** What is left of a text after the value is hidden in it. */
export function left(value: string, shown: string): string {
  const masker = new Masker();
  masker.conceal(value);
  return masker.text(shown);
}

/** A value whose parts are told apart, with `text` in its middle. */
export const around = (text: string) => `Alpha77Q${text}Omega88Z`;

/** Every character that some encoder treats on its own, alone and in company. */
export const AWKWARD = [
  ...Array.from({ length: 127 }, (_, i) => String.fromCharCode(i + 1)),
  ..."\x80\x85\x9f\xa0éß€\u2028\ufeff😀",
  `'"`,
  `'"\``,
  `"\``,
  `'\``,
  `\\"`,
  `\\\\'`,
  "\\u00e9é",
  "\\n\n",
  "\x1b[1m\t\r\n",
  "a b&c=d?e#f%20g+h/i\\j",
  "?x#y?z",
  "user:p@ss:w/rd",
  "%2F%2f",
  "é/😀\\/\"'",
];

/** Asserts that no part of the value is left in what an encoder made of it. */
export function assertHidden(encode: (value: string) => string, texts = AWKWARD): void {
  for (const text of texts) {
    const value = around(text);
    const shown = encode(value);
    const rest = left(value, shown);
    assert.ok(
      !/Alpha77|Omega88/.test(rest) && rest.includes("***"),
      `${JSON.stringify(text)} in ${JSON.stringify(shown)} leaves ${JSON.stringify(rest)}`,
    );
    assert.equal(rest.split("***").length, 2, `one mark for ${JSON.stringify(text)}: ${rest}`);
  }
}

/** Those that a form does not split over several lines. */
export const ONE_LINE = AWKWARD.filter((text) => !/[\n\r]/.test(text));

export const encode = (text: string) => new TextEncoder().encode(text);

export function join(pieces: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(pieces.flatMap((piece) => [...piece]));
}

export function maskerOf(...values: string[]): Masker {
  const masker = new Masker(1);
  for (const value of values) masker.conceal(value);
  return masker;
}

/** Every place of every pattern marked, every run replaced; bytes as characters. */
export function maskNaively(values: readonly string[], bytes: string): string {
  const patterns = new Set(values.flatMap((value) => [...buildPatterns(value)]));
  const isCovered = new Array<boolean>(bytes.length).fill(false);
  for (const pattern of patterns) {
    let end = 0;
    for (let at = bytes.indexOf(pattern); at >= 0; at = bytes.indexOf(pattern, at + 1)) {
      isCovered.fill(true, Math.max(at, end), at + pattern.length);
      end = at + pattern.length;
    }
  }
  return [...bytes].map((c, i) => !isCovered[i] ? c : i > 0 && isCovered[i - 1] ? "" : "***")
    .join("");
}

/** Cuts at those places. */
export function cutAt(data: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [0, ...places.map((p) => Math.min(p, data.length)), data.length]
    .sort((a, b) => a - b);
  return sorted.slice(1).map((place, i) => data.slice(sorted[i], place));
}
