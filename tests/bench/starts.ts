/**
 * Whole-process runs of the command line and of what it is compared with, all in turns: the starts of
 * `deno task bench`. Each case is named as the table of docs/reference/benchmarks.md shows it.
 */
import { findWorkingBwrap } from "../../runtime/bwrap_probe.ts";
import { findWorkingLandlock } from "../../runtime/landlock_probe.ts";
import { findProgram } from "../../runtime/tool.ts";
import {
  type BenchWorld,
  declareHostVariables,
  declareSecrets,
  KEYS,
  ROOT,
} from "./bench_world.ts";
import type { Command } from "./measure.ts";

type Cases = Record<string, Command>;

/** What floorCase measures. */
export const FLOOR = "a host that checks nothing, deno";

/** The walls of this machine, Deno's own first. */
export async function findWalls(dir: string): Promise<string[]> {
  const walls = ["deno"];
  if ((await findWorkingLandlock(dir)).works) walls.push("landlock");
  if ((await findWorkingBwrap(dir)).works) walls.push("bwrap");
  return walls;
}

/** Plain Deno, and the same with a file of variables. */
export function bareCases(world: BenchWorld): Cases {
  const bare = `${world.dir}/bare.ts`;
  return {
    "deno run": world.deno("run", "--no-config", "-A", bare),
    "deno run --env-file": world.deno(
      "run",
      "--no-config",
      "-A",
      `--env-file=${world.dir}/.env`,
      bare,
    ),
  };
}

/** `dicode run` behind each wall, with and without secrets. */
export async function runCases(world: BenchWorld, walls: readonly string[]): Promise<Cases> {
  const tasks = {
    "no secrets": await world.task("plain", "name: plain\n"),
    "1 stored secret": await world.task("one", declareSecrets(KEYS.slice(0, 1))),
    "20 stored secrets": await world.task("twenty", declareSecrets(KEYS)),
    "20 host variables": await world.task("host", `permissions:\n${declareHostVariables(20)}`),
  };
  const values = Object.values(world.values()).map((value, at) => [`HOST_${at}`, value]);
  const cases: Cases = {};
  for (const wall of walls) {
    for (const [name, folder] of Object.entries(tasks)) {
      const command = world.dicode("run", folder, "--isolation", wall);
      const env = { ...world.env, ...Object.fromEntries(values) };
      cases[`dicode run, ${name}, ${wall}`] = { ...command, env };
    }
  }
  return cases;
}

/** A host without any of dicode, around the child that the build starts for no secrets. */
export async function floorCase(world: BenchWorld): Promise<Cases> {
  const task = `${world.dir}/plain`;
  const built = await buildCli(world);
  await world.setUp(built("run", task, "--isolation", "deno"));
  const starts = `${world.dataDir}/cache/starts`;
  const names = await Array.fromAsync(Deno.readDir(starts), ({ name }) => name);
  const name = names.find((name) => name.includes("plain%0Adeno%0A") && name.includes(".js"));
  const setpriv = findProgram("setpriv");
  const before = [findProgram("setsid"), ...setpriv ? [setpriv, "--pdeathsig", "KILL", "--"] : []];
  const floor = `${ROOT}tests/bench/floor.ts`;
  const args = [`${starts}/${name}`, ...before.filter((program) => program !== undefined)];
  return { [FLOOR]: world.deno(...INSTALLED, floor, ...args) };
}

/** A first run, which lists the module graph and tries the walls; and packages from npm. */
export async function moduleCases(world: BenchWorld, walls: readonly string[]): Promise<Cases> {
  const plain = `${world.dir}/plain`;
  const cases: Cases = {};
  for (const wall of new Set([walls[0]!, walls.at(-1)!])) {
    const dataDir = `${world.dir}/fresh-${wall}`;
    cases[`dicode run, the first in a data folder, ${wall}`] = {
      ...world.dicode("run", plain, "--isolation", wall, "--data-dir", dataDir),
      before: () => Deno.remove(dataDir, { recursive: true }).catch(() => {}),
    };
  }
  return { ...cases, ...await packageCases(world) };
}

/** A package that the project itself has: it is put where a first run would have fetched it to. */
async function packageCases(world: BenchWorld): Promise<Cases> {
  const name = "@noble/ciphers";
  const { imports } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  const caches = await Array.fromAsync(Deno.readDir(`${world.env.DENO_DIR}/npm`));
  for (const { name: registry } of caches) {
    const from = `${world.env.DENO_DIR}/npm/${registry}/${name}`;
    if (!await Deno.stat(from).then(() => true, () => false)) continue;
    const to = `${world.dataDir}/cache/deno/npm/${registry}/${name}`;
    await Deno.mkdir(to.slice(0, to.lastIndexOf("/")), { recursive: true, mode: 0o700 });
    await world.setUp({ program: "cp", args: ["-r", from, to] });
  }
  const code = `import { bytesToHex } from "${imports[name]}/utils.js";\n`;
  const body = `console.log(bytesToHex(new Uint8Array(4)));`;
  const bare = await world.file("npm.ts", code + body);
  const main = `${code}export function main() { ${body} }\n`;
  const task = await world.task("npm", "name: npm\n", main);
  const flags = ["--no-config", "--no-lock", "--cached-only", "-A"];
  return {
    "deno run, with a package of npm": world.deno("run", ...flags, bare),
    "dicode run, with a package of npm, deno": world.dicode("run", task, "--isolation", "deno"),
  };
}

/** The other commands. */
export function commandCases(world: BenchWorld): Cases {
  return {
    "dicode --help": world.dicode("--help"),
    "dicode check": world.dicode("check", `${world.dir}/plain`),
    "dicode secrets list": world.dicode("secrets", "list"),
    "dicode secrets set": { ...world.dicode("secrets", "set", "other"), stdin: "a-new-value" },
  };
}

/** The same from the bundled build, where the project has one. */
export async function buildCases(world: BenchWorld, walls: readonly string[]): Promise<Cases> {
  const { tasks } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  if (tasks.build === undefined) return {};
  const built = await buildCli(world);
  const cases: Cases = {
    "dicode --help, built": built("--help"),
    "dicode secrets list, built": built("secrets", "list"),
  };
  const wanted = { "no secrets": "plain", "1 stored secret": "one", "20 stored secrets": "twenty" };
  for (const wall of walls.filter((wall) => wall !== "landlock")) {
    for (const [name, task] of Object.entries(wanted)) {
      const run = built("run", `${world.dir}/${task}`, "--isolation", wall);
      cases[`dicode run, ${name}, ${wall}, built`] = run;
    }
  }
  return cases;
}

/** As README.md installs it. */
const INSTALLED = ["run", "--quiet", "--no-prompt", "--no-config", "--no-lock", "-A"];

/** Builds the project; returns what the command line is from its build. */
export async function buildCli(
  world: BenchWorld,
): Promise<(...args: readonly string[]) => Command> {
  const folder = `${world.dir}/dist`;
  await world.setUp({ args: ["task", "-q", "build", folder], cwd: ROOT, env: world.env });
  return (...args) => world.deno(...INSTALLED, `${folder}/cli.js`, ...args);
}
