/**
 * What js-yaml found wrong -> words for the author of the file, and the place to mend.
 *
 * SECURITY: nothing here quotes the source, because a value could stand there: js-yaml's own reasons
 * may hold a tag's or a handle's text, so only the texts of this table are ever shown
 * (tests/unit/runtime/yaml_test.ts, `parseYaml() never quotes the source`).
 */

/** A syntax error in words, and the offset where it is best mended. */
export interface SyntaxFault {
  readonly state: string;
  readonly hint?: string;
  readonly offset: number;
}

const QUOTES = "put the text in quotes";

/** Start of js-yaml's reason -> what to say. */
const REASONS: readonly (readonly [reason: string, state: string, hint?: string])[] = [
  ["tab characters must not", "a tab stands where the indentation is", "indent with spaces"],
  [
    "deficient indentation",
    "a [, { or quote opened above is not closed before this line",
    "close it",
  ],
  ["unexpected end of the stream within a flow", "a [ or { is not closed", "close it"],
  ["unexpected end of the document within", "a quote is not closed before this line", "close it"],
  [
    "missed comma between flow",
    "a comma is missing between two entries inside [ ] or { }",
    'put a text that holds , [ ] { } or ": " in quotes',
  ],
  ["expected the node content", "a comma has nothing before it", "remove the comma"],
  [
    "bad indentation of a mapping",
    "the indentation does not fit the lines above",
    "give fields that belong together the same number of spaces",
  ],
  [
    "bad indentation of a sequence",
    "the indentation does not fit the list above",
    'give all "-" of one list the same number of spaces',
  ],
  [
    "expected ':' after a mapping key",
    'this is not of the form "name: value"',
    "write a colon and a space after the name",
  ],
  [
    "a whitespace character is expected after the key",
    'a space is missing after the ":"',
    "write a colon and a space after the name",
  ],
  [
    "unknown escape sequence",
    "a backslash in double quotes begins no known escape",
    "use single quotes, or write \\\\ for one backslash",
  ],
  ["expected hexadecimal character", "an escape in double quotes lacks hexadecimal digits"],
  ["name of an alias", 'a text that begins with "*" has no quotes', QUOTES],
  ["alias node should not", 'a text that begins with "*" has no quotes', QUOTES],
  ["name of an anchor", 'a text that begins with "&" has no quotes', QUOTES],
  ["duplication of an anchor", 'a text that begins with "&" has no quotes', QUOTES],
  ["duplication of a tag", 'a text that begins with "!" has no quotes', QUOTES],
  ["named tag handle", 'a text that begins with "!" has no quotes', QUOTES],
  ["tag ", 'a text that begins with "!" has no quotes', QUOTES],
  ["undeclared tag handle", 'a text that begins with "!" has no quotes', QUOTES],
  [
    "unexpected end of the stream within a verbatim",
    'a text begins with "!" without quotes',
    QUOTES,
  ],
  ["a line break is expected", 'a text that begins with "|" or ">" has no quotes', QUOTES],
  ["the stream contains non-printable", "a control character stands here", "remove it"],
  ["expected valid JSON character", "a control character stands here", "remove it"],
  ["null byte is not allowed", "a NUL character stands here", "remove it"],
  ["nesting exceeded", "lists and maps are nested too deep"],
  ["unacceptable YAML", "the %YAML line names a version that is not known", "remove the line"],
  ["directives end mark", "a line that begins with % stands before the fields", "remove it"],
  ["ill-formed", "a line that begins with % is no directive that YAML knows", "remove it"],
  ["directive", "a line that begins with % is no directive that YAML knows", "remove it"],
  [
    "end of the stream or a document separator",
    "what follows belongs to no field",
    "check the line",
  ],
];

/** What the parser said: its reason, and where it stopped. */
export interface SyntaxStop {
  readonly reason: string;
  readonly offset: number;
}

/**
 * Words a syntax error.
 *
 * @param text the whole source, to find an opening mark and to look at the character in question.
 * @param retry what the parser says to a beginning of the source: its reason, undefined for nothing.
 */
