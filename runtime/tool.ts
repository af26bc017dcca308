/**
 * Runs a helper program to its end: bounded in time, memory and output, nothing inherited.
 * The whole process group is killed at the time limit, so that no grandchild holds the pipes.
 */

import { startTimer } from "../store/timer.ts";
import { statOf } from "./paths.ts";
import { readAll } from "../store/read_all.ts";

/** What Deno gets to read code: it does not start under 768 MiB (2.9.6), and endless code ends here. */
export const DENO_MEMORY_BYTES = 2 * 1024 ** 3;

/** More than Deno says of any honest task: its list of modules, and what goes wrong. */
const OUTPUT_LIMIT_BYTES = { stdout: 64 * 1024 ** 2, stderr: 1024 ** 2 };

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
  /** Not 0 for one that flooded. */
  readonly code: number;
  readonly signal: Deno.Signal | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly timedOut: boolean;
  /** Whether it wrote more than is taken: 64 MiB, or 1 MiB of stderr. It was killed, the text dropped. */
  readonly flooded: boolean;
}

/** @throws {Deno.errors.NotFound} if there is no such program. */
export async function runTool(tool: Tool): Promise<ToolAnswer> {
  const limit = tool.memoryBytes === undefined ? undefined : findProgram("prlimit");
  // It dies with the host: nobody else would end it.
  const setpriv = findProgram("setpriv");
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
  let flooded = false;
  const kill = () => killGroup(child.pid, "SIGKILL");
  tool.signal?.addEventListener("abort", kill);
  const stopTimer = startTimer(tool.timeoutMs, () => {
    timedOut = true;
    kill();
  });
  const take = async (name: "stdout" | "stderr") => {
    const bytes = await readAll(child[name], OUTPUT_LIMIT_BYTES[name]);
    if (bytes !== undefined) return new TextDecoder().decode(bytes);
    flooded = true;
    kill();
    return "";
  };
  try {
    const [stdout, stderr, { code, signal }] = await Promise.all([
      take("stdout"),
      take("stderr"),
      child.status,
    ]);
    tool.signal?.throwIfAborted();
    return { code: flooded ? code || 1 : code, signal, stdout, stderr, timedOut, flooded };
  } finally {
    stopTimer();
    tool.signal?.removeEventListener("abort", kill);
  }
}

/** Sends a signal to a whole process group; one that is gone is no error, and the answer is false. */
export function killGroup(pid: number, signal: Deno.Signal): boolean {
  try {
    Deno.kill(-pid, signal);
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return false;
  }
}

/** The absolute path of a system program, or undefined. Looks in system folders only. */
export function findProgram(name: string): string | undefined {
  for (const folder of ["/usr/bin", "/bin", "/usr/sbin", "/sbin"]) {
    const path = `${folder}/${name}`;
    if (statOf(path)?.isFile) return path;
  }
  return undefined;
}

/** The first child of a process: behind bubblewrap, the leader of the session inside (proc(5)). */
export function findFirstChild(pid: number): number | undefined {
  try {
    const [first] = Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).split(" ");
    return first ? Number(first) : undefined;
  } catch {
    return undefined;
  }
}
