/**
 * What the fuzz tests share: how many cases, from which seed, and what counts as having tested at all.
 *
 * The seed stands in each test's name, so that every run shows it, also one that passes; fast-check
 * shrinks what fails and prints it. `FUZZ_SEED=N` gives the same cases again, `FUZZ_RUNS=N` so many
 * of each property (those that cost more take their share of it), `SLOW=1` twenty times the usual.
 */
import assert from "node:assert/strict";
import fc from "fast-check";

const SEED = readNumber("FUZZ_SEED") ?? crypto.getRandomValues(new Int32Array(1))[0]!;
const RUNS = readNumber("FUZZ_RUNS") ?? (Deno.env.get("SLOW") === "1" ? 40_000 : 2000);
/** From so many cases on, every kind of case that a property is about must have come up. */
const TELLING_RUNS = 300;

export interface FuzzOptions {
  /** The part of RUNS that this property gets; default 1. */
  readonly share?: number;
  /** How many cases came to each point that the property is about: none of them may be missed. */
  readonly reached?: Readonly<Record<string, number>>;
}

/** A test that holds a property for thousands of cases. */
export function fuzz<T>(
  what: string,
  property: fc.IProperty<T> | fc.IAsyncProperty<T>,
  { share = 1, reached = {} }: FuzzOptions = {},
): void {
  const numRuns = Math.max(1, Math.round(RUNS * share));
  Deno.test(`${what} (seed: ${SEED}, ${numRuns} cases)`, async () => {
    await fc.assert(property as fc.IAsyncProperty<T>, { seed: SEED, numRuns });
    if (numRuns < TELLING_RUNS) return;
    for (const [point, count] of Object.entries(reached)) {
      assert.ok(count > 0, `no case of ${numRuns} came to: ${point}`);
    }
  });
}

function readNumber(name: string): number | undefined {
  const text = Deno.env.get(name);
  if (text === undefined) return undefined;
  assert.match(text, /^-?[0-9]+$/, `${name} is a whole number`);
  return Number(text);
}

/** Where a stream is cut: at places in any order, also twice at one, or after every byte. */
export type Cuts = readonly number[] | "every byte";

/** Any way to cut. */
export const cuts: fc.Arbitrary<Cuts> = fc.oneof(
  { weight: 4, arbitrary: fc.array(fc.nat(), { maxLength: 12 }) },
  { weight: 1, arbitrary: fc.constant("every byte" as const) },
);

/** The pieces, in buffers of their own; some may be empty. */
export function cutAt(data: Uint8Array, cuts: Cuts): Uint8Array[] {
  if (cuts === "every byte") return Array.from(data, (byte) => Uint8Array.of(byte));
  const sorted = [0, ...cuts.map((place) => place % (data.length + 1)), data.length];
  sorted.sort((a, b) => a - b);
  return sorted.slice(1).map((place, i) => data.slice(sorted[i], place));
}
