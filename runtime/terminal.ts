/** Asking a person: a hidden prompt, a yes or no. */
import { UsageError } from "../sdk/errors.ts";
import { startTimer } from "../store/timer.ts";

const CTRL_C = 3;
const CTRL_D = 4;
const BACKSPACE = 8;
const TAB = 9;
const LINE_FEED = 10;
const RETURN = 13;
const CTRL_U = 21;
const SPACE = 32;
const DELETE = 127;

/** So long nothing must come before a paste counts as over. */
const PASTE_PAUSE_MS = 100;

/** Thrown where the person pressed Ctrl-C or Ctrl-D at a prompt. */
export class Cancelled extends Error {}

/**
 * Asks on stderr and reads a line from the terminal without showing it.
 *
 * @throws {Cancelled} at Ctrl-C, or Ctrl-D on an empty line.
 * @throws {UsageError} secret_value_invalid: several lines were pasted, a key such as an arrow was
 *   pressed, or it is not UTF-8.
 */
export async function promptHidden(label: string): Promise<string> {
  const typed: number[] = [];
  const chunk = new Uint8Array(4096);
  const stopRestoring = restoreOnSignal();
  Deno.stdin.setRaw(true);
  try {
    await say(`${label}: `);
    for (;;) {
      const count = await Deno.stdin.read(chunk);
      if (count === null) throw new Cancelled();
      const end = takeKeys(typed, chunk.subarray(0, count));
      if (end !== undefined) {
        if (end < count) throw severalLines();
        return new TextDecoder("utf-8", { fatal: true }).decode(new Uint8Array(typed));
      }
    }
  } catch (error) {
    if (error instanceof UsageError) await dropPaste(chunk);
    if (!(error instanceof TypeError)) throw error;
    throw new UsageError("secret_value_invalid", "cannot use what was typed: not UTF-8");
  } finally {
    Deno.stdin.setRaw(false);
    stopRestoring();
    await say("\n");
  }
}

/** A signal that ends us leaves a terminal that shows what is typed; returns how to stop that. */
function restoreOnSignal(): () => void {
  const codes = { SIGTERM: 143, SIGHUP: 129 } as const;
  const removals = (["SIGTERM", "SIGHUP"] as const).map((signal) => {
    const restore = () => {
      Deno.stdin.setRaw(false);
      Deno.exit(codes[signal]);
    };
    Deno.addSignalListener(signal, restore);
    return () => Deno.removeSignalListener(signal, restore);
  });
  return () => removals.forEach((remove) => remove());
}

/** Applies keys to the line; returns the index after the one that ended it, if one did. */
function takeKeys(typed: number[], keys: Uint8Array): number | undefined {
  for (const [index, key] of keys.entries()) {
    if (key === RETURN || key === LINE_FEED) return index + 1;
    if (key === CTRL_C) throw new Cancelled();
    if (key === CTRL_D) {
      if (typed.length === 0) throw new Cancelled();
      return index + 1;
    }
    if (key === CTRL_U) typed.length = 0;
    else if (key === BACKSPACE || key === DELETE) deleteCharacter(typed);
    // Arrows, Ctrl-W, Ctrl-Z: unseen, they would be in the value.
    else if (key < SPACE && key !== TAB) throw controlKey();
    else typed.push(key);
  }
  return undefined;
}

/** Takes one character of UTF-8 off the end. */
function deleteCharacter(bytes: number[]): void {
  while (bytes.length > 0 && (bytes.pop()! & 0b1100_0000) === 0b1000_0000);
}

/** Reads the rest of a paste: it would go to the shell, as commands. The process is to end then. */
async function dropPaste(chunk: Uint8Array): Promise<void> {
  for (let count: number | null = 1; count;) {
    const { promise: paused, resolve } = Promise.withResolvers<null>();
    const stopTimer = startTimer(PASTE_PAUSE_MS, () => resolve(null));
    count = await Promise.race([Deno.stdin.read(chunk), paused]);
    stopTimer();
  }
}

function controlKey(): UsageError {
  return new UsageError(
    "secret_value_invalid",
    "cannot take that key at the prompt: nothing was stored",
    { hint: "correct with backspace or Ctrl-U; a value with control characters: --from-file FILE" },
  );
}

function severalLines(): UsageError {
  return new UsageError(
    "secret_value_invalid",
    "cannot take several lines at the prompt: nothing was stored",
    { hint: "dicode secrets set KEY --from-file FILE" },
  );
}

/** Asks for yes or no on stderr; anything but `y` or `yes` is no. */
export async function confirm(question: string): Promise<boolean> {
  await say(`${question} [y/N] `);
  const chunk = new Uint8Array(256);
  const count = await Deno.stdin.read(chunk);
  if (count === null) await say("\n");
  const answer = new TextDecoder().decode(chunk.subarray(0, count ?? 0));
  return /^y(es)?\s*$/i.test(answer);
}

async function say(text: string): Promise<void> {
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length;) at += await Deno.stderr.write(bytes.subarray(at));
}

/** Writes to standard error at once, where that is a terminal; undefined elsewhere. */
export function findTerminal(): ((text: string) => void) | undefined {
  if (!Deno.stderr.isTerminal()) return undefined;
  return (text) => {
    try {
      Deno.stderr.writeSync(new TextEncoder().encode(text));
    } catch {
      // Nobody looks any more.
    }
  };
}
