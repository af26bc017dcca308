/**
 * Secret references, `op://vault/item/[section/]field`: taken apart, made from a key, and put into a
 * template that `op inject` fills. Pure: no files, no programs.
 *
 * Source: developer.1password.com/docs/cli/secret-reference-syntax.
 */

/** A reference and its parts, as they were written. */
export interface SecretReference {
  /** All of it, `op://…`. */
  readonly text: string;
  /** A name or an id, as the item is. */
  readonly vault: string;
  readonly item: string;
  readonly section?: string;
  /** Without `?attribute=…`. */
  readonly field: string;
}

/** Where the key goes in a template such as `op://Automation/{key}/credential`. */
export const KEY_SLOT = "{key}";

/**
 * Characters that no reference holds. Quotes and backslashes op refuses; braces and `$` mean
 * something in its templates: `op inject` would put a variable of the environment in their place.
 * SECURITY: a task's author writes the keys (tests/providers/1password_calls_test.ts).
 */
// deno-lint-ignore no-control-regex
const FORBIDDEN = /[\x00-\x1f\x7f{}$"'`\\]/;

/** A text as a reference, or what is wrong with it in a few words. */
export function parseReference(text: string): SecretReference | string {
  if (!text.startsWith("op://")) return 'a secret reference begins with "op://"';
  const character = text.match(FORBIDDEN)?.[0];
  if (character !== undefined) {
    return `${JSON.stringify(character)} cannot stand in a secret reference`;
  }
  const [path = "", ...query] = text.slice("op://".length).split("?");
  if (query.length > 1) return "a secret reference has at most one ?";
  const parts = path.split("/");
  if (parts.length < 3 || parts.length > 4 || parts.some((part) => part.trim() === "")) {
    return "a secret reference is op://vault/item/field or op://vault/item/section/field";
  }
  const [vault = "", item = ""] = parts;
  const section = parts.length === 4 ? parts[2] : undefined;
  return { text, vault, item, section, field: parts.at(-1)! };
}

/** The reference of a key by a template; undefined if the key would change what the rest means. */
export function makeReference(template: string, key: string): SecretReference | undefined {
  if (/[/?]/.test(key)) return undefined;
  const reference = parseReference(template.replaceAll(KEY_SLOT, () => key));
  return typeof reference === "string" ? undefined : reference;
}

/**
 * A template of all references, each behind a mark of its own.
 *
 * @param mark letters and digits that are in no value; random for each template.
 */
export function writeTemplate(references: readonly SecretReference[], mark: string): string {
  const parts = references.map(({ text }, at) => `${mark}.${at}.{{ ${text} }}`);
  return `${parts.join("")}${mark}.end.`;
}

/**
 * The values of a filled template by the references' texts, or undefined if it is not all there: a
 * mark is missing, or a reference is still in its place.
 */
export function readTemplate(
  references: readonly SecretReference[],
  mark: string,
  filled: string,
): Map<string, string> | undefined {
  const values = new Map<string, string>();
  for (const [at, { text }] of references.entries()) {
    const start = `${mark}.${at}.`;
    const end = at + 1 < references.length ? `${mark}.${at + 1}.` : `${mark}.end.`;
    const from = filled.indexOf(start);
    const to = filled.indexOf(end);
    if (from === -1 || to < from) return undefined;
    const value = filled.slice(from + start.length, to);
    if (value === `{{ ${text} }}`) return undefined;
    values.set(text, value);
  }
  return values;
}
