/** Writes the import map of a task where its Deno reads it: no task has a hand in that file. */
import type { Imports } from "./import_map.ts";

/** An import map as a file for `deno`, and its text. */
export interface PlacedMap {
  readonly file: string;
  readonly text: string;
}

/**
 * Writes the map into a file of the run's folder; undefined if the task maps nothing.
 *
 * @param file a path where nothing is yet.
 */
export async function placeImports(
  imports: Imports | undefined,
  file: string,
): Promise<PlacedMap | undefined> {
  if (imports === undefined) return undefined;
  const text = JSON.stringify({ imports });
  await Deno.writeTextFile(file, text, { createNew: true, mode: 0o600 });
  return { file, text };
}
