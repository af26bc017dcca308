/**
 * Runs a helper program to its end: bounded in time, memory and output, nothing inherited.
 * The whole process group is killed at the time limit, so that no grandchild holds the pipes.
 */

export interface Tool {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  /** Limit of its data segment, where `prlimit` is to be had. */
  readonly memoryBytes?: number;
  /** Where it runs; the root folder otherwise, so that no file beside us steers it. */
  readonly cwd?: string;
  /** Kills it; runTool then throws the signal's reason, once it is gone. */
  readonly signal?: AbortSignal;
}

export interface ToolAnswer {
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
}

/** @throws {Deno.errors.NotFound} if there is no such program. */
export async function runTool(tool: Tool): Promise<ToolAnswer> {
  const limit = tool.memoryBytes === undefined ? undefined : await findProgram("prlimit");
  // It dies with the host: nobody else would end it.
  const setpriv = await findProgram("setpriv");
  const [program, ...args] = [
    ...(setpriv === undefined ? [] : [setpriv, "--pdeathsig", "KILL", "--"]),
    ...(limit === undefined ? [] : [limit, `--data=${tool.memoryBytes}`, "--core=0", "--"]),
    tool.program,
    ...tool.args,
  ];
  tool.signal?.throwIfAborted();
  const child = new Deno.Command(program!, {
    args,
    env: tool.env,
    clearEnv: true,
    cwd: tool.cwd ?? "/",
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
  let timedOut = false;
  const kill = () => killGroup(child.pid, "SIGKILL");
  tool.signal?.addEventListener("abort", kill);
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, tool.timeoutMs);
  try {
    const { code, signal, stdout, stderr } = await child.output();
    tool.signal?.throwIfAborted();
    const decoder = new TextDecoder();
    return {
      code,
      signal,
      timedOut,
      stdout: decoder.decode(stdout),
      stderr: decoder.decode(stderr),
    };
  } finally {
    clearTimeout(timer);
    tool.signal?.removeEventListener("abort", kill);
  }
}

/** Sends a signal to a whole process group; a group that is gone is no error. */
export function killGroup(pid: number, signal: Deno.Signal): void {
  try {
    Deno.kill(-pid, signal);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The absolute path of a system program, or undefined. Looks in system folders only. */
export async function findProgram(name: string): Promise<string | undefined> {
  for (const folder of ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]) {
    const path = `${folder}/${name}`;
    if ((await Deno.stat(path).catch(() => null))?.isFile) return path;
  }
  return undefined;
}
