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
