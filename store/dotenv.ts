/**
 * Reads `.env` files: text -> names and values with their lines, or every mistake with its place.
 *
 * There is no standard, and the tools differ; docs/guides/import.md, "How a .env file is read", has the
 * rules. Nothing is expanded and nothing guessed: an open quote, text behind a closing one and a line
 * that is no entry are mistakes. What other tools read differently is told with the entry
 * (dotenv_doubts.ts). No message holds a part of a value, and of a line with a mistake none holds the
 * name either: it may be a line of a value. Time and memory are linear.
 */
import { findDoubts, type Spelling } from "./dotenv_doubts.ts";

/** One variable of a file; of several of one name the last. */
export interface DotenvEntry {
  readonly key: string;
  /** May be empty. */
  readonly value: string;
  /** Where its name stands, from 1. */
  readonly line: number;
  /** How other tools read it differently, in words. */
  readonly doubts: readonly string[];
}

/** A mistake. */
export interface DotenvFault {
  /** From 1. */
  readonly line: number;
  /** In characters (code points), from 1. */
  readonly column: number;
  /** What is wrong with the line, as a predicate: `has no "="`. */
  readonly state: string;
  readonly hint: string;
}

/** What a file says. With any fault, the entries are not to be used. */
export interface Dotenv {
  /** In the order of their lines, each key once. */
  readonly entries: readonly DotenvEntry[];
  /** At most MAX_FAULTS, in the order of their places. */
  readonly faults: readonly DotenvFault[];
}

/** After so many mistakes the file is none of this kind. */
export const MAX_FAULTS = 100;

