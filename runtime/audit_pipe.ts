/**
 * The named pipe that a task's Deno writes its audit to, and that the host reads while the task runs.
 *
 * A pipe and not a file: what a task asks for a million times takes no room on the disk, and the limit
 * of file size (`limits.file`) does not end it. Deno 2.9.6 opens it before anything else, which waits
 * until there is a reader, and goes on where nobody reads any more.
 */
import { SandboxError } from "../sdk/errors.ts";
import type { AuditLog } from "./audit_log.ts";
import { findProgram, runTool } from "./tool.ts";

/** What is read after the task has ended: a pipe holds at most 1 MiB (pipe(7)). */
const LATE_BYTES = 2 * 1024 * 1024;
const MKFIFO_LIMIT_MS = 5_000;

export class AuditPipe implements AsyncDisposable {
  readonly path: string;
  readonly #reader: Deno.FsFile;
  readonly #writer: Deno.FsFile;
  #log: AuditLog | undefined;
  #reading: Promise<void> | undefined;
  #isEnding = false;

  /**
   * Makes the pipe, for the user alone, and opens it.
   *
   * @throws {SandboxError} host_unfit: no pipe can be made here.
   */
  static async make(path: string): Promise<AuditPipe> {
    const program = findProgram("mkfifo");
    const answer = program === undefined ? undefined : await runTool({
      program,
      args: ["-m", "600", path],
      env: {},
      timeoutMs: MKFIFO_LIMIT_MS,
    });
    if (answer?.code !== 0) {
      const why = answer === undefined ? "there is no mkfifo here" : answer.stderr.trim();
      throw new SandboxError("host_unfit", `cannot make the pipe for --audit: ${why}`, {
        hint: "install coreutils, or run without --audit",
      });
    }
    // Open for both it waits for nobody (fifo(7)), and so do the two that follow.
    using _both = await Deno.open(path, { read: true, write: true });
    const reader = await Deno.open(path, { read: true });
    return new AuditPipe(path, reader, await Deno.open(path, { write: true }));
  }

  private constructor(path: string, reader: Deno.FsFile, writer: Deno.FsFile) {
    this.path = path;
    this.#reader = reader;
    this.#writer = writer;
  }

  /** Starts to read into `log`. */
  start(log: AuditLog): void {
    this.#log = log;
    this.#reading = this.#carry(log);
  }

  /** The task has ended: resolves once what it wrote was read. */
  async end(): Promise<void> {
    if (this.#log === undefined || this.#isEnding) return await this.#reading;
    this.#isEnding = true;
    // A program that the task left may hold the pipe for ever: the end is a line of ours. It waits
    // for room, and fails where such a program fills the pipe until nobody reads any more.
    const line = new TextEncoder().encode(`\n${this.#log.endLine}\n`);
    this.#writer.write(line).catch(() => {});
    await this.#reading;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
    this.#reader.close();
    this.#writer.close();
  }

  async #carry(log: AuditLog): Promise<void> {
    const buffer = new Uint8Array(64 * 1024);
    let late = 0;
    while (!log.hasEnded && late < LATE_BYTES) {
      const count = await this.#reader.read(buffer);
      if (count === null) return;
      log.push(buffer.subarray(0, count));
      if (this.#isEnding) late += count;
    }
  }
}
