/**
 * What of a task's output may reach a terminal: text, line feeds, carriage returns, tabs, and the
 * colours and styles of SGR. Every other control is shown as text (`\u001b[2J`), invalid UTF-8 as
 * U+FFFD. It trusts nobody: the task, or the data that it prints, may want to steer the terminal.
 *
 * An escape character gets through only as the first of a whole sequence of a closed list. So the
 * terminal never leaves its ground state (ECMA-48, section 5; the parser of vt100.net/emu) but for
 * those, and no sequence need be recognised as each terminal would: an aborted, a nested and an
 * endless one have their beginning in common. Nothing is left out, either: an unfinished sequence
 * cannot swallow what follows it, nor can two halves of a secret meet that the masker has not seen
 * as one.
 *
 * The terminal is taken to read UTF-8: in another encoding a byte inside a letter can be a control.
 */
import { CONTROLS_BEYOND_C0, showControl } from "./controls.ts";

/** Parameters that `CSI 0 m` takes back: not fonts (10 to 20), and not 8, which hides text. */
const STYLE = "0?(?:[0-79]?|2[1-57-9]|3[0-79]|4[0-79]|5[359]|9[0-7]|10[0-7])|4:[0-5]";
const BYTE = "(?:[01]?\\d?\\d|2[0-4]\\d|25[0-5])";
/** Of 256, or of red, green and blue; whole, or the terminal may take the rest for other styles. */
const COLOR = `[345]8(?:;0?5;${BYTE}|;0?2;${BYTE};${BYTE};${BYTE}|:5:${BYTE}|` +
  `:2:(?:${BYTE}?:)?${BYTE}:${BYTE}:${BYTE})`;
/** Characters between `CSI` and `m`: three colours in full, three styles. */
const MAX_PARAMETERS = 64;
const PARAMETERS = `[\\d;:]{0,${MAX_PARAMETERS}}`;
const SGR = `\\x1b\\[(?=${PARAMETERS}m)(?:${STYLE}|${COLOR})(?:;(?:${STYLE}|${COLOR}))*m`;
const CONTROLS = `\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f${CONTROLS_BEYOND_C0}`;

/** A sequence that may pass, else one character that must not. */
const SPECIAL = new RegExp(`${SGR}|[${CONTROLS}]`, "g");
/** Text that is not its own bytes any more. */
const CHANGED = new RegExp(`[${CONTROLS}\\ufffd]`);
// deno-lint-ignore no-control-regex
const RESET = /^\x1b\[0*m$/;
/** What may still become a sequence that passes. */
const UNFINISHED = new RegExp(`^\\x1b(?:\\[${PARAMETERS})?$`);

/** 1 for bytes that are themselves as text, alone and in any company. */
const PLAIN = Uint8Array.from(
  { length: 256 },
  (_, byte) => Number((byte >= 0x20 && byte < 0x7f) || [9, 10, 13].includes(byte)),
);

const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();

/** One stream of a task on its way to a terminal. */
export class TerminalFilter {
  readonly #decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  /** Whether the last byte was ASCII: then the decoder holds no part of a character. */
  #isWhole = true;
  /** The beginning of a sequence. */
  #held = "";
  #isColored = false;

  /**
   * What to write now: the chunk itself where nothing is to be changed. Kept back are at most an
   * unfinished character and an unfinished colour, which show nothing yet.
   */
  push(chunk: Uint8Array): Uint8Array {
    if (chunk.length === 0) return NOTHING;
    const wasWhole = this.#isWhole && this.#held === "";
    if (wasWhole && isPlain(chunk)) return chunk;
    this.#isWhole = chunk.at(-1)! < 0x80;
    const text = this.#decoder.decode(chunk, { stream: true });
    if (wasWhole && this.#isWhole && !CHANGED.test(text)) return chunk;
    return encoder.encode(this.#show(this.#held + text));
  }

  /** The end of the stream: what was kept back, shown, and the end of its colours. */
  end(): Uint8Array {
    const shown = this.#show(this.#held + this.#decoder.decode());
    const rest = this.#held === "" ? "" : showControl(this.#held) + this.#held.slice(1);
    // SECURITY: or the host's lines and the prompt could be invisible
    // (tests/unit/runtime/terminal_filter_test.ts).
    return encoder.encode(shown + rest + (this.#isColored ? "\x1b[0m" : ""));
  }

  #show(text: string): string {
    const last = text.lastIndexOf("\x1b");
    const cut = last >= 0 && UNFINISHED.test(text.slice(last)) ? last : text.length;
    this.#held = text.slice(cut);
    // SECURITY: what is not in the list is shown (tests/unit/runtime/terminal_filter_test.ts).
    return text.slice(0, cut).replace(SPECIAL, (found) => {
      if (found.length === 1) return showControl(found);
      this.#isColored = !RESET.test(found);
      return found;
    });
  }
}

function isPlain(chunk: Uint8Array): boolean {
  for (let at = 0; at < chunk.length; at++) if (PLAIN[chunk[at]!] === 0) return false;
  return true;
}
