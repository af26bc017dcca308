/**
 * `permissions.env` of task.yaml: the variables that a task gets, and where each comes from.
 *
 * Checks names, that each entry has one source, and that no two entries name one variable. A
 * `value` may be a secret that somebody wrote down: no message here shows one.
 */
import type { Where } from "../sdk/errors.ts";
import { checkKey, checkVariable } from "./names.ts";
import type { Place } from "./places.ts";
import { type Fault, quote, type Report } from "./report.ts";
import { type At, flag, reportFault, reportKind, scalar, type Shape, text } from "./shape.ts";
import { type Fields, fields, forms, list, type Slot } from "./shape_fields.ts";
import { isNull, type YamlEntry } from "./yaml_node.ts";

/** A variable that the task gets; `where` is the place of its entry. */
export type EnvEntry =
  & {
    readonly name: string;
    readonly where: Where;
    /** Whether its value is masked in output; undefined leaves it to the source. */
    readonly mask?: boolean;
  }
  & (
    /** The host's variable of the same name, if it is set there. */
    | { readonly kind: "pass" }
    /** The host's variable `from`. */
    | { readonly kind: "from"; readonly from: string; readonly optional: boolean }
    /** The secret of that key, from the provider chain. */
    | { readonly kind: "secret"; readonly secret: string; readonly optional: boolean }
    /** The text itself. */
    | { readonly kind: "value"; readonly value: string }
  );

const LARGEST_VALUE = 1024 * 1024;
const EXAMPLE = "{ name: API_KEY, secret: api_key }";

const variable = text("a variable's name", checkVariable);

const from = scalar({ expected: "the name of a variable of the host", parse: parseFrom });

function parseFrom(found: string): string | Fault {
  if (found.startsWith("task:")) {
    const hint = "write secret: KEY, and configure where secrets come from in dicode.yaml";
    return { state: "names a task, which this host does not ask for values", hint };
  }
  const name = found.startsWith("env:") ? found.slice("env:".length) : found;
  return checkVariable(name) ?? name;
}

/** A literal; the empty text is one. */
const literal = scalar({
  expected: "a text",
  sensitive: true,
  hint: 'write "" for an empty text, quotes around one with { [ or ", "',
  parse: (found) => checkValue(found) ?? found,
});

function checkValue(value: string): Fault | undefined {
  if (value.includes("\0")) return { state: "holds a NUL character" };
  if (new TextEncoder().encode(value).length > LARGEST_VALUE) return { state: "is over 1 MiB" };
  return undefined;
}

const ENTRY = {
  name: { shape: variable, about: "the variable's name in the task", required: true },
  from: { shape: from, about: "the host's variable to read, such as GH_TOKEN" },
  secret: {
    shape: scalar({ expected: "a secret's key", parse: (key) => checkKey(key) ?? key }),
    about: "the key of a secret from the provider chain",
  },
  value: { shape: literal, about: "the text itself" },
  optional: {
    shape: flag(),
    about: "whether the variable is empty, not an error, if its source has nothing",
    default: "false",
  },
  mask: { shape: flag(), about: "whether the value is masked in output, whatever its source" },
} as const;

type EntryFields = Fields<typeof ENTRY>;

const entryFields = fields(ENTRY, { sensitive: true, unknown: explainUnknown });

/** Fields that other dicode hosts know. */
function explainUnknown(entry: YamlEntry, at: At): boolean {
  if (entry.key === "default" || entry.key === "if_missing") {
    const message = `cannot read ${at.label}: this host does not know "${entry.key}"`;
    at.report.add(entry.place, message, "remove it; optional: true gives an empty text instead");
    return true;
  }
  return false;
}

