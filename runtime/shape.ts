/**
 * Shapes: what a field may hold, as a table entry that can read a node and describe itself.
 *
 * A shape reads a YAML node into a typed value, or reports what was found and what was expected and
 * gives undefined. `form` is the same knowledge as plain data, for the JSON Schemas. This file has
 * the shapes of single texts; shape_fields.ts those of lists and maps.
 */
import { CONTROL } from "../store/rules.ts";
import { describe, type Fault, isFault, quote, type Report } from "./report.ts";
import { didYouMean } from "./nearest.ts";
import type { Place } from "./places.ts";
import { isNull, type YamlNode } from "./yaml_node.ts";

/** A shape as data. `expected` completes "expected …"; `pattern` is a regular expression. */
export type Form =
  | { readonly type: "text"; readonly expected: string; readonly pattern?: string }
  | { readonly type: "choice"; readonly values: readonly string[] }
  | { readonly type: "flag" }
  | { readonly type: "list"; readonly item: Form; readonly atLeast: number }
  | { readonly type: "fields"; readonly fields: Readonly<Record<string, FieldForm>> }
  | { readonly type: "table"; readonly value: Form }
  | { readonly type: "forms"; readonly of: readonly Form[] };

/** A field of a map as data. */
export interface FieldForm {
  readonly form: Form;
  /** One sentence for readers of the schema. */
  readonly about: string;
  readonly required: boolean;
  /** The default as task.yaml would write it. */
  readonly default?: string;
}

/** Where a reader stands: the report it writes to, and what it reads, in the words of a message. */
export interface At {
  readonly report: Report;
  /** `"timeout"`, `"permissions.net"`, `an entry of "permissions.net"`. */
  readonly label: string;
  /** The dotted name of a field; undefined inside a list's entry; empty for the file. */
  readonly path: string | undefined;
  /** A comma may have cut the text that stands there off a value: no message shows it. */
  readonly cutOff?: boolean;
}

/** What a field may hold. */
export interface Shape<T> {
  readonly form: Form;
  /** The value, or undefined after the mistake was reported. */
  read(node: YamlNode, at: At): T | undefined;
}

/** The value type of a shape. */
export type Value<S> = S extends Shape<infer T> ? T : never;

/** What to do where a comma ended a text too early. */
export const COMMA_HINT = "put a text that holds a comma in quotes";
const INDENT_HINT = 'give all "-" of one list the same number of spaces';

/** The place to read a whole file at. */
export function atFile(report: Report): At {
  return { report, label: report.name, path: "" };
}

/** The place of a field of what stands at `at`; its name may be any text of the file. */
export function atField(at: At, name: string): At {
  if (at.path === undefined) return { ...at, label: `${quote(name)} of ${at.label}` };
  const path = at.path === "" ? name : `${at.path}.${name}`;
  return { ...at, path, label: quote(path) };
}

/** The place of a list's entry. */
export function atEntry(at: At): At {
  return { ...at, path: undefined, label: `an entry of ${at.label}` };
}

/** Reports a node of the wrong kind; what is already reported stays so. */
export function reportKind(
  node: YamlNode,
  at: At,
  expected: string,
  options: { readonly hint?: string; readonly sensitive?: boolean } = {},
): undefined {
  if (node.kind === "bad") return;
  const found = describe(node, options.sensitive || at.cutOff || false);
  const message = `cannot read ${at.label}: expected ${expected}, found ${found}`;
  const hint = node.kind === "scalar" && node.swallows ? INDENT_HINT : options.hint;
  at.report.add(node.place, message, hint ?? nothingHint(node, at));
}

/** Reports a text that took in what follows: `- A` with a deeper `- B` below it is `A - B` to YAML. */
export function reportSwallowed(node: YamlNode, at: At): undefined {
  const message = `cannot read ${at.label}: it goes on in a line that begins with "-"`;
  at.report.add(node.place, message, INDENT_HINT);
}

function nothingHint(node: YamlNode, at: At): string | undefined {
  if (!isNull(node)) return undefined;
  const isEntry = at.path === undefined && at.label.startsWith("an entry of");
  return isEntry ? "write it, or remove the entry" : "write it, or remove the line";
}

