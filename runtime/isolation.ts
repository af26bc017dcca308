/**
 * Which walls stand between a task and the machine.
 *
 * `auto` takes the best that works here: bubblewrap, else Landlock, each tried for real, else Deno's
 * permissions alone. Those stop what JavaScript may ask for; they do not keep a hostile task from
 * local text files that the user can read, so every run behind them alone says so, and what only the
 * kernel's wall could make safe is refused.
 */
import { SandboxError } from "../sdk/errors.ts";
import { explainBwrap, findWorkingBwrap } from "./bwrap_probe.ts";
import type { Isolation } from "./isolation_names.ts";

/** Whether a wall can be had here, with what it leaves open for a task; or why not, and the cure. */
export type Probe =
  | { readonly works: true; readonly program: string; readonly gap?: string | undefined }
  | { readonly works: false; readonly reason: string; readonly cure: string };

/** The walls of the kernel's, best first. */
const KERNEL_WALLS = ["bwrap", "landlock"] as const;
/** One of KERNEL_WALLS. */
export type KernelWall = (typeof KERNEL_WALLS)[number];

/** The walls of one run. `warning` is said on every run that did not get what it might have. */
export type Walls =
  & { readonly warning: string | undefined }
  & ({ readonly kind: KernelWall; readonly program: string } | { readonly kind: "deno" });

/** What the choice depends on. */
export interface IsolationHost {
  readonly env: (name: string) => string | undefined;
  /** Where it is remembered what works here; the data folder's cache. */
  readonly memoryDir: string;
  /** Whether the task has programs, which a wall must hold as well. */
  readonly hasPrograms: boolean;
  /** Variables with credentials of providers. Default none. */
  readonly credentials?: readonly string[];
  /** How it is found out; tests put their own in place of the real ones. */
  readonly probe?: (kind: KernelWall) => Promise<Probe>;
}

/** Whose value lies in the host's environment, which an unwalled task might read. */
const MASTER_KEY_VARIABLE = "DICODE_MASTER_KEY";

/**
 * @throws {SandboxError} isolation_unavailable: kernel isolation was asked for and is not to be had;
 *   host_unfit: the master key lies in the environment, where only the kernel's wall could hide it.
 */
export async function chooseWalls(wanted: Isolation, host: IsolationHost): Promise<Walls> {
  if (wanted === "deno") return { kind: "deno", warning: undefined };
  const { memoryDir, hasPrograms } = host;
  const probe = host.probe ??
    ((kind: KernelWall) =>
      kind === "bwrap"
        ? findWorkingBwrap(memoryDir)
        : loadLandlock().then((landlock) => landlock.findWorkingLandlock(memoryDir, hasPrograms)));
  const failures: Failure[] = [];
  for (const kind of wanted === "auto" || wanted === "require" ? KERNEL_WALLS : [wanted]) {
    const found = await probe(kind);
    if (found.works) {
      const isLesser = kind !== wanted && found.gap !== undefined;
      const warning = isLesser ? warn("Landlock", failures, found.gap, kind) : undefined;
      return { kind, program: found.program, warning };
    }
    failures.push(found);
  }
  if (wanted !== "auto") {
    throw new SandboxError(
      "isolation_unavailable",
      `cannot run with isolation "${wanted}": ${reasonOf(failures)}`,
      { hint: cureOf(failures) },
    );
  }
  // SECURITY: /proc/PID/environ of the host is a text file that the user can read
  // (tests/e2e/isolation_test.ts).
  const bare = [MASTER_KEY_VARIABLE, ...host.credentials ?? []].find((name) => isSet(name, host));
  if (bare !== undefined) {
    const instead = bare === MASTER_KEY_VARIABLE
      ? "put the key into a file and name it in DICODE_MASTER_KEY_FILE"
      : "put it into a file and name that in dicode.yaml, as ..._file";
    throw new SandboxError(
      "host_unfit",
      `cannot run with ${bare} in the environment: a task might read it there`,
      { hint: `${instead}, or accept the risk with --isolation deno` },
    );
  }
  const gap = "a hostile task could read text files that you can read";
  return { kind: "deno", warning: warn("Deno's permissions alone", failures, gap, "deno") };
}

function isSet(name: string, { env }: IsolationHost): boolean {
  try {
    return env(name) !== undefined;
  } catch {
    return true; // to what is not UTF-8
  }
}

type Failure = Extract<Probe, { works: false }>;

function warn(what: string, failures: readonly Failure[], gap: string, kind: Isolation): string {
  return `isolation: ${what}, since ${reasonOf(failures)}; ${gap} (${cureOf(failures)}; ` +
    `or silence this with isolation: ${kind} in dicode.yaml)`;
}

function reasonOf(failures: readonly Failure[]): string {
  return failures.map(({ reason }) => reason).join(", and ");
}

function cureOf(failures: readonly Failure[]): string {
  return failures.map(({ cure }) => cure).join("; or ");
}

/**
 * The error for a run whose child ended before it greeted, where the wall itself says that it fell;
 * undefined where it does not: then it was Deno that did not start, as under a limit too small.
 *
 * @param stderr what came before the task did: no word of it is the task's.
 */
export async function wallFailed(
  kind: KernelWall,
  stderr: string,
): Promise<SandboxError | undefined> {
  const [said] = new RegExp(`^${kind}: .*`, "m").exec(stderr) ?? [];
  if (said === undefined) return undefined;
  const landlock = kind === "landlock" ? await loadLandlock() : undefined;
  const replaced = landlock?.explainReplaced(stderr);
  if (replaced !== undefined) return replaced;
  const [name, { reason, cure }] = landlock === undefined
    ? ["bubblewrap", explainBwrap(said)]
    : ["Landlock", landlock.explainLandlock(said)];
  return new SandboxError("isolation_unavailable", `cannot run behind ${name}: ${reason}`, {
    hint: cure,
  });
}

async function loadLandlock() {
  return await import("./landlock_probe.ts" as string) as typeof import("./landlock_probe.ts");
}
