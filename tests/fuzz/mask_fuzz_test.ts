import assert from "node:assert/strict";
import fc from "fast-check";
import { DERIVE_MIN_BYTES, utf8 } from "../../runtime/mask_forms.ts";
import { Masker } from "../../runtime/mask.ts";
import { join, maskerOf, maskNaively } from "../unit/runtime/mask_samples.ts";
import { cutAt, cuts, fuzz } from "./fuzz.ts";
import {
  bytes,
  bytesOf,
  latin1,
  longSecret,
  NaiveStream,
  piece,
  secret,
  secrets,
} from "./mask_model.ts";
import { FORMS } from "./mask_shown.ts";

/**
 * A value that has all forms, whose traces can be told from the `***` in its place, and of which a
 * URL, that drops line ends, leaves more than what stands beside it here.
 */
const derived = secret.filter((value) =>
  utf8(value).length >= DERIVE_MIN_BYTES && !value.includes("*") &&
  value.replaceAll(/[\t\n\r]/g, "").length > 4
);

/** What a text is beside the one mark in it. */
function around(masker: Masker, text: string): [before: string, after: string] {
  const [before, after, ...more] = masker.text(text).split("***");
  assert.ok(
    before !== undefined && after !== undefined && more.length === 0,
    `not hidden: ${text}`,
  );
  return [before, after];
}

fuzz(
  "no character is left of a value of 8 bytes in any form that masking.md promises",
  fc.property(derived, (value) => {
    const masker = maskerOf(value);
    for (const [name, show] of Object.entries(FORMS)) {
      const shown = show(value);
      if (shown === undefined) continue;
      const [text, before, after] = shown;
      const [start, end] = around(masker, text);
      // The value may go on with what happens to stand beside it.
      assert.ok(text.slice(0, before).startsWith(start), `${name}: ${start} is left of ${text}`);
      assert.ok(
        text.slice(text.length - after).endsWith(end),
        `${name}: ${end} is left of ${text}`,
      );
    }
  }),
);

fuzz(
  "base64 of a value and of what is before and after it leaves one character at each end",
  fc.property(
    derived,
    fc.uint8Array({ maxLength: 7 }),
    fc.uint8Array({ maxLength: 4 }),
    fc.constantFrom("base64" as const, "base64url" as const),
    (value, before, after, alphabet) => {
      const own = new TextEncoder().encode(value);
      const shown = new Uint8Array([...before, ...own, ...after]).toBase64({ alphabet });
      const [start, end] = around(maskerOf(value), shown);
      const first = Math.ceil(before.length * 8 / 6);
      const last = Math.floor((before.length + own.length) * 8 / 6);
      assert.ok(shown.slice(0, first).startsWith(start) && shown.slice(last).endsWith(end), shown);
    },
  ),
  { share: 0.5 },
);

/** What a masker's stream makes of pieces. */
function streamed(masker: Masker, pieces: readonly Uint8Array[]): string {
  const stream = masker.stream();
  return latin1(join([...pieces.flatMap((piece) => stream.push(piece)), ...stream.end()]));
}

/** Where output is cut: so many bytes behind the beginning of one of its pieces, or everywhere. */
const near = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.nat(3), fc.nat())), { maxLength: 8 });
const everywhere = fc.constant("every byte" as const);

/** Any values of a run, output with their forms in it, whole or in part, and where it is cut. */
function runs(values: fc.Arbitrary<string[]>, cuts: typeof near | typeof everywhere) {
  return fc.property(
    values,
    fc.array(piece, { minLength: 1, maxLength: 12 }),
    cuts as fc.Arbitrary<[number, number][] | "every byte">,
    fc.constantFrom(0, 0, 0, 5000),
    (values, pieces, cuts, filler) => {
      const shown = pieces.map((piece) => bytesOf(piece, values));
      shown.splice(1 + pieces.length / 2, 0, "-".repeat(filler));
      const text = shown.join("");
      const places = cuts === "every byte" ? cuts : cuts.map(([which, offset]) => {
        const index = which % shown.length;
        return shown.slice(0, index).join("").length + offset % (shown[index]!.length + 1);
      });
      const expected = maskNaively(values, text);
      const masker = maskerOf(...values);
      assert.equal(streamed(masker, cutAt(bytes(text), places)), expected);
      assert.equal(latin1(masker.bytes(bytes(text))), expected);
    },
  );
}

fuzz(
  "a stream cut anywhere shows what a naive masker leaves, and every byte beside the values",
  runs(secrets(secret, 3), near),
  { share: 0.5 },
);
fuzz(
  "the same with values of up to 3,000 bytes",
  runs(secrets(longSecret, 1), near),
  { share: 0.05 },
);
fuzz(
  "the same byte by byte",
  runs(secrets(secret, 2), everywhere),
  { share: 0.1 },
);

const step = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ conceal: fc.nat(), forms: fc.constantFrom("all", "plain") }),
  },
  { weight: 2, arbitrary: fc.record({ piece, cuts }) },
);

fuzz(
  "a value concealed under way is hidden in every byte not shown yet, and nothing else is held back",
  fc.property(secrets(secret, 3), fc.array(step, { maxLength: 12 }), (values, steps) => {
    const masker = new Masker(1);
    const [stream, naive] = [masker.stream(), new NaiveStream()];
    for (const step of steps) {
      if ("conceal" in step) {
        const value = values[step.conceal % values.length]!;
        masker.conceal(value, step.forms);
        naive.conceal(value, step.forms);
        continue;
      }
      for (const chunk of cutAt(bytes(bytesOf(step.piece, values)), step.cuts)) {
        const expected = naive.push(latin1(chunk));
        assert.equal(latin1(join(stream.push(chunk))), expected);
      }
    }
    const expected = naive.end();
    assert.equal(latin1(join(stream.end())), expected);
  }),
  { share: 1 },
);
