/**
 * Which field of an item a name means. Pure: it looks at an item as the Connect API shows it.
 *
 * A label goes before an id, an id before a purpose; of two with one label the one outside every
 * section. A name that is still two fields' is an error, never a choice.
 */

import { isObject } from "../http_answer.ts";

/** A field of an item, as far as it is read. */
export interface ItemField {
  readonly id?: string;
  readonly label?: string;
  readonly purpose?: string;
  /** Whatever the server says; a string, by its documentation. */
  readonly value?: unknown;
  readonly section?: { readonly id?: string; readonly label?: string };
}

/** An item with its fields, as far as it is read. */
export interface ConnectItem {
  readonly fields?: readonly ItemField[];
  readonly sections?: readonly { readonly id?: string; readonly label?: string }[];
}

/** Where to look in an item. */
export interface FieldPlace {
  /** Label or id. */
  readonly section?: string;
  /** Label, id, or `username`, `password`, `notes` by their purpose. */
  readonly field: string;
}

/** What was found: a field, none with the names that there are, or several with their places. */
export type PickedField =
  | { readonly field: ItemField }
  | { readonly absent: "field" | "section"; readonly names: readonly string[] }
  | { readonly several: readonly string[] };

/** An item of an answer; what is not of the documented form is left out. */
export function readConnectItem(
  { fields, sections }: Readonly<Record<string, unknown>>,
): ConnectItem {
  const objects = (found: unknown) => Array.isArray(found) ? found.filter(isObject) : [];
  return {
    fields: objects(fields).map((field) => ({
      ...field,
      section: isObject(field.section) ? field.section : undefined,
    })),
    sections: objects(sections),
  };
}

const PURPOSES: Readonly<Record<string, string>> = {
  username: "USERNAME",
  password: "PASSWORD",
  notes: "NOTES",
};

/** The field that is meant. */
export function pickField(item: ConnectItem, wanted: FieldPlace): PickedField {
  const sections = item.sections ?? [];
  const sectionName = (field: ItemField) =>
    sections.find(({ id }) => id === field.section?.id)?.label ?? field.section?.label;
  let fields = item.fields ?? [];
  if (wanted.section !== undefined) {
    const ids = sections.filter(({ label }) => label === wanted.section).map(({ id }) => id);
    const isThere = ids.length > 0 || sections.some(({ id }) => id === wanted.section);
    if (!isThere) return { absent: "section", names: names(sections.map(({ label }) => label)) };
    if (ids.length === 0) ids.push(wanted.section);
    fields = fields.filter(({ section }) => section !== undefined && ids.includes(section.id));
  }
  const candidates = firstNonEmpty(
    fields.filter(({ label }) => label === wanted.field),
    fields.filter(({ id }) => id === wanted.field),
    fields.filter(({ purpose }) => purpose !== undefined && purpose === PURPOSES[wanted.field]),
  );
  if (candidates.length === 0) {
    return { absent: "field", names: names(fields.map(({ label, id }) => label || id)) };
  }
  const outside = candidates.filter(({ section }) => section === undefined);
  const [field, another] = outside.length === 1 ? outside : candidates;
  if (another === undefined) return { field: field! };
  return { several: candidates.map((one) => `${sectionName(one) ?? "no section"}`) };
}

function firstNonEmpty<T>(...lists: readonly T[][]): T[] {
  return lists.find((list) => list.length > 0) ?? [];
}

function names(all: readonly (string | undefined)[]): string[] {
  return [...new Set(all.filter((name) => name !== undefined && name !== ""))] as string[];
}
