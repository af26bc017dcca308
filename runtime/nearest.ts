/**
 * The nearest known name to a mistyped one, for "did you mean".
 *
 * Counts insertions, deletions, replacements and swaps of neighbours (optimal string alignment).
 * Answers only when a typing mistake is likely: at most a third of the letters, and at most three.
 * Time is bounded: names over 64 characters have no nearest name.
 */

const LONGEST = 64;

/**
 * The name among `known` that differs least from `name`, or undefined if none is near.
 * Case counts as no difference; among equals the first wins.
 */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const wanted = fold(name);
  if (wanted === "" || wanted.length > LONGEST) return undefined;
  let best: string | undefined;
  let least = Math.min(3, Math.max(1, Math.floor(wanted.length / 3))) + 1;
  for (const candidate of known) {
    const folded = fold(candidate);
    if (Math.abs(folded.length - wanted.length) >= least) continue;
    const cost = distance(wanted, folded);
    // Of a short name half must be right: "rx" is not near "r".
    if (cost < least && 2 * cost < Math.max(wanted.length, folded.length)) {
      [best, least] = [candidate, cost];
    }
  }
  return best;
}

/** Lower case, with `-` and `_` taken as one: `fail-fast` is near `failFast` and `fail_fast`. */
function fold(name: string): string {
  return name.toLowerCase().replaceAll("-", "_");
}

function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      }
      row.push(cost);
    }
    [beforeLast, last] = [last, row];
  }
  return last[b.length]!;
}

/** The hint with the nearest known word. */
export function didYouMean(found: string, known: Iterable<string>): string | undefined {
  const near = nearest(found, known);
  return near === undefined ? undefined : `did you mean "${near}"?`;
}
