/**
 * Checks a cron schedule: five fields (`0 9 * * 1-5`), `@daily` and its kin, `@every 5m`.
 *
 * dicode itself runs no schedules: they are checked for whoever does. Every fault names the field.
 */
import { parseDuration } from "./duration.ts";
import { type Fault, isFault } from "./report.ts";
import { didYouMean } from "./nearest.ts";

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

interface CronField {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly words?: readonly string[];
}

const FIELDS: readonly CronField[] = [
  { name: "minute", least: 0, most: 59 },
  { name: "hour", least: 0, most: 23 },
  { name: "day of the month", least: 1, most: 31 },
  { name: "month", least: 1, most: 12, words: MONTHS },
  { name: "day of the week", least: 0, most: 7, words: DAYS },
];

const NAMED = ["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"];

/** What is wrong with a schedule, if anything. Never quotes it: it may be a parameter's default. */
export function checkCron(schedule: string): Fault | undefined {
  if (schedule.startsWith("@")) return checkNamed(schedule);
  const parts = schedule.trim().split(/[ \t]+/);
  if (parts.length !== FIELDS.length) {
    const count = parts.length === 1 ? "1 field" : `${parts.length} fields`;
    const hint = 'write minute, hour, day, month and weekday, such as "0 9 * * 1-5"';
    return { state: `has ${count}, not 5`, hint };
  }
  for (const [index, field] of FIELDS.entries()) {
    if (!parts[index]!.split(",").every((part) => fits(part, field))) {
      const { name, least, most } = field;
      const hint =
        `write *, a number from ${least} to ${most}, a range (${least}-${most}) or a step (*/2)`;
      return { state: `has a wrong ${name}`, hint };
    }
  }
  return undefined;
}

function checkNamed(schedule: string): Fault | undefined {
  if (NAMED.includes(schedule)) return undefined;
  const every = /^@every (.*)$/.exec(schedule);
  if (every !== null) {
    const duration = parseDuration(every[1]!);
    if (!isFault(duration) && duration > 0) return undefined;
    return { state: "has no duration after @every", hint: 'write "@every 5m"' };
  }
  const hint = didYouMean(schedule, NAMED) ?? `known are ${NAMED.join(", ")} and @every`;
  return { state: "is not a known schedule", hint };
}

function fits(part: string, field: CronField): boolean {
  const found = /^(\*|[a-z0-9]+(?:-[a-z0-9]+)?)(?:\/([0-9]{1,4}))?$/i.exec(part);
  if (found === null) return false;
  if (found[2] !== undefined && Number(found[2]) < 1) return false;
  if (found[1] === "*") return true;
  const [from, to = from] = found[1]!.split("-").map((end) => valueOf(end, field));
  if (from === undefined || to === undefined) return false;
  return from <= to && from >= field.least && to <= field.most;
}

function valueOf(text: string, field: CronField): number | undefined {
  if (/^[0-9]{1,4}$/.test(text)) return Number(text);
  const index = field.words?.indexOf(text.toLowerCase()) ?? -1;
  return index === -1 ? undefined : index + (field.least === 1 ? 1 : 0);
}
