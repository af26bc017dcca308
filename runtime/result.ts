/**
 * The value that `main` returned, masked: strings and keys before serialising, and what only spells
 * a secret once it is serialised (a number, an object that is a secret's JSON) as a whole.
 */
import type { Masker } from "./mask.ts";
import type { Judgement } from "./outcome.ts";

const MASK = "***";

/** What is shown of a text of an error. */
const SHOWN_CHARACTERS = 64 * 1024;

/** A text of an error without any secret in it, and not longer than a person reads. */
export function maskError(text: string, masker: Masker): string {
  if (text.length <= SHOWN_CHARACTERS) return masker.text(text);
  // SECURITY: the stream holds back what may be the beginning of a secret that the cut goes through,
  // and is never asked for it (tests/unit/runtime/result_test.ts).
  const shown = new TextEncoder().encode(text.slice(0, SHOWN_CHARACTERS));
  const decoder = new TextDecoder();
  const pieces = masker.stream().push(shown);
  return pieces.map((piece) => decoder.decode(piece, { stream: true })).join("") + "…";
}

/** How deep a container is searched for the part that spells a secret; deeper ones go whole. */
const SEARCH_DEPTH = 4;

/** A JSON value without any secret in it; valid JSON again, whatever was masked. */
export function maskResult(value: unknown, masker: Masker): unknown {
  if (masker.size === 0) return value;
  try {
    return maskWhole(maskTexts(value, masker), masker, SEARCH_DEPTH);
  } catch (error) {
    // Nested deeper than the stack: no honest result is.
    if (error instanceof RangeError) return MASK;
    throw error;
  }
}

/** Masks every string and every key. */
function maskTexts(value: unknown, masker: Masker): unknown {
  if (typeof value === "string") return masker.text(value);
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => maskTexts(item, masker));
  return mapObject(value, (key) => masker.text(key), (item) => maskTexts(item, masker));
}

/** Masks the smallest part whose JSON spells a secret. */
function maskWhole(value: unknown, masker: Masker, depth: number): unknown {
  const text = JSON.stringify(value);
  if (masker.text(text) === text) return value;
  if (typeof value === "object" && value !== null && depth > 0) {
    const inner = (item: unknown) => maskWhole(item, masker, depth - 1);
    const searched = Array.isArray(value) ? value.map(inner) : mapObject(value, String, inner);
    const masked = JSON.stringify(searched);
    if (masker.text(masked) === masked) return searched;
  }
  return MASK;
}

function mapObject(
  object: object,
  mapKey: (key: string) => string,
  mapValue: (value: unknown) => unknown,
): Record<string, unknown> {
  // Defines properties, never sets them: `__proto__` is a key like any other in JSON.
  return Object.fromEntries(
    Object.entries(object).map(([key, value]) => [mapKey(key), mapValue(value)]),
  );
}

/**
 * An outcome without any secret in it.
 *
 * SECURITY: what the task threw or returned is its text (tests/e2e/masking_test.ts).
 */
export function maskJudgement(judgement: Judgement, masker: Masker): Judgement {
  const { error, result, ...rest } = judgement;
  return {
    ...rest,
    ...(result === undefined ? {} : { result: maskResult(result, masker) }),
    ...(error === undefined ? {} : {
      error: {
        code: error.code,
        message: maskError(error.message, masker),
        ...(error.hint === undefined ? {} : { hint: maskError(error.hint, masker) }),
        ...(error.stack === undefined ? {} : { stack: maskError(error.stack, masker) }),
      },
    }),
  };
}
