/**
 * One entry of `secrets.providers` in dicode.yaml: the fields that every provider has, those of its
 * kind, and what in it names credentials.
 */
import { isLoopback } from "../store/loopback.ts";
import { listKinds, loadKind, type ProviderKind } from "../store/kinds.ts";
import type { ProviderConfig } from "../store/provider_config.ts";
import type { OptionTable } from "../store/options.ts";
import { nearest } from "./nearest.ts";
import { checkKeyPattern } from "./names.ts";
import type { Place } from "./places.ts";
import { countShape, durationShape, optionFields } from "./provider_shape.ts";
import { quote } from "./report.ts";
import { type At, choice, scalar, type Shape, text } from "./shape.ts";
import { fields, list, type Slot } from "./shape_fields.ts";
import type { YamlEntry, YamlNode } from "./yaml_node.ts";

/** What dicode.yaml names that holds credentials of providers. */
export interface CredentialNames {
  /** Variables of the host. */
  readonly variables: readonly string[];
  /** Absolute paths, or such as begin with `~/` or `$NAME`. */
  readonly files: readonly string[];
  /** Keys of the local store. */
  readonly keys: readonly string[];
}

/** One entry, read. */
export interface ReadProvider {
  readonly config: ProviderConfig;
  readonly credentials: CredentialNames;
  /** Paths of code that it runs, as those of CredentialNames. */
  readonly code: readonly string[];
  /** Where its name is, or the entry. */
  readonly namePlace: Place;
}

/** The kinds that are to come: their names are no typing mistakes. */
const PLANNED = "gcp azure bitwarden".split(" ");

const kindShape = scalar<string>({
  expected: "a kind of provider",
  form: { type: "choice", values: listKinds() },
  parse(found) {
    const known = listKinds();
    if (known.includes(found)) return found;
    const near = nearest(found, [...known, ...PLANNED]);
    const hint = near === undefined || near === found
      ? `known are ${known.join(", ")}`
      : `did you mean "${near}"?`;
    return { state: "is not a kind that this version knows", hint };
  },
});

const COMMON = {
  type: { shape: kindShape, about: "the kind of provider", required: true },
  name: {
    shape: text("a name", undefined, { longest: 64 }),
    about: "its name in messages, unique; the type otherwise",
  },
  keys: {
    shape: list(text("a pattern of keys", checkKeyPattern), { example: "PROD_*", atLeast: 1 }),
    about: "patterns of the keys that it is asked for, `*` for any characters; all otherwise",
  },
  timeout: {
    shape: durationShape(),
    about: "how long it may take in all, retries included; 0 for no limit",
    default: "10s",
  },
  retries: { shape: countShape(), about: "how often a request is tried again", default: "2" },
  on_error: {
    shape: choice(["fail", "next"]),
    about: "`next` goes on to the next provider where this one fails",
    default: "fail",
  },
} as const;

/** The table of the fields that every provider has, for the docs. */
export const COMMON_FIELDS = COMMON;

/** The kinds that a list of entries names, loaded; what is no kind is left out. */
export async function loadKinds(
  providers: YamlNode | undefined,
): Promise<Map<string, ProviderKind>> {
  const kinds = new Map<string, ProviderKind>();
  for (const node of providers?.kind === "list" ? providers.items : []) {
    const type = typeOf(node);
    const kind = type === undefined ? undefined : await loadKind(type);
    if (kind !== undefined) kinds.set(type!, kind);
  }
  return kinds;
}

