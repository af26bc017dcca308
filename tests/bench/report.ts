/** What a bench says: tables in Markdown, the same as JSON, and the machine they are from. */
import type { Times } from "./measure.ts";

/** How docs/reference/benchmarks.md begins. */
export const INTRODUCTION = `# Benchmarks

Whole processes, from their start to their end, as ratios to bare \`deno run\` of the same task. A run
needs two of Deno: the host and the task. The cases of a table take turns in one call, so that a busy
moment falls on all of them. Written by \`deno task bench --write\`; do not edit.
`;

/** One table. */
export interface Section {
  readonly title: string;
  /** What the figures are, and how they came. */
  readonly about: string;
  /** How a figure is written, without its unit. */
  readonly unit: "ms" | "MiB" | "s";
  readonly rows: ReadonlyMap<string, Times>;
  /** The cases that the others are compared with, and the heads of those columns. */
  readonly bases: Readonly<Record<string, string>>;
  /** `slower`: a ratio says how many times as much a case takes; `faster`: what is left of the speed. */
  readonly ratio: "slower" | "faster";
}

/** What the figures depend on. */
export interface Machine {
  readonly date: string;
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  readonly deno: string;
  /** Of the minute before: what else ran. */
  readonly loadBefore: number;
}

export function describeMachine(): Machine {
  const cpuinfo = Deno.readTextFileSync("/proc/cpuinfo");
  return {
    date: new Date().toISOString().slice(0, 10),
    cpu: /^model name\s*:\s*(.*)$/m.exec(cpuinfo)?.[1] ?? Deno.build.arch,
    cores: navigator.hardwareConcurrency,
    memoryGib: Math.round(Deno.systemMemoryInfo().total / 1024 ** 3),
    kernel: `Linux ${Deno.osRelease()}`,
    deno: Deno.version.deno,
    loadBefore: Deno.loadavg()[0]!,
  };
}

/** What of the speed is left, or how many times as much it takes; undefined without that base. */
export function ratioOf(section: Section, name: string, base: string): number | undefined {
  const [own, other] = [section.rows.get(name)?.median, section.rows.get(base)?.median];
  if (own === undefined || other === undefined) return undefined;
  return section.ratio === "slower" ? own / other : other / own;
}

function formatNumber(value: number, unit: Section["unit"]): string {
  return value.toFixed(unit === "s" ? 2 : value < 100 ? 1 : 0);
}

export function formatSection(section: Section): string {
  const { title, about, unit, rows, bases } = section;
  const heads = ["case", `median ${unit}`, "middle half", ...Object.values(bases)];
  const lines = [heads, heads.map(() => "---")];
  for (const [name, { low, median, high }] of rows) {
    const [lowest, middle, highest] = [low, median, high].map((each) => formatNumber(each, unit));
    const ratios = Object.keys(bases).map((base) => ratioOf(section, name, base)?.toFixed(2) ?? "");
    lines.push([name, middle!, `${lowest} to ${highest}`, ...ratios]);
  }
  const table = lines.map((cells) => `| ${cells.join(" | ")} |`).join("\n");
  return `## ${title}\n\n${about}\n\n${table}\n`;
}

export function formatMachine(machine: Machine): string {
  const { date, cpu, cores, memoryGib, kernel, deno, loadBefore } = machine;
  return `${date}: ${cpu}, ${cores} cores, ${memoryGib} GiB; ${kernel}; Deno ${deno}; load average ` +
    `before it ${loadBefore.toFixed(1)}.`;
}

/** The page, before the formatter. */
export function formatPage(machine: Machine, goals: string, sections: readonly Section[]): string {
  return [INTRODUCTION, formatMachine(machine) + "\n", goals, ...sections.map(formatSection)].join(
    "\n",
  );
}

export function toJson(machine: Machine, sections: readonly Section[], goals: unknown): string {
  const tables = sections.map((section) => ({
    title: section.title,
    unit: section.unit,
    cases: [...section.rows].map(([name, times]) => ({
      case: name,
      ...times,
      ratios: Object.fromEntries(
        Object.keys(section.bases).map((base) => [base, ratioOf(section, name, base)]),
      ),
    })),
  }));
  return JSON.stringify({ machine, tables, goals }, null, 2) + "\n";
}