const entryMap: Shape<EnvEntry> = {
  form: entryFields.form,
  read(node, at) {
    if (node.kind === "map") {
      const [only, more] = node.entries;
      if (only !== undefined && more === undefined && /^[A-Z_][A-Z0-9_]*$/.test(only.key)) {
        const message = `cannot read ${at.label}: ${quote(only.key)} stands where "name" belongs`;
        const hint = `write { name: ${only.key}, value: … }, or secret: or from: for value:`;
        return at.report.add(only.place, message, hint) as undefined;
      }
    }
    const found = entryFields.read(node, at);
    return found && readEntry(found, at);
  },
};

const entryText: Shape<EnvEntry> = {
  form: { type: "text", expected: "NAME or NAME=value", pattern: "^[A-Za-z_][A-Za-z0-9_]*(=.*)?$" },
  read(node, at) {
    if (node.kind !== "scalar" || isNull(node)) {
      return reportKind(node, at, "a variable's name or a map", {
        hint: "write NAME, or remove the entry",
      });
    }
    const where = at.report.where(node.place);
    const equals = node.text.indexOf("=");
    const name = equals === -1 ? node.text : node.text.slice(0, equals);
    const fault = checkVariable(name);
    if (fault !== undefined) return reportFault(node.place, at, fault, { text: name });
    if (equals === -1) return { kind: "pass", name, where };
    const value = node.text.slice(equals + 1);
    const wrong = checkValue(value);
    if (wrong === undefined) return { kind: "value", name, value, where };
    return reportFault(node.place, at, wrong, { text: "", sensitive: true });
  },
};

function readEntry({ place, slots }: EntryFields, at: At): EnvEntry | undefined {
  const sources = (["from", "secret", "value"] as const).filter((name) =>
    slots[name] !== undefined
  );
  const [source, second] = sources;
  if (source === undefined && slots.mask?.value !== undefined && slots.optional === undefined) {
    if (slots.name?.value === undefined) return undefined;
    const where = at.report.where(place);
    return { kind: "pass", name: slots.name.value, where, mask: slots.mask.value };
  }
  if (source === undefined) {
    const name = slots.name?.value ?? "NAME";
    const hint =
      `add from:, secret: or value:; to pass the host's ${name} through write "- ${name}"`;
    return at.report.add(place, `cannot read ${at.label}: it has no source`, hint) as undefined;
  }
  if (second !== undefined) {
    const message = `cannot read ${at.label}: it has both "${source}" and "${second}"`;
    return at.report.add(slots[second]!.keyPlace, message, "keep one of them") as undefined;
  }
  if (source === "value" && slots.optional !== undefined) {
    const message = `cannot read ${at.label}: "optional" does not go with "value"`;
    at.report.add(slots.optional.keyPlace, message, "remove it: a text is always there");
  }
  const name = slots.name?.value;
  if (name === undefined) return undefined;
  const mask = slots.mask?.value;
  const base = { name, where: at.report.where(place), ...(mask === undefined ? {} : { mask }) };
  const optional = slots.optional?.value ?? false;
  const { from, secret, value } = slots;
  if (from?.value !== undefined) return { ...base, kind: "from", from: from.value, optional };
  if (secret?.value !== undefined) {
    return { ...base, kind: "secret", secret: secret.value, optional };
  }
  if (value?.value !== undefined) return { ...base, kind: "value", value: value.value };
  return undefined;
}

/** The list under `permissions.env`. */
export const envList = list(
  forms("a variable's name or a map", { scalar: entryText, map: entryMap }, {
    hint: `write NAME, or a map such as ${EXAMPLE}`,
    sensitive: true,
  }),
  { example: EXAMPLE },
);

/** The entries in order; a variable that is named twice is reported where it is named again. */
export function checkEnv(
  slot: Slot<readonly { value: EnvEntry; place: Place }[]> | undefined,
  report: Report,
): EnvEntry[] {
  const entries = slot?.value ?? [];
  const lines = new Map<string, number>();
  for (const { value: { name }, place } of entries) {
    const before = lines.get(name);
    lines.set(name, before ?? place.line);
    if (before === undefined) continue;
    report.add(place, `cannot declare ${name} twice: it is declared in line ${before}`, "keep one");
  }
  return entries.map(({ value }) => value);
}
