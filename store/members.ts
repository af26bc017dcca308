/**
 * A text that holds several secrets -> names and values: a JSON object, or a `.env` file.
 *
 * Shared by the kinds of provider that read such a text from a file or from a program. A name that
 * comes twice in JSON is a mistake: which of the two is meant nobody can know. (In a `.env` file the last
 * counts, as everywhere: store/dotenv.ts.) No message holds a name or a value: of a text with a mistake,
 * both may be anything.
 */
import { parseDotenv } from "./dotenv.ts";
import { splitField } from "./values.ts";

/** How such a text is written. */
export const MEMBER_FORMATS = ["json", "dotenv"] as const;

/** One of MEMBER_FORMATS. */
export type MemberFormat = typeof MEMBER_FORMATS[number];

/** Why a text cannot be used: `it …`, and what to do. */
export interface MembersFault {
  readonly state: string;
  readonly hint: string;
}

/** Names and values, or the first mistake. */
export type Members =
  | { readonly values: ReadonlyMap<string, string>; readonly fault?: undefined }
  | { readonly values?: undefined; readonly fault: MembersFault };

/**
 * Reads a text. Never throws.
 *
 * A JSON member's text is its value; a number, `true` and `false` are taken as written, to the last
 * digit; a list or an object is its JSON; `null` is absent.
 *
 * @param name of the file, which decides where the text does not: `x.json`, `x.json.age`.
 * @param format default: JSON if the name says so or the text begins with `{`, else `.env`.
 */
export function parseSecretText(text: string, name: string, format?: MemberFormat): Members {
  const body = text.replace(/^\ufeff/, "");
  const isJson = /\.json(\.age)?$/i.test(name) || /^\s*\{/.test(body);
  return (format ?? (isJson ? "json" : "dotenv")) === "json" ? parseJson(body) : parseEnv(body);
}

/**
 * The member of a name, or, where none has that name, `name#field`: a member of the object that the
 * member is, at any depth. Undefined if there is none.
 */
export function findMember(
  values: ReadonlyMap<string, string>,
  reference: string,
): string | undefined {
  const { name, field } = splitField(reference);
  if (values.has(reference) || field === undefined) return values.get(reference);
  const object = findMember(values, name);
  return object === undefined ? undefined : parseJson(object).values?.get(field);
}

function parseEnv(text: string): Members {
  const { entries, faults } = parseDotenv(text);
  const [first] = faults;
  if (first === undefined) {
    return { values: new Map(entries.map(({ key, value }) => [key, value])) };
  }
  const more = faults.length > 1 ? ` (one of ${faults.length} mistakes)` : "";
  return { fault: { state: `line ${first.line} ${first.state}${more}`, hint: first.hint } };
}

function parseJson(text: string): Members {
  let root: unknown;
  try {
    root = parseExact(text);
  } catch (error) {
    return { fault: describeSyntax(error, text) };
  }
  if (typeof root !== "object" || root === null || Array.isArray(root) || isRaw(root)) {
    return {
      fault: { state: "it holds JSON, but no object", hint: 'write {"NAME": "value"}' },
    };
  }
  const members = Object.entries(root);
  const twice = countNames(text) - members.length;
  if (twice > 0) {
    const state = "it has a name more than once, and either may be meant";
    return { fault: { state, hint: "leave all but one of them out" } };
  }
  const values = new Map<string, string>();
  for (const [name, value] of members) {
    if (value !== null) values.set(name, typeof value === "string" ? value : JSON.stringify(value));
  }
  return { values };
}

/** What JSON.rawJSON makes of a number's text; TypeScript's library does not know it yet. */
const raw = JSON as unknown as {
  rawJSON(text: string): object;
  isRawJSON(value: unknown): boolean;
};

function isRaw(value: unknown): boolean {
  return raw.isRawJSON(value);
}

/** JSON.parse that keeps numbers as they are written: an id of twenty digits is no floating point. */
function parseExact(text: string): unknown {
  const keep = (_name: string, value: unknown, context: { readonly source: string }) =>
    typeof value === "number" ? raw.rawJSON(context.source) : value;
  return JSON.parse(text, keep as (name: string, value: unknown) => unknown);
}

/** How many names the outermost object of a valid JSON text has, repeated ones too. */
function countNames(text: string): number {
  let [depth, count] = [0, 0];
  for (let at = 0; at < text.length; at++) {
    const char = text[at];
    if (char === '"') {
      while (text[++at] !== '"') if (text[at] === "\\") at++;
    } else if (char === "{" || char === "[") depth++;
    else if (char === "}" || char === "]") depth--;
    else if (char === ":" && depth === 1) count++;
  }
  return count;
}

/** Without a word of the engine's message but the place at its end: it quotes the text. */
function describeSyntax(error: unknown, text: string): MembersFault {
  const message = error instanceof Error ? error.message : "";
  const place = /at position (\d+) \(line (\d+) column (\d+)\)$/.exec(message);
  const ended = message === "Unexpected end of JSON input" ||
    message.startsWith("Unterminated string") || Number(place?.[1]) >= text.trimEnd().length;
  if (ended) return { state: "it is JSON that is cut off", hint: "write the file again, whole" };
  const at = place === null ? "" : ` from line ${place[2]}, column ${place[3]} on`;
  return {
    state: `it is not JSON${at}`,
    hint: "names and texts go into double quotes, with a comma between two members",
  };
}
