/**
 * A program as a provider: an argument vector and never a shell. It prints one value for a key, or
 * answers all keys at once in JSON. For well-known programs there are presets.
 */
import { findCredential } from "../credentials.ts";
import type { OptionFault, ProviderContext } from "../kinds.ts";
import { mapLimited } from "../limiter.ts";
import {
  credential,
  findVariableFault,
  nameOf,
  naming,
  option,
  type OptionsOf,
} from "../options.ts";
import { type Provider, Secret } from "../provider.ts";
import type { KeyFault } from "../rules.ts";
import { diagnoseProgram } from "../exec/diagnose.ts";
import { PRESET_NAMES, presetOf } from "../exec/presets.ts";
import { findFaults, makeProgram } from "../exec/program.ts";
import { askAll } from "../exec/protocol.ts";
import { askValue, type Batch, hasEntry } from "../exec/value.ts";

/** The most runs at a time in mode: value. */
const MOST_RUNS = 4;

/** What dicode.yaml may say of it. */
export const OPTIONS = {
  command: {
    ...option.list(
      "the program and its arguments; `{key}` in an argument is the secret's name there",
    ),
    isRun: true,
  },
  preset: option.choice(
    PRESET_NAMES,
    "a program that is known: what is not written here it fills in",
  ),
  mode: option.choice(
    ["value", "json"],
    "`value`: a run for each key prints the value; `json`: one run for all keys",
    { default: "value" },
  ),
  file: option.path("a path for `{file}` in the command, such as the database of keepassxc"),
  ...credential("stdin", "what the program reads from its standard input, such as a password"),
  first_line: option.flag("whether the value is the first line alone", { default: "false" }),
  not_found_exit: option.counts('exit codes that mean "not found"', { default: "44" }),
  not_found_stderr: option.text(
    'a regular expression; where the exit is not 0, stderr that it matches means "not found"',
    { check: findPatternFault },
  ),
  pass_env: option.list("more variables of the host that the program gets", {
    check: findPassFault,
  }),
  credential_env: {
    ...option.list("variables with credentials that the program gets, and no task does", {
      check: findVariableFault,
    }),
    credential: "variable",
  },
  network: option.flag("whether it needs the network, so that `--offline` passes it over", {
    default: "that of the preset; false",
  }),
  ...naming("the name that stands for `{key}`"),
} as const;

type Options = OptionsOf<typeof OPTIONS>;

/** Rules over several options. */
export function validate(options: Options): readonly OptionFault[] {
  return findFaults(options);
}

/** Whether it cannot answer without the network. */
export function usesNetwork(options: Options): boolean {
  return options.network ?? presetOf(options.preset)?.network ?? false;
}

/** Opens one; the program runs when it is asked. */
export function open(name: string, options: Options, context: ProviderContext): Provider {
  const program = makeProgram(options);
  const want = (key: string) => ({ key, name: nameOf(options, key).name });
  const start = async (): Promise<Batch> => {
    const credentials = program.credentials.map((variable) => readVariable(variable, context));
    const hidden = credentials.filter((value) => value !== "");
    for (const value of hidden) context.conceal(value);
    const what = "the text for the program's standard input";
    const wanted = { name: "stdin", what, lines: true };
    const stdin = (await findCredential(name, options, wanted, context))?.replace(/\r?\n$/, "");
    if (stdin !== undefined) {
      context.conceal(stdin); // without its newline
      hidden.push(stdin);
    }
    return { provider: name, program, context, stdin, hidden };
  };
  const provider: Provider = {
    name,
    offers: (key) => nameOf(options, key).mapped || isAskable(key),
    async get(keys, signal) {
      const batch = await start();
      const found = new Map<string, Secret>();
      const keep = (key: string, value: string | undefined) => {
        if (value !== undefined) found.set(key, new Secret(value));
      };
      if (options.mode === "json") {
        const values = await askAll(batch, keys.map((key) => want(key).name), signal);
        for (const key of keys) keep(key, values.get(want(key).name));
        return found;
      }
      await mapLimited(keys, MOST_RUNS, signal, async (key, limited) => {
        keep(key, await askValue(batch, want(key), limited));
      });
      return found;
    },
    diagnose: async (signal) => await diagnoseProgram(await start(), options, signal),
  };
  if (program.preset.entries === undefined || options.mode === "json") return provider;
  return {
    ...provider,
    async has(keys) {
      const batch = { provider: name, program, context, hidden: [] };
      const present = await Promise.all(keys.map((key) => hasEntry(batch, want(key))));
      return new Set(keys.filter((_, at) => present[at]));
    },
  };
}

/**
 * Whether a key may stand in an argument.
 *
 * SECURITY: none is an option of the program's, and none leaves the place that a prefix names:
 * tests/providers/exec_test.ts.
 */
function isAskable(key: string): boolean {
  if (!/^[A-Za-z0-9_][A-Za-z0-9_./:@#-]*$/.test(key)) return false;
  return key.split("/").every((segment) => !segment.endsWith("."));
}

function readVariable(name: string, { env }: ProviderContext): string {
  try {
    return env(name) ?? "";
  } catch {
    return ""; // not UTF-8: the program does not get it either
  }
}

function findPatternFault(pattern: string): KeyFault | undefined {
  try {
    new RegExp(pattern);
    return undefined;
  } catch {
    return { state: "is not a regular expression", hint: "write one as JavaScript has them" };
  }
}

function findPassFault(name: string): KeyFault | undefined {
  const fault = findVariableFault(name);
  if (fault !== undefined) return fault;
  const isCredential = /(?:TOKEN|SECRET|PASS(?:WORD|PHRASE)|API_?KEY)$|^(?:BW|OP)_SESSION/;
  if (!isCredential.test(name)) return undefined;
  return {
    state: "sounds like a credential",
    hint: 'write it under "credential_env", so that it is hidden and no task gets it',
  };
}
