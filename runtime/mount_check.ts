/**
 * Holds what bubblewrap has mounted for a task against what was checked.
 *
 * SECURITY: grants are checked by path, and bubblewrap goes along the same paths later: whoever may
 * write there, another task or what an earlier run left, can put a link in between. The kernel says of
 * each mount which path of its file system it shows; the task is handed nothing, and none of its code
 * runs, before they are the ones that were meant (tests/e2e/bwrap_test.ts).
 */
import { SandboxError } from "../sdk/errors.ts";
import { quoteWhole } from "../store/quote.ts";
import { sleep } from "../store/timer.ts";
import type { Bind } from "./bwrap.ts";
import { findSource, type Mount, readMounts } from "./mounts.ts";
import { findFirstChild } from "./tool.ts";

/** Between two looks for the end of the set-up; it takes bubblewrap 5 to 15 ms. */
const PAUSE_MS = 1;

/**
 * Waits until bubblewrap has set up, or is gone, and compares.
 *
 * @param pid of bubblewrap; its first child sets up, and only then has a child of its own.
 * @param isOver whether it has ended, which is for others to explain.
 * @returns whether it has set up; false if it ended before.
 * @throws {SandboxError} path_refused: something was replaced meanwhile.
 */
export async function checkMounts(
  pid: number,
  binds: readonly Bind[],
  isOver: () => boolean,
): Promise<boolean> {
  const before = readMounts();
  for (;;) {
    const first = findFirstChild(pid);
    const task = first === undefined ? undefined : findFirstChild(first);
    if (task !== undefined) {
      const mounts = readMounts(task);
      // None: it is gone again already.
      if (mounts.length > 0) {
        compare(binds, before, mounts);
        return true;
      }
    }
    if (isOver()) return false;
    await sleep(PAUSE_MS);
  }
}

function compare(binds: readonly Bind[], before: readonly Mount[], mounts: readonly Mount[]): void {
  for (const { real, optional } of binds) {
    const found = mounts.findLast(({ path }) => path === real);
    const meant = findSource(before, real);
    if (found === undefined ? optional : isSame(found, meant)) continue;
    throw new SandboxError(
      "path_refused",
      `cannot run: ${quoteWhole(real)} was replaced by another file or folder while the run began`,
      {
        hint: "find out what else writes there: another task with a grant on it, or its leftovers",
      },
    );
  }
}

function isSame(found: Mount, meant: ReturnType<typeof findSource>): boolean {
  return meant !== undefined && found.device === meant.device && found.root === meant.root;
}
