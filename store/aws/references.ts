/**
 * What a key asks of AWS: a name, and the member of its value if that is a JSON object; and that
 * member's text.
 */
import { isObject } from "../http_answer.ts";
import { nameOf, type Naming } from "../options.ts";
import { type ProviderFailure, Secret } from "../provider.ts";
import { quoteWhole } from "../quote.ts";
import { memberText, splitField } from "../values.ts";

/** One key of the run's. */
export interface AwsReference {
  readonly key: string;
  /** The secret's or parameter's name, or its ARN. */
  readonly name: string;
  readonly field?: string;
}

/** How a value that is not what it should be is told. */
export type FailValue = (found: string, hint: string) => ProviderFailure;

/** The reference of a key: `map`, or `prefix` and the key; `#field` at its end, or the option. */
export function referTo(options: Naming & { readonly field?: string }, key: string): AwsReference {
  const { name, field = options.field } = splitField(nameOf(options, key).name);
  return { key, name, ...(field === undefined ? {} : { field }) };
}

/** What of the values is what the keys ask for. */
export function pickValues(
  references: readonly AwsReference[],
  values: ReadonlyMap<string, string>,
  fail: FailValue,
): Map<string, Secret> {
  const found = new Map<string, Secret>();
  for (const { key, name, field } of references) {
    const value = values.get(name);
    if (value === undefined) continue;
    const text = field === undefined ? value : readField(name, value, field, fail);
    if (text !== undefined) found.set(key, new Secret(text));
  }
  return found;
}

/** A value that has to be a JSON object. */
export function parseMembers(
  name: string,
  value: string,
  fail: FailValue,
): Readonly<Record<string, unknown>> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    // What JSON.parse says quotes the value.
  }
  if (isObject(parsed)) return parsed;
  throw fail(
    `the value of ${quoteWhole(name)} is no JSON object, and has no member to take`,
    'store it as {"name": "value"}, or ask for the whole of it',
  );
}

/** A member that is not there is a mistake in writing, and no absence. */
function readField(
  name: string,
  value: string,
  field: string,
  fail: FailValue,
): string | undefined {
  const object = parseMembers(name, value, fail);
  if (Object.hasOwn(object, field)) return memberText(object, field);
  const names = Object.keys(object).slice(0, 20).map(quoteWhole).join(", ");
  throw fail(
    `the value of ${quoteWhole(name)} has no member ${quoteWhole(field)}`,
    names === "" ? "it has none at all" : `it has ${names}`,
  );
}