/** The shape of an entry; a relative path in it is taken from `folder`. */
export function providerShape(
  kinds: ReadonlyMap<string, ProviderKind>,
  folder: string,
): Shape<ReadProvider> {
  return {
    form: fields(COMMON).form,
    read(node, at) {
      const kind = kinds.get(typeOf(node) ?? "");
      const options: OptionTable = kind?.OPTIONS ?? {};
      const shape = fields({ ...COMMON, ...optionFields(options, folder) }, {
        sensitive: true,
        hint: (word) => `write { type: ${listKinds().find((known) => known === word) ?? "local"} }`,
        unknown: (entry, at) => kind === undefined || reportLiteral(entry, at, options),
      });
      const slots = shape.read(node, at)?.slots;
      const type = slots?.type?.value;
      if (slots === undefined || type === undefined) return undefined;
      const values: Record<string, unknown> = {};
      for (const name of Object.keys(options)) {
        const value = (slots as Readonly<Record<string, Slot<unknown>>>)[name]?.value;
        if (value !== undefined) values[name] = value;
      }
      reportSeveral(slots, options, at);
      reportPlain(slots, values, options, at);
      // What cannot be read is no reason to say that something is missing.
      const isWhole = Object.values(slots).every((slot) => slot?.value !== undefined);
      for (const { option, state, hint } of (isWhole && kind?.validate?.(values)) || []) {
        const slot = (slots as Readonly<Record<string, Slot<unknown>>>)[option ?? ""];
        const place = slot?.keyPlace ?? node.place;
        at.report.add(place, `cannot use the provider ${quote(type)}: ${state}`, hint);
      }
      return {
        config: {
          type,
          name: slots.name?.value ?? type,
          ...(Object.keys(values).length > 0 ? { options: values } : {}),
          ...(slots.keys?.value && { keys: slots.keys.value.map(({ value }) => value) }),
          ...(slots.timeout?.value !== undefined && { timeoutMs: slots.timeout.value }),
          ...(slots.retries?.value !== undefined && { retries: slots.retries.value }),
          ...(slots.on_error?.value && { onError: slots.on_error.value }),
        },
        credentials: namesOf(options, values),
        code: Object.entries(values).filter(([name]) => options[name]!.isRun)
          .map(([, value]) => String([value].flat()[0])).filter((path) => path.includes("/")),
        namePlace: slots.name?.keyPlace ?? node.place,
      };
    },
  };
}

/** `token: …` where the kind has `token_env`: a credential that stands in the file itself. */
function reportLiteral(entry: YamlEntry, at: At, options: OptionTable): boolean {
  const name = entry.key;
  if (options[`${name}_env`]?.credential === undefined) return false;
  // SECURITY: no message shows what stands there (tests/unit/runtime/config_test.ts).
  at.report.add(
    entry.place,
    `cannot use ${quote(name)}: a credential is never written in this file`,
    `write ${name}_env: NAME of a variable, ${name}_file: PATH or ${name}_secret: KEY of the ` +
      "local store; and take what stands there now for known to others",
  );
  return true;
}

/** `token_env` beside `token_file`: one of them would not be looked at, without a word. */
function reportSeveral(
  slots: Readonly<Record<string, Slot<unknown> | undefined>>,
  options: OptionTable,
  at: At,
): void {
  for (const name of Object.keys(options)) {
    if (!name.endsWith("_env") || options[name]!.credential === undefined) continue;
    const what = name.slice(0, -"_env".length);
    const written = [name, `${what}_file`, `${what}_secret`].filter((each) => slots[each]);
    const [first, ...more] = written.filter((each) => options[each] !== undefined);
    for (const another of more) {
      const state = `"${first}" says where the credential is already`;
      at.report.add(slots[another]!.keyPlace, `cannot use "${another}": ${state}`, "keep one");
    }
  }
}

/** A token in plain HTTP is anybody's: the file alone shows that it would leave this machine. */
function reportPlain(
  slots: Readonly<Record<string, Slot<unknown> | undefined>>,
  values: Readonly<Record<string, unknown>>,
  options: OptionTable,
  at: At,
): void {
  if (options.insecure_http === undefined || values.insecure_http === true) return;
  const url = URL.parse(String(values.address ?? ""));
  if (url?.protocol !== "http:" || isLoopback(url)) return;
  const message = 'cannot use "address": it is plain HTTP to another machine';
  const hint = "write https://; or insecure_http: true, and whoever is between reads along";
  at.report.add(slots.address!.place, message, hint);
}

/** What is written, and what is looked at because nothing is. */
function namesOf(options: OptionTable, values: Readonly<Record<string, unknown>>): CredentialNames {
  const named = (what: "variable" | "file" | "key") =>
    Object.entries(values).flatMap(([name, value]) => {
      const { credential } = options[name] ?? {};
      const isName = credential === "name" && what !== "file";
      return credential === what || isName ? [value as string | readonly string[]].flat() : [];
    });
  const unwritten = Object.entries(options).filter(([name]) => !isWritten(name, values))
    .map(([, option]) => option.unwritten ?? {});
  return {
    variables: [...named("variable"), ...unwritten.flatMap(({ variables = [] }) => variables)],
    files: [...named("file"), ...unwritten.flatMap(({ files = [] }) => files)],
    keys: named("key"),
  };
}

/** Whether dicode.yaml says where a credential is, in any of the ways there are. */
function isWritten(name: string, values: Readonly<Record<string, unknown>>): boolean {
  const what = name.replace(/_(?:env|file|secret)$/, "");
  return ["env", "file", "secret"].some((way) => values[`${what}_${way}`] !== undefined);
}

function typeOf(node: YamlNode): string | undefined {
  const type = node.kind === "map" ? node.entries.find(({ key }) => key === "type") : undefined;
  return type?.value.kind === "scalar" ? type.value.text : undefined;
}
