/**
 * Programs for tests that no package of the project's brings: fetched or built once into the user's
 * cache, by one process while others wait.
 */

/** What is looked for, and how it is had. */
export interface CachedProgram {
  /** A variable that names one that is there already, such as TEST_OPENBAO. */
  readonly variable: string;
  /** The folder in the cache; its version belongs to it. */
  readonly folder: string;
  /** The program's file there. */
  readonly file: string;
  /** The command that puts it below `staging`; `spare` is removed afterwards. */
  readonly install: (staging: string, spare: string) => {
    readonly program: string;
    readonly args: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  };
  /** Where the command puts it, below `staging`. */
  readonly installed: string;
}

/** The path of the program; throws with the reason if it cannot be had. */
export async function findCached(wanted: CachedProgram): Promise<string> {
  const named = Deno.env.get(wanted.variable);
  if (named) return named;
  const home = Deno.env.get("HOME");
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? (home ? `${home}/.cache` : "/tmp");
  const folder = [cache, "dicode-tests", wanted.folder].join("/");
  const path = `${folder}/${wanted.file}`;
  const isThere = async () => (await Deno.stat(path).catch(() => null))?.isFile === true;
  if (await isThere()) return path;
  await Deno.mkdir(folder, { recursive: true });
  // One process has it made, the others wait.
  using lock = await Deno.open(`${folder}/lock`, { create: true, write: true });
  await lock.lock(true);
  if (await isThere()) return path;
  const [staging, spare] = [`${folder}/staging`, `${folder}/spare`];
  const { program, args, env } = wanted.install(staging, spare);
  const { success, stderr } = await new Deno.Command(program, {
    args: [...args],
    env,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
    signal: AbortSignal.timeout(300_000),
  }).output().catch(() => {
    throw new Error(`there is no ${program} here`);
  });
  const said = new TextDecoder().decode(stderr).trim().split("\n").at(-1) ?? "";
  if (!success) throw new Error(`${program} cannot install it: ${said}`);
  await Deno.rename(`${staging}/${wanted.installed}`, path);
  for (const left of [staging, spare]) {
    await Deno.remove(left, { recursive: true }).catch(() => {});
  }
  return path;
}
