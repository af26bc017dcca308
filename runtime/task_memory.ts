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
  const source = await readText(found.dir + "/task.yaml", found.file);
  return await addDenoJson(await readTask(source, found, host));
}

async function readTask(source: string, found: TaskFolder, host: Place): Promise<Task> {
  const file = findFile(found, host);
  const { dir, file: shown, entry } = found;
  // SECURITY: all that a Task is made of, and what makes it (tests/e2e/task_memory_test.ts).
  const key = JSON.stringify([BUILD, Deno.version.deno, dir, shown, entry, source]);
  const known = file === undefined ? undefined : recall(file, key);
  if (known !== undefined) return known;
  const { checkTask } = await import("./task.ts" as string) as typeof import("./task.ts");
  const task = checkTask(source, found);
  if (file !== undefined) await remember(file, key, task);
  return task;
}

/** The file of that task; undefined where nothing is to be remembered. */
function findFile({ dir, missingEntry }: TaskFolder, host: Place): string | undefined {
  if (BUILD === "" || missingEntry !== undefined) return undefined;
  try {
    // SECURITY: whoever else may write there would say what is granted
    // (tests/e2e/task_memory_test.ts).
    const folder = findFolder(host.dataDir);
    const name = encodeURIComponent(dir);
    return folder === undefined || name.length > 200
      ? undefined
      : `${folder}/cache/tasks/${name}.json`;
  } catch {
    return undefined; // the run says what is wrong with it
  }
}

function recall(file: string, key: string): Task | undefined {
  try {
    const memory = JSON.parse(Deno.readTextFileSync(file));
    return memory.key === key ? memory.task : undefined;
  } catch {
    return undefined;
  }
}

async function remember(file: string, key: string, task: Task): Promise<void> {
  try {
    const { writeWhole } = await import(
      "./whole_file.ts" as string
    ) as typeof import("./whole_file.ts");
    await Deno.mkdir(file.slice(0, file.lastIndexOf("/")), { recursive: true, mode: 0o700 });
    await writeWhole(file, JSON.stringify({ key, task }));
  } catch {
    // A read-only home.
  }
}
