/**
 * Sizes in bytes: `2GiB`, `512MiB`, `10MB`, `1.5GiB`; and `0`.
 *
 * `KiB` is 1,024 bytes and `KB` 1,000. A number without a unit is a mistake; letters count as
 * written, since `Mb` means bits elsewhere.
 */
import { type Fault, isFault } from "./report.ts";

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
};

/** The bytes of a size, rounded down; a Fault for what is no size or is over 2^53 bytes. */
export function parseSize(text: string): number | Fault {
  if (text === "0") return 0;
  const found = /^([0-9]+(?:\.[0-9]+)?) ?([A-Za-z]*)$/.exec(text);
  if (found === null) {
    return { state: "is not a size", hint: "write one such as 512MiB, 2GiB or 10MB" };
  }
  const [, number, unit] = found;
  if (unit === "") return { state: "has no unit", hint: `write ${number}B, or a unit such as MiB` };
  const factor = UNITS[unit!];
  if (factor === undefined) {
    const name = likelyUnit(unit!);
    const hint = name === undefined
      ? `write one of ${Object.keys(UNITS).join(", ")}`
      : `write ${number}${name}`;
    return { state: "has an unknown unit", hint };
  }
  const bytes = Math.floor(Number(number) * factor);
  if (!Number.isSafeInteger(bytes)) return { state: "is too large", hint: "write 0 for no limit" };
  if (bytes === 0 && /[1-9]/.test(number!)) {
    return { state: "is less than one byte", hint: "write 0 for no limit" };
  }
  return bytes;
}

/** `M`, `Mi`, `mib` -> `MiB`; `mb` -> `MB`. */
function likelyUnit(unit: string): string | undefined {
  const lower = unit.toLowerCase();
  const long = lower.length === 1 && lower !== "b"
    ? `${lower}ib`
    : lower.endsWith("b")
    ? lower
    : `${lower}b`;
  return Object.keys(UNITS).find((name) => name.toLowerCase() === long);
}

/** A count: a whole number from 0 up; a Fault for anything else. */
export function parseCount(text: string): number | Fault {
  if (!/^[0-9]+$/.test(text)) return { state: "is not a whole number from 0 up" };
  const count = Number(text);
  return Number.isSafeInteger(count)
    ? count
    : { state: "is too large", hint: "write 0 for no limit" };
}

/** What `parse` gives, where that is 0, for none, or at least as much as `least` says. */
export function atLeast(
  least: string,
  parse: (text: string) => number | Fault,
): (text: string) => number | Fault {
  const floor = Number(parse(least));
  return (text) => {
    const found = parse(text);
    if (isFault(found) || found === 0 || found >= floor) return found;
    return {
      state: "is too little to start Deno",
      hint: `write ${least} or more, or 0 for no limit`,
    };
  };
}
