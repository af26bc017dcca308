/**
 * Removes a folder that a task may have written into: of any depth, without a walk that can be led
 * astray. `Deno.remove` recurses natively: at 15,000 nested folders it ends the process (2.9.6).
 *
 * Folders are moved up into the outermost one and emptied there, so that no path is longer than two
 * names, and none leads through a folder that a program still running could switch for a link: the
 * outermost one is not a task's to write. What takes longer is left to `rm`, which outlives us.
 */
import { sleep } from "../store/timer.ts";
import { findProgram } from "./tool.ts";

/** What a usual run leaves takes a millisecond; nobody is to wait longer than this. */
const LIMIT_MS = 1_000;
/** How long other work of this process waits for us. */
const SLICE_MS = 10;
/** A folder of about 400,000 names: reading it would take all of our time, and memory. */
const LARGE_FOLDER_BYTES = 8 * 1024 * 1024;

/**
 * Removes the folder of a run, which no task writes, whatever is in it. Never rejects: what cannot be
 * removed is left.
 */
export async function removeTree(path: string): Promise<void> {
  try {
    await new Removal(path).run();
    Deno.removeSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) removeByProgram(path);
  }
}

/**
 * Claims the folder by its own pid in the name that run_sweep.ts gives, which exec keeps, so that no
 * sweep starts a second rm meanwhile: two of them hinder each other.
 */
const SCRIPT = 'to="${1%-*-*}-$$-${1##*-}"; mv -T -- "$1" "$to" && ' +
  'exec rm -rf --one-file-system -- "$to"';

/**
 * Starts `rm` on the folder of a run and does not wait for it. It follows no link, whatever is
 * switched meanwhile. Where it cannot be started the folder is left.
 */
export function removeByProgram(path: string): void {
  const sh = findProgram("sh");
  if (sh === undefined) return;
  try {
    new Deno.Command(sh, {
      args: ["-c", SCRIPT, "sh", path],
      env: { PATH: "/usr/bin:/bin" },
      clearEnv: true,
      cwd: "/",
      stdin: "null",
      stdout: "null",
      stderr: "null",
      detached: true,
    }).spawn().unref();
  } catch {
    // No process to be had: the next sweep tries again.
  }
}

class Removal {
  readonly #top: string;
  readonly #prefix = crypto.randomUUID();
  readonly #deadline = performance.now() + LIMIT_MS;
  #sliceEnd = performance.now() + SLICE_MS;
  #moved = 0;

  constructor(top: string) {
    this.#top = top;
  }

  /** Empties the outermost folder. @throws what keeps it from that, or if time is over. */
  async run(): Promise<void> {
    for (;;) {
      const names = this.#list(this.#top);
      if (names.length === 0) return;
      for (const { name, isDirectory } of names) {
        const path = `${this.#top}/${name}`;
        if (isDirectory) await this.#empty(path);
        Deno.removeSync(path);
        await this.#sleep();
      }
    }
  }

  /** Empties a folder in the outermost one: files go, folders move up. */
  async #empty(folder: string): Promise<void> {
    for (const { name, isDirectory } of this.#list(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) this.#moveUp(path);
      else Deno.removeSync(path);
      await this.#sleep();
    }
  }

  #moveUp(path: string): void {
    const to = `${this.#top}/${this.#prefix}-${this.#moved++}`;
    try {
      Deno.renameSync(path, to);
    } catch (error) {
      if (!(error instanceof Deno.errors.PermissionDenied)) throw error;
      // One that its owner may not write. Who could switch it for a link may change modes anyway.
      Deno.chmodSync(path, 0o700);
      Deno.renameSync(path, to);
    }
  }

  #list(folder: string): Deno.DirEntry[] {
    const { size, mode, isDirectory } = Deno.lstatSync(folder);
    if (!isDirectory || size > LARGE_FOLDER_BYTES) throw new Error("not to be listed");
    if ((mode! & 0o700) !== 0o700) Deno.chmodSync(folder, 0o700);
    return [...Deno.readDirSync(folder)];
  }

  async #sleep(): Promise<void> {
    const now = performance.now();
    if (now > this.#deadline) throw new Error("time is over");
    if (now < this.#sliceEnd) return;
    await sleep(0);
    this.#sliceEnd = performance.now() + SLICE_MS;
  }
}
