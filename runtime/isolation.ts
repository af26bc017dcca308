/**
 * Which walls stand between a task and the machine.
 *
 * This version has Deno's permissions alone. They stop what JavaScript may ask for; they do not keep
 * a hostile task from local text files that the user can read, so `auto` says so on every run, and
 * what only the kernel's wall could make safe is refused.
 */
import { SandboxError } from "../sdk/errors.ts";

/** What may be asked for, by `--isolation` or in dicode.yaml. */
export const ISOLATIONS = ["auto", "require", "bwrap", "landlock", "deno"] as const;
export type Isolation = (typeof ISOLATIONS)[number];

/** The walls of one run. */
export interface Walls {
  readonly kind: "deno";
  /** Said on every run where the user did not choose these walls. */
  readonly warning: string | undefined;
}

/** Variables whose value would lie in the host's environment, which such a task might read. */
const MASTER_KEY_VARIABLE = "DICODE_MASTER_KEY";

/**
 * @throws {SandboxError} isolation_unavailable: kernel isolation was asked for; host_unfit: the
 *   master key lies in the environment, where only the kernel's wall could hide it.
 */
export function chooseWalls(
  wanted: Isolation,
  env: (name: string) => string | undefined,
): Walls {
  if (wanted === "deno") return { kind: "deno", warning: undefined };
  if (wanted !== "auto") {
    throw new SandboxError(
      "isolation_unavailable",
      `cannot run with isolation "${wanted}": this version has no kernel isolation`,
      { hint: "use --isolation deno for tasks whose code you trust with your own files" },
    );
  }
  // SECURITY: /proc/PID/environ of the host is a text file that the user can read
  // (tests/e2e/isolation_test.ts).
  if (env(MASTER_KEY_VARIABLE) !== undefined) {
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
    warning: "isolation: Deno's permissions alone; a hostile task could read text files that you " +
      "can read (run code you trust, or silence this with --isolation deno)",
  };
}
