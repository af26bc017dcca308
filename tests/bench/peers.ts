/**
 * Programs from npm that start a command with secrets, as their own documents say to start them, with
 * the same task and the same twenty values, encrypted at rest. They are installed into a cache folder
 * by npm, are no dependency of the project, and get a HOME of their own and no telemetry.
 */
import { type BenchWorld, BODY, KEYS } from "./bench_world.ts";
import type { Command } from "./measure.ts";

const DOTENVX = "@dotenvx/dotenvx@2.38.2";
const VARLOCK = "varlock@1.20.0";

export interface Peers {
  readonly cases: Readonly<Record<string, Command>>;
  /** By what they are started, and why one is not in the table. */
  readonly notes: readonly string[];
}

/** Installs the peers where they are not yet, and makes a case of each that works here. */
export async function findPeers(world: BenchWorld): Promise<Peers> {
  const cases: Record<string, Command> = {};
  const notes: string[] = [];
  for (const [name, prepare] of [[DOTENVX, prepareDotenvx], [VARLOCK, prepareVarlock]] as const) {
    try {
      const bin = await install(name);
      cases[`${name.replace(/@[^@]*$/, "")} run, 20 values`] = await prepare(world, bin);
    } catch (error) {
      const [why] = String(error instanceof Error ? error.message : error).trim().split("\n");
      notes.push(`${name} does not start here: ${why}`);
    }
  }
  if (Object.keys(cases).length > 0) {
    const version = await world.setUp({ program: "node", args: ["--version"], env: world.env });
    notes.push(`the peers are started by Node ${version.trim().slice(1)}, and start the same Deno`);
  }
  return { cases, notes };
}

/** Returns the folder with the package's bin, in the user's cache. */
async function install(name: string): Promise<string> {
  const home = Deno.env.get("HOME");
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? `${home}/.cache`;
  const folder = `${cache}/dicode-bench/${name.replaceAll("/", "+")}`;
  const bin = `${folder}/node_modules/.bin`;
  if (await Deno.stat(bin).then(() => true, () => false)) return bin;
  await Deno.mkdir(folder, { recursive: true });
  const args = ["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, name];
  const { code, stderr } = await new Deno.Command("npm", { args, cwd: folder }).output();
  if (code !== 0) throw new Error(new TextDecoder().decode(stderr));
  return bin;
}

/** A project folder with the task, and what a process there gets. */
async function makeProject(world: BenchWorld, name: string) {
  const cwd = `${world.dir}/${name}`;
  await Deno.mkdir(`${cwd}/home`, { recursive: true });
  await Deno.writeTextFile(`${cwd}/bare.ts`, BODY);
  const env = {
    ...world.env,
    HOME: `${cwd}/home`,
    DO_NOT_TRACK: "1",
    VARLOCK_TELEMETRY_DISABLED: "true",
  };
  const task = ["--", Deno.execPath(), "run", "--no-config", "-A", "bare.ts"];
  return { cwd, env, task };
}

async function prepareDotenvx(world: BenchWorld, bin: string): Promise<Command> {
  const { cwd, env, task } = await makeProject(world, "dotenvx");
  await Deno.copyFile(`${world.dir}/.env`, `${cwd}/.env`);
  const program = "node";
  await world.setUp({ program, args: [`${bin}/dotenvx`, "encrypt"], env, cwd });
  const encrypted = await Deno.readTextFile(`${cwd}/.env`);
  if (encrypted.includes(world.valueOf(KEYS[0]!))) throw new Error("it did not encrypt");
  const run = { program, args: [`${bin}/dotenvx`, "run", ...task], env, cwd };
  await world.setUp(run);
  return run;
}

async function prepareVarlock(world: BenchWorld, bin: string): Promise<Command> {
  const { cwd, env, task } = await makeProject(world, "varlock");
  let schema = "# @defaultSensitive=true\n# ---\n";
  for (const [key, value] of Object.entries(world.values())) {
    schema += `${key}=${await encryptForVarlock(bin, env, cwd, value)}\n`;
  }
  await Deno.writeTextFile(`${cwd}/.env.schema`, schema);
  const run = { program: "node", args: [`${bin}/varlock`, "run", ...task], env, cwd };
  await world.setUp(run);
  return run;
}

async function encryptForVarlock(
  bin: string,
  env: Readonly<Record<string, string>>,
  cwd: string,
  value: string,
): Promise<string> {
  const command = new Deno.Command("node", {
    args: [`${bin}/varlock`, "encrypt"],
    env: { ...env },
    clearEnv: true,
    cwd,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const child = command.spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(`${value}\n`));
  await writer.close();
  const { stdout, stderr } = await child.output();
  const found = /varlock\("local:[^"]+"\)/.exec(new TextDecoder().decode(stdout));
  if (found === null) throw new Error(new TextDecoder().decode(stderr));
  return found[0];
}
