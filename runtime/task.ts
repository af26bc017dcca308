/**
 * The task.yaml contract: a task folder -> Task, or every mistake of its file at once.
 *
 * Guarantees that a Task is sound in all that the file alone shows. What depends on the machine, such
 * as whether a path exists, is left to those who use it. `docs/reference/task-yaml.md` describes the
 * fields; the tables here and in task_*.ts are what is checked.
 */
import { ConfigError, type Problem } from "../sdk/errors.ts";
import { parseDuration } from "./duration.ts";
import type { Imports } from "./import_map.ts";
import { quote, Report } from "./report.ts";
import { type At, atFile, reportKind, scalar, text } from "./shape.ts";
import { fields, type Slot } from "./shape_fields.ts";
import { atLeast, parseCount, parseSize } from "./size.ts";
import { addDenoJson } from "./deno_json.ts";
import { findTask, type TaskFolder } from "./task_folder.ts";
import { type Param, paramsShape, readParams } from "./task_params.ts";
import { GRANTS, type Permissions, permissionsShape, readPermissions } from "./task_permissions.ts";
import { readTrigger, type Trigger, triggerShape } from "./task_trigger.ts";
import { readText } from "./text_file.ts";
import { isNull, type YamlEntry } from "./yaml_node.ts";
import { parseYaml } from "./yaml.ts";

export type { Imports } from "./import_map.ts";
export type { EnvEntry } from "./task_env.ts";
export type { Param } from "./task_params.ts";
export type { FsEntry, Located, Permissions } from "./task_permissions.ts";
export type { Trigger } from "./task_trigger.ts";

/** Limits of a run; 0 is none. */
export interface Limits {
  /** Memory of a process of the task, in bytes, beyond what Deno takes for itself. */
  readonly memoryBytes: number;
  /** Open files. */
  readonly files: number;
  /** Processes and threads. */
  readonly processes: number;
  /** The largest file that may be written, in bytes. */
  readonly fileBytes: number;
  /** Output in all, in bytes. */
  readonly outputBytes: number;
}

/** A task folder, read and checked. */
export interface Task {
  /** The folder's name. */
  readonly id: string;
  /** What task.yaml calls it; else the folder's name. */
  readonly name: string;
  /** What it does, in the author's words. */
  readonly description?: string;
  /** The folder: absolute, links resolved. */
  readonly dir: string;
  /** task.yaml as messages name it. */
  readonly file: string;
  /** The absolute path of task.ts or task.js. */
  readonly entry: string;
  /** The `imports` of the folder's deno.json, if it has some. */
  readonly imports?: Imports;
  /** When it is to run; runTask does not look at it. */
  readonly trigger?: Trigger;
  /** The time limit of a run; 0 is none. Default 60,000. */
  readonly timeoutMs: number;
  /** The parameters that a run may set. */
  readonly params: readonly Param[];
  /** What it may touch; what is not listed is denied. */
  readonly permissions: Permissions;
  /** The limits of a run; what task.yaml does not set is of DEFAULT_LIMITS. */
  readonly limits: Limits;
  /** What is accepted without effect. */
  readonly warnings: readonly Problem[];
}

const MEBIBYTE = 1024 * 1024;

/** The time limit of a task that names none. */
export const DEFAULT_TIMEOUT_MS = 60_000;

/** The limits of a task that names none. */
export const DEFAULT_LIMITS: Limits = {
  memoryBytes: 2048 * MEBIBYTE,
  files: 1024,
  processes: 64,
  fileBytes: 1024 * MEBIBYTE,
  outputBytes: 0,
};

/** Fields of the wider dicode format that this host accepts and does not act on. */
const IDLE_FIELDS = new Set(
  ("apiVersion kind version author notify on_failure_chain docker tags mcp_exposed mcp_port silent " +
    "provider webui run_inputs run_result auto_fix hash_include template enabled test if_missing")
    .split(" "),
);

const size = scalar({ expected: "a size such as 512MiB", parse: parseSize });
const count = scalar({ expected: "a whole number", parse: parseCount });
// Deno 2.9.6 starts a small task with 20 open files, and one of 400 modules or with a worker with 32.
const fileCount = scalar({ expected: "a whole number", parse: atLeast("32", parseCount) });
// Of its own it writes files of up to 128 KiB for a small task, of 1 MiB for one of 100 modules.
const fileSize = scalar({ expected: "a size such as 512MiB", parse: atLeast("1MiB", parseSize) });

const runtime = scalar<"deno">({
  expected: "deno",
  form: { type: "choice", values: ["deno"] },
  parse(found) {
    if (found === "deno") return found;
    return { state: "is a runtime that this host does not have", hint: "write deno" };
  },
});

const LIMITS = {
  memory: { shape: size, about: "memory of each process", default: "2GiB" },
  files: { shape: fileCount, about: "open files of each process", default: "1024" },
  processes: { shape: count, about: "programs that run at once", default: "64" },
  file: { shape: fileSize, about: "the largest file that may be written", default: "1GiB" },
  output: { shape: size, about: "output in all", default: "0" },
} as const;

