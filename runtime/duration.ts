/**
 * Durations as Go writes them: `500ms`, `90s`, `5m`, `1h30m`, `1.5h`; and `0`.
 *
 * Used by task.yaml's `timeout` and by `--timeout`. A number without a unit is a mistake, because
 * nobody can tell seconds from milliseconds.
 */
import type { Fault } from "./report.ts";

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1_000, ms: 1 };

/** The longest duration, 24 days: timers count milliseconds in 31 bits. */
export const LONGEST_DURATION_MS = 24 * 24 * UNITS.h!;

/**
 * The milliseconds of a duration, rounded; 0 for `0`, `0s`.
 *
 * @returns a Fault for what is no duration, is shorter than 1ms, or is longer than 24 days.
 */
export function parseDuration(text: string): number | Fault {
  if (text === "0") return 0;
  if (/^[0-9]+(?:\.[0-9]+)?$/.test(text)) return { state: "has no unit", hint: `write ${text}s` };
  if (text.startsWith("-")) return { state: "is negative", hint: "write 0 for no limit" };
  if (!/^(?:[0-9]+(?:\.[0-9]+)?(?:h|ms|m|s))+$/.test(text)) {
    return { state: "is not a duration", hint: `write one such as ${example(text)}` };
  }
  let sum = 0;
  let zero = true;
  for (const [, number, unit] of text.matchAll(/([0-9.]+)(h|ms|m|s)/g)) {
    sum += Number(number) * UNITS[unit!]!;
    if (/[1-9]/.test(number!)) zero = false;
  }
  const milliseconds = Math.round(sum);
  if (zero) return 0;
  if (milliseconds < 1) return { state: "is shorter than 1ms", hint: "write 0 for no limit" };
  if (milliseconds > LONGEST_DURATION_MS) {
    return { state: "is longer than 24 days", hint: "write 0 for no limit" };
  }
  return milliseconds;
}

/** A right spelling close to what was meant, for the common wrong ones. */
function example(text: string): string {
  const found = /^([0-9]+)\s*(ms|d|day|h|hour|hr|m|min|minute|s|sec|second)s?$/i.exec(
    text.trim(),
  );
  if (found === null || found[1]!.length > 6) return "500ms, 90s, 5m or 1h30m";
  const unit = found[2]!.toLowerCase();
  if (unit.startsWith("d")) return `${Number(found[1]) * 24}h`;
  return found[1]! + (unit === "ms" ? "ms" : unit[0]!);
}
