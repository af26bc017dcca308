/**
 * Credentials of providers: read from a variable, a file or the local store, and never shown.
 *
 * What is read here is hidden in all output before anything else is done with it.
 */
import type { ChainContext } from "./chain.ts";
import { ProviderFailure } from "./provider.ts";
import { expandPlace } from "./expand.ts";
import { quoteShell, quoteWhole } from "./quote.ts";

/** The most that the file of a credential may hold, in bytes. */
const MOST_BYTES = 64 * 1024;

/** What is wanted of a credential. */
export interface Wanted {
  /** As in credential() of options.ts: the options are `<name>_env` and so on. */
  readonly name: string;
  /** What it is, for messages: `a token of Vault's`. */
  readonly what: string;
  /** Read where no option is written; the first that is set counts. */
  readonly variables?: readonly string[];
  /** A file that counts where neither an option nor a variable does; may not be there. */
  readonly file?: string;
  /** It may have several lines: a key, a JWT bundle. Default false. */
  readonly lines?: boolean;
}

/**
 * The credential, without its newline at the end; undefined if nothing names one.
 *
 * @throws {ProviderFailure} unauthenticated: what is named is not there or empty; misconfigured: it
 *   holds what no credential does, such as a newline.
 */
export async function findCredential(
  provider: string,
  options: Readonly<Record<string, unknown>>,
  wanted: Wanted,
  context: ChainContext,
): Promise<string | undefined> {
  const { name, what, variables = [], file } = wanted;
  const named = (ending: string) => options[`${name}_${ending}`] as string | undefined;
  const fail = (state: string, hint: string) =>
    new ProviderFailure(provider, "unauthenticated", `cannot read ${what}: ${state}`, { hint });
  const check = (found: string, from: string) => checkText(found, from, provider, wanted, context);
  const variable = named("env") ?? variables.find((each) => readVariable(each, context));
  const key = named("secret");
  const path = named("file");
  if (variable !== undefined && (named("env") !== undefined || (key ?? path) === undefined)) {
    const value = readVariable(variable, context);
    if (value) return check(value, `the variable ${variable}`);
    const state = value === null ? "is not UTF-8 text" : value === "" ? "is empty" : "is not set";
    throw fail(`the variable ${variable} ${state}`, `export ${variable}=…`);
  }
  if (path !== undefined) {
    const value = await readFile(expandPlace(path, context.env), fail);
    return check(value, quoteWhole(path));
  }
  if (key !== undefined) {
    const value = (await context.openStore().getMany([key])).get(key);
    if (value !== undefined) return check(value, `the stored secret ${quoteWhole(key)}`);
    throw fail(
      `the store has no secret ${quoteWhole(key)}`,
      `dicode secrets set ${quoteShell(key)}`,
    );
  }
  if (file === undefined) return undefined;
  const place = expandPlace(file, context.env);
  const isThere = await Deno.stat(place).then(({ isFile }) => isFile, () => false);
  return isThere ? check(await readFile(place, fail), quoteWhole(file)) : undefined;
}

/** Like findCredential, for one that is needed. @throws {ProviderFailure} also if nothing names one. */
export async function readCredential(
  provider: string,
  options: Readonly<Record<string, unknown>>,
  wanted: Wanted,
  context: ChainContext,
): Promise<string> {
  const found = await findCredential(provider, options, wanted, context);
  if (found !== undefined) return found;
  const { name, what, variables = [] } = wanted;
  const ways = `write ${name}_env, ${name}_file or ${name}_secret in dicode.yaml`;
  throw new ProviderFailure(provider, "unauthenticated", `there is no ${what}`, {
    hint: variables.length === 0 ? ways : `export ${variables[0]}=…, or ${ways}`,
  });
}

/** Null for one that is not UTF-8: the error would quote it. */
function readVariable(name: string, { env }: ChainContext): string | null | undefined {
  try {
    return env(name);
  } catch {
    return null;
  }
}

function checkText(
  found: string,
  from: string,
  provider: string,
  { what, lines = false }: Wanted,
  context: ChainContext,
): string {
  const value = lines ? found : found.replace(/\r?\n$/, "");
  context.conceal(value);
  const fits = lines ? value.trim() !== "" : /^[\x21-\x7e]+$/.test(value);
  if (fits) return value;
  const state = value.trim() === ""
    ? "is empty"
    : /[\r\n]/.test(value)
    ? "has more than one line"
    : "holds a space, a control character or one outside ASCII";
  const kind = value.trim() === "" ? "unauthenticated" : "misconfigured";
  throw new ProviderFailure(provider, kind, `cannot use ${what}: ${from} ${state}`, {
    hint: "see that it holds the credential and nothing else",
  });
}

async function readFile(
  path: string,
  fail: (state: string, hint: string) => ProviderFailure,
): Promise<string> {
  const shown = quoteWhole(path);
  try {
    const { isFile, size } = await Deno.stat(path);
    if (!isFile) throw fail(`${shown} is not a regular file`, "name a file");
    if (size > MOST_BYTES) throw fail(`${shown} has more than 64 KiB`, "name another file");
    return new TextDecoder("utf-8", { fatal: true }).decode(await Deno.readFile(path));
  } catch (error) {
    if (error instanceof ProviderFailure) throw error;
    if (error instanceof Deno.errors.NotFound) {
      throw fail(`there is no file ${shown}`, "write the credential there, readable by you alone");
    }
    if (error instanceof Deno.errors.PermissionDenied) {
      throw fail(`${shown} cannot be read: permission denied`, `chmod u+r ${quoteShell(path)}`);
    }
    throw fail(`${shown} cannot be read as UTF-8 text`, "name a file with the credential alone");
  }
}
