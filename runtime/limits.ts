/**
 * `limits` of task.yaml as limits of the kernel, by `prlimit`: memory, open files, file size, no core
 * files (they would hold secrets). The limit of processes needs a user namespace of its own, and is
 * set inside it; the limit of output is the host's (output.ts).
 */
import type { CommandLine } from "./sandbox.ts";
import type { Limits } from "./task.ts";

/**
 * What Deno 2.9.6 takes for itself before a task has anything: with less than 768 MiB it does not
 * start, and of each limit 544 MiB are not the task's.
 */
const OWN_BYTES = 544 * 1024 * 1024;
/** The least for the task, so that Deno starts. */
const LEAST_BYTES = 224 * 1024 * 1024;

/** The arguments of prlimit, without the command. */
export function limitArgs(limits: Limits): string[] {
  const { memoryBytes, files, fileBytes } = limits;
  const dataBytes = OWN_BYTES + Math.max(LEAST_BYTES, memoryBytes);
  return [
    ...(memoryBytes === 0 ? [] : [`--data=${dataBytes}`]),
    ...(files === 0 ? [] : [`--nofile=${files}`]),
    ...(fileBytes === 0 ? [] : [`--fsize=${fileBytes}`]),
    "--core=0",
  ];
}

/** Puts a command behind prlimit. */
export function wrapInLimits(command: CommandLine, prlimit: string, limits: Limits): CommandLine {
  return {
    ...command,
    program: prlimit,
    args: [...limitArgs(limits), "--", command.program, ...command.args],
  };
}

/** V8's flag for its own heap, which then ends with a message of its own instead of a crash. */
export function heapFlag(limits: Limits): string[] {
  if (limits.memoryBytes === 0) return [];
  const megabytes = Math.max(64, Math.floor(limits.memoryBytes / (1024 * 1024)));
  return [`--v8-flags=--max-old-space-size=${megabytes}`];
}
