/** A receipt in lines for people, and as the JSON document of `--audit=FILE`. Pure. */
import { formatWhere } from "../sdk/errors.ts";
import { formatJsonLine } from "./json_line.ts";
import type { Asked, Receipt, Unused } from "./receipt.ts";

/** How many lines of one group are shown; the document has all. */
const MOST_LINES = 50;
/** How much of a value is shown. */
const MOST_CHARACTERS = 200;
/** How many names stand in one line. */
const MOST_NAMES = 20;

/** What of the run the lines and the document tell beside it. */
export interface ReceiptRun {
  readonly task: string;
  readonly runId: string;
  /** Whether the run ended well: else it may not have come to what it declares. */
  readonly endedWell: boolean;
}

/** The lines that `dicode run --audit` says. */
export function formatReceipt(receipt: Receipt, { endedWell }: ReceiptRun): string[] {
  const { asked, unused, notObserved, complete } = receipt;
  const granted = asked.filter((access) => access.granted);
  const denied = asked.filter((access) => !access.granted);
  const hasPrograms = notObserved.includes("run");
  const lines = [
    "receipt: what the task's code asked Deno for; a hostile task can falsify it",
    ...formatGroup(granted.length > 0 ? "granted:" : "granted: nothing", granted.map(formatAsked)),
    ...formatDenied(denied),
    ...formatUnused(unused, hasPrograms, endedWell),
  ];
  if (hasPrograms) lines.push("programs: not observed");
  if (!complete) lines.push("and more: it asked for more than is kept");
  if (denied.length === 0 && unused.length === 0) {
    lines.push("task.yaml declares what was asked for, and no more");
  } else {
    const what = endedWell ? "this run" : "what this run came to";
    lines.push(`task.yaml that fits ${what}; uncomment only what the task needs:`);
    const fitting = receipt.fitting.split("\n").map(clip);
    lines.push(...formatGroup("", fitting).slice(1));
  }
  return lines;
}

/** The document of `--audit=FILE`, with a line feed at its end. */
export function formatReceiptDocument(receipt: Receipt, { task, runId }: ReceiptRun): string {
  return formatJsonLine({
    version: 1,
    task,
    run_id: runId,
    asked: receipt.asked,
    unused: receipt.unused.map(({ permission, value, where }) => ({
      permission,
      value,
      file: where.file,
      line: where.line ?? null,
    })),
    not_observed: receipt.notObserved,
    complete: receipt.complete,
    fitting: receipt.fitting,
  });
}

function formatGroup(title: string, lines: readonly string[]): string[] {
  const more = lines.length - MOST_LINES;
  const shown = more > 0 ? [...lines.slice(0, MOST_LINES), `… ${more} more`] : lines;
  return [title, ...shown.map((line) => `  ${line}`)];
}

function formatAsked({ permission, value }: Asked): string {
  return `${permission} ${value === null ? "(all at once)" : clip(value)}`;
}

/** Variables in one line: packages look for dozens of them, which read as not set. */
function formatDenied(denied: readonly Asked[]): string[] {
  if (denied.length === 0) return [];
  const others = denied.filter(({ permission }) => permission !== "env");
  const names = denied.filter(({ permission }) => permission === "env").map(({ value }) => value!);
  const lines = others.length === 0
    ? []
    : formatGroup("asked for and denied; add only what the task needs:", others.map(formatAsked));
  if (names.length > 0) {
    const more = names.length - MOST_NAMES;
    const shown = names.slice(0, MOST_NAMES).map(clip).join(", ");
    lines.push(
      "variables that were looked for and are not declared; they read as not set:",
      `  ${shown}${more > 0 ? ` … ${more} more` : ""}`,
    );
  }
  return lines;
}

function formatUnused(
  unused: readonly Unused[],
  hasPrograms: boolean,
  endedWell: boolean,
): string[] {
  if (unused.length === 0) return [];
  const who = hasPrograms ? "by the task's own code (a program may have used it)" : "";
  const when = endedWell ? "" : "in a run that did not end well";
  const detail = [who, when].filter((text) => text !== "").join(", ");
  const title = `declared and not used${detail === "" ? "" : ` ${detail}`}:`;
  return formatGroup(
    title,
    unused.map(({ permission, value, where }) => {
      const place = where.line === undefined ? "" : ` (${formatWhere(where)})`;
      return `${permission} ${clip(value)}${place}`;
    }),
  );
}

function clip(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}
