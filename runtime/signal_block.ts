/**
 * Starts the child with SIGUSR1 blocked.
 *
 * SECURITY: Deno 2.9.6 opens its inspector on 127.0.0.1:9229 when it gets that signal, and a task may
 * send it to itself with no grant at all: whoever can reach the port runs code in the task. A listener
 * does not prevent it, a blocked signal does (tests/e2e/sandbox_test.ts).
 */
import type { CommandLine } from "./sandbox.ts";
import { findProgram, runTool } from "./tool.ts";
import { recallWorking, rememberWorking } from "./tool_memory.ts";

const BLOCK = "--block-signal=USR1";
const TRIED = [BLOCK, "true"];

/** Puts a command behind `env --block-signal` (GNU coreutils 8.31 and later), where that is there. */
export async function blockInspector(
  command: CommandLine,
  memoryDir: string,
): Promise<CommandLine> {
  const env = findProgram("env");
  if (env === undefined || !await canBlock(env, memoryDir)) return command;
  return { ...command, program: env, args: [BLOCK, command.program, ...command.args] };
}

async function canBlock(env: string, memoryDir: string): Promise<boolean> {
  if (recallWorking(memoryDir, env, TRIED) !== undefined) return true;
  const { code } = await runTool({
    program: env,
    args: TRIED,
    env: {},
    timeoutMs: 5_000,
  });
  if (code === 0) await rememberWorking(memoryDir, env, TRIED);
  return code === 0;
}
