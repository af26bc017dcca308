/**
 * Remembers what an unchanged task.yaml said: a run of it reads no YAML and checks no field, which
 * take a tenth of the host's time.
 *
 * A Task is the same if the text of its file is, to the letter, with the same folder, code and name
 * for messages, under the same build of dicode and the same Deno: it was made of nothing else. The
 * memory lies in the data folder, which no task reaches. What cannot be read or does not fit is
 * forgotten. Where the sources run there is none: nobody notices when they change.
 */
import { findFolder } from "../store/files.ts";
import { readKept, writeKept } from "./kept_file.ts";
import { addDenoJson } from "./deno_json.ts";
import { BUILD } from "./own_files.ts";
import { findTask, type TaskFolder } from "./task_folder.ts";
import type { Task } from "./task.ts";
import { readText } from "./text_file.ts";

/** Where the memory is; asking may throw. */
interface Place {
  readonly dataDir: string;
}

/** Like loadTask, with the same errors: the folder and its files are looked at as ever. */
export async function loadKnownTask(dir: string, host: Place): Promise<Task> {
  const found = await findTask(dir);
  const source = readText(found.dir + "/task.yaml", found.file);
  return await addDenoJson(await readTask(source, found, host));
}

async function readTask(source: string, found: TaskFolder, host: Place): Promise<Task> {
  const place = findPlace(found, host);
  const { dir, file: shown, entry } = found;
  // SECURITY: all that a Task is made of, and what makes it (tests/e2e/task_memory_test.ts).
  const key = JSON.stringify([BUILD, Deno.version.deno, dir, shown, entry, source]);
  const known = place === undefined ? undefined : recall(place, key);
  if (known !== undefined) return known;
  const { checkTask } = await import("./task.ts" as string) as typeof import("./task.ts");
  const task = checkTask(source, found);
  if (place !== undefined) await writeKept(...place, JSON.stringify({ key, task }));
  return task;
}

/** The cache and the task's file in it; undefined where nothing is to be remembered. */
function findPlace(
  { dir, missingEntry }: TaskFolder,
  host: Place,
): readonly [cacheDir: string, name: string] | undefined {
  if (BUILD === "" || missingEntry !== undefined) return undefined;
  try {
    // SECURITY: whoever else may write there would say what is granted
    // (tests/e2e/task_memory_test.ts).
    const folder = findFolder(host.dataDir);
    const name = encodeURIComponent(dir);
    return folder === undefined || name.length > 200
      ? undefined
      : [`${folder}/cache`, `tasks/${name}.json`];
  } catch {
    return undefined; // the run says what is wrong with it
  }
}

function recall(place: readonly [string, string], key: string): Task | undefined {
  try {
    const memory = JSON.parse(readKept(...place) ?? "null");
    return memory?.key === key ? memory.task : undefined;
  } catch {
    return undefined; // it is no JSON
  }
}
