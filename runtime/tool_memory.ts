/**
 * Remembers that a helper program works on this machine, so that not every run tries it first.
 *
 * Only success is remembered, and for this boot, this kernel, this user (a container's root is not
 * that of another), this very program and the arguments that it was tried with: what changes any of
 * them is tried again. A failure is tried anew on every run, so that a cure shows.
 */
import { forgetKept, readKept, writeKept } from "./kept_file.ts";

/**
 * What was found when `program` was tried with these arguments; undefined where that is not
 * remembered, or where things are not as they were.
 */
export function recallWorking(
  memoryDir: string,
  program: string,
  tried: readonly string[],
): string | undefined {
  try {
    const { now, found } = JSON.parse(readKept(memoryDir, nameFor(program)) ?? "{}");
    return now === describeNow(program, tried) && typeof found === "string" ? found : undefined;
  } catch {
    return undefined;
  }
}

/** Remembers that `program` worked with these arguments, and what was found beside. */
export async function rememberWorking(
  memoryDir: string,
  program: string,
  tried: readonly string[],
  found = "",
): Promise<void> {
  try {
    const text = JSON.stringify({ now: describeNow(program, tried), found });
    await writeKept(memoryDir, nameFor(program), text);
  } catch {
    // The program is gone: it is looked for on the next run.
  }
}

/** Forgets it: a run behind the program did not come to its task. */
export async function forgetWorking(memoryDir: string, program: string): Promise<void> {
  await forgetKept(memoryDir, nameFor(program));
}

function nameFor(program: string): string {
  return `works-${program.slice(program.lastIndexOf("/") + 1)}.json`;
}

/** Read at once: each wait for a thread would cost a run more than the reading. */
function describeNow(program: string, tried: readonly string[]): string {
  const kernel = "/proc/sys/kernel";
  const { size, mtime } = Deno.statSync(program);
  return JSON.stringify({
    program,
    size,
    mtime,
    tried,
    uid: Deno.uid(),
    users: Deno.readLinkSync("/proc/self/ns/user"),
    boot: Deno.readTextFileSync(`${kernel}/random/boot_id`).trim(),
    release: Deno.readTextFileSync(`${kernel}/osrelease`).trim(),
  });
}