export function explainSyntax(
  stop: SyntaxStop,
  text: string,
  retry: (start: string) => string | undefined,
): SyntaxFault {
  const { reason } = stop;
  let { offset } = stop;
  const unclosed = findUnclosed(stop, text, retry);
  if (unclosed !== undefined) return unclosed;
  const found = text[offset] ?? "";
  if (/^(?:bad indent|end of the|missed comma|can not read|expected ':')/.test(reason)) {
    if (
      /[@`%]/.test(found) && /(?:^|\s|[[{,])$/.test(text.slice(Math.max(0, offset - 1), offset))
    ) {
      return { state: `a text that begins with "${found}" has no quotes`, hint: QUOTES, offset };
    }
    if (found === ":" && reason.startsWith("bad indent")) {
      if (/:\s/.test(lineBefore(text, offset))) {
        return { state: 'a second ": " stands in one value', hint: QUOTES, offset };
      }
      offset -= lineBefore(text, offset).trimStart().length;
    }
    if (/["'\]}][ \t]*$/.test(lineBefore(text, offset))) {
      return { state: "something follows a closed quote or bracket", hint: QUOTES, offset };
    }
  }
  if (reason.startsWith("can not read a block mapping entry")) return formlessLine(text, offset);
  const row = REASONS.find(([start]) => reason.startsWith(start));
  if (row === undefined) return { state: "this is not valid YAML", offset };
  return { state: row[1], ...(row[2] === undefined ? {} : { hint: row[2] }), offset };
}

/** The parser took a line without "name: " for a text that goes on, and stopped behind it. */
function formlessLine(text: string, offset: number): SyntaxFault {
  const lines = text.slice(0, offset - lineBefore(text, offset).length).split(/(?<=\n|\r(?!\n))/);
  let start = lines.reduce((sum, line) => sum + line.length, 0);
  for (const line of lines.toReversed()) {
    start -= line.length;
    const content = line.trimStart();
    if (content === "" || content.startsWith("#")) continue;
    start += line.length - content.length;
    const spaceless = /^[\w-]+:\S/.test(content);
    const state = spaceless
      ? 'a space is missing after the ":"'
      : 'this line is not of the form "name: value"';
    return { state, hint: "write a colon and a space after the name", offset: start };
  }
  return { state: 'this line is not of the form "name: value"', offset };
}

function lineBefore(text: string, offset: number): string {
  const start = Math.max(text.lastIndexOf("\n", offset - 1), text.lastIndexOf("\r", offset - 1)) +
    1;
  return text.slice(Math.max(start, offset - 200), offset);
}

const IN_QUOTES = /within a (double|single) quoted scalar$/;
const IN_BRACKETS = /^unexpected end of the stream within a flow collection$/;
/** Bounds of the search for an opening bracket: characters of source, and brackets tried. */
const LONGEST_SEARCH = 64 * 1024;
const MOST_TRIES = 64;

/** Where a quote or bracket opens that is not closed: the parser stops far behind it. */
function findUnclosed(
  { reason, offset }: SyntaxStop,
  text: string,
  retry: (start: string) => string | undefined,
): SyntaxFault | undefined {
  const isDeficient = reason.startsWith("deficient indentation");
  if (!isDeficient && !reason.startsWith("unexpected end of the stream within a")) return undefined;
  // Where a line of too little indentation ended it: what did the parser lack before that line?
  const start = isDeficient ? text.slice(0, offset).replace(/\s+$/, "") : text;
  if (start.length > LONGEST_SEARCH) return undefined;
  const lacked = isDeficient ? retry(start) ?? "" : reason;
  const quoted = IN_QUOTES.exec(lacked);
  if (quoted !== null) {
    const opening = openingQuote(start, quoted[1] === "double" ? '"' : "'");
    return { state: "the quote that opens here is not closed", hint: "close it", offset: opening };
  }
  if (!IN_BRACKETS.test(lacked)) return undefined;
  let end = start.length;
  for (let tries = 0; tries < MOST_TRIES && end > 0; tries++) {
    end = Math.max(start.lastIndexOf("[", end - 1), start.lastIndexOf("{", end - 1));
    if (end < 0) return undefined;
    const before = retry(start.slice(0, end)) ?? "";
    if (IN_BRACKETS.test(before) || IN_QUOTES.test(before)) continue;
    const [open, close] = start[end] === "[" ? ["[", "]"] : ["{", "}"];
    const hint = `close it with ${close}, and indent what it holds`;
    return { state: `the ${open} that opens here is not closed`, hint, offset: end };
  }
  return undefined;
}

/**
 * Where an unclosed quoted text opens, given that it runs to the end of the source: every later mark
 * is escaped, by a backslash before a double quote, by doubling a single one.
 */
function openingQuote(text: string, mark: '"' | "'"): number {
  let end = text.length;
  while (true) {
    const last = text.lastIndexOf(mark, end - 1);
    if (last <= 0) return Math.max(last, 0);
    let first = last;
    const before = mark === '"' ? "\\" : mark;
    while (first > 0 && text[first - 1] === before) first--;
    if (mark === '"' && (last - first) % 2 === 0) return last;
    if (mark === "'" && (last - first) % 2 === 0) return first;
    if (first === 0) return 0;
    end = first;
  }
}
