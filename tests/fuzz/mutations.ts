/**
 * Changes to a text that leave most of it as it was, so that what reads it gets far.
 *
 * A mutation takes out, doubles, swaps or puts in what a YAML reader takes for one thing: a word, a
 * mark, a line end with its indentation.
 */
import fc from "fast-check";

const TOKENS = [..."-:?,[]{}#&*!|>'\"%@`~\\ \t\n\r\0\x85\u2028\ufeff=é🦕"].concat(
  ...[
    "- ",
    ": ",
    ", ",
    " #",
    "\n- ",
    "\n  ",
    "\n    - ",
    "\r\n",
    "---\n",
    "...\n",
    "<<: ",
    "&a ",
    "*a",
  ],
  ...[
    "!!str ",
    "!x",
    "|\n",
    ">-\n",
    "? ",
    "''",
    '""',
    "\\u0041",
    "\\ud800",
    "%YAML 1.2\n",
    "\ud800",
  ],
  ...[
    "__proto__",
    "constructor",
    "prototype",
    "toString",
    "name",
    "value",
    "secret",
    "from",
    "net",
  ],
  ...["env", "fs", "run", "import", "permissions", "params", "default", "type", "number", "null"],
  ...["true", "yes", "1", "0x1F", "DICODE_MASTER_KEY", "HTTP_PROXY", "../..", "/", "*.com", "rw"],
);

/** One change; places count tokens, round and round. */
export interface Mutation {
  readonly kind: "drop" | "double" | "swap" | "insert" | "replace" | "indent" | "cut";
  readonly at: number;
  readonly other: number;
  readonly token: string;
}

/** A few changes. */
export const mutations: fc.Arbitrary<readonly Mutation[]> = fc.array(
  fc.record({
    kind: fc.constantFrom("drop", "double", "swap", "insert", "replace", "indent", "cut"),
    at: fc.nat(),
    other: fc.nat(),
    token: fc.constantFrom(...TOKENS),
  }),
  { minLength: 1, maxLength: 5 },
);

/** A text of nothing but what YAML readers look at. */
export const tokenSoup: fc.Arbitrary<string> = fc.array(fc.constantFrom(...TOKENS), {
  maxLength: 60,
}).map((tokens) => tokens.join(""));

/** The text with the changes made, one after the other. */
export function mutate(source: string, changes: readonly Mutation[]): string {
  const tokens = source.match(/[\r\n]+[ \t]*|[ \t]+|[\p{L}\p{N}_.\/-]+|[^]/gu) ?? [];
  for (const { kind, at: place, other, token } of changes) {
    const at = place % (tokens.length + 1);
    if (kind === "drop") tokens.splice(at, 1 + other % 3);
    if (kind === "double") tokens.splice(at, 0, ...tokens.slice(at, at + 1 + other % 8));
    if (kind === "insert") tokens.splice(at, 0, token);
    if (kind === "replace") tokens.splice(at, 1, token);
    // Rare in effect: most of what follows is gone.
    if (kind === "cut" && other % 4 === 0) tokens.length = at;
    if (kind === "swap" && tokens.length > 0) {
      const [a, b] = [place % tokens.length, other % tokens.length];
      [tokens[a], tokens[b]] = [tokens[b]!, tokens[a]!];
    }
    if (kind === "indent") {
      const line = tokens.findIndex((found, i) => i >= at && /^[\r\n]/.test(found));
      if (line >= 0) tokens[line] = tokens[line]!.replace(/[ \t]*$/, " ".repeat(other % 7));
    }
  }
  return tokens.join("");
}

/** Much of the same: deep or wide. */
export const heavyText: fc.Arbitrary<string> = fc.tuple(
  fc.constantFrom(
    "[",
    "{",
    "{a: ",
    "- ",
    "? ",
    "[a, ",
    '"',
    "'",
    "- x\n",
    "a: ",
    "&a ",
    "!x ",
    "\n",
  ),
  fc.nat(2000),
  fc.constantFrom("", "a", "]", "}", ": b", "\n", "kan10ary"),
  fc.nat(2000),
  fc.boolean(),
).map(([unit, count, end, ends, isNested]) => {
  const start = isNested
    ? Array.from({ length: count % 90 }, (_, i) => `${" ".repeat(i)}${unit.trim()}\n`).join("")
    : unit.repeat(count);
  return start + end.repeat(ends);
});
