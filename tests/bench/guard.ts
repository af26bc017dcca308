/**
 * `deno task guard`: fails where dicode has become slower beyond noise. CI calls it.
 *
 * Each case is a ratio to another in the same run, of the least processor time ("work") and of the
 * least time of some runs in turns: a busy machine makes no run cheaper than it is. Times are not
 * judged where more wants to run than there are processors, since a run waits for two processes where
 * bare Deno waits for one. The limits stand well above what was seen; a case that is over one is
 * measured once more, and the least of both counts.
 */
import { BenchWorld, declareSecrets, KEYS } from "./bench_world.ts";
import type { Command } from "./measure.ts";
import { bareCases, commandCases } from "./starts.ts";
import { throughputCases } from "./throughput.ts";

const RUNS = 10;
const PIPE_RUNS = 5;
const PIPE_BYTES = 256 * 1024 * 1024;

/** How many times as much a case may take as its base: of processors, and until it has ended. */
interface Limit {
  readonly name: string;
  readonly base: string;
  readonly limit: number;
}

const DENO = "deno run";

const STARTS: readonly Limit[] = [
  { name: "dicode --help", base: DENO, limit: 3 },
  { name: "dicode secrets list", base: DENO, limit: 3.5 },
  { name: "dicode run, no secrets", base: DENO, limit: 10 },
  { name: "dicode run, 1 stored secret", base: DENO, limit: 20 },
];
const NONE = "dicode run, no secrets";
const PIPES: readonly Limit[] = [
  { name: "dicode run, 20 secrets of 16 bytes", base: NONE, limit: 1.5 },
  { name: NONE, base: DENO, limit: 9 },
];

interface Least {
  time: number;
  work: number;
}

/** Seconds until a command has ended, and of processors that it and all it started have used. */
async function measure(command: Command): Promise<Least> {
  const { program = Deno.execPath(), args, env } = command;
  const script = `TIMEFORMAT='@%R %U %S'; time "$@" > /dev/null`;
  const { code, stderr } = await new Deno.Command("bash", {
    args: ["-c", script, "bash", program, ...args],
    env: { ...env, LC_ALL: "C" },
    clearEnv: true,
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stderr);
  const found = /^@([\d.]+) ([\d.]+) ([\d.]+)$/m.exec(said);
  if (code !== 0 || found === null) throw new Error(`${args.join(" ")}: ${said}`);
  const [time, user, system] = found.slice(1).map(Number);
  return { time: time!, work: user! + system! };
}

/** Runs the cases in turns, and keeps the least of each in `least`. */
async function takeLeast(
  cases: Readonly<Record<string, Command>>,
  runs: number,
  least: Map<string, Least>,
): Promise<void> {
  for (let run = 0; run < runs; run++) {
    for (const [name, command] of Object.entries(cases)) {
      const { time, work } = await measure(command);
      const before = least.get(name) ?? { time: Infinity, work: Infinity };
      least.set(name, { time: Math.min(before.time, time), work: Math.min(before.work, work) });
    }
  }
}

/** Whether so much else runs that times say nothing. */
function isBusy(): boolean {
  return Deno.loadavg()[0]! > navigator.hardwareConcurrency;
}

/** The limits that are exceeded; says what was measured. */
function findExceeded(limits: readonly Limit[], least: ReadonlyMap<string, Least>): Limit[] {
  const isTimed = !isBusy();
  if (!isTimed) console.log("the machine is busy: times are shown and not judged");
  return limits.filter(({ name, base, limit }) => {
    const [own, other] = [least.get(name)!, least.get(base)!];
    const [time, work] = [own.time / other.time, own.work / other.work];
    const measured = `work ${work.toFixed(2)}, time ${time.toFixed(2)}`;
    console.log(`${name}, to ${base}: ${measured} (limit ${limit})`);
    return work > limit || (isTimed && time > limit);
  });
}

async function guard(
  cases: Readonly<Record<string, Command>>,
  limits: readonly Limit[],
  runs: number,
): Promise<boolean> {
  const least = new Map<string, Least>();
  await takeLeast(cases, runs, least);
  let exceeded = findExceeded(limits, least);
  if (exceeded.length > 0) {
    console.log("once more");
    await takeLeast(cases, runs, least);
    exceeded = findExceeded(limits, least);
  }
  for (const { name } of exceeded) console.log(`too slow: ${name}`);
  return exceeded.length === 0;
}

function pick(cases: Readonly<Record<string, Command>>, limits: readonly Limit[]) {
  const names = new Set(limits.flatMap(({ name, base }) => [base, name]));
  return Object.fromEntries(Object.entries(cases).filter(([name]) => names.has(name)));
}

await using world = await BenchWorld.make();
const plain = await world.task("plain", "name: plain\n");
const one = await world.task("one", declareSecrets(KEYS.slice(0, 1)));
const starts = {
  ...bareCases(world),
  ...commandCases(world),
  "dicode run, no secrets": world.dicode("run", plain, "--isolation", "deno"),
  "dicode run, 1 stored secret": world.dicode("run", one, "--isolation", "deno"),
};
const isFast = await guard(pick(starts, STARTS), STARTS, RUNS);
const isOpen = await guard(
  pick(await throughputCases(world, "cat", PIPE_BYTES), PIPES),
  PIPES,
  PIPE_RUNS,
);
if (!isFast || !isOpen) {
  console.log("hint: `deno task bench` has the whole table");
  Deno.exitCode = 1;
}
