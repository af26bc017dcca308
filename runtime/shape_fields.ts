/**
 * The shapes of lists and maps: every entry is read, every mistake reported, none ends the reading.
 *
 * fields() is a map with known names, table() one with free names, list() a list, forms() one of
 * several. A field that is there and wrong has a slot with no value, so that no second message says
 * that it is missing.
 */
import { nearest } from "./nearest.ts";
import { quote } from "./report.ts";
import type { Place } from "./places.ts";
import {
  type At,
  atEntry,
  atField,
  COMMA_HINT,
  type Form,
  reportKind,
  reportSwallowed,
  type Shape,
  type Value,
} from "./shape.ts";
import { isBlank, type YamlEntry, type YamlMap, type YamlNode } from "./yaml_node.ts";

/** A field of a map: its shape, and what it is for. */
export interface Field<T> {
  readonly shape: Shape<T>;
  readonly about: string;
  readonly required?: boolean;
  readonly default?: string;
}

/** A field that is there; `value` is undefined if it is wrong. */
export interface Slot<T> {
  readonly value: T | undefined;
  readonly keyPlace: Place;
  readonly place: Place;
}

type FieldTable = Readonly<Record<string, Field<unknown>>>;

/** What fields() reads: the slots of the fields that are there. */
export interface Fields<F extends FieldTable> {
  readonly place: Place;
  readonly slots: { readonly [K in keyof F]?: Slot<Value<F[K]["shape"]>> };
}

export interface FieldsOptions {
  /** Says what an unknown name means; true if it did, else the nearest known name is reported. */
  readonly unknown?: (entry: YamlEntry, at: At) => boolean;
  /** Its texts may be secrets: an unknown name in braces is not shown, a comma may have cut it off. */
  readonly sensitive?: boolean;
  /** The hint for what is no map; of a bare word where it depends on that. */
  readonly hint?: string | ((word: string | undefined) => string);
}

/** A map with known names. */
export function fields<const F extends FieldTable>(
  table: F,
  options: FieldsOptions = {},
): Shape<Fields<F>> {
  return {
    form: fieldsForm(table),
    read(node, at) {
      if (node.kind !== "map") {
        const hint = typeof options.hint === "function"
          ? options.hint(bareWord(node))
          : options.hint;
        return reportKind(node, at, "a map", { hint, sensitive: options.sensitive });
      }
      const slots: Record<string, Slot<unknown>> = Object.create(null);
      for (const entry of node.entries) {
        const field = Object.hasOwn(table, entry.key) ? table[entry.key]! : undefined;
        if (field === undefined) {
          const meant = reportUnknown(node, entry, at, Object.keys(table), options);
          const slot = { value: undefined, keyPlace: entry.place, place: entry.value.place };
          if (meant !== undefined) slots[meant] ??= slot;
        } else slots[entry.key] = readSlot(entry, field.shape, atField(at, entry.key));
      }
      for (const [name, field] of Object.entries(table)) {
        if (field.required && slots[name] === undefined) {
          at.report.add(
            node.place,
            `cannot read ${at.label}: "${name}" is missing`,
            `add "${name}": ${field.about}`,
          );
        }
      }
      return { place: node.place, slots: slots as Fields<F>["slots"] };
    },
  };
}

function readSlot<T>(entry: YamlEntry, shape: Shape<T>, at: At): Slot<T> {
  return { value: shape.read(entry.value, at), keyPlace: entry.place, place: entry.value.place };
}

function fieldsForm(table: FieldTable): Form {
  const forms = Object.entries(table).map(([name, field]) => [name, {
    form: field.shape.form,
    about: field.about,
    required: field.required ?? false,
    ...(field.default === undefined ? {} : { default: field.default }),
  }]);
  return { type: "fields", fields: Object.fromEntries(forms) };
}

/** Reports a name that the table lacks; the field that was meant, if that can be told. */
function reportUnknown(
  map: YamlMap,
  entry: YamlEntry,
  at: At,
  known: readonly string[],
  options: FieldsOptions,
): string | undefined {
  if (reportCutOff(map, entry, at)) return undefined;
  if (options.unknown?.(entry, at)) return undefined;
  const near = nearest(entry.key, known);
  const hidden = near === undefined && map.flow && options.sensitive;
  const name = hidden ? "unknown field" : `unknown field ${quote(entry.key)}`;
  const hint = near === undefined ? `known are ${known.join(", ")}` : `did you mean "${near}"?`;
  at.report.add(entry.place, `${name} in ${at.label}`, hint);
  return near;
}

