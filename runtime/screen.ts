/**
 * Where a run's output is shown: the task's own streams, and the lines that dicode adds, each of which
 * begins a line of its own. A stream that is a terminal is filtered (terminal_filter.ts); one that is
 * a pipe or a file gets the task's bytes as they are.
 */
import type { Host } from "./host.ts";
import type { Sinks } from "./output.ts";
import { TerminalFilter } from "./terminal_filter.ts";

/** What a Screen needs of the host. */
export type ScreenHost = Pick<Host, "write" | "isTerminal">;

const STREAMS = ["stdout", "stderr"] as const;
type StreamName = typeof STREAMS[number];

const LINE_FEED = 10;
const ESCAPE = 0x1b;
const LETTER_M = 0x6d;

export class Screen {
  readonly #host: ScreenHost;
  readonly #filters: Readonly<Record<StreamName, TerminalFilter | undefined>>;
  readonly #targets: Readonly<Record<StreamName, Target>>;

  constructor(host: ScreenHost) {
    this.#host = host;
    const [stdout, stderr] = STREAMS.map((stream) =>
      host.isTerminal(stream) ? new TerminalFilter() : undefined
    );
    this.#filters = { stdout, stderr };
    const target = new Target();
    // Two terminals are, as a rule, the same one.
    const isOne = stdout !== undefined && stderr !== undefined;
    this.#targets = { stdout: target, stderr: isOne ? target : new Target() };
  }

  /** For the task's output, masked. */
  readonly sinks: Sinks = {
    stdout: (bytes) => this.#show("stdout", bytes),
    stderr: (bytes) => this.#show("stderr", bytes),
  };

  /**
   * The task has ended: shows what was kept back, and ends its colours. Where a reader has not taken
   * what was written before, nothing: it would not take this either.
   */
  async end(): Promise<void> {
    for (const stream of STREAMS) {
      const rest = this.#filters[stream]?.end();
      if (rest === undefined || this.#targets[stream].isStuck) continue;
      await this.#write(stream, rest).catch(() => {});
    }
  }

  /** What dicode says begins a line of its own, too. */
  async endErrorLine(): Promise<void> {
    const { isAtLineStart, isStuck } = this.#targets.stderr;
    if (isAtLineStart || isStuck) return;
    await this.#write("stderr", Uint8Array.of(LINE_FEED)).catch(() => {});
  }

  /** Prints a line, with its line feed, as one of its own, whatever the task printed last. */
  async printLine(line: string): Promise<void> {
    const start = this.#targets.stdout.isAtLineStart ? "" : "\n";
    await this.#write("stdout", new TextEncoder().encode(start + line));
  }

  async #show(stream: StreamName, bytes: Uint8Array): Promise<void> {
    await this.#write(stream, this.#filters[stream]?.push(bytes) ?? bytes);
  }

  async #write(stream: StreamName, bytes: Uint8Array): Promise<void> {
    if (bytes.length === 0) return;
    const target = this.#targets[stream];
    await target.whenFree(() => this.#host.write(stream, bytes));
    const text = this.#filters[stream] === undefined ? bytes : withoutLastColors(bytes);
    if (text.length > 0) target.isAtLineStart = text.at(-1) === LINE_FEED;
  }
}

/** A terminal, a pipe or a file: of one stream, or of both. */
class Target {
  /** Whether a line that is written now begins a line. */
  isAtLineStart = true;
  #last: Promise<void> = Promise.resolve();
  #waiting = 0;

  /** Whether a write has begun that is not over. */
  get isStuck(): boolean {
    return this.#waiting > 0;
  }

  /** Writes after what was to be written before. */
  async whenFree(write: () => Promise<void>): Promise<void> {
    this.#waiting++;
    // SECURITY: one write after the other, or one that the system cuts in two lets bytes of one stream
    // into a sequence of the other (tests/unit/runtime/screen_test.ts).
    const written = this.#last.then(write).finally(() => this.#waiting--);
    this.#last = written.catch(() => {});
    await written;
  }
}

/** What a filter returned, without the colours at its end: they do not move the cursor. */
function withoutLastColors(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (bytes[end - 1] === LETTER_M) {
    const start = bytes.lastIndexOf(ESCAPE, end - 1);
    if (start < 0 || bytes.indexOf(LETTER_M, start) !== end - 1) break;
    end = start;
  }
  return bytes.subarray(0, end);
}
