/**
 * Values, output that holds them in any form, and a stream that is masked the simple way.
 */
import fc from "fast-check";
import { buildPatterns, buildPlainPatterns, utf8 } from "../../runtime/mask_forms.ts";
import { AWKWARD } from "../unit/runtime/mask_samples.ts";
import { FORMS } from "./mask_shown.ts";

const awkwardText = fc.array(
  fc.oneof(fc.constantFrom(...AWKWARD, "\0"), fc.string({ minLength: 1, maxLength: 6 })),
  { minLength: 1, maxLength: 8 },
).map((parts) => parts.join(""));

/** One value, of a byte up. */
export const secret: fc.Arbitrary<string> = fc.oneof(
  fc.string({ minLength: 1, maxLength: 20 }),
  fc.string({ unit: "binary", minLength: 1, maxLength: 20 }),
  fc.string({ unit: fc.constantFrom("a", "b", "é", "%", "\n"), minLength: 1, maxLength: 30 }),
  awkwardText,
  // What ends a part of a URL.
  fc.array(fc.constantFrom(..."@:/?#\\%&=+ \t\n", "word"), { minLength: 3, maxLength: 8 })
    .map((parts) => parts.join("")),
  fc.array(fc.string({ maxLength: 16 }), { minLength: 2, maxLength: 4 })
    .chain((lines) => fc.constantFrom("\n", "\r\n").map((end) => lines.join(end) + end)),
);

/** One of up to 3,000 bytes. */
export const longSecret: fc.Arbitrary<string> = fc.tuple(
  fc.oneof(secret, fc.constantFrom("a", "ab", "é\n", "x'\"")),
  fc.integer({ min: 1, max: 3000 }),
).map(([part, length]) => part.repeat(Math.ceil(length / part.length)).slice(0, length))
  .map((text) => text.toWellFormed());

/** Values of one run, up to twice `most`: also beginnings, ends and pieces of each other. */
export const secrets = (one: fc.Arbitrary<string>, most: number): fc.Arbitrary<string[]> =>
  fc.array(one, { minLength: 1, maxLength: most }).chain((found) => {
    const piece = fc.tuple(fc.nat(), fc.nat(), fc.nat()).map(([which, a, b]) => {
      const all = found[which % found.length]! + found[(which + a) % found.length]!;
      return all.slice(a % all.length, 1 + a % all.length + b % all.length).toWellFormed();
    });
    return fc.array(piece, { maxLength: most }).map((pieces) => [...found, ...pieces]);
  });

const names = Object.keys(FORMS);
/** A piece of output: noise, or a form of a value, whole or in part. */
export type Piece = { readonly noise: string } | {
  readonly which: number;
  readonly form: string;
  readonly cut: number;
};
export const piece: fc.Arbitrary<Piece> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.uint8Array({ maxLength: 12 }).map((bytes) => ({ noise: latin1(bytes) })),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom("\n", " ", "a", "***", "%", "\\").map((noise) => ({ noise })),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      which: fc.nat(),
      form: fc.oneof(fc.constant("as it is"), fc.constant("base64"), fc.constantFrom(...names)),
      cut: fc.oneof(fc.constant(0), fc.nat(), fc.nat().map((cut) => -cut)),
    }),
  },
);

/** The bytes of a piece, a character each. `cut` leaves so many away, at the end or the beginning. */
export function bytesOf(piece: Piece, values: readonly string[]): string {
  if ("noise" in piece) return piece.noise;
  const value = values[piece.which % values.length]!;
  const shown = piece.form === "base64"
    ? new TextEncoder().encode("x".repeat(piece.which % 3) + value).toBase64()
    : FORMS[piece.form]!(value)?.[0] ?? value;
  const bytes = utf8(shown);
  const cut = piece.cut % (bytes.length + 1);
  return cut < 0 ? bytes.slice(-cut) : bytes.slice(0, bytes.length - cut);
}

/** The bytes that a text holds one character each, and back. */
export function bytes(text: string): Uint8Array {
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
export function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
}

/** A stream that looks at all it has got, for every pattern, at every push. */
export class NaiveStream {
  /** What has not been returned, and which of its bytes are covered. */
  #held = "";
  #covered: boolean[] = [];
  #open = false;
  readonly #patterns = new Set<string>();

  /** Hides a value from now on. */
  conceal(value: string, forms: "all" | "plain"): void {
    const build = forms === "all" ? buildPatterns : buildPlainPatterns;
    for (const pattern of build(value)) this.#patterns.add(pattern);
  }

  push(chunk: string): string {
    if (chunk === "") return "";
    this.#look(chunk);
    for (let at = 0; at < this.#held.length; at++) {
      const rest = this.#held.slice(at);
      for (const pattern of this.#patterns) {
        if (pattern.length > rest.length && pattern.startsWith(rest)) return this.#return(at);
      }
    }
    return this.#return(this.#held.length);
  }

  end(): string {
    this.#look("");
    return this.#return(this.#held.length);
  }

  #look(chunk: string): void {
    this.#held += chunk;
    const text = this.#held;
    for (const pattern of this.#patterns) {
      for (let at = text.indexOf(pattern); at >= 0; at = text.indexOf(pattern, at + 1)) {
        for (let i = at; i < at + pattern.length; i++) this.#covered[i] = true;
      }
    }
  }

  #return(end: number): string {
    let shown = "";
    for (let i = 0; i < end; i++) {
      const covered = this.#covered[i] === true;
      if (!covered) shown += this.#held[i];
      else if (!this.#open) shown += "***";
      this.#open = covered;
    }
    this.#held = this.#held.slice(end);
    this.#covered = this.#covered.slice(end);
    return shown;
  }
}
