/** What `deno task bench` makes of its figures, and the page that it writes. */
import assert from "node:assert/strict";
import { formatGoals, judgeGoals } from "../../bench/goals.ts";
import { takeTurns } from "../../bench/measure.ts";
import { formatSection, INTRODUCTION, ratioOf, type Section, toJson } from "../../bench/report.ts";

const PAGE = new URL("../../../docs/reference/benchmarks.md", import.meta.url);

function section(figures: Readonly<Record<string, number>>, ratio: Section["ratio"]): Section {
  const rows = Object.entries(figures).map(([name, median]) =>
    [name, { first: 0, least: median - 1, low: median - 0.5, median, high: median + 0.5 }] as const
  );
  const bases = { "deno run": "to deno run" };
  return { title: "Starts", about: "Two runs.", unit: "ms", rows: new Map(rows), bases, ratio };
}

Deno.test("takeTurns() runs the cases in turns, leaves the first out, and takes the median", async () => {
  const order: string[] = [];
  const figures: Record<string, number[]> = { a: [99, 1, 3, 2, 5, 4], b: [99, 7, 7, 7, 7, 7] };
  const times = await takeTurns({ a: "a", b: "b" }, 5, (name) => {
    order.push(name);
    return Promise.resolve(figures[name]!.shift()!);
  });
  assert.equal(order.join(""), "ababababab" + "ab");
  assert.deepEqual(times.get("a"), { first: 99, least: 1, low: 2, median: 3, high: 4 });
});

Deno.test("a ratio says how much slower a case is, or what is left of its speed", () => {
  const figures = { "deno run": 40, "dicode run": 100 };
  assert.equal(ratioOf(section(figures, "slower"), "dicode run", "deno run"), 2.5);
  assert.equal(ratioOf(section(figures, "faster"), "dicode run", "deno run"), 0.4);
  assert.equal(ratioOf(section(figures, "faster"), "dicode run", "no such case"), undefined);
});

Deno.test("formatSection() makes a table of a section", () => {
  assert.equal(
    formatSection(section({ "deno run": 40, "dicode run": 100 }, "slower")),
    `## Starts

Two runs.

| case | median ms | middle half | to deno run |
| --- | --- | --- | --- |
| deno run | 40.0 | 39.5 to 40.5 | 1.00 |
| dicode run | 100 | 99.5 to 101 | 2.50 |
`,
  );
});

Deno.test("judgeGoals() tells what is kept from what is not, and nothing of what was not measured", () => {
  const starts = section({
    "deno run": 40,
    "dicode run, no secrets, deno": 92,
    "dicode run, 20 stored secrets, deno": 100,
    "dicode secrets list": 55,
    "dicode --help": 55,
    "dicode --help, built": 50,
    "varlock run, 20 values": 290,
    "@dotenvx/dotenvx run, 20 values": 480,
  }, "slower");
  const throughput = section(
    { "dicode run, no secrets": 80, "dicode run, 20 secrets of 16 bytes": 100 },
    "faster",
  );
  const memory = section({ "deno run": 60, "dicode run, 1 stored secret": 171 }, "slower");
  const goals = judgeGoals({ starts, throughput, memory });
  assert.deepEqual(
    goals.map(({ measured, isKept }) => [Number(measured.toFixed(3)), isKept]),
    [[2.3, true], [1.375, false], [1.25, true], [0.8, true], [1.006, false], [2.9, false]],
  );
  assert.match(formatGoals(goals), /^\| `dicode secrets list`.* \| 1\.38 \| {2}\| no \|$/m);
  assert.match(formatGoals(goals), /^\| `dicode --help`.* \| 1\.25 \| 1\.38 \| yes \|$/m);
  assert.deepEqual(judgeGoals({}), []);
});

Deno.test("toJson() has the figures and the ratios of every case", () => {
  const machine = {
    date: "2026-01-02",
    cpu: "a CPU",
    cores: 2,
    memoryGib: 4,
    kernel: "Linux 6",
    deno: "2.9.6",
    loadBefore: 0,
  };
  const tables = [section({ "deno run": 40, "dicode run": 100 }, "slower")];
  const document = JSON.parse(toJson(machine, tables, []));
  assert.deepEqual(document.machine, machine);
  assert.equal(document.tables[0].cases[1].median, 100);
  assert.deepEqual(document.tables[0].cases[1].ratios, { "deno run": 2.5 });
});

/** The tables of a page: a list of rows each, the heads first. */
function readTables(page: string): string[][][] {
  return [...page.matchAll(/^(?:\|.*\|\n)+/gm)].map(([table]) =>
    table.trim().split("\n").map((line) => line.slice(1, -1).split("|").map((cell) => cell.trim()))
      .filter(([first]) => !/^-+$/.test(first!))
  );
}

Deno.test("docs/reference/benchmarks.md is what `deno task bench --write` writes", async () => {
  const page = await Deno.readTextFile(PAGE);
  const squeeze = (text: string) => text.replaceAll(/\s+/g, " ").trim();
  assert.ok(squeeze(page).startsWith(squeeze(INTRODUCTION)));
  assert.match(
    squeeze(page),
    /\d{4}-\d\d-\d\d: .+, \d+ cores, \d+ GiB; Linux \S+; Deno [\d.]+; load average before it [\d.]+\./,
  );
  const titles = [...page.matchAll(/^## (.*)$/gm)].map(([, title]) => title);
  assert.deepEqual(titles.map((title) => title!.replace(/^\d+ runs/, "N runs")), [
    "Goals",
    "Starts",
    "Throughput: a program writes",
    "Throughput: the task itself writes",
    "Memory of the host",
    "A store of 10,000 secrets",
    "Fifty secrets from a provider",
    "N runs at once",
  ]);
  const [goals, ...tables] = readTables(page);
  assert.deepEqual(goals![0], ["goal", "build", "sources", "kept"]);
  for (const [heads, ...rows] of tables) {
    const [first, median, spread, ...bases] = heads!;
    assert.deepEqual([first, spread], ["case", "middle half"]);
    assert.match(median!, /^median (?:ms|s|MiB)$/);
    assert.ok(bases.length > 0 && rows.length > 1);
    // The first case is what the others are held against.
    const base = bases[0] === "to the environment" ? "50 secrets from the environment" : "deno run";
    assert.equal(rows[0]![0], base);
    for (const [name, middle, , ratio] of rows) {
      // As exact as the figures are rounded.
      const own = Number(middle) / Number(rows[0]![1]);
      const given = bases[0]!.startsWith("to ") ? Number(ratio) : 1 / Number(ratio);
      assert.ok(Math.abs(own / given - 1) < 0.06, `${name}: ${ratio}`);
    }
  }
});
