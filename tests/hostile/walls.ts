/** Which walls stand on this machine: one line for each that there is. */
import { findWorkingBwrap } from "../../runtime/isolation.ts";
import { type Wall, WALLS } from "./attack.ts";

/** Why a wall cannot be tried here; undefined where it can. */
type Absence = string | undefined;

const PROBES: Record<Wall, (memoryDir: string) => Promise<Absence>> = {
  bwrap: async (memoryDir) => {
    const probe = await findWorkingBwrap(memoryDir);
    return probe.works ? undefined : probe.reason;
  },
  landlock: () => Promise.resolve("this version has none"),
  deno: () => Promise.resolve(undefined),
};

/** Tries each wall once. */
export async function findAbsences(): Promise<Record<Wall, Absence>> {
  const memoryDir = await Deno.makeTempDir({ prefix: "dct-walls-" });
  try {
    const found = await Promise.all(
      WALLS.map(async (wall) => [wall, await PROBES[wall](memoryDir)]),
    );
    return Object.fromEntries(found);
  } finally {
    await Deno.remove(memoryDir, { recursive: true });
  }
}
