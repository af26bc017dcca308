/**
 * One task process: spawned in a process group of its own, ended by its time limit, by a signal that
 * the host got, or by the host. Why it ended is recorded once: the first cause wins.
 */
import { sleep, startTimer } from "../store/timer.ts";
import type { CommandLine } from "./sandbox.ts";
import { findFirstChild, findProgram, killGroup } from "./tool.ts";

/** Between the polite signal and SIGKILL. */
const GRACE_MS = 2_000;
/** `deno task` delivers a signal twice: a second one hastens the end only if it comes later. */
const REPEAT_AFTER_MS = 500;
/** How long, in all, a pipe is waited for after the task has ended: an orphan may hold it for ever. */
const PIPE_GRACE_MS = 500;
/** As much as a pipe holds, as a rule (pipe(7)): no read returns more. */
const PIPE_CHUNK_BYTES = 64 * 1024;
/** More than a pipe holds (1 MiB, pipe(7)): what comes after so much is not the task's any more. */
const PIPE_LATE_BYTES = 2 * 1024 * 1024;

/** What ended the task: its own exit, or who killed it. */
export type Cause =
  | { readonly kind: "exit" }
  | { readonly kind: "timeout" }
  | { readonly kind: "signal"; readonly signal: Deno.Signal }
  | { readonly kind: "stopped"; readonly reason: string };

export interface Ended {
  readonly cause: Cause;
  /** The exit code; 128+N where signal N ended it. */
  readonly code: number;
  readonly signal: Deno.Signal | null;
}

export class Child {
  /** A chunk is overwritten once the next is asked for. */
  readonly stdout: AsyncIterable<Uint8Array>;
  /** The same. */
  readonly stderr: AsyncIterable<Uint8Array>;
  readonly ended: Promise<Ended>;
  readonly #process: Deno.ChildProcess;
  readonly #stdin: WritableStreamDefaultWriter<Uint8Array>;
  #cause: Cause | undefined;
  #causedAt = 0;
  /** Its number may be another's from then on. */
  #hasEnded = false;
  #stopTimer: (() => void) | undefined;
  #stopKillTimer: (() => void) | undefined;
  #gone = new AbortController();
  readonly #inNamespace: boolean;

  /**
   * Spawns the command. It dies with the host where `setpriv` is to be had, or behind bubblewrap.
   *
   * @param inNamespace whether the task runs in a pid namespace of its own, below the process that is
   *   spawned: signals go to its session in there, and SIGKILL ends the namespace.
   */
  static spawn(command: CommandLine, inNamespace = false): Child {
    // bubblewrap ends with its parent by itself (--die-with-parent).
    const setpriv = inNamespace ? undefined : findProgram("setpriv");
    // For a group of its own: `detached` copies the host's page tables, which takes 3 to 6 ms.
    const setsid = findProgram("setsid");
    const [program, ...args] = [
      ...(setsid === undefined ? [] : [setsid]),
      ...(setpriv === undefined ? [] : [setpriv, "--pdeathsig", "KILL", "--"]),
      command.program,
      ...command.args,
    ];
    return new Child(
      new Deno.Command(program!, {
        args,
        env: { ...command.env },
        clearEnv: true,
        cwd: command.cwd,
        stdin: "piped",
        stdout: "piped",
        stderr: "piped",
        detached: setsid === undefined,
      }).spawn(),
      inNamespace,
    );
  }

