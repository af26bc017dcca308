/**
 * One line of JSON for a terminal or a program: no character in it steers a terminal, also none that
 * JSON.stringify leaves as it is (C1 controls, and those that change the direction of text).
 */

/** @param value any JSON value; `undefined` is not one. */
export function formatJsonLine(value: unknown): string {
  const line = JSON.stringify(value);
  return line.replace(/[\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g, (char) => {
    return "\\u" + char.charCodeAt(0).toString(16).padStart(4, "0");
  }) + "\n";
}
