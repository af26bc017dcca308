/**
 * Whether bubblewrap works on this machine, tried for real; and what its words mean.
 */
import { type Probe, recallWorking, rememberWorking } from "./isolation_memory.ts";
import { findProgram, runTool } from "./tool.ts";

const PROBE_LIMIT_MS = 5_000;

/** Tries bubblewrap once for real, with the namespaces of a run; remembers that it worked. */
export async function findWorkingBwrap(memoryDir: string): Promise<Probe> {
  const program = await findProgram("bwrap");
  if (program === undefined) {
    return {
      works: false,
      reason: "bubblewrap is not installed",
      cure: "install it: apt-get install bubblewrap",
    };
  }
  if (await recallWorking(memoryDir, program)) return { works: true, program };
  const namespaces = ["user", "pid", "ipc", "uts", "net"].map((name) => `--unshare-${name}`);
  const answer = await runTool({
    program,
    args: [
      ...["--die-with-parent", "--new-session", ...namespaces, "--cap-drop", "ALL"],
      ...["--ro-bind", "/", "/", "--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp", "true"],
    ],
    env: { PATH: "/usr/bin:/bin" },
    timeoutMs: PROBE_LIMIT_MS,
  });
  if (answer.code === 0) {
    await rememberWorking(memoryDir, program);
    return { works: true, program };
  }
  return { works: false, ...explainBwrap(answer.stderr) };
}

/** What bubblewrap said -> the reason and the cure. Pure. */
export function explainBwrap(stderr: string): { reason: string; cure: string } {
  const said = stderr.trim().split("\n")[0]!.replace(/^bwrap: /, "").slice(0, 200);
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