/** Reports what is wrong with a text. */
export function reportFault(
  place: Place,
  at: At,
  fault: Fault,
  options: { readonly text: string; readonly sensitive?: boolean },
): undefined {
  const isHidden = options.sensitive || fault.private || at.cutOff;
  const subject = isHidden ? "the text" : quote(options.text);
  const hint = at.cutOff ? COMMA_HINT : fault.hint;
  at.report.add(place, `cannot use ${at.label}: ${subject} ${fault.state}`, hint);
}

export interface ScalarOptions<T> {
  /** Completes "expected …": `a duration`. */
  readonly expected: string;
  readonly parse: (text: string) => T | Fault;
  readonly form?: Form;
  /** The text may be a secret: no message shows it. */
  readonly sensitive?: boolean;
  /** It may go on over lines, whatever they begin with. */
  readonly lines?: boolean;
  /** The hint for a list, a map or nothing in its place. */
  readonly hint?: string;
}

/** A single text, parsed. Numbers, booleans and dates count as written; null does not. */
export function scalar<T>(options: ScalarOptions<T>): Shape<T> {
  const { expected, sensitive = false } = options;
  return {
    form: options.form ?? { type: "text", expected },
    read(node, at) {
      if (node.kind !== "scalar" || isNull(node)) {
        return reportKind(node, at, expected, { hint: options.hint, sensitive });
      }
      if (node.swallows && !options.lines) return reportSwallowed(node, at);
      const value = options.parse(node.text);
      if (!isFault(value)) return value;
      return reportFault(node.place, at, value, { text: node.text, sensitive });
    },
  };
}

/** A text that passes a check; as a rule one line, 1 to `longest` characters (default 1,000). */
export function text(
  expected: string,
  check: (text: string) => Fault | undefined = () => undefined,
  options: { readonly longest?: number; readonly lines?: boolean; readonly hint?: string } = {},
): Shape<string> {
  const longest = options.longest ?? 1000;
  return scalar({
    expected,
    hint: options.hint,
    lines: options.lines,
    parse: (found) => {
      if (found.trim() === "") return { state: "is empty" };
      if (found.length > longest) return { state: `is longer than ${longest} characters` };
      const checked = options.lines ? found.replace(/[\t\r\n]/g, " ") : found;
      if (CONTROL.test(checked)) return { state: "holds a line break or a control character" };
      return check(found) ?? found;
    },
  });
}

/** One of a few words. */
export function choice<const V extends string>(
  values: readonly V[],
  hints: Readonly<Record<string, string>> = {},
): Shape<V> {
  const known = values.join(", ");
  return scalar<V>({
    expected: `one of ${known}`,
    form: { type: "choice", values },
    parse: (found) => {
      const value = values.find((word) => word === found);
      if (value !== undefined) return value;
      const hint = Object.hasOwn(hints, found) ? hints[found] : didYouMean(found, values);
      if (hint === undefined) return { state: "is not known", hint: `known are ${known}` };
      return { state: values.length > 6 ? "is not known" : `is not one of ${known}`, hint };
    },
  });
}

/** `true` or `false`, without quotes. */
export function flag(): Shape<boolean> {
  return {
    form: { type: "flag" },
    read(node, at) {
      return flagOf(node) ?? reportKind(node, at, "true or false", { hint: flagHint(node) });
    },
  };
}

/** The boolean that a node is, if it is one: true or false without quotes. */
export function flagOf(node: YamlNode): boolean | undefined {
  if (node.kind !== "scalar" || !node.plain) return undefined;
  if (/^(?:true|True|TRUE)$/.test(node.text)) return true;
  return /^(?:false|False|FALSE)$/.test(node.text) ? false : undefined;
}

function flagHint(node: YamlNode): string | undefined {
  if (node.kind !== "scalar") return undefined;
  if (/^(?:true|yes|on|1|y)$/i.test(node.text)) return "write true, without quotes";
  if (/^(?:false|no|off|0|n)$/i.test(node.text)) return "write false, without quotes";
  return undefined;
}
