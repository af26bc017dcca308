/** A store of ten thousand secrets, and a hundred runs that start at once. */
import { type BenchWorld, declareSecrets, makeToken } from "./bench_world.ts";
import { type Command, timeCommand } from "./measure.ts";

const STORED = 10_000;

/** Commands on a store of 10,000 secrets; those on one of twenty are among the starts. */
export async function largeStoreCases(world: BenchWorld): Promise<Record<string, Command>> {
  const keys = Array.from({ length: STORED }, (_, at) => `key_${at}`);
  const values = Object.fromEntries(keys.map((key, at) => [key, makeToken(at + 1, 24)]));
  const file = await world.file("ten-thousand.json", JSON.stringify(values));
  const dataDir = ["--data-dir", `${world.dir}/large`];
  await world.setUp(world.dicode("secrets", "import", file, ...dataDir));
  const task = await world.task("large-one", declareSecrets(["key_5000"]));
  return {
    "dicode secrets list, 10,000 stored": world.dicode("secrets", "list", ...dataDir),
    "dicode run, 1 of 10,000 stored secrets, deno": //
      world.dicode("run", task, "--isolation", "deno", ...dataDir),
  };
}

/** What is started many times at once; the tasks are those of the starts. */
export function crowdCases(world: BenchWorld): Record<string, Command> {
  const run = (task: string) => world.dicode("run", `${world.dir}/${task}`, "--isolation", "deno");
  return {
    "deno run": world.deno("run", "--no-config", "-A", `${world.dir}/bare.ts`),
    "dicode run, no secrets": run("plain"),
    "dicode run, 1 stored secret": run("one"),
  };
}

/** Milliseconds until all of so many, started at once, have ended well. */
export async function timeCrowd(command: Command, count: number): Promise<number> {
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: count }, () => timeCommand(command)));
  return performance.now() - startedAt;
}
