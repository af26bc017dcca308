/**
 * What drafts of tasks are made of: pieces that know how they are written and what they are read as,
 * and the texts that each kind of field takes.
 */
import fc from "fast-check";
import type { Where } from "../../sdk/errors.ts";
import { CONTROL } from "../../store/rules.ts";
import { type Draft, MARKS } from "./yaml_writer.ts";

/** A piece of a task: how it is written, and what it is read as once its place is known. */
export interface Part<T> {
  readonly draft: Draft;
  readonly read: (where: (draft: Draft) => Where) => T;
}

type Fields = Readonly<Record<string, Draft | undefined>>;

export const text = (text: string): Draft => ({ kind: "text", text });
export const word = (text: string): Draft => ({ kind: "word", text });
export const list = (items: readonly Draft[]): Draft => ({ kind: "list", items });
export const map = (fields: Fields): Draft => ({
  kind: "map",
  free: true,
  entries: Object.entries(fields).flatMap(([name, value]) => value ? [[text(name), value]] : []),
});

/** `{ name: value }` of what is there. */
export function some<K extends string, V>(name: K, value: V | undefined): { [_ in K]?: V } {
  return value === undefined ? {} : { [name]: value } as { [_ in K]?: V };
}

export const maybe = <T>(arb: fc.Arbitrary<T>) => fc.option(arb, { nil: undefined });
export const flagWord = (value: boolean | undefined) =>
  value === undefined ? undefined : word(`${value}`);

const AWKWARD = ["", " ", "~", "null", "true", "010", "a: b", "a # b", "- x", "&a", "*a", "!t", "|"]
  .concat(
    "{a}",
    "[a]",
    "a, b",
    "<<",
    "---",
    '"',
    "'",
    "\\",
    "%",
    "@",
    "`",
    "é🦕",
    "\t",
    "\n",
    "\r",
  );
/** Any text without NUL. */
export const anyText = fc.oneof(
  fc.constantFrom(...AWKWARD),
  fc.string(),
  fc.string({ unit: "binary" }),
  fc.array(fc.constantFrom(...AWKWARD, "x"), { maxLength: 5 }).map((parts) => parts.join("")),
).filter((found) => !found.includes("\0") && !MARKS.test(found));
/** What a literal may be that somebody wrote down: as a rule with a mark that no message may show. */
export const literal = fc.oneof(
  anyText,
  fc.tuple(
    fc.constantFrom(anyText, fc.stringMatching(/^[a-z-]{0,3}$/)),
    fc.integer({ min: 10, max: 99 }),
  )
    .chain(([text, number]) =>
      fc.tuple(text, text).map(([before, after]) => `${before}kan${number}ary${after}`)
    ),
);
/** The marks of literals in a text. */
export const CANARY = /kan\d\dary/g;
/** What `name` takes, and with it every field that is one line of text. */
export const lineText = fc.oneof(fc.stringMatching(/^[a-z][a-z0-9-]{0,9}$/), anyText)
  .filter((found) => found.trim() !== "" && !CONTROL.test(found));
export const linesText = fc.array(fc.oneof(lineText, fc.constantFrom("", "  x")), { minLength: 1 })
  .map((lines) => lines.join("\n"))
  .filter((found) => found.trim() !== "");
const isReserved = (name: string) => name.startsWith("DICODE_") || /_proxy$/i.test(name);
/** Names that Object.prototype has, and words that mean something elsewhere. */
export const ODD_NAMES = ["__proto__", "constructor", "toString", "hasOwnProperty", "value", "_"];
export const variable = fc.oneof(
  fc.constantFrom(...ODD_NAMES),
  fc.stringMatching(/^[A-Za-z_]\w{0,8}$/),
)
  .filter((name) => !isReserved(name));
export const key = lineText.filter((found) =>
  found.trim() === found && !found.startsWith("DICODE_")
);
