/**
 * `params` of task.yaml, as a map (`name: default`) or as a list.
 *
 * Parameters are texts; `type` only checks them. A default may be a secret that somebody wrote down:
 * no message here shows one.
 */
import type { Where } from "../sdk/errors.ts";
import { checkParam } from "./names.ts";
import { checkParamValue } from "./param_value.ts";
import type { Place } from "./places.ts";
import { quote, type Report } from "./report.ts";
import { type At, atField, choice, flag, reportFault, scalar, type Shape, text } from "./shape.ts";
import { type Fields, fields, forms, list, type Slot, table } from "./shape_fields.ts";

/** The types that a parameter may have. */
export const PARAM_TYPES = ["string", "number", "boolean", "cron"] as const;

/** A parameter of the task. */
export interface Param {
  /** Unique among the task's parameters. */
  readonly name: string;
  /** The value of a run that gives none; of its type. */
  readonly default?: string;
  /** What it is for, in the author's words. */
  readonly description?: string;
  /** Whether a run without a value, where there is no default, is refused. */
  readonly required: boolean;
  /** What the text must be; it stays a text. */
  readonly type: "string" | "number" | "boolean" | "cron";
  /** Its place in task.yaml. */
  readonly where: Where;
}

const defaultText = scalar({
  expected: "a text",
  sensitive: true,
  hint: 'write "" for an empty text',
  parse: (found) => checkParamValue(found, "string") ?? found,
});

/** What other languages call the types. */
const TYPE_HINTS = {
  int: "write number",
  integer: "write number",
  float: "write number",
  bool: "write boolean",
  text: "write string",
};

const BODY = {
  default: { shape: defaultText, about: "the text if none is given" },
  description: {
    shape: text("a text", undefined, { lines: true, longest: 4000 }),
    about: "what it is for",
  },
  required: { shape: flag(), about: "whether a run without it is refused", default: "false" },
  type: {
    shape: choice(PARAM_TYPES, TYPE_HINTS),
    about: "what the text must be",
    default: "string",
  },
} as const;

const ITEM = {
  name: {
    shape: text("a parameter's name", checkParam),
    about: "the parameter's name",
    required: true,
  },
  ...BODY,
} as const;

type Body = Fields<typeof BODY>;

const shorthand: Shape<string> = scalar({
  expected: "a default or a map",
  sensitive: true,
  hint: 'write "" for an empty default, or { required: true } for none',
  parse: (found) => checkParamValue(found, "string") ?? found,
});

const value = forms("a default or a map", {
  scalar: shorthand,
  map: fields(BODY, { sensitive: true }),
}, { hint: "write a default, or a map with default, description, required and type" });

const item = fields(ITEM, { sensitive: true, hint: "write { name: repo, default: … }" });

/** What stands under `params`. */
export const paramsShape = forms("a map or a list", {
  map: table(value),
  list: list(item, { example: "{ name: repo, default: … }" }),
}, { hint: "write a map such as { repo: denoland/deno }" });

/** The parameters, in order; names that break the rules or come twice are reported. */
export function readParams(
  slot: Slot<NonNullable<ReturnType<typeof paramsShape.read>>> | undefined,
  report: Report,
  root: At,
): Param[] {
  const at = atField(root, "params");
  const lines = new Map<string, number>();
  return (slot?.value ?? []).flatMap((found) => {
    const entry = "slot" in found ? fromMap(found, at) : fromList(found);
    if (entry === undefined) return [];
    const before = lines.get(entry.name);
    lines.set(entry.name, before ?? entry.place.line);
    if (before !== undefined) {
      const what = `the parameter ${quote(entry.name)}`;
      const message = `cannot declare ${what} twice: it is declared in line ${before}`;
      report.add(entry.place, message, "keep one");
    }
    return [readParam(entry, report, at)];
  });
}

interface Entry {
  readonly name: string;
  readonly place: Place;
  readonly body: Body | string | undefined;
}

function fromMap(found: { name: string; slot: Slot<string | Body> }, at: At): Entry | undefined {
  const { name, slot: { keyPlace: place, value: body } } = found;
  const fault = checkParam(name);
  if (fault === undefined) return { name, place, body };
  return reportFault(place, at, fault, { text: name });
}

function fromList(found: { value: Fields<typeof ITEM>; place: Place }): Entry | undefined {
  const name = found.value.slots.name?.value;
  return name === undefined ? undefined : { name, place: found.place, body: found.value };
}

function readParam({ name, place, body }: Entry, report: Report, at: At): Param {
  const where = report.where(place);
  if (typeof body === "string") {
    return { name, default: body, required: false, type: "string", where };
  }
  const { default: initial, description, required, type } = body?.slots ?? {};
  if (initial?.value !== undefined && type?.value !== undefined) {
    const fault = checkParamValue(initial.value, type.value);
    const label = `the default of the parameter ${quote(name)}`;
    if (fault !== undefined) {
      reportFault(initial.place, { ...at, label }, fault, { text: "", sensitive: true });
    }
  }
  return {
    name,
    ...(initial?.value === undefined ? {} : { default: initial.value }),
    ...(description?.value === undefined ? {} : { description: description.value }),
    required: required?.value ?? false,
    type: type?.value ?? "string",
    where,
  };
}
