/**
 * Characters that steer a terminal or turn the text around them, and what is shown in their place:
 * one set for all that dicode shows, the same as `CONTROL` in store/rules.ts has for keys.
 *
 * Beside the controls of ECMA-48 (C0, DEL, C1) these are U+2028 and U+2029, which break a line, and
 * those that set the direction of text (CVE-2021-42574, and the marks U+061C, U+200E, U+200F).
 */

/** All of them but C0, which each place has exceptions to; for a character class of a RegExp. */
export const CONTROLS_BEYOND_C0 = "\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028-\\u202e\\u2066-\\u2069";

/** A character as text: `\u001b`. */
export function showControl(char: string): string {
  return "\\u" + char.charCodeAt(0).toString(16).padStart(4, "0");
}
