/**
 * The most memory that a host holds (VmHWM of proc(5)), beside that of `deno run` with the same body,
 * which waits a moment so that its peak can be read. Linux.
 */
import { type BenchWorld, declareSecrets, KEYS } from "./bench_world.ts";
import type { Command } from "./measure.ts";
import { buildCli } from "./starts.ts";

const WAIT = `await new Promise((resolve) => setTimeout(resolve, 300));`;
const SAMPLE_MS = 10;

export async function memoryCases(world: BenchWorld): Promise<Record<string, Command>> {
  const bare = await world.file("wait.ts", WAIT);
  const code = `export async function main() { ${WAIT} }\n`;
  const tasks = {
    none: await world.task("wait", "name: wait\n", code),
    one: await world.task("wait-one", `name: wait\n${declareSecrets(KEYS.slice(0, 1))}`, code),
    twenty: await world.task("wait-twenty", `name: wait\n${declareSecrets(KEYS)}`, code),
  };
  const built = await buildCli(world);
  const run = (task: string) => ["run", task, "--isolation", "deno"];
  return {
    "deno run": world.deno("run", "--no-config", "-A", bare),
    "dicode run, no secrets": world.dicode(...run(tasks.none)),
    "dicode run, 1 stored secret": world.dicode(...run(tasks.one)),
    "dicode run, 20 stored secrets": world.dicode(...run(tasks.twenty)),
    "dicode run, no secrets, built": built(...run(tasks.none)),
    "dicode run, 1 stored secret, built": built(...run(tasks.one)),
  };
}

/** The peak in MiB of the process itself, without its children; throws if it fails. */
export async function readPeak({ args, env }: Command): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [...args],
    env: { ...env },
    clearEnv: true,
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let peakKib = 0;
  const timer = setInterval(() => {
    try {
      const status = Deno.readTextFileSync(`/proc/${child.pid}/status`);
      peakKib = Math.max(peakKib, Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0));
    } catch {
      // It has ended.
    }
  }, SAMPLE_MS);
  const { code } = await child.status.finally(() => clearInterval(timer));
  if (code !== 0 || peakKib === 0) throw new Error(`${args.join(" ")}: exit code ${code}`);
  return peakKib / 1024;
}
