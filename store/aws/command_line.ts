/** The words of a command line, as a POSIX shell splits them; nothing else of a shell's. */

/**
 * The words; undefined if a quote is not closed, or nothing is there.
 *
 * Within single quotes everything is as it is; within double quotes a backslash escapes `"` and `\`;
 * elsewhere it escapes any character. No variable, `~` or pattern is expanded.
 */
export function splitWords(line: string): string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  const pattern = /'([^']*)'|"((?:[^"\\]|\\.)*)"|\\(.)|(\s+)|([^\s'"\\]+)|(.)/gs;
  for (const [, single, double, escaped, space, plain, odd] of line.matchAll(pattern)) {
    if (odd !== undefined) return undefined;
    if (space !== undefined) {
      if (word !== undefined) words.push(word);
      word = undefined;
      continue;
    }
    word = (word ?? "") +
      (single ?? double?.replace(/\\(["\\])/g, "$1") ?? escaped ?? plain ?? "");
  }
  if (word !== undefined) words.push(word);
  return words.length === 0 || words[0] === "" ? undefined : words;
}
