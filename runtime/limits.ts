/**
 * `limits` of task.yaml as limits of the kernel, by `prlimit`: memory, open files, file size, threads,
 * no core files (they would hold secrets). Behind bubblewrap they are set inside it, where threads are
 * counted for this run alone. Processes are counted by process_watch.ts, output by output.ts.
 */
import type { CommandLine } from "./sandbox.ts";
import type { Limits } from "./task.ts";
import { findProgram } from "./tool.ts";

/**
 * What Deno 2.9.6 takes for itself before a task has anything: with less than 768 MiB it does not
 * start, and of each limit 544 MiB are not the task's.
 */
const OWN_BYTES = 544 * 1024 * 1024;
/** The least for the task, so that Deno starts. */
const LEAST_BYTES = 224 * 1024 * 1024;
/**
 * Threads for Deno itself, which panics where it cannot have one. Deno 2.9.6 has 6 to 40 on two
 * cores, up to 15 more on many, and one for each worker.
 */
const OWN_THREADS = 128;
/** Threads for each process that the task may start. */
const THREADS_EACH = 16;

/** Hard limits of this process, above which nobody but root may go; Infinity where there is none. */
export interface HardLimits {
  readonly dataBytes: number;
  readonly files: number;
  readonly fileBytes: number;
  readonly threads: number;
}

/** How many threads the whole run may have; Infinity where `limits.processes` is 0. */
export function threadLimit({ processes }: Limits): number {
  return processes === 0 ? Infinity : OWN_THREADS + processes * THREADS_EACH;
}

/**
 * The arguments of prlimit, without the command.
 *
 * @param countsThreads whether the threads that the kernel would count are those of the run alone.
 */
export function limitArgs(limits: Limits, hard: HardLimits, countsThreads: boolean): string[] {
  const { memoryBytes, files, fileBytes } = limits;
  const dataBytes = memoryBytes === 0 ? Infinity : OWN_BYTES + Math.max(LEAST_BYTES, memoryBytes);
  const wanted = {
    data: Math.min(dataBytes, hard.dataBytes),
    nofile: Math.min(files || Infinity, hard.files),
    fsize: Math.min(fileBytes || Infinity, hard.fileBytes),
    nproc: countsThreads ? Math.min(threadLimit(limits), hard.threads) : Infinity,
  };
  const set = Object.entries(wanted).filter(([, value]) => value !== Infinity);
  return [...set.map(([name, value]) => `--${name}=${value}`), "--core=0"];
}

/**
 * Puts a command behind prlimit, where that is there; warnUnbound() is for where it is not.
 *
 * @param inNamespace whether the command runs in a user namespace of its own: only there may its
 *   threads be limited. Elsewhere the kernel counts all that the user has on the machine.
 */
export function wrapInLimits(
  command: CommandLine,
  limits: Limits,
  inNamespace: boolean,
): CommandLine {
  const prlimit = findProgram("prlimit");
  if (prlimit === undefined) return command;
  const hard = readIfThere("/proc/self/limits");
  const release = readIfThere("/proc/sys/kernel/osrelease");
  const countsThreads = inNamespace && countsByNamespace(release);
  const args = limitArgs(limits, parseHardLimits(hard), countsThreads);
  return { ...command, program: prlimit, args: [...args, "--", command.program, ...command.args] };
}

function readIfThere(path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch {
    return "";
  }
}

/** Warns of a run whose limits are nobody's to set, for want of prlimit. */
export function warnUnbound(limits: Limits, warn: (message: string) => void): void {
  const { memoryBytes, files, fileBytes } = limits;
  const asked = Object.entries({ memory: memoryBytes, files, file: fileBytes })
    .filter(([, value]) => value !== 0).map(([name]) => name);
  if (asked.length === 0 || findProgram("prlimit") !== undefined) return;
  const zeros = asked.map((name) => `${name}: 0`).join(", ");
  warn(
    `limits: nothing holds the task to ${asked.join(", ")}, since prlimit is not installed ` +
      `(install it: apt-get install util-linux; or silence this with limits: { ${zeros} })`,
  );
}

/** How much less a task that starts programs gets of a busy processor: nice(1), 0 to 19. */
const NICE = 5;

/**
 * Puts a command behind `nice`, where that is there: a fork bomb would leave the host no time to end
 * it. With it the host's timer was late by up to 0.4 s on two cores, without by up to 1.4.
 */
export function wrapInNice(command: CommandLine): CommandLine {
  const nice = findProgram("nice");
  if (nice === undefined) return command;
  return {
    ...command,
    program: nice,
    args: ["-n", String(NICE), command.program, ...command.args],
  };
}

/** Whether this kernel counts the threads of a user in each user namespace apart: since 5.14. */
export function countsByNamespace(release: string): boolean {
  const [major = 0, minor = 0] = release.split(".").map((part) => parseInt(part));
  return major > 5 || (major === 5 && minor >= 14);
}

/** The text of /proc/self/limits (proc(5)) -> the hard limits. */
export function parseHardLimits(text: string): HardLimits {
  const read = (name: string) => {
    const value = new RegExp(`^Max ${name} +\\S+ +(\\d+)`, "m").exec(text)?.[1];
    return value === undefined ? Infinity : Number(value);
  };
  return {
    dataBytes: read("data size"),
    files: read("open files"),
    fileBytes: read("file size"),
    threads: read("processes"),
  };
}

/** V8's flag for its own heap, which then ends with a message of its own instead of a crash. */
export function heapFlag(limits: Limits): string[] {
  if (limits.memoryBytes === 0) return [];
  const megabytes = Math.max(64, Math.floor(limits.memoryBytes / (1024 * 1024)));
  return [`--v8-flags=--max-old-space-size=${megabytes}`];
}
