/**
 * Collects every mistake of one file, in the order of their places, and words what was found.
 *
 * A text of the file reaches a message only through quote(), which cuts it and escapes what could
 * steer a terminal. Fields that may hold a secret are never quoted: their shape says so (shape.ts).
 */
import { ConfigError, type ErrorCode, type Problem, type Where } from "../sdk/errors.ts";
import { quoteWhole } from "../store/quote.ts";
import type { Place } from "./places.ts";
import { isNull, type YamlNode } from "./yaml_node.ts";

/** What is wrong with a text, as a predicate: `has no unit`. Never quotes the text itself. */
export interface Fault {
  readonly state: string;
  readonly hint?: string;
  /** The text may hold a credential, as a URL may: no message shows it. */
  readonly private?: boolean;
}

/** Tells a Fault from a parsed value. */
export function isFault(value: unknown): value is Fault {
  return typeof value === "object" && value !== null && "state" in value;
}

const LONGEST_QUOTE = 80;

/** A text as a JSON string on one line, cut at 80 characters, with invisible ones escaped. */
export function quote(text: string): string {
  const start = Array.from(text.slice(0, 2 * LONGEST_QUOTE + 2));
  const cut = start.length > LONGEST_QUOTE;
  return quoteWhole(cut ? start.slice(0, LONGEST_QUOTE).join("") + "…" : text);
}

/** What a node is, for "found …"; the text of a sensitive one is not shown. */
export function describe(node: YamlNode, sensitive: boolean): string {
  if (node.kind === "list") return "a list";
  if (node.kind === "map") return "a map";
  if (isNull(node)) return "nothing";
  return node.kind === "scalar" && !sensitive ? quote(node.text) : "a text";
}

/** The problems and warnings of one file. */
export class Report {
  /** The file's name without its folders, for messages. */
  readonly name: string;
  readonly #problems: Problem[];
  readonly #warnings: Problem[] = [];

  constructor(readonly file: string, problems: readonly Problem[] = []) {
    this.name = file.slice(file.lastIndexOf("/") + 1);
    this.#problems = [...problems];
  }

  /** Notes a mistake; the file is refused in the end. */
  add(place: Place, message: string, hint?: string, code: ErrorCode = "config_invalid"): void {
    this.#problems.push(problem(code, message, hint, this.where(place)));
  }

  /** Notes what is accepted without effect. */
  warn(place: Place, message: string, hint?: string): void {
    this.#warnings.push(problem("config_invalid", message, hint, this.where(place)));
  }

  where(place: Place): Where {
    return { file: this.file, line: place.line, column: place.column };
  }

  get warnings(): readonly Problem[] {
    return this.#warnings.toSorted(byPlace);
  }

  /** @throws {ConfigError} with every mistake noted, if there is one. */
  finish(): void {
    const [first, ...rest] = this.#problems.toSorted(byPlace);
    if (first !== undefined) throw new ConfigError([first, ...rest]);
  }
}

function problem(code: ErrorCode, message: string, hint: string | undefined, where: Where) {
  return hint === undefined ? { code, message, where } : { code, message, hint, where };
}

function byPlace(a: Problem, b: Problem): number {
  return (a.where.line ?? 0) - (b.where.line ?? 0) ||
    (a.where.column ?? 0) - (b.where.column ?? 0);
}
