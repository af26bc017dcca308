/**
 * Goes through folders entry by entry, within limits, and lets the event loop have its turns.
 *
 * A name that is not UTF-8 comes with U+FFFD for its odd bytes, and leads nowhere: no task can spell
 * it either. Folders that cannot be read are passed over, for the same reason.
 */
import { sleep } from "../store/timer.ts";
import { isInside, statOf } from "./paths.ts";

/** How far a walk goes, over all its folders. */
export interface WalkLimits {
  readonly entries: number;
  readonly ms: number;
}

/** What was met on the way: a folder itself is not, what lies in it is. */
export interface WalkEntry {
  readonly path: string;
  readonly isFile: boolean;
  readonly isSymlink: boolean;
}

/** The longest that other work waits for, in milliseconds. */
const TURN_MS = 20;

export class Walk {
  /** Whether a limit was reached: not everything was met. */
  isOver = false;
  #left: number;
  readonly #deadline: number;
  /** Real paths of folders that were gone through, or are being so. */
  readonly #roots: string[] = [];
  readonly #seen = new Set<string>();
  #folders: string[] = [];

  constructor(limits: WalkLimits) {
    this.#left = limits.entries;
    this.#deadline = performance.now() + limits.ms;
  }

  /** Every entry below a real path that was not met before; of a file, that file. */
  async *entries(root: string): AsyncGenerator<WalkEntry> {
    const info = statOf(root);
    if (info?.isFile) yield { path: root, isFile: true, isSymlink: false };
    this.follow(root, root);
    let turn = performance.now();
    for (let folder; (folder = this.#folders.pop()) !== undefined;) {
      yield* this.#entriesOf(folder);
      const now = performance.now();
      this.isOver ||= now > this.#deadline;
      if (this.isOver) return;
      if (now - turn < TURN_MS) continue;
      await sleep(0);
      turn = performance.now();
    }
  }

  /** Goes through the folder that a path leads to as well; `real` is undefined if it is not UTF-8. */
  follow(path: string, real: string | undefined): void {
    const info = statOf(path);
    if (!info?.isDirectory) return;
    if (real === undefined) {
      const id = `${info.dev}:${info.ino}`;
      if (this.#seen.has(id)) return;
      this.#seen.add(id);
    } else {
      if (this.#roots.some((root) => isInside(real, root))) return;
      this.#roots.push(real);
    }
    this.#folders.push(path);
  }

  *#entriesOf(folder: string): Generator<WalkEntry> {
    try {
      for (const { name, isDirectory, isFile, isSymlink } of Deno.readDirSync(folder)) {
        if (this.#left-- <= 0) {
          this.isOver = true;
          return;
        }
        const path = `${folder === "/" ? "" : folder}/${name}`;
        if (isDirectory) this.#folders.push(path);
        else yield { path, isFile, isSymlink };
      }
    } catch (error) {
      // Gone meanwhile, or closed to us: then to the task as well.
      if (!(error instanceof Error) || !/\(os error /.test(error.message)) throw error;
    }
  }
}
