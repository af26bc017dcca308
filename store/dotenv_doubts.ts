/**
 * Spellings of a `.env` file that common tools read differently: npm dotenv and dotenv-expand (Vite,
 * Next.js), Node's and Deno's `--env-file`, python-dotenv, docker compose, and a shell that sources the
 * file. What each makes of which was found by running it: tests/fixtures/dotenv/corpus.json.
 *
 * `docker run --env-file` is not among them: it knows no quotes, and would differ at every one. Nor does
 * a shell count where it would complain of the line.
 */

/** How a value is written in the file. */
export interface Spelling {
  readonly quote: "" | '"' | "'" | "`";
  /** What stands between the quotes; without quotes all that follows the `=`. */
  readonly written: string;
  /** Where in `written` a comment begins, with the white space before it; -1 for none. */
  readonly comment: number;
  /** What dicode makes of it. */
  readonly value: string;
  /** What follows the closing quote on its line. */
  readonly after: string;
}

/** What is kept or done here, and who does otherwise; a sign counts if the predicate says so. */
type Sign = readonly [has: (spelling: Spelling) => boolean, words: string];

const EXPANDS = '"$" stays as it is; docker compose, Deno, dotenv-expand and a shell expand it';

const PLAIN: readonly Sign[] = [
  [({ value }) => value.includes("#"), '"#" belongs to it; npm dotenv, Node and Deno end it there'],
  [
    ({ value, comment }) => value === "" && comment >= 0,
    'a comment begins at "#"; docker compose takes that for the value',
  ],
  [
    ({ value, comment }) => comment >= 0 && (isOdd(value, '"') || isOdd(value, "'")),
    'it ends at " #", although a quote is open there',
  ],
  [hasTab, "the tab beside it is dropped; docker compose and older Node keep it"],
  [
    ({ value }) => value.trim() !== value,
    "the space at its end, which is no plain one, stays; npm dotenv and python-dotenv drop it",
  ],
  [({ value }) => value.includes("$"), EXPANDS],
  [({ value }) => value.includes("\\"), "backslashes stay; a shell drops them"],
  [({ value }) => /["'`]/.test(value), "quotes inside it stay; a shell drops or obeys them"],
  [({ value }) => /^~|:~/.test(value), '"~" stays as it is; a shell makes a folder of it'],
  [
    ({ value }) => /[;>]|[ \t]\w+=/.test(value),
    "all of the line belongs to it; a shell takes a part of it for something else",
  ],
];

const QUOTED: readonly Sign[] = [
  [
    ({ written }) => written.includes("\r\n"),
    "its lines end in LF; docker compose and a shell keep CRLF",
  ],
  [({ after }) => after.startsWith("#"), 'a comment begins at "#"; a shell takes that into it'],
  [
    ({ written }) => /\n[ \t]*(?:export[ \t]+)?[\w.-]{1,64}=(?:[^=\s]|$)/.test(written),
    "a line of it looks like an entry of its own: is the quote closed where it should be?",
  ],
];

const SIGNS: Readonly<Record<Spelling["quote"], readonly Sign[]>> = {
  "": PLAIN,
  '"': [
    [({ written }) => unescaped(written).includes("$"), EXPANDS],
    [
      ({ written }) => written.includes("\\"),
      '\\n, \\r, \\t, \\", \\\\ and \\$ stand for one character; other tools know fewer, or more',
    ],
    [
      ({ written }) => unescaped(written).includes("`"),
      "a backtick stays as it is; a shell runs what follows",
    ],
    ...QUOTED,
  ],
  "'": [
    [
      ({ value }) => value.includes("$"),
      '"$" stays as it is; dotenv-expand and python-dotenv expand it in single quotes too',
    ],
    [({ value }) => value.includes("\\\\"), "two backslashes stay two; python-dotenv makes one"],
    ...QUOTED,
  ],
  "`": [
    [() => true, "backticks are quotes; for python-dotenv and docker compose they belong to it"],
    ...QUOTED,
  ],
};

/** How other tools read a value differently, in words that hold nothing of it. */
export function findDoubts(spelling: Spelling): string[] {
  return SIGNS[spelling.quote].filter(([has]) => has(spelling)).map(([, words]) => words);
}

/** Whether a tab is dropped: beside the value, or before the comment. */
function hasTab({ written, comment, value }: Spelling): boolean {
  const before = comment < 0 ? written : written.slice(0, comment + 1);
  return value !== "" && before.length > value.length && before.replace(value, "").includes("\t");
}

function isOdd(text: string, sign: string): boolean {
  return text.split(sign).length % 2 === 0;
}

/** What stands in double quotes, without its escapes. */
function unescaped(written: string): string {
  return written.replaceAll(/\\[^]/g, "");
}