/** The longest name that is looked for; a key of a secret has fewer characters. */
const MAX_NAME = 1024;
const NAME = new RegExp(`[ \\t]*(?:export[ \\t]+)?([\\w.-]{1,${MAX_NAME}})[ \\t]*=`, "y");
const BLANK = /^[ \t]*(?:#[^]*|\r)?$/;
const PEM_BEGIN = /^-----BEGIN [^-]*-----$/;
/** The escapes in double quotes; every other backslash stays. */
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** Reads a file's text. Never throws. */
export function parseDotenv(text: string): Dotenv {
  return new Reader(text).read();
}

class Reader {
  readonly #text: string;
  readonly #entries = new Map<string, DotenvEntry>();
  readonly #faults: DotenvFault[] = [];
  /** The line that is read: where it begins, and its number. */
  #start = 0;
  #line = 1;

  constructor(text: string) {
    this.#text = text;
  }

  read(): Dotenv {
    if (this.#text.startsWith("\ufeff")) this.#start = 1;
    while (this.#start < this.#text.length && this.#faults.length < MAX_FAULTS) this.#readLine();
    return { entries: [...this.#entries.values()], faults: this.#faults };
  }

  #readLine(): void {
    const end = this.#endOfLine(this.#start);
    const line = this.#text.slice(this.#start, end);
    if (!BLANK.test(line)) {
      NAME.lastIndex = this.#start;
      const found = NAME.exec(this.#text);
      if (found !== null) return this.#readValue(found[1]!, NAME.lastIndex);
      if (!this.#repeatsExport(line)) this.#refuseLine(line);
    }
    this.#goTo(end + 1);
  }

  #readValue(key: string, from: number): void {
    const at = from + /^[ \t]*/.exec(this.#text.slice(from, this.#endOfLine(from)))![0].length;
    const quote = this.#text[at];
    if (quote === '"' || quote === "'" || quote === "`") this.#readQuoted(key, quote, at);
    else this.#readPlain(key, from);
  }

  #readPlain(key: string, from: number): void {
    const end = this.#endOfLine(from);
    const written = this.#text.slice(from, end).replace(/\r$/, "");
    const comment = written.search(/[ \t]#/);
    const value = trim(comment < 0 ? written : written.slice(0, comment));
    if (PEM_BEGIN.test(value)) {
      const hint = "put all of it in single quotes, its line breaks too";
      return this.#stop(from, "begins a value of several lines without a quote", hint);
    }
    if (this.#refuseOdd(from, from + written.length)) return this.#goTo(end + 1);
    this.#keep(key, value, { quote: "", written, comment, value, after: "" });
    this.#goTo(end + 1);
  }

  #readQuoted(key: string, quote: '"' | "'" | "`", at: number): void {
    const close = this.#findClosing(quote, at);
    if (close < 0) {
      const hint = "close it; a value that begins with one goes into quotes of the other kind";
      return this.#stop(at, `opens a quote (${quote}) that is never closed`, hint);
    }
    const end = this.#endOfLine(close);
    const after = this.#text.slice(close + 1, end);
    const inner = this.#text.slice(at + 1, close);
    if (!BLANK.test(after)) {
      const spread = inner.includes("\n");
      const state = spread
        ? `has text behind the quote (${quote}) that line ${this.#line} opens`
        : `has text behind the closing quote (${quote})`;
      const hint = "close the quote where the value ends; a comment behind it begins with #";
      this.#refuse(close + 1 + after.search(/\S/), state, hint);
      // Which of the lines are the value's cannot be known.
      if (spread) return this.#goTo(this.#text.length);
    } else if (!this.#refuseOdd(at, close)) {
      const lines = inner.replaceAll("\r\n", "\n");
      const value = quote === '"'
        ? lines.replace(/\\([nrt"\\$])/g, (_, letter) => ESCAPES[letter] ?? letter)
        : lines;
      this.#keep(key, value, { quote, written: inner, comment: -1, value, after });
    }
    this.#goTo(end + 1);
  }

  /** The offset of the quote that closes the one at `at`, or -1. */
  #findClosing(quote: string, at: number): number {
    let close = this.#text.indexOf(quote, at + 1);
    if (quote !== '"') return close;
    for (let from = at + 1; close >= 0; close = this.#text.indexOf(quote, close + 1)) {
      let slashes = 0;
      while (close - slashes > from && this.#text[close - slashes - 1] === "\\") slashes++;
      if (slashes % 2 === 0) return close;
      from = close + 1;
    }
    return -1;
  }

  #keep(key: string, value: string, spelling: Spelling): void {
    const doubts = findDoubts(spelling);
    const earlier = this.#entries.get(key);
    if (earlier !== undefined && earlier.value !== value) {
      doubts.push(
        `line ${earlier.line} has another value for it; the last one counts (Deno: first)`,
      );
    }
    this.#entries.delete(key); // the place is that of the last
    this.#entries.set(key, { key, value, line: this.#line, doubts });
  }

  /** `export NAME …` of names that the file has set: a shell marks them, and nothing else happens. */
  #repeatsExport(line: string): boolean {
    const [word, ...names] = line.trim().split(/[ \t]+/);
    return word === "export" && names.length > 0 && names.every((name) => this.#entries.has(name));
  }

  #refuseLine(line: string): void {
    const at = this.#start + line.search(/\S/);
    const equals = line.indexOf("=");
    if (line.includes("\0")) this.#refuse(this.#start + line.indexOf("\0"), ...BINARY);
    else if (equals < 0) {
      const hint = /^\s*[\w.-]+[ \t]*:/.test(line.slice(0, MAX_NAME))
        ? "write NAME=value in place of NAME: value"
        : "write NAME=value; a value of several lines goes into quotes, all of it";
      this.#refuse(at, 'has no "="', hint);
    } else if (line.slice(0, equals).trim() === "") {
      this.#refuse(at, 'has no name before "="', "write NAME=value");
    } else {
      const hint = "a name has letters, digits, _ . and -, and no quotes";
      this.#refuse(at, "has no name that a variable can have", hint);
    }
  }

  /** Refuses what no value has: a NUL, and a carriage return that ends no line. */
  #refuseOdd(from: number, to: number): boolean {
    for (let at = from; at < to; at++) {
      const code = this.#text.charCodeAt(at);
      if (code === 0) {
        this.#refuse(at, ...BINARY);
        return true;
      }
      if (code === 13 && this.#text.charCodeAt(at + 1) !== 10) {
        const hint = 'save the file with LF or CRLF line ends, or write it as "\\r"';
        this.#refuse(at, "has a carriage return that ends no line", hint);
        return true;
      }
    }
    return false;
  }

  /** A mistake after which the rest of the file cannot be read. */
  #stop(at: number, state: string, hint: string): void {
    this.#refuse(at, state, hint);
    this.#goTo(this.#text.length);
  }

  #refuse(at: number, state: string, hint: string): void {
    const before = this.#text.slice(this.#text.lastIndexOf("\n", at - 1) + 1, at);
    const line = this.#line + count(this.#text, this.#start, at);
    const column = [...before.replace("\ufeff", "")].length + 1;
    this.#faults.push({ line, column, state, hint });
  }

  #goTo(next: number): void {
    this.#line += count(this.#text, this.#start, Math.min(next, this.#text.length));
    this.#start = next;
  }

  #endOfLine(from: number): number {
    const end = this.#text.indexOf("\n", from);
    return end < 0 ? this.#text.length : end;
  }
}

const BINARY = ["holds a NUL byte", "store binary data as base64"] as const;

/** The line feeds of a part of a text. */
function count(text: string, from: number, to: number): number {
  let lines = 0;
  for (let at = text.indexOf("\n", from); at >= 0 && at < to; at = text.indexOf("\n", at + 1)) {
    lines++;
  }
  return lines;
}

/** Without the spaces and tabs at both ends; other white space may be meant. */
function trim(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && isSpace(text[from]!)) from++;
  while (to > from && isSpace(text[to - 1]!)) to--;
  return text.slice(from, to);
}

function isSpace(char: string): boolean {
  return char === " " || char === "\t";
}
