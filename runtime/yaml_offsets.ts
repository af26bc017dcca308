/**
 * Offsets that js-yaml's events do not carry: of what opens a text, of an empty list entry, and of an empty key.
 *
 * Both look at the source between the token read last and the one in question.
 */

/** How a text is written. */
export type TextStyle = "plain" | "quoted" | "block";

/** The offset of the quote or of the `|` or `>` that opens a text, given where its content begins. */
export function openingOf(
  source: string,
  from: number,
  valueStart: number,
  style: TextStyle,
): number {
  if (style === "plain") return valueStart;
  if (style === "quoted") return valueStart - 1;
  const header = /[|>][-+0-9]*[ \t]*(?:#[^\r\n]*)?[\r\n]*$/.exec(source.slice(from, valueStart));
  return header === null ? valueStart : from + header.index;
}

/** The offset of the next of some characters that is not in a comment; `from` if there is none. */
export function nextMark(source: string, from: number, marks: string): number {
  let comment = false;
  for (let offset = from; offset < source.length; offset++) {
    const found = source[offset]!;
    if (found === "#") comment = true;
    if (found === "\n" || found === "\r") comment = false;
    if (marks.includes(found) && !comment) return offset;
  }
  return from;
}
