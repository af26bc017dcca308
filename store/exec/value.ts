/**
 * `mode: value`: one run of the program for each key, and what it prints is the value.
 *
 * Exit 0 and an empty output is "not found", as is what the options or the preset say; all else is a
 * failure.
 */
import { expandPlace } from "../expand.ts";
import type { ProviderContext } from "../kinds.ts";
import { ProviderFailure } from "../provider.ts";
import { quoteShell, quoteWhole } from "../quote.ts";
import { askTool, type Call, decodeOutput, type ToolEnd } from "../ask_tool.ts";
import { makeFailure } from "./failures.ts";
import { fill, type Program } from "./program.ts";

/** What all runs of one batch share. */
export interface Batch {
  readonly provider: string;
  readonly program: Program;
  readonly context: ProviderContext;
  /** What the program reads, a line. */
  readonly stdin?: string;
  /** Texts that no message shows. */
  readonly hidden: readonly string[];
}

/** What is asked for: the key, and the name that the program knows it by. */
export interface AskedName {
  readonly key: string;
  readonly name: string;
}

/**
 * The value, or undefined for "not found".
 *
 * @throws {ProviderFailure} what the program did was neither.
 */
export async function askValue(
  batch: Batch,
  wanted: AskedName,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (await hasEntry(batch, wanted) === false) return undefined;
  const call = makeCall(batch, batch.program.command, wanted);
  const ended = await askTool(call, signal);
  const { silentFailure } = batch.program.preset;
  const isSilent = ended.stdout.length === 0 && silentFailure?.test(ended.stderr);
  if (ended.code === 0 && !isSilent) {
    return valueOf(decodeOutput(call, ended.stdout), batch.program.lines);
  }
  if (!isMiss(batch.program, ended)) throw failure(batch, wanted, call, ended);
  const { doubt } = batch.program.preset;
  if (doubt === undefined || !batch.program.isKnown) return undefined;
  const again = await askTool(makeCall(batch, doubt.command, wanted), signal);
  if (again.stdout.length === 0) return undefined;
  const found = `cannot get ${quoteWhole(wanted.key)}: ${doubt.found}`;
  throw new ProviderFailure(batch.provider, doubt.kind, found, { hint: doubt.hint });
}

/**
 * Whether the file is there that goes with the secret; undefined where none does.
 *
 * @throws {ProviderFailure} the folder of such files is not there, or cannot be looked into.
 */
export async function hasEntry(batch: Batch, wanted: AskedName): Promise<boolean | undefined> {
  const { provider, program, context: { env } } = batch;
  const entry = findEntry(program, env);
  if (entry === undefined) return undefined;
  const place = (name: string) => expandPlace(fill(entry, name, program.file), env);
  const fail = (kind: "misconfigured" | "denied", found: string, hint: string) =>
    new ProviderFailure(provider, kind, found, { hint });
  const cut = fill(entry, "{key}", program.file).indexOf("{key}");
  const folder = cut === -1 ? undefined : place("").slice(0, place("").lastIndexOf("/"));
  try {
    if (folder !== undefined) await Deno.stat(folder);
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) throw refuse(folder!);
    const found = `there is no folder ${quoteWhole(folder!)}`;
    throw fail("misconfigured", found, program.preset.folderHint ?? "make it");
  }
  try {
    return (await Deno.stat(place(wanted.name))).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.PermissionDenied) throw refuse(place(wanted.name));
    return false;
  }
  function refuse(path: string): ProviderFailure {
    const found = `${quoteWhole(path)} cannot be looked at: permission denied`;
    return fail("denied", found, "run as the user to whom it belongs");
  }
}

/** Of the places where an entry may be, the first whose variable is set. */
function findEntry({ preset }: Program, env: ProviderContext["env"]): string | undefined {
  return preset.entries?.find((entry) => {
    const [, variable] = /^\$([A-Z_]+)/.exec(entry) ?? [];
    return variable === undefined || (env(variable) ?? "") !== "";
  });
}

/** A run of the program for one name. */
export function makeCall(
  { provider, program, context, stdin }: Batch,
  command: readonly string[],
  { name }: Pick<AskedName, "name">,
): Call {
  const file = program.file === "" ? "" : expandPlace(program.file, context.env);
  const [first = "", ...args] = command;
  return {
    provider,
    argv: [expandPlace(first, context.env), ...args.map((text) => fill(text, name, file))],
    env: context.env,
    pass: program.pass,
    ...(program.preset.set && { set: program.preset.set }),
    ...(stdin !== undefined && { stdin: `${stdin}\n` }),
    ...(program.preset.missingHint && { missingHint: program.preset.missingHint }),
  };
}

function isMiss({ notFoundExit, notFoundStderr }: Program, { code, signal, stderr }: ToolEnd) {
  if (signal !== null) return false;
  return notFoundExit.includes(code) || (notFoundStderr?.test(stderr.trim()) ?? false);
}

function valueOf(output: string, lines: Program["lines"]): string | undefined {
  const value = output.replace(/\r?\n$/, "");
  if (lines === "first") return value.replace(/\r?\n[^]*$/, "") || undefined;
  if (lines === "one" && value.includes("\n")) return undefined;
  return value || undefined;
}

function failure(batch: Batch, { key }: AskedName, call: Call, ended: ToolEnd): ProviderFailure {
  const { provider, program, hidden } = batch;
  // Words of dicode.yaml's may hold what should not be shown.
  const hint = program.isKnown
    ? `run it by hand: ${call.argv.map(quoteShell).join(" ")}`
    : "run it by hand to see why; if it has no such secret, write not_found_exit or not_found_stderr";
  const meanings = program.preset.failures ?? [];
  const { argv: [name = ""] } = call;
  return makeFailure({ provider, program: name, key, ended, hidden, meanings, hint });
}
