/**
 * Counts the processes and threads of a run, and tells the host when there are too many.
 *
 * The kernel's own limit does not hold root, counts threads alone, and leaves a shell that meets it
 * trying for ever. So the host looks, ten times a second and more often as root, at what the kernel
 * says in /proc (proc(5)), and ends the run. A process is the run's if it is in the child's group or
 * descends from the child. In a pid namespace that is all there are: its first process inherits the
 * orphans. Elsewhere an orphan that left the group before it was seen is missed.
 */
import { startTicking } from "../store/timer.ts";
import type { Child } from "./child.ts";
import { threadLimit } from "./limits.ts";
import { PROCESS_LIMIT } from "./outcome.ts";
import type { Task } from "./task.ts";

const PERIOD_MS = 100;
/** As root nothing else holds a fork bomb: with 100 ms one in ten outgrew the host, on two cores. */
const ROOT_PERIOD_MS = 20;
/** So many looks for what has just been forked; after that the next period goes on. */
const PASSES = 20;

/** The largest number that Linux gives out, on any machine: PID_MAX_LIMIT. */
const LARGEST = 4 * 1024 * 1024;

/** The most that a run may have at once. */
export interface Quota {
  readonly processes: number;
  readonly threads: number;
}

/** Whether the processes of the task's runs are counted: one without programs can start none. */
export function isCounted({ limits, permissions }: Task): boolean {
  return limits.processes !== 0 && permissions.run.length > 0;
}

/**
 * Ends the child where it has more processes than `limits.processes` allows, until it is disposed of.
 *
 * @param inNamespace whether the task is in a pid namespace: then two processes stand before it.
 */
export function watchProcesses(task: Task, child: Child, inNamespace: boolean): Disposable {
  if (!isCounted(task)) return { [Symbol.dispose]() {} };
  const { limits } = task;
  const own = inNamespace ? 3 : 1;
  const quota = { processes: own + limits.processes, threads: threadLimit(limits) };
  const family = new Family(child.pid, quota);
  const stop = startTicking(Deno.uid() === 0 ? ROOT_PERIOD_MS : PERIOD_MS, () => {
    if (family.fits()) return;
    child.stop(PROCESS_LIMIT);
    // SECURITY: also what left the group, and in the grace of a time limit (tests/e2e/limits_test.ts).
    family.kill();
  });
  // Its number may be another's from then on.
  void child.ended.then(stop, stop);
  return { [Symbol.dispose]: stop };
}

/** What /proc says of a process. */
interface Stat {
  readonly isZombie: boolean;
  readonly parent: number;
  readonly group: number;
  readonly threads: number;
  /** When it started: tells it from a later process of the same number. */
  readonly start: number;
}

/** A process with all that it started, over several looks. */
export class Family {
  readonly #root: number;
  readonly #quota: Quota;
  /** When each of ours started, by its number. */
  readonly #members = new Map<number, number>();
  /** Processes of the machine that are none of ours, so that each is looked at once. */
  readonly #strangers = new Set<number>();
  /** The newest number at the last look, and how many more would have fitted then. */
  #newest = -1;
  #room = -1;

  constructor(root: number, quota: Quota) {
    this.#root = root;
    this.#quota = quota;
  }

  /**
   * Whether there are no more than the quota now. Looks no further than the answer needs, and not at
   * all where the machine has not given out enough numbers since the last look.
   */
  fits(): boolean {
    const newest = readNewest();
    if (countBetween(this.#newest, newest) <= this.#room) return true;
    let { processes, threads } = this.#quota;
    this.#room = -1;
    for (const { stat } of this.#look()) {
      processes--;
      threads -= stat.threads;
      if (processes < 0 || threads < 0) return false;
    }
    this.#newest = newest;
    this.#room = Math.min(processes, threads);
    return true;
  }

  /**
   * Kills each of them, again and again until no new one is there. The end of a namespace, or of a
   * group, needs its first process to run, or misses who left: a fork bomb grows faster than that.
   * Who has SIGKILL pending forks no more.
   */
  kill(): void {
    const killed = new Set<number>();
    for (let pass = 0, before = -1; before !== killed.size && pass < PASSES; pass++) {
      before = killed.size;
      for (const { pid, stat } of this.#look()) {
        if (stat.isZombie || killed.has(pid)) continue;
        killed.add(pid);
        killProcess(pid);
      }
    }
  }

  /** Ours, one after the other. */
  *#look(): Generator<{ readonly pid: number; readonly stat: Stat }> {
    const listed = new Set(listProcesses());
    for (const pid of this.#members.keys()) if (!listed.has(pid)) this.#members.delete(pid);
    for (const pid of this.#strangers) if (!listed.has(pid)) this.#strangers.delete(pid);
    for (const pid of listed) {
      if (this.#strangers.has(pid)) continue;
      const stat = readStat(pid);
      if (stat !== undefined && this.#isMember(pid, stat)) yield { pid, stat };
    }
  }

  #isMember(pid: number, stat: Stat): boolean {
    const line = [{ pid, stat }];
    for (;;) {
      const { pid, stat: { parent, group, start } } = line.at(-1)!;
      if (pid === this.#root || group === this.#root || this.#members.get(pid) === start) {
        for (const one of line) this.#members.set(one.pid, one.stat.start);
        return true;
      }
      if (parent === 0 || this.#strangers.has(pid)) {
        for (const one of line) this.#strangers.add(one.pid);
        return false;
      }
      const above = readStat(parent);
      // The parent has just ended, and nobody knows yet who inherits: the next look does.
      if (above === undefined) return false;
      line.push({ pid: parent, stat: above });
    }
  }
}

/** The numbers of all processes that there are; none where there is no /proc. */
function listProcesses(): number[] {
  try {
    return [...Deno.readDirSync("/proc")].map(({ name }) => Number(name)).filter(Number.isInteger);
  } catch {
    return [];
  }
}

/**
 * The number that was given out last, to a process or a thread; NaN where that is not to be had.
 * Not from /proc/loadavg: some containers put a file of their own there.
 */
function readNewest(): number {
  try {
    return Number(Deno.readTextFileSync("/proc/sys/kernel/ns_last_pid"));
  } catch {
    return NaN;
  }
}

/** How many numbers were given out between two, at most: they begin again after the largest. */
function countBetween(before: number, after: number): number {
  return after >= before ? after - before : after - before + LARGEST;
}

/** What /proc says of a process; undefined if it is gone. */
function readStat(pid: number): Stat | undefined {
  try {
    const text = Deno.readTextFileSync(`/proc/${pid}/stat`);
    // The name, in parentheses, is the process's own choice and may hold anything.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const [parent, group, threads, start] = [1, 2, 17, 19].map((at) => Number(fields[at]));
    return {
      isZombie: fields[0] === "Z",
      parent: parent!,
      group: group!,
      threads: threads!,
      start: start!,
    };
  } catch {
    return undefined;
  }
}

/** Kills one process, unless it is gone or has become another user's. */
function killProcess(pid: number): void {
  try {
    Deno.kill(pid, "SIGKILL");
  } catch {
    // So be it.
  }
}
