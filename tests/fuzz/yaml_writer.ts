/**
 * Writes a tree as YAML in many ways: flow or block, four styles of text, comments, line ends.
 *
 * It is no serialiser for programs: it exists to say what a text must be read as, and where each
 * node of it begins. A choice of 0 is the simplest style, so that shrinking ends in a plain text.
 */
import type { Place } from "../../runtime/places.ts";

/** What is to be written; each object is written once, and its place is known then. */
export type Draft =
  | { readonly kind: "text"; readonly text: string }
  /** Without quotes, as `true` is. */
  | { readonly kind: "word"; readonly text: string }
  | { readonly kind: "list"; readonly items: readonly Draft[] }
  /** `free` if the order of its entries means nothing. */
  | { readonly kind: "map"; readonly entries: readonly Entry[]; readonly free?: boolean };

type Entry = readonly [key: Draft, value: Draft];

/** Texts that no draft may hold: they mark places while the text is built. */
export const MARKS = /[\ue000\ue001]/;

const PLAIN =
  /^[\p{L}0-9_.\/](?:[\p{L}0-9_.\/=@+*&!%^()~$'"|<>\\-]|:(?=[\p{L}0-9_.\/])| (?=[\p{L}0-9_.\/=]))*$/u;
const PLAIN_NULL = /^(?:null|Null|NULL)$/;
const CORE_WORD = /^(?:true|false|null|[-+.]?[0-9.].*)$/i;
/** What YAML 1.2 calls printable, without line breaks and tabs. */
const PRINTABLE = /^[\x20-\x7e\xa0-\ud7ff\ue002-\ufefe\uff00-\ufffd\u{10000}-\u{10ffff}]*$/u;

/** The text of a document, and the place of every draft in it. */
export function writeYaml(root: Draft, choices: readonly number[]) {
  return new Writer(choices).document(root);
}

class Writer {
  #next = 0;
  readonly #drafts: Draft[] = [];

  constructor(private readonly choices: readonly number[]) {}

  document(root: Draft): { text: string; places: Map<Draft, Place> } {
    const start = ["", "\ufeff", "---\n", "# a task\n\n"][this.#pick(4)]!;
    const marked = start + (this.#inline(root) ? this.#flow(root, 0) + "\n" : this.#block(root, 0));
    const lineEnd = ["\n", "\r\n", "\r"][this.#pick(3)]!;
    const places = new Map<Draft, Place>();
    let [line, column] = [1, 1];
    const text = marked.replaceAll(/\ue000(\d+)\ue001|\n|[^]/gu, (found, index?: string) => {
      if (index !== undefined) {
        places.set(this.#drafts[Number(index)]!, { line, column });
        return "";
      }
      if (found === "\n") [line, column] = [line + 1, 1];
      else if (found !== "\ufeff" || column > 1) column++;
      return found === "\n" ? lineEnd : found;
    });
    return { text, places };
  }

  #pick(count: number): number {
    if (this.choices.length === 0) return 0;
    return this.choices[this.#next++ % this.choices.length]! % count;
  }

  #mark(draft: Draft): string {
    return `\ue000${this.#drafts.push(draft) - 1}\ue001`;
  }

  /** Whether it stands in brackets, or is no collection. */
  #inline(draft: Draft): boolean {
    if (draft.kind === "text" || draft.kind === "word") return true;
    const size = draft.kind === "list" ? draft.items.length : draft.entries.length;
    return size === 0 || this.#pick(3) === 1;
  }

  #entries(draft: Draft & { kind: "map" }): readonly Entry[] {
    if (!draft.free || draft.entries.length === 0) return draft.entries;
    const first = this.#pick(draft.entries.length);
    return [...draft.entries.slice(first), ...draft.entries.slice(0, first)];
  }

  /** Whole lines. */
  #block(draft: Draft, indent: number): string {
    const space = " ".repeat(indent);
    const mark = this.#mark(draft);
    const lines: string[] = [];
    if (draft.kind === "list") {
      for (const item of draft.items) {
        if (this.#inline(item)) lines.push(`${space}-${this.#value(item, indent)}`);
        else lines.push(`${space}- ${this.#block(item, indent + 2).slice(indent + 2)}`);
      }
    } else if (draft.kind === "map") {
      for (const [key, value] of this.#entries(draft)) {
        const start = `${space}${this.#mark(key)}${this.#key(key)}:`;
        if (this.#inline(value)) lines.push(start + this.#value(value, indent));
        else {
          const deeper = value.kind === "list" ? [2, 0, 4][this.#pick(3)]! : 1 + this.#pick(4);
          lines.push(`${start}${this.#comment()}\n${this.#block(value, indent + deeper)}`);
        }
      }
    }
    lines[0] = space + mark + lines[0]!.slice(indent);
    const between = ["", "", "", "\n", `${space}# between: "\n`];
    return lines.map((line) => line + between[this.#pick(5)]).join("");
  }

  /** What follows `key:` or `-` to the end of its line, or of its lines. */
  #value(draft: Draft, indent: number): string {
    if (draft.kind === "text" && this.#pick(3) === 2 && isLiteral(draft.text)) {
      const space = " ".repeat(indent + 1 + this.#pick(3));
      const body = draft.text.replace(/\n$/, "").replaceAll(/(^|\n)(?=[^\n])/g, `$1${space}`);
      const header = draft.text.endsWith("\n") ? "|" : "|-";
      return ` ${this.#mark(draft)}${header}${this.#comment()}\n${body}\n`;
    }
    return ` ${this.#flow(draft, indent)}${this.#comment()}\n`;
  }

  #flow(draft: Draft, indent: number): string {
    const mark = this.#mark(draft);
    if (draft.kind === "text") return mark + this.#text(draft.text);
    if (draft.kind === "word") return mark + draft.text;
    const space = () => ["", " ", `\n${" ".repeat(indent + 1)}`][this.#pick(3)]!;
    const parts = draft.kind === "list"
      ? draft.items.map((item) => this.#flow(item, indent))
      : this.#entries(draft).map(([key, value]) =>
        `${this.#mark(key)}${this.#key(key)}: ${this.#flow(value, indent)}`
      );
    const [open, close] = draft.kind === "list" ? ["[", "]"] : ["{", "}"];
    const last = parts.length > 0 && this.#pick(4) === 3 ? "," : "";
    return `${mark}${open}${space()}${parts.join(`,${space()}`)}${last}${space()}${close}`;
  }

  #key(key: Draft): string {
    const text = key.kind === "text" || key.kind === "word" ? key.text : "";
    return this.#text(text, CORE_WORD.test(text));
  }

  #text(text: string, needsQuotes = false): string {
    const style = this.#pick(4);
    const plain = PLAIN.test(text) && !PLAIN_NULL.test(text) && !needsQuotes;
    if (plain && style < 2) return text;
    if (style !== 3 && PRINTABLE.test(text)) return `'${text.replaceAll("'", "''")}'`;
    return `"${Array.from(text, (char) => this.#escape(char)).join("")}"`;
  }

  #escape(char: string): string {
    const code = char.codePointAt(0)!;
    if (char !== '"' && char !== "\\" && PRINTABLE.test(char) && this.#pick(3) < 2) return char;
    const short: Record<string, string> = { "\n": "\\n", "\t": "\\t", '"': '\\"', "\\": "\\\\" };
    if (short[char] !== undefined && this.#pick(2) === 0) return short[char];
    const digits = code <= 0xff ? 2 : code <= 0xffff ? 4 : 8;
    return `\\${{ 2: "x", 4: "u", 8: "U" }[digits]}${code.toString(16).padStart(digits, "0")}`;
  }

  #comment(): string {
    return ["", "", "", ` # it's "so`][this.#pick(4)]!;
  }
}

/** Whether a block text can hold it as it is. */
function isLiteral(text: string): boolean {
  return /^\S/.test(text) && !/\n\n$/.test(text) && PRINTABLE.test(text.replaceAll("\n", ""));
}