  private constructor(process: Deno.ChildProcess, inNamespace: boolean) {
    this.#process = process;
    this.#stdin = process.stdin.getWriter();
    this.#inNamespace = inNamespace;
    this.stdout = readUntil(process.stdout, this.#gone.signal);
    this.stderr = readUntil(process.stderr, this.#gone.signal);
    this.ended = this.#wait();
  }

  /** Of the process that was spawned, which leads a group of its own. */
  get pid(): number {
    return this.#process.pid;
  }

  /** Hands over a first line, which the child need not wait for the rest to read. */
  prepare(line: Uint8Array): void {
    this.#stdin.write(line).catch(() => {}); // it has ended already: `ended` says why
  }

  /** Hands over the init line and starts the clock; 0 means no time limit. */
  async start(init: Uint8Array, timeoutMs: number): Promise<void> {
    if (timeoutMs > 0) this.#stopTimer = startTimer(timeoutMs, () => this.#onTimeout());
    try {
      await this.#stdin.write(init);
      await this.#stdin.close();
    } catch {
      // The child ended before it had read the line: `ended` says why.
      await this.#stdin.abort().catch(() => {});
    }
  }

  /** Passes a signal of the host on; a repeated one, half a second later, kills. */
  interrupt(signal: Deno.Signal): void {
    if (this.#cause === undefined) {
      this.#end({ kind: "signal", signal }, signal);
    } else if (Date.now() - this.#causedAt >= REPEAT_AFTER_MS) {
      this.#kill("SIGKILL");
    }
  }

  /** Ends the task at once, for a reason of the host's. */
  stop(reason: string): void {
    if (this.#cause === undefined) this.#end({ kind: "stopped", reason }, "SIGKILL");
  }

  #onTimeout(): void {
    if (this.#cause === undefined) this.#end({ kind: "timeout" }, "SIGTERM");
  }

  #end(cause: Cause, signal: Deno.Signal): void {
    this.#cause = cause;
    this.#causedAt = Date.now();
    this.#kill(signal);
    this.#stopKillTimer = startTimer(GRACE_MS, () => this.#kill("SIGKILL"));
  }

  #kill(signal: Deno.Signal): void {
    try {
      const found = killGroup(this.#group(signal), signal);
      // In the moment before setsid has run: nothing but the process itself is there.
      if (!found && !this.#hasEnded) Deno.kill(this.#process.pid, signal);
    } catch (error) {
      // A member of the group that changed its user cannot be signalled by us; the rest was.
      const { NotFound, PermissionDenied } = Deno.errors;
      if (!(error instanceof PermissionDenied || error instanceof NotFound)) throw error;
    }
  }

  /** The process group that a signal is for. */
  #group(signal: Deno.Signal): number {
    const { pid } = this.#process;
    if (!this.#inNamespace || signal === "SIGKILL") return pid;
    return findFirstChild(pid) ?? pid;
  }

  async #wait(): Promise<Ended> {
    const { code, signal } = await this.#process.status;
    this.#hasEnded = true;
    const cause = this.#cause ?? { kind: "exit" };
    this.#cause = cause;
    this.#stopTimer?.();
    // What the task left in its group would hold its pipes, and go on with its secrets. Where a
    // signal asked it to end, it keeps the grace that the task had.
    if (cause.kind === "exit" || cause.kind === "stopped") this.#kill("SIGKILL");
    else await this.#untilGroupGone();
    this.#stopKillTimer?.();
    this.#kill("SIGKILL");
    this.#gone.abort();
    return { cause, code, signal };
  }

  async #untilGroupGone(): Promise<void> {
    while (Date.now() - this.#causedAt < GRACE_MS) {
      try {
        Deno.kill(-this.#process.pid, 0 as unknown as Deno.Signal);
      } catch {
        return;
      }
      await sleep(20);
    }
  }
}

/**
 * The bytes of a pipe until its end; once the process is gone, only what was in the pipe: an orphan
 * that left the group may hold it for ever, in silence or writing on and on. The memory of a chunk is
 * used for the next: a fresh one each costs a tenth of the throughput (tests/bench).
 */
async function* readUntil(
  pipe: ReadableStream<Uint8Array>,
  gone: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const reader = pipe.getReader({ mode: "byob" });
  const grace = new Grace(PIPE_GRACE_MS, gone, () => void reader.cancel().catch(() => {}));
  let memory = new ArrayBuffer(PIPE_CHUNK_BYTES);
  let lateBytes = 0;
  try {
    while (lateBytes < PIPE_LATE_BYTES) {
      grace.resume();
      const { done, value } = await reader.read(new Uint8Array(memory));
      grace.pause();
      if (done) return;
      if (gone.aborted) lateBytes += value.length;
      memory = value.buffer;
      yield value;
    }
  } finally {
    grace.pause();
    await reader.cancel().catch(() => {});
  }
}

/** A time that runs only after `gone`, and while it is not paused; it is paused at first. */
class Grace {
  #leftMs: number;
  readonly #gone: AbortSignal;
  readonly #expired: () => void;
  #isPaused = true;
  #startedAt = 0;
  #stop: (() => void) | undefined;

  constructor(leftMs: number, gone: AbortSignal, expired: () => void) {
    this.#leftMs = leftMs;
    this.#gone = gone;
    this.#expired = expired;
    gone.addEventListener("abort", () => this.#start(), { once: true });
  }

  resume(): void {
    this.#isPaused = false;
    this.#start();
  }

  pause(): void {
    this.#isPaused = true;
    if (this.#stop === undefined) return;
    this.#stop();
    this.#stop = undefined;
    this.#leftMs -= performance.now() - this.#startedAt;
  }

  #start(): void {
    if (this.#isPaused || !this.#gone.aborted || this.#stop !== undefined) return;
    this.#startedAt = performance.now();
    this.#stop = startTimer(this.#leftMs, this.#expired);
  }
}
