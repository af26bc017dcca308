/**
 * Remembers that bubblewrap works on this machine, so that not every run tries it first.
 *
 * Only success is remembered, and for this boot, this kernel, this user and this very program: what
 * changes any of them is tried again. A failure is tried anew on every run, so that a cure shows.
 */

const FILE = "isolation.json";

/** Whether it was remembered that `program` works as things are now. */
export async function recallWorking(memoryDir: string, program: string): Promise<boolean> {
  try {
    const text = await Deno.readTextFile(`${memoryDir}/${FILE}`);
    return text === await describeNow(program);
  } catch {
    return false;
  }
}

export async function rememberWorking(memoryDir: string, program: string): Promise<void> {
  try {
    await Deno.mkdir(memoryDir, { recursive: true, mode: 0o700 });
    const draft = `${memoryDir}/${FILE}.${crypto.randomUUID()}`;
    await Deno.writeTextFile(draft, await describeNow(program), { mode: 0o600 });
    await Deno.rename(draft, `${memoryDir}/${FILE}`);
  } catch {
    // A read-only home: it is tried on every run.
  }
}

/** Forgets it: a run behind bubblewrap did not come to its task. */
export async function forgetWorking(memoryDir: string): Promise<void> {
  await Deno.remove(`${memoryDir}/${FILE}`).catch(() => {});
}

async function describeNow(program: string): Promise<string> {
  const kernel = "/proc/sys/kernel";
  const [boot, release, { size, mtime }] = await Promise.all([
    Deno.readTextFile(`${kernel}/random/boot_id`),
    Deno.readTextFile(`${kernel}/osrelease`),
    Deno.stat(program),
  ]);
  const uid = Deno.uid();
  return JSON.stringify({ program, size, mtime, uid, boot: boot.trim(), release: release.trim() });
}
