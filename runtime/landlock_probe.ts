/**
 * Whether Landlock works on this machine, tried for real by the launcher of a run; and what its words
 * mean.
 */
import { SandboxError } from "../sdk/errors.ts";
import { quoteWhole } from "../store/quote.ts";
import type { Probe } from "./isolation.ts";
import { LEAST_ABI, listSystem, PROGRAMS_ABI, SOCKETS_ABI } from "./landlock.ts";
import { landlockArgs } from "./landlock_launcher.ts";
import { findProgram, runTool } from "./tool.ts";
import { recallWorking, rememberWorking } from "./tool_memory.ts";

const PROBE_LIMIT_MS = 5_000;
/** Built in, and not among the security modules of this boot. */
const EOPNOTSUPP = 95;

const SOCKETS_GAP = "its programs could ask services that listen on socket files, such as D-Bus " +
  "or Docker, to act for you";

/** Not there, and forbidden by a container's filter. */
const [ENOSYS, EPERM] = [38, 1];

/** Inside: the root folder is shut, perl itself can be read; then the version is said. */
const CHECK = 'exit 1 if opendir my $d, "/"; open(my $f, "<", $ARGV[0]) or exit 2; ' +
  "print syscall 444, 0, 0, 1";

/**
 * Tries the launcher once for real, and remembers the version of a kernel where it worked.
 *
 * @param hasPrograms whether it must hold programs, too, which needs PROGRAMS_ABI.
 */
export async function findWorkingLandlock(memoryDir: string, hasPrograms = true): Promise<Probe> {
  if (Deno.build.os !== "linux") {
    return { works: false, reason: "Landlock is Linux's", cure: "run it on Linux" };
  }
  const program = findProgram("perl");
  if (program === undefined) {
    return {
      works: false,
      reason: "perl, which starts Landlock, is not installed",
      cure: "install it: apt-get install perl-base",
    };
  }
  const args = landlockArgs(
    { rules: listSystem({ net: [], run: [] }), net: "none", leastAbi: LEAST_ABI },
    [program, "-e", CHECK, "--", program],
  );
  let version = recallWorking(memoryDir, program, args);
  if (version === undefined) {
    const answer = await runTool({ program, args, env: {}, timeoutMs: PROBE_LIMIT_MS });
    if (answer.code !== 0) return { works: false, ...explainLandlock(answer.stderr) };
    version = answer.stdout;
    await rememberWorking(memoryDir, program, args, version);
  }
  const abi = Number(version);
  if (hasPrograms && abi < PROGRAMS_ABI) {
    return { works: false, ...explainLandlock(`landlock: version ${abi}`) };
  }
  return { works: true, program, gap: hasPrograms && abi < SOCKETS_ABI ? SOCKETS_GAP : undefined };
}

/** What the launcher said -> the reason and the cure. Pure. */
export function explainLandlock(stderr: string): { reason: string; cure: string } {
  const [, step = "", number = ""] = /^landlock: (\w+) (\d+)$/m.exec(stderr) ?? [];
  if (step === "version") {
    return Number(number) < LEAST_ABI
      ? {
        reason: `this kernel's Landlock cannot keep files from being emptied (version ${number})`,
        cure: "use Linux 6.2 or later",
      }
      : {
        reason: `this kernel's Landlock cannot keep programs from signalling dicode (version ` +
          `${number}), and the task has permissions.run`,
        cure: "use Linux 6.12 or later",
      };
  }
  if (step === "abi" && Number(number) === EOPNOTSUPP) {
    return {
      reason: "Landlock was not enabled when this kernel started",
      cure: "add landlock to the kernel's lsm= parameter",
    };
  }
  if (step === "abi") {
    return {
      reason: `this kernel has no Landlock, or a container forbids it (error ${number})`,
      cure: "use Linux 6.2 or later, in a container allow the landlock system calls: " +
        "see docs/concepts/security.md",
    };
  }
  if (step === "openat2" && [ENOSYS, EPERM].includes(Number(number))) {
    return {
      reason: `a container forbids openat2, which opens paths by no link (error ${number})`,
      cure: "in the container allow the openat2 system call: see docs/concepts/security.md",
    };
  }
  const said = stderr.trim().split("\n")[0]!.slice(0, 200);
  return {
    reason: `Landlock does not work here (${said || "it gave no reason"})`,
    cure: "run `perl -e 'print syscall 444, 0, 0, 1'` to see its version",
  };
}

/**
 * What the launcher said of a path that it would not open: one that was looked at before, and is a
 * link now, or gone. Pure.
 */
export function explainReplaced(stderr: string): SandboxError | undefined {
  const hex = /^landlock: path_((?:[\da-f]{2})+) \d+$/m.exec(stderr)?.[1];
  if (hex === undefined) return undefined;
  const path = new TextDecoder().decode(Uint8Array.fromHex(hex));
  return new SandboxError(
    "path_refused",
    `cannot open ${quoteWhole(path)} for the task: it leads through a link, or was removed`,
    {
      hint:
        "it was replaced while the run began: look who did, and run again. Where DENO_CERT or " +
        "NODE_EXTRA_CA_CERTS names it, name its real path",
    },
  );
}
