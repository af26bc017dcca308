/**
 * Remembers that a helper program works on this machine, so that not every run tries it first.
 *
 * Only success is remembered, and for this boot, this kernel, this user (a container's root is not
 * that of another) and this very program: what changes any of them is tried again. A failure is tried anew on every run, so that a cure shows.
 */

/** Whether a helper works here, with what it leaves open for a task; or why not, and the cure. */
export type Probe =
  | { readonly works: true; readonly program: string; readonly gap?: string | undefined }
  | { readonly works: false; readonly reason: string; readonly cure: string };

/**
 * Whether it was remembered that `program` works as things are now.
 *
 * @param feature something more that was remembered of it.
 */
export async function recallWorking(
  memoryDir: string,
  program: string,
  feature = "",
): Promise<boolean> {
  try {
    const text = await Deno.readTextFile(fileFor(memoryDir, program + feature));
    return text === await describeNow(program);
  } catch {
    return false;
  }
}

export async function rememberWorking(
  memoryDir: string,
  program: string,
  feature = "",
): Promise<void> {
  try {
    await Deno.mkdir(memoryDir, { recursive: true, mode: 0o700 });
    const path = fileFor(memoryDir, program + feature);
    const draft = `${path}.${crypto.randomUUID()}`;
    await Deno.writeTextFile(draft, await describeNow(program), { mode: 0o600 });
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

async function describeNow(program: string): Promise<string> {
  const kernel = "/proc/sys/kernel";
  const [boot, release, users, { size, mtime }] = await Promise.all([
    Deno.readTextFile(`${kernel}/random/boot_id`),
    Deno.readTextFile(`${kernel}/osrelease`),
    Deno.readLink("/proc/self/ns/user"),
    Deno.stat(program),
  ]);
  const uid = Deno.uid();
  const now = { program, size, mtime, uid, users, boot: boot.trim(), release: release.trim() };
  return JSON.stringify(now);
}
