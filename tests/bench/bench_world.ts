/**
 * Where benches run: a folder of their own with a HOME, tasks, a store with twenty secrets, and the same
 * values in a `.env` file and in the environment. The cache of Deno is the user's.
 */
import type { Command } from "./measure.ts";

export const ROOT = new URL("../..", import.meta.url).pathname;

/** What every task does that is compared with `deno run`. */
export const BODY = `console.log("hello");`;

/** The keys of the stored secrets. */
export const KEYS: readonly string[] = Array.from({ length: 20 }, (_, at) => `secret_${at}`);

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** A made-up token of that length, always the same for the same number. */
export function makeToken(number: number, length: number): string {
  let state = number * 2654435761 + 1;
  let text = "";
  while (text.length < length) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    text += ALPHABET[(state >>> 0) % ALPHABET.length];
  }
  return text;
}

export class BenchWorld implements AsyncDisposable {
  /** What every process gets, and nothing else: no key or proxy of the user's. */
  readonly env: Readonly<Record<string, string>>;

  private constructor(readonly dir: string) {
    this.env = {
      HOME: `${dir}/home`,
      DENO_NO_UPDATE_CHECK: "1",
      PATH: Deno.env.get("PATH") ?? "/usr/bin:/bin",
      DENO_DIR: Deno.env.get("DENO_DIR") ?? `${Deno.env.get("HOME")}/.cache/deno`,
    };
  }

  static async make(): Promise<BenchWorld> {
    const world = new BenchWorld(await Deno.makeTempDir({ prefix: "dct-bench-" }));
    await Deno.mkdir(`${world.dir}/home`);
    await world.file("bare.ts", BODY);
    await world.file(".env", KEYS.map((key) => `${key}=${world.valueOf(key)}\n`).join(""));
    await world.file("secrets.json", JSON.stringify(world.values()));
    await world.setUp(world.dicode("secrets", "import", `${world.dir}/secrets.json`));
    return world;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.dir, { recursive: true });
  }

  get dataDir(): string {
    return `${this.dir}/home/.dicode`;
  }

  valueOf(key: string): string {
    return makeToken(KEYS.indexOf(key) + 1, 24);
  }

  /** The secrets by their keys. */
  values(): Record<string, string> {
    return Object.fromEntries(KEYS.map((key) => [key, this.valueOf(key)]));
  }

  async file(name: string, text: string): Promise<string> {
    const path = `${this.dir}/${name}`;
    await Deno.writeTextFile(path, text);
    return path;
  }

  /** Writes a task; returns its folder. */
  async task(name: string, yaml: string, code = `export function main() { ${BODY} }\n`) {
    const folder = `${this.dir}/${name}`;
    await Deno.mkdir(folder);
    await Deno.writeTextFile(`${folder}/task.yaml`, yaml);
    await Deno.writeTextFile(`${folder}/task.ts`, code);
    return folder;
  }

  /** The command line, from its sources. */
  dicode(...args: readonly string[]): Command {
    return this.deno("run", "--quiet", "--no-prompt", "-A", `${ROOT}cli.ts`, ...args);
  }

  deno(...args: readonly string[]): Command {
    return { args, env: this.env };
  }

  /** Runs a command that a case needs done before. @throws what it said, if it fails. */
  async setUp(command: Command): Promise<string> {
    const { program = Deno.execPath(), args, env, cwd } = command;
    const { code, stdout, stderr } = await new Deno.Command(program, {
      args: [...args],
      env: { ...env },
      clearEnv: env !== undefined,
      cwd,
      stdin: "null",
    }).output();
    const decoder = new TextDecoder();
    if (code !== 0) throw new Error(`${args.join(" ")}: ${decoder.decode(stderr)}`);
    return decoder.decode(stdout);
  }
}

/** `permissions` of a task.yaml that declare stored secrets, and grant nothing else. */
export function declareSecrets(keys: readonly string[]): string {
  return keys.length === 0
    ? ""
    : `permissions:\n${listEntries(keys.map((key, at) => `{ name: S${at}, secret: ${key} }`))}`;
}

/** The entries of `permissions` for variables of the host: `HOST_0` and so on, masked. */
export function declareHostVariables(count: number): string {
  return listEntries(
    Array.from({ length: count }, (_, at) => `{ name: S${at}, from: HOST_${at} }`),
  );
}

function listEntries(entries: readonly string[]): string {
  if (entries.length === 0) return "";
  return `  env:\n${entries.map((entry) => `    - ${entry}\n`).join("")}`;
}
