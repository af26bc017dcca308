/** What dicode is to keep to, as ratios, beside what was measured. */
import { ratioOf, type Section } from "./report.ts";

/** One ratio and its bound. */
export interface Goal {
  readonly goal: string;
  /** Of the build, as README.md installs it; of both where they are the same. */
  readonly measured: number;
  /** Of the sources, where they were measured too. */
  readonly sources?: number;
  /** Whether the build keeps to it. */
  readonly isKept: boolean;
}

type Bound = readonly [goal: string, name: string, base: string, bound: number];

const DENO = "deno run";
const NO_SECRETS = "dicode run, no secrets, deno";
const STORED = "dicode run, 1 stored secret, deno";

/** A ratio that says how many times as much is at most its bound. */
const STARTS: readonly Bound[] = [
  ["`dicode run` without secrets, to `deno run`: at most 2.3", NO_SECRETS, DENO, 2.3],
  ["`dicode run` with a stored secret, to `deno run`: at most 2.5", STORED, DENO, 2.5],
  ["without secrets under bwrap, to `deno run`: at most 2.6", bwrap(NO_SECRETS), DENO, 2.6],
  ["with a stored secret under bwrap, to `deno run`: at most 2.8", bwrap(STORED), DENO, 2.8],
  ["`dicode secrets list`, to `deno run`: at most 1.35", "dicode secrets list", DENO, 1.35],
  ["`dicode --help`, to `deno run`: at most 1.25", "dicode --help", DENO, 1.25],
];

/** What is left of the speed is at least its bound. */
const THROUGHPUT: readonly Bound[] = [
  [
    "masking 20 secrets of 16 bytes, of the throughput without: at least 0.80",
    "dicode run, 20 secrets of 16 bytes",
    "dicode run, no secrets",
    0.8,
  ],
  [
    "one of 8 bytes among them: at least 0.60",
    "dicode run, 20 secrets, one of them of 8 bytes",
    "dicode run, no secrets",
    0.6,
  ],
  [
    "200 secrets: at least 0.50",
    "dicode run, 200 secrets of 16 bytes",
    "dicode run, no secrets",
    0.5,
  ],
];

const MEMORY: readonly Bound[] = [
  [
    "memory of the host without secrets, to `deno run`: at most 1.5",
    "dicode run, no secrets",
    DENO,
    1.5,
  ],
];
/** What a host that opens a stored secret may hold more: the 64 MiB of Argon2id and some. */
const OPENING_MIB = 80;
/** How many times as fast as the fastest peer, with a stored secret. */
const PEER_FACTOR = 3;

function bwrap(name: string): string {
  return name.replace(/deno$/, "bwrap");
}

/** The goals that these tables tell about. */
export function judgeGoals(sections: Readonly<Record<string, Section>>): Goal[] {
  const { starts, throughput, memory } = sections;
  const goals = [
    ...bounds(starts, STARTS),
    ...bounds(throughput, THROUGHPUT),
    ...bounds(memory, MEMORY),
  ];
  const base = memory?.rows.get(DENO)?.median;
  if (memory !== undefined && base !== undefined) {
    const most = 1.5 * base + OPENING_MIB;
    const goal =
      `memory of the host with a stored secret: at most 1.5 times and ${OPENING_MIB} MiB`;
    goals.push(...judge(goal, "dicode run, 1 stored secret", (name) => {
      const opening = memory.rows.get(name)?.median;
      return opening && opening / most;
    }, (part) => part <= 1));
  }
  const peers = [...starts?.rows ?? []].filter(([name]) => /^(@dotenvx|varlock)/.test(name));
  const fastest = Math.min(...peers.map(([, { median }]) => median));
  if (starts !== undefined && peers.length > 0) {
    const goal = `the fastest peer, to dicode run with 20 stored secrets: at least ${PEER_FACTOR}`;
    goals.push(...judge(goal, "dicode run, 20 stored secrets, deno", (name) => {
      const own = starts.rows.get(name)?.median;
      return own && fastest / own;
    }, (times) => times >= PEER_FACTOR));
  }
  return goals;
}

function bounds(section: Section | undefined, list: readonly Bound[]): Goal[] {
  if (section === undefined) return [];
  const keeps = section.ratio === "slower"
    ? (bound: number) => (ratio: number) => ratio <= bound
    : (bound: number) => (ratio: number) => ratio >= bound;
  return list.flatMap(([goal, name, base, bound]) =>
    judge(goal, name, (case_) => ratioOf(section, case_, base), keeps(bound))
  );
}

/** One goal, of the case and of the same built. */
function judge(
  goal: string,
  name: string,
  measure: (name: string) => number | undefined,
  keeps: (measured: number) => boolean,
): Goal[] {
  const sources = measure(name);
  const built = measure(`${name}, built`);
  const measured = built ?? sources;
  if (measured === undefined) return [];
  return [{ goal, measured, ...(built && sources && { sources }), isKept: keeps(measured) }];
}

export function formatGoals(goals: readonly Goal[]): string {
  const rows = goals.map(({ goal, measured, sources, isKept }) =>
    `| ${goal} | ${measured.toFixed(2)} | ${sources?.toFixed(2) ?? ""} | ${isKept ? "yes" : "no"} |`
  );
  return [
    "## Goals",
    "",
    "Of the build, as README.md installs it, and of the sources, as `deno task dicode` runs them; kept",
    "or not by the build. The program is the same.",
    "",
    "| goal | build | sources | kept |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}
