/**
 * Which walls stand between a task and the machine.
 *
 * `auto` takes the best that works here: bubblewrap, tried for real with the flags of a run, else
 * Deno's permissions alone. Those stop what JavaScript may ask for; they do not keep a hostile task
 * from local text files that the user can read, so every run behind them alone says so, and what only
 * the kernel's wall could make safe is refused.
 */
import { SandboxError } from "../sdk/errors.ts";
import { recallWorking, rememberWorking } from "./isolation_memory.ts";
import { findProgram, runTool } from "./tool.ts";

/** What may be asked for, by `--isolation` or in dicode.yaml. */
export const ISOLATIONS = ["auto", "require", "bwrap", "landlock", "deno"] as const;
/** One of ISOLATIONS. */
export type Isolation = (typeof ISOLATIONS)[number];

/** The walls of one run. `warning` is said on every run that did not get what it might have. */
export type Walls =
  | { readonly kind: "bwrap"; readonly program: string }
  | { readonly kind: "deno"; readonly warning: string | undefined };

/** What the choice depends on. */
export interface IsolationHost {
  readonly env: (name: string) => string | undefined;
  /** Where it is remembered that bubblewrap works here; the data folder's cache. */
  readonly memoryDir: string;
  /** How it is found out; tests put their own in place of bubblewrap. */
  readonly probe?: (memoryDir: string) => Promise<Probe>;
}

/** A variable whose value lies in the host's environment, which an unwalled task might read. */
const MASTER_KEY_VARIABLE = "DICODE_MASTER_KEY";
const PROBE_LIMIT_MS = 5_000;

/**
 * @throws {SandboxError} isolation_unavailable: kernel isolation was asked for and is not to be had;
 *   host_unfit: the master key lies in the environment, where only the kernel's wall could hide it.
 */
export async function chooseWalls(wanted: Isolation, host: IsolationHost): Promise<Walls> {
  if (wanted === "deno") return { kind: "deno", warning: undefined };
  if (wanted === "landlock") {
    throw new SandboxError(
      "isolation_unavailable",
      'cannot run with isolation "landlock": this version has none',
      { hint: "use --isolation bwrap or auto" },
    );
  }
  const bwrap = await (host.probe ?? findWorkingBwrap)(host.memoryDir);
  if (bwrap.works) return { kind: "bwrap", program: bwrap.program };
  if (wanted !== "auto") {
    throw new SandboxError(
      "isolation_unavailable",
      `cannot run with isolation "${wanted}": ${bwrap.reason}`,
      { hint: bwrap.cure },
    );
  }
  // SECURITY: /proc/PID/environ of the host is a text file that the user can read
  // (tests/e2e/isolation_test.ts).
  if (host.env(MASTER_KEY_VARIABLE) !== undefined) {
    throw new SandboxError(
      "host_unfit",
      `cannot run with ${MASTER_KEY_VARIABLE} in the environment: a task might read it there`,
      {
        hint: "put the key into a file and name it in DICODE_MASTER_KEY_FILE, " +
          "or accept the risk with --isolation deno",
      },
    );
  }
  return {
    kind: "deno",
    warning: `isolation: Deno's permissions alone, since ${bwrap.reason}; a hostile task could ` +
      `read text files that you can read (${bwrap.cure}, or silence this with isolation: deno in dicode.yaml)`,
  };
}

/** Whether bubblewrap works here, or why not and what to do about it. */
export type Probe =
  | { readonly works: true; readonly program: string }
  | { readonly works: false; readonly reason: string; readonly cure: string };

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

/** The error for a run whose child ended before it greeted: the wall fell, not the task. */
export function wallFailed(stderr: string): SandboxError {
  const { reason, cure } = explainBwrap(stderr);
  return new SandboxError("isolation_unavailable", `cannot run behind bubblewrap: ${reason}`, {
    hint: cure,
  });
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
