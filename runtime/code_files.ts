/**
 * The files that decide over a task's next run, where a write grant would reach them: task.yaml, the
 * code, and what lies between them and the grant. They stay read-only for the task.
 *
 * What cannot be kept read-only behind every wall is refused: a link can be replaced, whatever is
 * mounted on its target, and a name with a comma is two in Deno's flags. Deno's permissions hold
 * JavaScript alone: where programs are granted as well, the kernel's walls refuse the grant.
 */
import { SandboxError } from "../sdk/errors.ts";
import { type Grants, reaches } from "./grants.ts";
import { isInside } from "./paths.ts";
import type { Graph } from "./preflight.ts";
import { refuseCodeNames } from "./second_names.ts";
import type { Task } from "./task.ts";

/** Files of the task's folder that are read before its code, or may be by a later version. */
const KEPT = ["task.yaml", "task.ts", "task.js", "deno.json", "deno.jsonc", "deno.lock"];

/**
 * Real paths of files that must stay as they are; some may not exist.
 *
 * @throws {SandboxError} grant_refused: one of them cannot be kept so under a write grant.
 */
export async function listCodeFiles(task: Task, grants: Grants, graph: Graph): Promise<string[]> {
  const yaml = `${task.dir}/task.yaml`;
  const found = [{ path: yaml, real: Deno.realPathSync(yaml) }, ...graph.modules];
  for (const { path, real } of found) {
    // SECURITY: a task that rewrites these has other grants at its next run
    // (tests/e2e/grants_test.ts).
    if (path !== real && reaches(grants, path, "write")) refuse(path, "it is a link");
    if (/[,\p{Cc}]/u.test(real) && reaches(grants, real, "write")) {
      refuse(real, "its name holds a comma or a control character");
    }
  }
  const kept = KEPT.map((name) => `${task.dir}/${name}`);
  const files = [...new Set([...kept, ...found.map(({ real }) => real)])];
  await refuseCodeNames(task, grants, files);
  return files;

  function refuse(path: string, why: string): never {
    throw new SandboxError(
      "grant_refused",
      `cannot keep ${JSON.stringify(path)} read-only under a write grant: ${why}`,
      { where: { file: task.file }, hint: "grant a folder that holds no code, such as ./data/" },
    );
  }
}

/** Paths that Deno must not write, for files that stay as they are: they, and the folders above. */
export function listProtected(grants: Grants, files: readonly string[]): string[] {
  const listed = new Set<string>();
  for (const { path, real, write } of grants.fs) {
    if (!write) continue;
    for (const granted of new Set([path, real])) {
      for (const file of files) {
        // Each folder too: one that is renamed takes the file away, and another takes its place.
        for (let at = file; at !== granted && isInside(at, granted);) {
          listed.add(at);
          at = at.slice(0, at.lastIndexOf("/"));
        }
        if (file === granted) listed.add(file);
      }
    }
  }
  return [...listed];
}

/**
 * Refuses programs beside a write grant that reaches code, for the kernel's walls. Landlock cannot
 * take back for one file what it gave for its folder. Behind bubblewrap code stays read-only, but a
 * name that is still free, such as that of deno.lock or of a module that is imported when it is there,
 * can be taken.
 *
 * @throws {SandboxError} grant_refused.
 */
export function refuseReachable(task: Task, grants: Grants, codeFiles: readonly string[]): void {
  // SECURITY: a program that rewrites these has other grants, or other code, at its next run
  // (tests/e2e/bwrap_test.ts, tests/e2e/landlock_test.ts; tests/hostile/plants-config-by-program).
  const programs = [...grants.run, ...Object.values(grants.linkedPrograms ?? {})];
  const [reached] = listProtected(grants, [...codeFiles, ...programs]);
  if (grants.run.length === 0 || reached === undefined) return;
  throw new SandboxError(
    "grant_refused",
    `cannot keep ${JSON.stringify(reached)} from programs: fs grants its folder for writing, and ` +
      "run is not empty",
    { where: { file: task.file }, hint: "grant a folder that holds no code, such as ./data/" },
  );
}
