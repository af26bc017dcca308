/**
 * What the host keeps in the cache of its data folder to save the next run work: how it is read, with
 * one suspicion for all of it, and how it is written.
 *
 * SECURITY: what is kept says what is started, granted and taken for checked. A link, anywhere from the
 * cache on, may lead to where a task writes; a pipe would hold every run (tests/e2e/head_start_test.ts,
 * tests/e2e/task_memory_test.ts, tests/e2e/preflight_test.ts).
 */
import { checkFile } from "../store/files.ts";
import { writeWhole } from "./whole_file.ts";

/** Arguments have 2 MiB where the stack has 8 (execve(2)), a task.yaml 1; JSON escapes some. */
const MOST_BYTES = 4 * 1024 * 1024;

/**
 * The text of a kept file; undefined for one that is not there, or is not a file of ours alone.
 *
 * @param cacheDir `<data-dir>/cache`; the data folder itself is looked at elsewhere, and may be a link.
 * @param name the file below it, such as `graphs/x.json`.
 */
export function readKept(cacheDir: string, name: string): string | undefined {
  const path = `${cacheDir}/${name}`;
  try {
    if (hasLink(cacheDir, name) || !checkFile(path)) return undefined;
    if (Deno.lstatSync(path).size > MOST_BYTES) return undefined;
    return Deno.readTextFileSync(path);
  } catch {
    return undefined;
  }
}

/** Keeps a text, whole or not at all; what cannot be written, as in a read-only home, is not kept. */
export async function writeKept(cacheDir: string, name: string, text: string): Promise<void> {
  const path = `${cacheDir}/${name}`;
  try {
    const folder = path.slice(0, path.lastIndexOf("/"));
    await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
    await writeWhole(path, text);
  } catch {
    // The next run does the work anew.
  }
}

/** Removes a kept file, if it is there. */
export async function forgetKept(cacheDir: string, name: string): Promise<void> {
  await Deno.remove(`${cacheDir}/${name}`).catch(() => {});
}

/** Whether the cache, the file, or a folder between them is a link. @throws if one is not there. */
function hasLink(cacheDir: string, name: string): boolean {
  const steps = name.split("/").map((_, at, all) => all.slice(0, at + 1).join("/"));
  return [cacheDir, ...steps.map((step) => `${cacheDir}/${step}`)]
    .some((path) => Deno.lstatSync(path).isSymlink);
}
