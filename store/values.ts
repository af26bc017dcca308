/** What a service's JSON value is as a secret: text as it is, numbers and booleans as JSON has them. */
import { isObject } from "./http_answer.ts";

/**
 * The text that a JSON value stands for: a number or boolean as text, an object or list as JSON;
 * undefined for null, and for what is not there: both mean "not found".
 */
export function textOf(value: unknown): string | undefined {
  if (value === null || value === undefined) return undefined;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** A member of an object as text; only one of its own. */
export function memberText(object: unknown, name: string): string | undefined {
  return isObject(object) && Object.hasOwn(object, name) ? textOf(object[name]) : undefined;
}

/** `name#field` in its two parts, at the last `#`; without one, no field. */
export function splitField(reference: string): { readonly name: string; readonly field?: string } {
  const cut = reference.lastIndexOf("#");
  if (cut < 1) return { name: reference };
  return { name: reference.slice(0, cut), field: reference.slice(cut + 1) };
}

/**
 * A name that goes to a service as path segments, each percent-encoded; undefined for one that would
 * leave its place: an empty, `.` or `..` segment, a control character, a `-` in front.
 */
export function encodePath(name: string): string | undefined {
  const segments = name.split("/");
  const isOdd = segments.some((segment) => segment === "" || /^\.+$/.test(segment));
  if (isOdd || /^-|\p{Cc}/u.test(name)) return undefined;
  return segments.map(encodeURIComponent).join("/");
}
