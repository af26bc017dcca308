/** What a task's deno.json adds to its Task; the reader of it loads where there is such a file. */
import type { Task } from "./task.ts";

/**
 * The task with the `imports` and the warnings of the deno.json, or deno.jsonc, in its folder.
 *
 * @throws {ConfigError} as loadDenoJson.
 */
export async function addDenoJson(task: Task): Promise<Task> {
  const { dir } = task;
  if (!isThere(`${dir}/deno.json`) && !isThere(`${dir}/deno.jsonc`)) return task;
  const { loadDenoJson } = await import(
    "./import_map.ts" as string
  ) as typeof import("./import_map.ts");
  const shown = task.file.slice(0, -"/task.yaml".length) || ".";
  const { imports, warnings } = await loadDenoJson(dir, shown);
  if (imports === undefined && warnings.length === 0) return task;
  return { ...task, imports, warnings: [...task.warnings, ...warnings] };
}

function isThere(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}
