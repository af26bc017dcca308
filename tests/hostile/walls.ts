/** Which walls stand on this machine: one line for each that there is. */
import { findWorkingBwrap } from "../../runtime/bwrap_probe.ts";
import { findWorkingLandlock } from "../../runtime/landlock_probe.ts";
import { type Wall, WALLS } from "./attack.ts";

/** Why a wall cannot be tried here; undefined where it can. */
type Absence = string | undefined;

/** What of them this version has. */
const PROBES: Partial<Record<Wall, (memoryDir: string) => Promise<Absence>>> = {
  bwrap: async (memoryDir) => {
    const probe = await findWorkingBwrap(memoryDir);
    return probe.works ? undefined : probe.reason;
  },
  landlock: async (memoryDir) => {
    const probe = await findWorkingLandlock(memoryDir);
    return probe.works ? undefined : probe.reason;
  },
  deno: () => Promise.resolve(undefined),
};

/** The walls that this version can put up, the strongest first. */
export const BUILT = WALLS.filter((wall) => PROBES[wall] !== undefined);

/** Tries each wall once. */
export async function findAbsences(): Promise<Record<Wall, Absence>> {
  const memoryDir = await Deno.makeTempDir({ prefix: "dct-walls-" });
  try {
    const found = await Promise.all(
      WALLS.map(async (wall) => {
        const probe = PROBES[wall] ?? (() => Promise.resolve("this version has none"));
        return [wall, await probe(memoryDir)];
      }),
    );
    return Object.fromEntries(found);
  } finally {
    await Deno.remove(memoryDir, { recursive: true });
  }
}
