/**
 * Offsets in a text -> lines and columns.
 *
 * Both count from 1. A line ends at LF, CRLF or CR. Columns count characters (code points), so that
 * they agree with what editors show; a tab counts one, a byte order mark nothing.
 */

/** A place in a text: line and column, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Finds the places of offsets in one text; asking in ascending order costs linear time in all. */
export class Places {
  readonly #text: string;
  readonly #lineStarts: number[] = [0];
  // The answer given last: an offset behind it in the same line is counted on from there.
  #offset = 0;
  #line = 0;
  #column = 1;

  constructor(text: string) {
    this.#text = text;
    for (const { 0: end, index } of text.matchAll(/\r\n|\n|\r/g)) {
      this.#lineStarts.push(index + end.length);
    }
  }

  at(offset: number): Place {
    const line = this.#lineOf(offset);
    if (line !== this.#line || offset < this.#offset) {
      [this.#line, this.#offset, this.#column] = [line, this.#lineStarts[line]!, 1];
    }
    while (this.#offset < offset) {
      this.#offset += this.#text.codePointAt(this.#offset)! > 0xffff ? 2 : 1;
      this.#column++;
    }
    return { line: line + 1, column: this.#column };
  }

  #lineOf(offset: number): number {
    let [low, high] = [0, this.#lineStarts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}
