/**
 * Remembers that a helper program works on this machine, so that not every run tries it first.
 *
 * Only success is remembered, and for this boot, this kernel, this user (a container's root is not
 * that of another), this very program and the arguments that it was tried with: what changes any of
 * them is tried again. A failure is tried anew on every run, so that a cure shows.
 */

/**
 * What was found when `program` was tried with these arguments; undefined where that is not
 * remembered, or where things are not as they were.
 */
export async function recallWorking(
  memoryDir: string,
  program: string,
  tried: readonly string[],
): Promise<string | undefined> {
  try {
    const text = await Deno.readTextFile(fileFor(memoryDir, program));
    const { now, found } = JSON.parse(text);
    return now === await describeNow(program, tried) && typeof found === "string"
      ? found
      : undefined;
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
    await Deno.mkdir(memoryDir, { recursive: true, mode: 0o700 });
    const path = fileFor(memoryDir, program);
    const draft = `${path}.${crypto.randomUUID()}`;
    const text = JSON.stringify({ now: await describeNow(program, tried), found });
    await Deno.writeTextFile(draft, text, { mode: 0o600 });
    await Deno.rename(draft, path);
  } catch {
    // A read-only home: it is tried on every run.
  }
}

/** Forgets it: a run behind the program did not come to its task. */
export async function forgetWorking(memoryDir: string, program: string): Promise<void> {
  await Deno.remove(fileFor(memoryDir, program)).catch(() => {});
}

function fileFor(memoryDir: string, program: string): string {
  return `${memoryDir}/works-${program.slice(program.lastIndexOf("/") + 1)}.json`;
}

async function describeNow(program: string, tried: readonly string[]): Promise<string> {
  const kernel = "/proc/sys/kernel";
  const [boot, release, users, { size, mtime }] = await Promise.all([
    Deno.readTextFile(`${kernel}/random/boot_id`),
    Deno.readTextFile(`${kernel}/osrelease`),
    Deno.readLink("/proc/self/ns/user"),
    Deno.stat(program),
  ]);
  const uid = Deno.uid();
  const how = new TextEncoder().encode(JSON.stringify(tried));
  const args = new Uint8Array(await crypto.subtle.digest("SHA-256", how)).toHex();
  const now = {
    program,
    size,
    mtime,
    args,
    uid,
    users,
    boot: boot.trim(),
    release: release.trim(),
  };
  return JSON.stringify(now);
}
