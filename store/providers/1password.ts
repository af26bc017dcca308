/**
 * 1Password by its program `op`: a service account's token, or the app on this machine.
 *
 * One value is one `op read`, several are one `op inject`. An item that is not there is an absence;
 * what else op says is a failure, and nothing is asked twice: requests are counted by the day.
 */
import type { ProviderContext } from "../kinds.ts";
import { findCredential } from "../credentials.ts";
import { expandPlace, findPlaceFault } from "../expand.ts";
import { diagnoseOp } from "../onepassword/diagnosis.ts";
import { OpProgram } from "../onepassword/program.ts";
import {
  KEY_SLOT,
  makeReference,
  parseReference,
  type SecretReference,
} from "../onepassword/references.ts";
import type { OpAbsence } from "../onepassword/refusals.ts";
import type { OptionFault } from "../kinds.ts";
import { credential, option, type OptionsOf } from "../options.ts";
import { type Provider, Secret } from "../provider.ts";
import { quoteShell, quoteWhole } from "../quote.ts";
import type { KeyFault } from "../rules.ts";

const TOKEN_VARIABLES = ["OP_SERVICE_ACCOUNT_TOKEN"];

/** What dicode.yaml may say of it. */
export const OPTIONS = {
  ref: option.text('a secret reference with "{key}" where the key goes', {
    check: findTemplateFault,
  }),
  map: option.table("secret references of single keys, by key", { check: findReferenceFault }),
  ...credential("token", "the token of a service account", TOKEN_VARIABLES),
  account: option.text("the account that the 1Password app is asked for", {
    default: "$OP_ACCOUNT",
  }),
  command: {
    ...option.text("the program, by its path or its name on PATH", {
      default: "op",
      check: findCommandFault,
    }),
    isRun: true,
  },
} as const;

type Options = OptionsOf<typeof OPTIONS>;

/** Without a template and a map it would have nothing to ask for. */
export function validate({ ref, map }: Options): OptionFault[] {
  if (ref !== undefined || map !== undefined) return [];
  const hint = `ref: "op://VAULT/${KEY_SLOT}/credential"`;
  return [{ state: 'it has neither "ref" nor "map"', hint }];
}

/** op asks 1Password for everything. */
export function usesNetwork(): boolean {
  return true;
}

/** Opens one; op runs when it is asked. */
export function open(name: string, options: Options, context: ProviderContext): Provider {
  const openProgram = async () => {
    const { account } = options;
    const command = expandPlace(options.command ?? "op", context.env);
    const wanted = {
      name: "token",
      what: "the token of 1Password's service account",
      variables: TOKEN_VARIABLES,
    };
    const token = await findCredential(name, options, wanted, context);
    const session = context.env("OP_SESSION");
    if (session) context.conceal(session);
    return {
      program: new OpProgram({ provider: name, command, account, token }, context.env),
      hasToken: token !== undefined,
    };
  };
  return {
    name,
    offers: (key) => referenceOf(options, key) !== undefined,
    async get(keys, signal) {
      const wanted = keys.flatMap((key) => {
        const found = referenceOf(options, key);
        return found === undefined ? [] : [{ key, ...found }];
      });
      if (wanted.length === 0) return new Map();
      const { program } = await openProgram();
      const values = await fetchAll(program, wanted, signal);
      return new Map(wanted.flatMap(({ key, reference }) => {
        const value = values.get(reference.text);
        return value === undefined ? [] : [[key, new Secret(value)]];
      }));
    },
    async diagnose(signal) {
      const { program, hasToken } = await openProgram();
      return await diagnoseOp(program, hasToken, signal);
    },
  };
}

interface Wanted {
  readonly reference: SecretReference;
  /** Whether it was written out in `map`: then a field that is not there is a mistake. */
  readonly mapped: boolean;
}

function referenceOf({ ref, map }: Options, key: string): Wanted | undefined {
  const mapped = map !== undefined && Object.hasOwn(map, key);
  const reference = mapped
    ? parseReference(map[key]!)
    : ref === undefined
    ? undefined
    : makeReference(ref, key);
  return typeof reference === "object" ? { reference, mapped } : undefined;
}

/** The values of what is there, by the references' texts. */
async function fetchAll(
  program: OpProgram,
  wanted: readonly Wanted[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const mapped = new Set(wanted.filter((one) => one.mapped).map(({ reference }) => reference.text));
  const references = new Map(wanted.map(({ reference }) => [reference.text, reference]));
  const values = new Map<string, string>();
  const read = async (reference: SecretReference) => {
    const answer = await program.read(reference, signal);
    if (typeof answer === "string") values.set(reference.text, answer);
    else checkAbsence(program, answer, mapped);
  };
  while (references.size > 1) {
    const answer = await program.inject([...references.values()], signal);
    if (answer instanceof Map) return new Map([...values, ...answer]);
    // One that is not there fails all: they are asked for again without it.
    for (const { text } of answer.references) references.delete(text);
    const subjects = answer.references.map(({ text, vault, item }) =>
      (answer.what === "field" ? text : `${vault}/${item}`).toLowerCase()
    );
    if (new Set(subjects).size === 1) checkAbsence(program, answer, mapped);
    else for (const reference of answer.references) await read(reference);
  }
  for (const reference of references.values()) await read(reference);
  return values;
}

/** @throws {ProviderFailure} misconfigured: the map names a field that its item does not have. */
function checkAbsence(program: OpProgram, absence: OpAbsence, mapped: ReadonlySet<string>): void {
  if (absence.what === "item") return;
  const reference = absence.references.find(({ text }) => mapped.has(text));
  if (reference === undefined) return;
  const { text, vault, item } = reference;
  throw program.fail("misconfigured", `the item of ${quoteWhole(text)} has no such field`, {
    hint: `see its fields: op item get ${quoteShell(item)} --vault ${quoteShell(vault)}`,
  });
}

function findReferenceFault(text: string): KeyFault | undefined {
  const reference = parseReference(text);
  if (typeof reference !== "string") return undefined;
  return { state: `is no secret reference: ${reference}`, hint: "copy it in the 1Password app" };
}

function findTemplateFault(text: string): KeyFault | undefined {
  if (text.includes(KEY_SLOT)) return findReferenceFault(text.replaceAll(KEY_SLOT, "KEY"));
  return {
    state: `has no ${KEY_SLOT}: all keys would have one value`,
    hint: `write ${KEY_SLOT} where the key goes, or use "map"`,
  };
}

/** SECURITY: what the working folder holds is not run (tests/providers/1password_calls_test.ts). */
function findCommandFault(text: string): KeyFault | undefined {
  const fault = findPlaceFault(text);
  if (fault !== undefined || !text.includes("/") || /^(?:\/|~\/|\$)/.test(text)) return fault;
  return { state: "is a path into the working folder", hint: "write the whole path" };
}
