/**
 * The options of a kind of provider as plain data: what dicode.yaml may say, and what it is for.
 *
 * Each file under providers/ exports such a table as OPTIONS. The host checks dicode.yaml with it
 * (line, column, nearest name), finds the variables, files and keys with credentials in it, and the
 * docs and schemas are made of it. A credential is never an option: credential() declares the three
 * ways to say where one is.
 */
import { findKeyFault, isReserved, type KeyFault } from "./rules.ts";

/** What an option holds: `path` is absolute, or begins with `~/` or `$NAME`; `duration` is ms. */
export type OptionForm =
  | "text"
  | "address"
  | "path"
  | "duration"
  | "count"
  | "flag"
  | "list"
  | "counts"
  | "table"
  | { readonly choice: readonly string[] };

/** One option. */
export interface Option<T = unknown> {
  readonly form: OptionForm;
  /** One sentence for readers of the docs, without a full stop. */
  readonly about: string;
  readonly required?: boolean;
  /** The default as the docs show it; the kind itself fills it in. */
  readonly default?: string;
  /** What is wrong with a text, or with a text of a list or table. */
  readonly check?: (text: string) => KeyFault | undefined;
  /** Set by credential(): what the option names holds a credential; `name`: variables or keys. */
  readonly credential?: "variable" | "file" | "key" | "name";
  /** What it names by a path is run, the first of a list: no task may write there. */
  readonly isRun?: true;
  /** Where the credential is looked for while dicode.yaml does not say where it is. */
  readonly unwritten?: Unwritten;
  /** Only for the type; never there. */
  readonly type?: T;
}

/** Variables of the host and paths; a path may begin with `~/` or `$NAME`. */
export interface Unwritten {
  readonly variables?: readonly string[];
  readonly files?: readonly string[];
}

/** The options of one kind, by name. */
export type OptionTable = Readonly<Record<string, Option>>;

/** The values of a table's options; what dicode.yaml does not say is not there. */
export type OptionsOf<T extends OptionTable> = {
  readonly [K in keyof T]?: T[K] extends Option<infer V> ? V : never;
};

/** What an option may say beside its form. */
export type About = Pick<Option, "required" | "default" | "check">;

/** One line of text. */
function text(about: string, more: About = {}): Option<string> {
  return { form: "text", about, ...more };
}

/** An http or https URL, without a user, a query or a slash at its end. */
function address(about: string, more: About = {}): Option<string> {
  return { form: "address", about, ...more };
}

/** A path; a relative one is taken from the folder of dicode.yaml. */
function path(about: string, more: About = {}): Option<string> {
  return { form: "path", about, ...more };
}

/** A Go-style duration; the value is in milliseconds. */
function duration(about: string, more: About = {}): Option<number> {
  return { form: "duration", about, ...more };
}

/** A whole number from 0 to 1,000,000. */
function count(about: string, more: About = {}): Option<number> {
  return { form: "count", about, ...more };
}

/** `true` or `false`. */
function flag(about: string, more: About = {}): Option<boolean> {
  return { form: "flag", about, ...more };
}

/** A list of texts. */
function list(about: string, more: About = {}): Option<readonly string[]> {
  return { form: "list", about, ...more };
}

/** A list of whole numbers. */
function counts(about: string, more: About = {}): Option<readonly number[]> {
  return { form: "counts", about, ...more };
}

/** A map of texts by free names. */
function table(about: string, more: About = {}): Option<Readonly<Record<string, string>>> {
  return { form: "table", about, ...more };
}

/** One of a few words. */
function choice<const V extends string>(
  values: readonly V[],
  about: string,
  more: About = {},
): Option<V> {
  return { form: { choice: values }, about, ...more };
}

/** One maker for each form: `option.text("the mount")`. */
export const option = {
  text,
  address,
  path,
  duration,
  count,
  flag,
  list,
  counts,
  table,
  choice,
} as const;

/**
 * The three ways to say where a credential is, for one called `name`: `<name>_env`, `<name>_file`,
 * `<name>_secret`. readCredential() of credentials.ts reads it.
 *
 * @param variables read where dicode.yaml names none of the three; the first that is set counts.
 * @param files read where there is no such variable either: no task gets them.
 */
export function credential<const N extends string>(
  name: N,
  about: string,
  variables: readonly string[] = [],
  files: readonly string[] = [],
): { readonly [K in `${N}_env` | `${N}_file` | `${N}_secret`]: Option<string> } {
  const named = variables.length === 0 ? {} : { default: variables.join(", then ") };
  return {
    [`${name}_env`]: {
      form: "text",
      about: `the variable of the host with ${about}`,
      check: findVariableFault,
      credential: "variable",
      unwritten: { variables, files },
      ...named,
    },
    [`${name}_file`]: { form: "path", about: `the file with ${about}`, credential: "file" },
    [`${name}_secret`]: {
      form: "text",
      about: `the key in the local store of ${about}`,
      check: (key: string) =>
        isReserved(key) ? { state: "is reserved for dicode's own" } : findKeyFault(key),
      credential: "key",
    },
  } as { readonly [K in `${N}_env` | `${N}_file` | `${N}_secret`]: Option<string> };
}

/** More than any variable that holds a credential has; tokens of many services have more. */
const LONGEST_VARIABLE = 64;

/** What is wrong with a variable's name, if anything. */
export function findVariableFault(name: string): KeyFault | undefined {
  if (isReserved(name)) return { state: "is reserved for dicode's own" };
  const isName = /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
  if (isName && name.length <= LONGEST_VARIABLE) return undefined;
  // SECURITY: some tokens are written like variables, and later messages name the variable
  // (tests/unit/runtime/config_test.ts).
  return {
    state: isName
      ? `is longer than a variable's name (${LONGEST_VARIABLE} characters)`
      : "is not a variable's name (letters, digits and _, no digit first)",
    hint: "write the name of a variable, never the credential itself",
    private: true,
  };
}

/**
 * The options `prefix` and `map`, for kinds whose names can differ from the keys; see nameOf().
 *
 * @param check what is wrong with a name, and with the beginning of one.
 */
export function naming(what: string, check?: Option["check"]) {
  return {
    prefix: text(`put before each key to make ${what}`, { default: "none", check }),
    map: table(`${what} for single keys, by key; "prefix" is not put before them`, { check }),
  };
}

/** What nameOf() needs of the options. */
export interface Naming {
  readonly prefix?: string;
  readonly map?: Readonly<Record<string, string>>;
}

/** What a service calls a key: its entry in `map`, else `prefix` and the key. */
export function nameOf(
  options: Naming,
  key: string,
): { readonly name: string; readonly mapped: boolean } {
  const { prefix = "", map } = options;
  if (map !== undefined && Object.hasOwn(map, key)) return { name: map[key]!, mapped: true };
  return { name: prefix + key, mapped: false };
}
