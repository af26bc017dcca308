/** What `dicode doctor` finds out about a program: whether it is there, and whether it answers. */
import { expandPlace } from "../expand.ts";
import { nameOf, type Naming } from "../options.ts";
import { type Diagnosis, ProviderFailure } from "../provider.ts";
import { quoteShell, quoteWhole } from "../quote.ts";
import { askValue, type Batch } from "./value.ts";

/** A name that nobody has; in upper case, since some services allow no other. */
const NOBODY = "DOCTOR_LOOKS_FOR_NOTHING";

/**
 * The findings. A program is run only where a preset says how it tells that there is nothing.
 *
 * @throws {ProviderFailure} it answers with a failure.
 */
export async function diagnoseProgram(
  batch: Batch,
  options: Naming,
  signal: AbortSignal,
): Promise<Diagnosis[]> {
  const { program, context: { env } } = batch;
  const name = expandPlace(program.command[0] ?? "", env);
  const place = await findProgram(name, env("PATH") ?? "");
  if (place === undefined) {
    const isThere = name.includes("/") &&
      (await Deno.stat(name).catch(() => undefined)) !== undefined;
    if (isThere) {
      const found = `${quoteWhole(name)} is no program that you may run`;
      return [{
        what: "installed",
        state: "broken",
        found,
        hint: `chmod +x ${quoteShell(name)}, or name another`,
      }];
    }
    const found = `there is no program ${quoteWhole(name)}`;
    const hint = program.preset.missingHint ?? "install it, or write its path";
    return [{ what: "installed", state: "broken", found, hint }];
  }
  const installed: Diagnosis = { what: "installed", state: "ok", found: quoteWhole(place) };
  if (!program.preset.probe || !program.isKnown) return [installed];
  const { name: asked } = nameOf({ ...options, map: undefined }, NOBODY);
  try {
    await askValue(batch, { key: NOBODY, name: asked }, signal);
    return [installed, { what: "answers", state: "ok", found: "it says what it does not have" }];
  } catch (error) {
    if (!(error instanceof ProviderFailure) || error.kind !== "denied") throw error;
    const found = `it may not look for ${quoteWhole(asked)}, and perhaps need not`;
    return [installed, { what: "answers", state: "warning", found, hint: error.hint }];
  }
}

async function findProgram(name: string, path: string): Promise<string | undefined> {
  const places = name.includes("/") ? [name] : path.split(":").map((folder) => `${folder}/${name}`);
  for (const place of places) {
    const info = await Deno.stat(place).catch(() => undefined);
    if (info?.isFile && ((info.mode ?? 0) & 0o111) !== 0) return place;
  }
  return undefined;
}
