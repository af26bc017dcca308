/**
 * One path as `fs` and `modules` list it, and one program as `run` does: what the text alone shows.
 *
 * Where a path leads is seen when the task runs (grant_paths.ts); what is refused here is what other
 * programs expand or read, and dicode takes as written.
 */
import type { Fault } from "./report.ts";

const TASK_DIR = "${TASK_DIR}";
const EXPANDED = "only ~ and ${TASK_DIR} expand, at the start";

/** What is wrong with a path, if its text shows it. */
export function checkPath(path: string): Fault | undefined {
  if (path.includes(",")) return { state: "holds a comma", hint: "grant the folder above it" };
  // A URL may carry a credential: no message shows one.
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) {
    return { state: "is a URL", hint: "write the path of a file or folder", private: true };
  }
  if (/^[a-z]:[\\/]/i.test(path) || path.startsWith("\\\\")) {
    return { state: "is a path of Windows", hint: "write one such as ./data or /srv/data" };
  }
  if (/^~(?!\/|$)/.test(path)) return { state: "names another user's home", hint: 'write "~/…"' };
  if (path.replaceAll(TASK_DIR, "").includes("${")) {
    const inHome = /^\$\{HOME\}(\/.*)?$/.exec(path);
    const hint = inHome ? `write "~${inHome[1] ?? ""}"` : EXPANDED;
    return { state: "holds a ${…} that is not known", hint };
  }
  const rest = path.startsWith(TASK_DIR) ? path.slice(TASK_DIR.length) : path;
  if (rest.includes(TASK_DIR) || (rest !== path && !/^(?:\/|$)/.test(rest))) {
    return { state: "holds ${TASK_DIR} where it does not expand", hint: EXPANDED };
  }
  if (/^(?:\$\w+|%\w+%)(?:\/|$)/.test(path)) {
    return { state: "begins with a variable, which does not expand", hint: EXPANDED };
  }
  return undefined;
}

/** What is wrong with a program's name or path, if its text shows it. */
export function checkProgram(program: string): Fault | undefined {
  if (program.includes("*")) {
    return { state: "would allow every program", hint: "list each program by itself" };
  }
  if (program.includes(",")) return { state: "holds a comma", hint: "write one program an entry" };
  if (!program.includes("/") && /\s/.test(program)) {
    const [name = ""] = program.trim().split(/\s+/);
    return {
      state: "holds a space",
      hint: `write ${name}: a program is granted with any arguments`,
    };
  }
  if (program.startsWith("~") || program.includes("${")) {
    return { state: "holds a ~ or ${…}, which do not expand here", hint: "write an absolute path" };
  }
  return undefined;
}