/** The fields of task.yaml. */
export const TASK = {
  name: { shape: text("a name", undefined, { longest: 200 }), about: "the task's name" },
  description: {
    shape: text("a text", undefined, { lines: true, longest: 10_000 }),
    about: "what the task does",
  },
  runtime: {
    shape: runtime,
    about: "what runs the task: this host knows deno alone",
    default: "deno",
  },
  trigger: { shape: triggerShape, about: "when the task is to run" },
  timeout: {
    shape: scalar({ expected: "a duration such as 60s", parse: parseDuration }),
    about: "the time limit of a run; 0 for none",
    default: "60s",
  },
  params: { shape: paramsShape, about: "parameters that a run may set" },
  permissions: { shape: permissionsShape, about: "what the task may touch" },
  limits: { shape: fields(LIMITS), about: "limits of a run; 0 for none" },
} as const;

const taskShape = fields(TASK, {
  unknown(entry: YamlEntry, { report }: At) {
    if (GRANTS.includes(entry.key)) {
      const message = `unknown field ${quote(entry.key)} in ${report.name}`;
      report.add(entry.place, message, 'move it under "permissions"');
      return true;
    }
    if (!IDLE_FIELDS.has(entry.key)) return false;
    report.warn(entry.place, `${quote(entry.key)} has no effect: this host does not act on it`);
    return true;
  },
});

/**
 * Reads the task in a folder.
 *
 * @param dir the folder, absolute or relative to the working directory.
 * @throws {ConfigError} `config_not_found`, `config_unreadable`, `entry_not_found`, `yaml_syntax` or
 *   `config_invalid`, with every mistake of the file; likewise for its deno.json, and `json_syntax`.
 */
export async function loadTask(dir: string): Promise<Task> {
  const found = await findTask(dir);
  const source = readText(found.dir + "/task.yaml", found.file);
  return await addDenoJson(checkTask(source, found));
}

/**
 * Like parseTask, for a task that may lack its code.
 *
 * @throws {ConfigError} as parseTask; `entry_not_found`.
 */
export function checkTask(source: string, { missingEntry, ...at }: TaskFolder): Task {
  try {
    const task = parseTask(source, at);
    if (missingEntry !== undefined) throw new ConfigError([missingEntry]);
    return task;
  } catch (error) {
    if (!(error instanceof ConfigError) || missingEntry === undefined) throw error;
    if (error.problems.includes(missingEntry)) throw error;
    const [first, ...rest] = error.problems;
    throw new ConfigError([first!, ...rest, missingEntry]);
  }
}

/**
 * Checks the text of a task.yaml. Touches neither disk nor environment.
 *
 * @param at the folder, the file as messages name it, and the path of the task's code.
 * @throws {ConfigError} `yaml_syntax` or `config_invalid`, with every mistake.
 */
export function parseTask(
  source: string,
  at: { readonly dir: string; readonly file: string; readonly entry: string },
): Task {
  const { root, problems } = parseYaml(source, at.file);
  const report = new Report(at.file, problems);
  const file = atFile(report);
  if (root === undefined || isNull(root)) {
    const message = `cannot read ${report.name}: the file is empty`;
    report.add(
      root?.place ?? { line: 1, column: 1 },
      message,
      "write at least a name, such as name: my-task",
    );
  } else if (root.kind === "scalar" || root.kind === "list") {
    reportKind(root, file, "fields such as name: and permissions:", {
      sensitive: true,
      hint: 'write lines of the form "name: value", without a "-" before them',
    });
  }
  const slots = (root?.kind === "map" ? taskShape.read(root, file) : undefined)?.slots ?? {};
  const trigger = readTrigger(slots.trigger, report);
  const params = readParams(slots.params, report, file);
  const permissions = readPermissions(slots.permissions, report);
  report.finish();
  const id = at.dir.slice(at.dir.lastIndexOf("/") + 1);
  const description = slots.description?.value;
  return {
    id,
    name: slots.name?.value ?? id,
    ...(description === undefined ? {} : { description }),
    ...at,
    ...(trigger === undefined ? {} : { trigger }),
    timeoutMs: slots.timeout?.value ?? DEFAULT_TIMEOUT_MS,
    params,
    permissions,
    limits: readLimits(slots.limits),
    warnings: report.warnings,
  };
}

function readLimits(
  slot: Slot<NonNullable<ReturnType<typeof TASK.limits.shape.read>>> | undefined,
): Limits {
  const { memory, files, processes, file, output } = slot?.value?.slots ?? {};
  return {
    memoryBytes: memory?.value ?? DEFAULT_LIMITS.memoryBytes,
    files: files?.value ?? DEFAULT_LIMITS.files,
    processes: processes?.value ?? DEFAULT_LIMITS.processes,
    fileBytes: file?.value ?? DEFAULT_LIMITS.fileBytes,
    outputBytes: output?.value ?? DEFAULT_LIMITS.outputBytes,
  };
}
