/**
 * Whole-process runs of the command line, as ratios to bare `deno run` of the same task body.
 * All cases are interleaved in one call; medians, with the middle half beside them. Run on an idle
 * machine: `deno task bench`. `RUNS=50` for more than 20 rounds.
 */
import { findWorkingBwrap } from "../../runtime/bwrap_probe.ts";
import { findWorkingLandlock } from "../../runtime/landlock_probe.ts";
import { takeTurns, timeDeno } from "./measure.ts";

const ROOT = new URL("../..", import.meta.url).pathname;
const RUNS = Number(Deno.env.get("RUNS") ?? 20);

const dir = await Deno.makeTempDir({ prefix: "dct-bench-" });
const home = `${dir}/home`;
await Deno.mkdir(home);

async function writeTask(name: string, yaml: string, packages = ""): Promise<string> {
  const folder = `${dir}/${name}`;
  await Deno.mkdir(folder);
  await Deno.writeTextFile(`${folder}/task.yaml`, yaml);
  const body = `${packages}export function main() { console.log("hello"); }\n`;
  await Deno.writeTextFile(`${folder}/task.ts`, body);
  return folder;
}

const many = Array.from({ length: 20 }, (_, index) => `secret_${index}`);
const declare = (keys: readonly string[]) =>
  `permissions:\n  env:\n${
    keys.map((key, index) => `    - { name: S${index}, secret: ${key} }\n`).join("")
  }`;
const plain = await writeTask("plain", "name: plain\n");
const one = await writeTask("one", declare(many.slice(0, 1)));
const twenty = await writeTask("twenty", declare(many));
await Deno.writeTextFile(`${dir}/bare.ts`, `console.log("hello");\n`);
await Deno.writeTextFile(`${dir}/.env`, many.map((key) => `${key}=value-of-${key}\n`).join(""));

const cli = ["run", "--quiet", "--no-prompt", "-A", `${ROOT}cli.ts`];
const cases: Record<string, readonly string[]> = {
  "deno run": ["run", "--no-config", `${dir}/bare.ts`],
  "deno run --env-file": ["run", "--no-config", `--env-file=${dir}/.env`, `${dir}/bare.ts`],
  "dicode --help": [...cli, "--help"],
  "dicode secrets list": [...cli, "secrets", "list"],
  "dicode check": [...cli, "check", plain],
  "dicode run, no secrets": [...cli, "run", plain, "--isolation", "deno"],
  "dicode run, 1 stored secret": [...cli, "run", one, "--isolation", "deno"],
  "dicode run, 20 stored secrets": [...cli, "run", twenty, "--isolation", "deno"],
};
for (
  const [wall, find] of [["landlock", findWorkingLandlock], ["bwrap", findWorkingBwrap]] as const
) {
  if (!(await find(dir)).works) continue;
  cases[`dicode run, no secrets, ${wall}`] = [...cli, "run", plain, "--isolation", wall];
}

const env = {
  HOME: home,
  DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
};
for (const key of many) await timeDeno([...cli, "secrets", "set", key], env, `value-of-${key}`);

const times = await takeTurns(cases, RUNS, (args) => timeDeno(args, env));
await Deno.remove(dir, { recursive: true });

const base = times.get("deno run")!.median;
console.log(`${RUNS} interleaved runs, Deno ${Deno.version.deno}`);
console.log("| case | median ms | middle half | ratio to deno run |");
console.log("| --- | --- | --- | --- |");
for (const [name, { low, median, high }] of times) {
  const spread = `${low.toFixed(0)} to ${high.toFixed(0)}`;
  console.log(`| ${name} | ${median.toFixed(1)} | ${spread} | ${(median / base).toFixed(2)} |`);
}
