/**
 * The nodes of a YAML tree, as yaml.ts builds them and shape.ts reads them.
 *
 * A scalar keeps its text as written; whoever reads the field decides what it means.
 */
import type { Place } from "./places.ts";

/**
 * A text: `plain` if written without quotes and not as a block, `swallows` if a plain one goes on in
 * a line that begins with `-`: YAML takes it for text, its author meant an entry of a list.
 */
export interface YamlScalar {
  readonly kind: "scalar";
  readonly place: Place;
  readonly text: string;
  readonly plain: boolean;
  readonly swallows?: true;
}

/** A list; `flow` if written in brackets. */
export interface YamlList {
  readonly kind: "list";
  readonly place: Place;
  readonly flow: boolean;
  readonly items: readonly YamlNode[];
}

/** A map; `flow` if written in braces. Keys are unique and texts. */
export interface YamlMap {
  readonly kind: "map";
  readonly place: Place;
  readonly flow: boolean;
  readonly entries: readonly YamlEntry[];
}

/** What is already reported as a mistake: readers pass over it in silence. */
export interface YamlBad {
  readonly kind: "bad";
  readonly place: Place;
}

/** One field of a map; `place` is the key's. */
export interface YamlEntry {
  readonly key: string;
  readonly place: Place;
  readonly value: YamlNode;
}

export type YamlNode = YamlScalar | YamlList | YamlMap | YamlBad;

/** Whether a node is YAML's null: `~`, `null`, or nothing at all. */
export function isNull(node: YamlNode): boolean {
  return node.kind === "scalar" && node.plain && /^(?:~|null|Null|NULL)?$/.test(node.text);
}

/** Whether nothing is written there at all. */
export function isBlank(node: YamlNode): boolean {
  return node.kind === "scalar" && node.plain && node.text === "";
}

const CORE_VALUE =
  /^(?:~|null|Null|NULL|true|True|TRUE|false|False|FALSE|0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/** Whether YAML 1.2 takes a plain scalar for null, a boolean or a number. */
export function isCoreValue(node: YamlScalar): boolean {
  return node.plain && CORE_VALUE.test(node.text);
}
