/**
 * Whether bubblewrap works on this machine, tried for real; and what its words mean.
 */
import { type BwrapPlan, wrapInBwrap } from "./bwrap.ts";
import type { Probe } from "./isolation.ts";
import type { CommandLine } from "./sandbox.ts";
import { readSystemLinks } from "./system_links.ts";
import { findProgram, runTool } from "./tool.ts";
import { recallWorking, rememberWorking } from "./tool_memory.ts";

const PROBE_LIMIT_MS = 5_000;

/** Tries bubblewrap once for real, with what a run gives it; remembers that it worked. */
export async function findWorkingBwrap(memoryDir: string): Promise<Probe> {
  const program = findProgram("bwrap");
  if (program === undefined) {
    return {
      works: false,
      reason: "bubblewrap is not installed",
      cure: "install it: apt-get install bubblewrap",
    };
  }
  const { args, env } = buildProbe(program, readSystemLinks());
  if (recallWorking(memoryDir, program, args) !== undefined) return { works: true, program };
  const answer = await runTool({ program, args, env, timeoutMs: PROBE_LIMIT_MS });
  if (answer.code === 0) {
    await rememberWorking(memoryDir, program, args);
    return { works: true, program };
  }
  return { works: false, ...explainBwrap(answer.stderr) };
}

/** `true` behind the wall of a task without grants: an option that a run needs is tried here. */
function buildProbe(bwrapPath: string, systemLinks: BwrapPlan["systemLinks"]): CommandLine {
  const command = { program: "true", args: [], env: { PATH: "/usr/bin:/bin" }, cwd: "/" };
  const grants = { env: [], net: [], fs: [], run: [], sys: [], roots: [], importHosts: [] };
  return wrapInBwrap(command, grants, {
    bwrapPath,
    systemLinks,
    // What a run has of its own, any file or folder stands in for.
    denoPath: bwrapPath,
    sdkDir: "/usr",
    socket: bwrapPath,
    codeFiles: [],
    fetchedDir: undefined,
    lockFile: undefined,
    certificates: [],
  }, []);
}

/** What bubblewrap said -> the reason and the cure. Pure. */
export function explainBwrap(stderr: string): { reason: string; cure: string } {
  const said = stderr.trim().split("\n")[0]!.replace(/^bwrap: /, "").slice(0, 200);
  if (/setuid/i.test(said)) {
    return {
      reason: `bubblewrap is setuid here, which forbids what a run needs (${said})`,
      cure: "where user namespaces are allowed: chmod u-s /usr/bin/bwrap",
    };
  }
  if (/^Can't find source path/.test(said)) {
    return {
      reason: `a path was taken away while the run began (${said})`,
      cure: "find out what else writes there: another task with a grant on it, or its leftovers",
    };
  }
  if (/unknown option/i.test(said)) {
    return {
      reason: `this bubblewrap is too old (${said})`,
      cure: "install bubblewrap 0.7 or later",
    };
  }
  if (/uid map|RTM_NEWADDR|new namespace failed|Operation not permitted/i.test(said)) {
    return {
      reason: `this system does not let you make namespaces (${said})`,
      cure: "on Ubuntu allow bwrap by an AppArmor profile, in a container allow user namespaces: " +
        "see docs/concepts/security.md",
    };
  }
  if (/proc/i.test(said)) {
    return {
      reason: `bubblewrap cannot mount /proc here (${said})`,
      cure: "in a container unmask /proc: see docs/concepts/security.md",
    };
  }
  return {
    reason: `bubblewrap does not work here (${said || "it gave no reason"})`,
    cure: "run `bwrap --ro-bind / / --unshare-all true` to see why",
  };
}