/** Reports a name that a comma may have cut off a value, if an entry of a map is one. */
function reportCutOff(map: YamlMap, entry: YamlEntry, at: At): boolean {
  // SECURITY: in `{ value: a, b }` the name "b" is a piece of the value: it is not shown
  // (tests/unit/runtime/shape_test.ts).
  if (!map.flow || !isBlank(entry.value)) return false;
  const message = `cannot read ${at.label}: a name without a value stands in { }`;
  at.report.add(entry.place, message, COMMA_HINT);
  return true;
}

/** A map with free names, in order. Names are checked by the caller. */
export function table<T>(
  value: Shape<T>,
  options: { readonly hint?: string } = {},
): Shape<readonly { readonly name: string; readonly slot: Slot<T> }[]> {
  return {
    form: { type: "table", value: value.form },
    read(node, at) {
      if (node.kind !== "map") return reportKind(node, at, "a map", options);
      return node.entries.filter((entry) => !reportCutOff(node, entry, at)).map((entry) => ({
        name: entry.key,
        slot: readSlot(entry, value, atField(at, entry.key)),
      }));
    },
  };
}

/** A value with its place. */
export interface Placed<T> {
  readonly value: T;
  readonly place: Place;
}

export interface ListOptions {
  /** An entry as a hint shows it. */
  readonly example?: string;
  readonly atLeast?: number;
  /** The entry that a bare word stands for; as a rule the word. */
  readonly entryOf?: (word: string) => string;
}

/** A list; wrong entries are reported and left out. */
export function list<T>(item: Shape<T>, options: ListOptions = {}): Shape<readonly Placed<T>[]> {
  const { example, atLeast = 0 } = options;
  return {
    form: { type: "list", item: item.form, atLeast },
    read(node, at) {
      if (node.kind !== "list") {
        return reportKind(node, at, "a list", {
          hint: listHint(node, options),
          sensitive: node.kind === "scalar" && node.text.includes("="),
        });
      }
      if (node.items.length < atLeast) {
        at.report.add(
          node.place,
          `cannot use ${at.label}: the list is empty`,
          example && `write one such as [${example}]`,
        );
      }
      // SECURITY: in `[A=b, c]` the entry "c" may be a piece of A's value: it is not shown
      // (tests/unit/runtime/shape_test.ts).
      const first = node.flow ? node.items.findIndex(isAssignment) : -1;
      return node.items.flatMap((entry, index) => {
        const isText = entry.kind === "scalar" && entry.plain;
        const isCutOff = isText && first !== -1 && index > first;
        const entryAt = { ...atEntry(at), cutOff: isCutOff };
        const value = entry.kind === "scalar" && entry.swallows
          ? reportSwallowed(entry, entryAt)
          : item.read(entry, entryAt);
        return value === undefined ? [] : [{ value, place: entry.place }];
      });
    },
  };
}

/** `NAME=value` without quotes. */
function isAssignment(node: YamlNode): boolean {
  return node.kind === "scalar" && node.plain && node.text.includes("=");
}

function listHint(node: YamlNode, { example, entryOf }: ListOptions): string | undefined {
  const word = bareWord(node);
  if (word !== undefined) return `write [${entryOf?.(word) ?? word}]`;
  return example && `write a list such as [${example}]`;
}

/** The text of a node that a hint may repeat without quotes. */
function bareWord(node: YamlNode): string | undefined {
  if (node.kind !== "scalar" || !/^[\w.\/~-]+$/.test(node.text)) return undefined;
  return /^(?:~|true|false|null)$/i.test(node.text) ? undefined : node.text;
}

/** One shape for a text and another for a map, or a list: the node decides. */
export function forms<A, B>(
  expected: string,
  of: { readonly scalar?: Shape<A>; readonly list?: Shape<A>; readonly map: Shape<B> },
  options: { readonly hint?: string; readonly sensitive?: boolean } = {},
): Shape<A | B> {
  const shapes: { readonly [kind: string]: Shape<A | B> | undefined } = of;
  return {
    form: { type: "forms", of: Object.values(of).map((shape) => shape.form) },
    read(node, at) {
      const shape = shapes[node.kind];
      if (shape === undefined) return reportKind(node, at, expected, options);
      return shape.read(node, at);
    },
  };
}
