/**
 * Texts in messages: on one line, with nothing in them that steers a terminal; and as a shell takes
 * them, for hints that are commands.
 */

/** A text as a JSON string, whole; what is invisible or turns a line around is escaped as `\u{…}`. */
export function quoteWhole(text: string): string {
  return JSON.stringify(text).replace(
    /[\p{Cc}\p{Cf}\p{Co}\p{Zl}\p{Zp}]/gu,
    (found) => `\\u{${found.codePointAt(0)!.toString(16)}}`,
  );
}

/** One word of a POSIX shell's command line: as it is where that is safe, else in single quotes. */
export function quoteShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
