/**
 * Where a value lies on a Connect server: `vault/item/[section/]field`, as in `op://…` references.
 * Pure.
 */

/** A place; vault and item by name or id. */
export interface ItemPlace {
  readonly vault: string;
  readonly item: string;
  readonly section?: string;
  readonly field: string;
}

/** A text as a place, with or without `op://` before it; or what is wrong with it in a few words. */
export function parseItemPlace(text: string): ItemPlace | string {
  const parts = text.replace(/^op:\/\//, "").split("/");
  if (text.includes("?")) return "a Connect server knows no ?attribute=…";
  if (parts.length < 3 || parts.length > 4 || parts.some((part) => part.trim() === "")) {
    return "it is vault/item/field or vault/item/section/field";
  }
  const [vault = "", item = ""] = parts;
  const section = parts.length === 4 ? parts[2] : undefined;
  return { vault, item, section, field: parts.at(-1)! };
}
