/**
 * Deno's wall: grants become the flags and the environment of `deno run`.
 *
 * Everything is denied unless granted; the environment is built from nothing, never inherited. What
 * Deno's permissions do not stop (local text files in the module graph, open descriptors) is for
 * the kernel's wall: see isolation.ts, which decides which walls stand.
 */
import { listClosed } from "./closed_hosts.ts";
import { listProtected } from "./code_files.ts";
import { fileUrl } from "./paths.ts";
import type { Grants } from "./grants.ts";

/** What one run adds to its grants. */
export interface SandboxPlan {
  readonly denoPath: string;
  /** sdk/bootstrap.ts as the child sees it. */
  readonly bootstrap: string;
  readonly entry: string;
  readonly taskDir: string;
  readonly socket: string;
  /** A cache folder of this run's own, writable by nobody else. */
  readonly denoDir: string;
  /** Files inside the task folder that a write grant must not reach: task.yaml and the code. */
  readonly codeFiles: readonly string[];
  /** The lock file of fetched modules; without one nothing is fetched and nothing locked. */
  readonly lockFile: string | undefined;
  /** The host's map of the bare names that the task's deno.json lists, as the child sees it. */
  readonly importMap?: string;
  readonly color: boolean;
  /** Flags for V8, if any. */
  readonly v8Flags: readonly string[];
  /** Certificate variables and the registry's address: prepare.ts passes nothing else. */
  readonly passed: Readonly<Record<string, string>>;
}

export interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
}

/** The command line of the child, behind Deno's own wall. */
export function buildCommand(grants: Grants, plan: SandboxPlan): CommandLine {
  const every = grants.net.includes("*");
  const lists: Record<string, readonly string[]> = {
    "--allow-env": grants.env,
    "--allow-read": [plan.socket, ...pathsOf(grants, "read")],
    "--allow-write": [plan.socket, ...pathsOf(grants, "write")],
    "--deny-write": listProtected(grants, [...plan.codeFiles, ...grants.run]),
    "--allow-net": every ? [] : [`unix:${plan.socket}`, ...grants.net],
    // SECURITY: what a name leads to is for its owner to say (tests/unit/runtime/closed_hosts_test.ts).
    "--deny-net": listClosed(grants.net),
    "--allow-run": grants.run,
    "--allow-sys": grants.sys,
  };
  const args = [
    "run",
    "--no-prompt",
    // SECURITY: a deno.json beside the task or above it would replace the bootstrap, and the URL
    // keeps `deno run` from taking a missing file for a task's name (tests/e2e/sandbox_test.ts).
    "--no-config",
    ...(plan.lockFile ? [`--lock=${plan.lockFile}`, "--frozen"] : ["--no-lock"]),
    ...(plan.importMap ? [`--import-map=${plan.importMap}`] : []),
    "--node-modules-dir=none",
    // SECURITY: without it a computed import() still goes out (tests/e2e/sandbox_test.ts).
    "--cached-only",
    "--no-code-cache",
    ...plan.v8Flags,
    `--preload=${plan.bootstrap}`,
    "--ignore-env",
  ];
  // An empty list emits no flag: `--allow-read` without a value is a grant of everything.
  for (const [flag, values] of Object.entries(lists)) {
    if (values.length > 0) args.push(`${flag}=${values.join(",")}`);
  }
  if (every) args.push("--allow-net");
  args.push(fileUrl(plan.entry));
  return {
    program: plan.denoPath,
    args,
    cwd: plan.taskDir,
    env: {
      ...plan.passed,
      DENO_DIR: plan.denoDir,
      DENO_NO_UPDATE_CHECK: "1",
      PATH: searchPath(grants.run),
      ...(plan.color ? { FORCE_COLOR: "1" } : { NO_COLOR: "1" }),
    },
  };
}

function pathsOf(grants: Grants, kind: "read" | "write"): string[] {
  const paths = grants.fs.filter((grant) => grant[kind]).flatMap(({ path, real }) => [path, real]);
  return [...new Set(paths)];
}

/** PATH of the child: the folders of the granted programs, so that their bare names are found. */
function searchPath(programs: readonly string[]): string {
  const folders = programs.map((path) => path.slice(0, path.lastIndexOf("/")) || "/");
  return [...new Set([...folders, "/usr/bin", "/bin"])].filter((dir) => !dir.includes(":"))
    .join(":");
}
