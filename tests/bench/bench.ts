/**
 * `deno task bench`: how fast dicode is as a whole process, as ratios to bare `deno run` of the same
 * task. The cases of a table take turns in one call; medians, with the bounds of the middle half. Run
 * it on an idle machine.
 *
 * `--json FILE` writes the figures, `--write` docs/reference/benchmarks.md, `--quick` takes fewer runs,
 * `--no-peers` leaves out what npm would install, `--only starts,throughput,written,memory,store,
 * providers,crowd`.
 */
import { BenchWorld, ROOT } from "./bench_world.ts";
import { formatGoals, judgeGoals } from "./goals.ts";
import { crowdCases, largeStoreCases, timeCrowd } from "./load.ts";
import { takeTurns, timeCommand, type Times } from "./measure.ts";
import { memoryCases, readPeak } from "./memory.ts";
import { findPeers, type Peers } from "./peers.ts";
import {
  describeMachine,
  formatMachine,
  formatPage,
  formatSection,
  type Section,
  toJson,
} from "./report.ts";
import { providerCases } from "./providers.ts";
import {
  bareCases,
  buildCases,
  commandCases,
  findWalls,
  floorCase,
  moduleCases,
  runCases,
} from "./starts.ts";
import { throughputCases, type Writer } from "./throughput.ts";

const PAGE = `${ROOT}docs/reference/benchmarks.md`;
const flags = new Set(Deno.args.filter((arg) => arg.startsWith("--")));
const isQuick = flags.has("--quick");
const valueOf = (flag: string) =>
  flags.has(flag) ? Deno.args[Deno.args.indexOf(flag) + 1] : undefined;
const only = valueOf("--only")?.split(",");
const jsonFile = valueOf("--json");

const RUNS = isQuick ? 5 : 20;
const PIPE_RUNS = isQuick ? 3 : 9;
const PIPE_BYTES = (isQuick ? 0.25 : 1) * 1024 ** 3;
const MEMORY_RUNS = isQuick ? 3 : 5;
const CROWD = Math.min(isQuick ? 20 : 100, fittingRuns());
const CROWD_RUNS = 3;

/** As many runs as fit the memory that is free: a run with a stored secret takes 150 MiB at its peak. */
function fittingRuns(): number {
  return Math.floor(Deno.systemMemoryInfo().available / (200 * 1024 ** 2));
}

const machine = describeMachine();
await using world = await BenchWorld.make();
const walls = await findWalls(world.dir);
// Their tasks are shared by several tables.
const startCases = { ...bareCases(world), ...await runCases(world, walls) };

const measures: Readonly<Record<string, () => Promise<Section>>> = {
  starts: async () => {
    const peers: Peers = flags.has("--no-peers")
      ? { cases: {}, notes: ["the peers were left out"] }
      : await findPeers(world);
    const cases = {
      ...startCases,
      ...await floorCase(world),
      ...await moduleCases(world, walls),
      ...commandCases(world),
      ...await buildCases(world, walls),
      ...peers.cases,
    };
    return {
      title: "Starts",
      about: [
        `${RUNS} runs of each, in turns. Behind the name of a run is the wall that it ran behind.`,
        ...peers.notes.map((note) => note[0]!.toUpperCase() + note.slice(1) + "."),
      ].join("\n"),
      unit: "ms",
      rows: await takeTurns(cases, RUNS, timeCommand),
      bases: { "deno run": "to deno run", "deno run --env-file": "to --env-file" },
      ratio: "slower",
    };
  },
  throughput: () => measureThroughput("cat"),
  written: () => measureThroughput("task"),
  memory: async () => ({
    title: "Memory of the host",
    about:
      `The most that it holds (VmHWM), without the task's process; ${MEMORY_RUNS} runs of each.`,
    unit: "MiB",
    rows: await takeTurns(await memoryCases(world), MEMORY_RUNS, readPeak),
    bases: { "deno run": "to deno run" },
    ratio: "slower",
  }),
  store: async () => {
    const small = ["dicode run, 1 stored secret, deno"] as const;
    const { "dicode secrets list": list } = commandCases(world);
    const cases = {
      "deno run": startCases["deno run"]!,
      "dicode secrets list, 20 stored": list!,
      ...Object.fromEntries(small.map((name) => [name, startCases[name]!])),
      ...await largeStoreCases(world),
    };
    return {
      title: "A store of 10,000 secrets",
      about: `${PIPE_RUNS} runs of each, in turns.`,
      unit: "ms",
      rows: await takeTurns(cases, PIPE_RUNS, timeCommand),
      bases: { "deno run": "to deno run" },
      ratio: "slower",
    };
  },
  providers: async () => {
    await using stack = new AsyncDisposableStack();
    return {
      title: "Fifty secrets from a provider",
      about:
        `${PIPE_RUNS} runs of each, in turns, behind Deno's permissions alone. The services are ` +
        "fakes on this\nmachine: a real one adds its way there.",
      unit: "ms",
      rows: await takeTurns(await providerCases(world, stack), PIPE_RUNS, timeCommand),
      bases: { "50 secrets from the environment": "to the environment" },
      ratio: "slower",
    };
  },
  crowd: async () => ({
    title: `${CROWD} runs at once`,
    about: `Until the last has ended; ${CROWD_RUNS} times each, in turns.`,
    unit: "s",
    rows: inSeconds(
      await takeTurns(crowdCases(world), CROWD_RUNS, (command) => timeCrowd(command, CROWD)),
    ),
    bases: { "deno run": "to deno run" },
    ratio: "slower",
  }),
};

async function measureThroughput(writer: Writer): Promise<Section> {
  const cases = await throughputCases(world, writer, PIPE_BYTES);
  const who = writer === "cat" ? "the `cat` of a task" : "a task";
  return {
    title: `Throughput: ${writer === "cat" ? "a program" : "the task itself"} writes`,
    about:
      `${
        PIPE_BYTES / 1024 ** 2
      } MiB of log lines from ${who} to another \`cat\`, start included; ` +
      `${PIPE_RUNS} runs of each,\nin turns. Ratios say what is left of the speed.`,
    unit: "s",
    rows: inSeconds(await takeTurns(cases, PIPE_RUNS, timeCommand)),
    bases: { "deno run": "of deno run", "dicode run, no secrets": "of no secrets" },
    ratio: "faster",
  };
}

function inSeconds(rows: ReadonlyMap<string, Times>): Map<string, Times> {
  const convert = (times: Times) =>
    Object.fromEntries(Object.entries(times).map(([name, ms]) => [name, ms / 1000]));
  return new Map([...rows].map(([name, times]) => [name, convert(times) as unknown as Times]));
}

const sections: Record<string, Section> = {};
console.log(formatMachine(machine) + "\n");
for (const [name, measure] of Object.entries(measures)) {
  if (only !== undefined && !only.includes(name)) continue;
  sections[name] = await measure();
  console.log(formatSection(sections[name]));
}
const goals = judgeGoals(sections);
console.log(formatGoals(goals));
const tables = Object.values(sections);
if (jsonFile !== undefined) await Deno.writeTextFile(jsonFile, toJson(machine, tables, goals));
if (flags.has("--write")) {
  await Deno.writeTextFile(PAGE, formatPage(machine, formatGoals(goals), tables));
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "--quiet", PAGE] }).output();
}
