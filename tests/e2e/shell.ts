/** The real CLI started by a shell script: for pipes, closed streams and odd variables. */
import type { Shown, World } from "../helpers.ts";

const CLI = new URL("../../cli.ts", import.meta.url).pathname;

/** The arguments that start the CLI. */
export function cliArgs(args: readonly string[]): string[] {
  return [Deno.execPath(), "run", "--quiet", "--no-prompt", "-A", CLI, ...args];
}

/** The environment in which it finds its packages. */
export function cliEnv(world: World): Record<string, string> {
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${Deno.env.get("HOME")}/.cache`;
  const DENO_DIR = Deno.env.get("DENO_DIR") ?? `${cache}/deno`;
  return { HOME: world.home, PATH: "/usr/bin:/bin", DENO_DIR };
}

/** Runs `script` by sh; in it "$@" is the CLI with `args`. */
export async function shell(
  world: World,
  script: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Shown> {
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", script, "sh", ...cliArgs(args)],
    clearEnv: true,
    env: { ...cliEnv(world), ...env },
    cwd: world.dir,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** The CLI on a terminal; each answer is typed when its question is shown. */
export async function answerOnTerminal(
  world: World,
  args: readonly string[],
  ...answers: readonly (readonly [question: string, answer: string])[]
): Promise<Shown> {
  const command = cliArgs(args).map((arg) => `'${arg}'`).join(" ");
  const child = new Deno.Command("script", {
    args: ["-qec", command, "/dev/null"],
    clearEnv: true,
    env: { ...cliEnv(world), SHELL: "/bin/sh", TERM: "dumb" },
    cwd: world.dir,
    stdin: "piped",
    stdout: "piped",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  const decoder = new TextDecoder();
  let [stdout, answered] = ["", 0];
  for await (const chunk of child.stdout) {
    stdout += decoder.decode(chunk, { stream: true });
    const [question, answer] = answers[answered] ?? [];
    if (question === undefined || !stdout.includes(question)) continue;
    answered++;
    await writer.write(new TextEncoder().encode(answer));
  }
  await writer.close().catch(() => {});
  return { code: (await child.status).code, stdout, stderr: "" };
}

/** Whether a program is there and does what it is asked. */
export function works(program: string, ...args: string[]): boolean {
  try {
    return new Deno.Command(program, { args, stdout: "null", stderr: "null" }).outputSync().success;
  } catch {
    return false; // not installed
  }
}

/**
 * Runs `script` as shell() does, where other files stand in for some of the system's. What is to be
 * absent has /dev/null in its place: dicode takes files alone for programs.
 *
 * @param covers path of the system -> the file in its place.
 */
export async function shellWith(
  world: World,
  covers: Readonly<Record<string, string>>,
  script: string,
  args: readonly string[],
): Promise<Shown> {
  const mounts = Object.entries(covers).map(([path, file]) => `mount --bind '${file}' '${path}'`);
  const { code, stdout, stderr } = await new Deno.Command("unshare", {
    args: ["-Urm", "sh", "-c", [...mounts, script].join(" && "), "sh", ...cliArgs(args)],
    clearEnv: true,
    env: cliEnv(world),
    cwd: world.dir,
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** Whether files may stand in for this one here; says so if not. */
export async function canCover(path: string, skipped: string): Promise<boolean> {
  try {
    const { success } = await new Deno.Command("unshare", {
      args: ["-Urm", "mount", "--bind", "/dev/null", path],
      stdout: "null",
      stderr: "null",
    }).output();
    if (success) return true;
  } catch {
    // there is no unshare
  }
  console.error(`skipped, since nothing can be mounted on ${path}: ${skipped}`);
  return false;
}

/** Whether there is `script` (util-linux), which makes terminals; says so if there is none. */
export async function hasScript(skipped: string): Promise<boolean> {
  try {
    await new Deno.Command("script", { args: ["--version"], stdout: "null" }).output();
    return true;
  } catch {
    // Without the program output() throws before there is a promise.
    console.error(`skipped, since there is no script (util-linux): ${skipped}`);
    return false;
  }
}

/** What a command showed, and each of its writes as strace tells it: where to, and every byte. */
export type Traced = Shown & { readonly writes: readonly string[] };

/** Runs the CLI under strace, where that works; undefined elsewhere. */
export function traceWrites():
  | ((world: World, args: readonly string[], stdin?: string) => Promise<Traced>)
  | undefined {
  if (!works("strace", "-f", "-o", "/dev/null", "true")) return undefined;
  return async (world, args, stdin = "") => {
    const trace = `${world.dir}/trace`;
    const options = [
      "-f",
      "-qq",
      "-y",
      "-s",
      "1048576",
      "-e",
      "trace=write,pwrite64,writev,pwritev",
    ];
    const child = new Deno.Command("strace", {
      args: [...options, "-o", trace, ...cliArgs(args)],
      clearEnv: true,
      env: cliEnv(world),
      cwd: world.dir,
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
    const { code, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    const writes = (await Deno.readTextFile(trace)).split("\n");
    await Deno.remove(trace);
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr), writes };
  };
}
