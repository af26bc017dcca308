/** What is looked for after every run: whatever of it is found has got out. */
import type { Shown } from "../helpers.ts";
import type { Attack } from "./attack.ts";
import { openStore } from "../../store/secrets.ts";
import { SECRET, type Stage } from "./stage.ts";

/** Files of a world -> what changes when they do. */
export type Snapshot = ReadonlyMap<string, string>;

/** How the world's files are before the run. */
export async function takeSnapshot(stage: Stage): Promise<Snapshot> {
  const { dir, dataDir } = stage.world;
  const found = new Map<string, string>();
  await walk(dir);
  return found;

  async function walk(folder: string): Promise<void> {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      // What the host keeps for itself there is in other tests.
      if (path === `${dataDir}/cache` || path === `${dataDir}/run`) continue;
      const { size, mode, nlink, ctime } = await Deno.lstat(path);
      found.set(path, isDirectory ? "folder" : [size, mode, nlink, ctime?.getTime()].join());
      if (isDirectory) await walk(path);
    }
  }
}

/** All that got out of a run, in words. */
export async function findEscapes(
  attack: Attack,
  stage: Stage,
  shown: Shown,
  before: Snapshot,
): Promise<string[]> {
  return [
    ...findCanaries(stage, shown),
    ...[stage.shut, stage.socket, stage.abstract].flatMap(({ seen }) => seen),
    ...await findChanges(attack, stage, before),
    ...await findStoreChanges(attack, stage),
    ...await findLeftFiles(stage),
    ...await endLeftProcesses(stage),
    ...await attack.escaped?.(stage, shown) ?? [],
  ];
}

function findCanaries(stage: Stage, shown: Shown): string[] {
  const found: string[] = [];
  for (const stream of ["stdout", "stderr"] as const) {
    const text = shown[stream];
    if (text.includes("ESCAPED")) found.push(`ESCAPED on ${stream}`);
    for (const [place, canary] of Object.entries(stage.canaries)) {
      if (text.includes(canary)) found.push(`the canary of ${place} on ${stream}`);
    }
  }
  return found;
}

async function findChanges(attack: Attack, stage: Stage, before: Snapshot): Promise<string[]> {
  const after = await takeSnapshot(stage);
  const mayChange = (attack.mayChange ?? []).map((path) => `${stage.dir}/${path}`);
  const found: string[] = [];
  for (const path of new Set([...before.keys(), ...after.keys()])) {
    if (before.get(path) === after.get(path)) continue;
    if (attack.keys && path === `${stage.world.dataDir}/data.db`) continue;
    if (mayChange.some((allowed) => path === allowed || path.startsWith(`${allowed}/`))) continue;
    const what = !before.has(path) ? "made" : !after.has(path) ? "removed" : "changed";
    found.push(`${what}: ${path.slice(stage.world.dir.length + 1)}`);
  }
  return found;
}

async function findStoreChanges({ keys }: Attack, { world }: Stage): Promise<string[]> {
  if (keys === undefined) return [];
  using store = openStore({ dataDir: world.dataDir, env: () => undefined });
  const now = (await store.list()).toSorted().join();
  const value = (await store.getMany([SECRET.key])).get(SECRET.key);
  return [
    ...now === keys.toSorted().join() ? [] : [`the store holds ${now}`],
    ...value === SECRET.value ? [] : ["the stored secret was changed"],
  ];
}

async function findLeftFiles(stage: Stage): Promise<string[]> {
  const found: string[] = [];
  for (const folder of ["/tmp", "/dev/shm", "/var/tmp"]) {
    for (const { name } of await Array.fromAsync(Deno.readDir(folder)).catch(() => [])) {
      if (!name.includes(stage.mark)) continue;
      found.push(`left behind: a file in ${folder}`);
      await Deno.remove(`${folder}/${name}`, { recursive: true });
    }
  }
  return found;
}

/** How long what the kernel ends with the run may take for it. */
const END_LIMIT_MS = 2_000;

async function endLeftProcesses(stage: Stage): Promise<string[]> {
  const deadline = Date.now() + END_LIMIT_MS;
  for (;;) {
    const left = await findProcesses(stage);
    if (left.length === 0) return [];
    if (Date.now() < deadline) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      continue;
    }
    for (const { pid } of left) Deno.kill(pid, "SIGKILL");
    return left.map(({ line }) => `still running: ${line}`);
  }
}

/** The processes whose arguments name the world, or hold its mark. */
export async function findProcesses(stage: Stage): Promise<{ pid: number; line: string }[]> {
  const found: { pid: number; line: string }[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const text = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    const line = text.replaceAll("\0", " ").slice(0, 200);
    if ([stage.mark, stage.world.dir].some((mark) => text.includes(mark))) {
      found.push({ pid: Number(name), line });
    }
  }
  return found;
}
