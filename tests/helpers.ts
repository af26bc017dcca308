/**
 * What end-to-end tests share: the real CLI in a world of its own (HOME, data folder, task folder),
 * and the checks that a secret is in nothing that it shows (assertHidden) or leaves behind
 * (assertNothingLeft).
 */
import assert from "node:assert/strict";
import { Capture, type Isolation, loadTask, type Outcome, runTask } from "../mod.ts";

const ROOT = new URL("..", import.meta.url).pathname;

/** The command line that tests run: `TEST_CLI`, such as the build's dist/cli.js, else the sources. */
const CLI = Deno.env.get("TEST_CLI") ?? `${ROOT}cli.ts`;

/** The walls that tests run behind which are not about walls: `TEST_ISOLATION`, else Deno's alone. */
export const ISOLATION = (Deno.env.get("TEST_ISOLATION") ?? "deno") as Isolation;

/** How a command ended and what it showed. */
export interface Shown {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  /** Added to an environment that otherwise holds HOME and PATH alone. */
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Uint8Array;
  readonly cwd?: string;
  /** The command line; default that of all tests. */
  readonly cli?: string;
}

/** A folder that is gone when the test ends, with a HOME and room for tasks. */
export class World implements AsyncDisposable {
  private constructor(readonly dir: string) {}

  static async make(): Promise<World> {
    const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "dct-" }));
    await Deno.mkdir(`${dir}/home`);
    await Deno.mkdir(`${dir}/tasks`);
    return new World(dir);
  }

  get home(): string {
    return `${this.dir}/home`;
  }

  /** The data folder that the CLI uses. */
  get dataDir(): string {
    return `${this.home}/.dicode`;
  }

  /**
   * Writes a task folder: task.yaml from its text, task.ts from `code`, other files by their names.
   * Returns the folder's path.
   */
  async task(
    name: string,
    yaml: string,
    code: string,
    files: Readonly<Record<string, string>> = {},
  ): Promise<string> {
    const dir = `${this.dir}/tasks/${name}`;
    for (
      const [file, text] of Object.entries({ "task.yaml": yaml, "task.ts": code, ...files })
    ) {
      const path = `${dir}/${file}`;
      await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(path, text);
    }
    return dir;
  }

  /** A task whose `main` has this body; `context` is what main receives. */
  async mainTask(name: string, yaml: string, body: string): Promise<string> {
    return await this.task(name, yaml, `export async function main(context: any) {\n${body}\n}\n`);
  }

  /** The CLI as a child that the test talks to. */
  spawn(
    args: readonly string[],
    options: CliOptions & { readonly stdin?: undefined } = {},
  ): Deno.ChildProcess {
    return this.#command(args, options, "piped").spawn();
  }

  /** Runs the CLI to its end. */
  async dicode(args: readonly string[], options: CliOptions = {}): Promise<Shown> {
    const child = this.#command(args, options, options.stdin === undefined ? "null" : "piped")
      .spawn();
    if (options.stdin !== undefined) {
      const writer = child.stdin.getWriter();
      const bytes = typeof options.stdin === "string"
        ? new TextEncoder().encode(options.stdin)
        : options.stdin;
      await writer.write(bytes).then(() => writer.close()).catch(() => {});
    }
    const { code, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }

  /** `dicode run DIR …` behind the walls that ISOLATION names. */
  async run(dir: string, args: readonly string[] = [], options: CliOptions = {}): Promise<Shown> {
    return await this.dicode(["run", dir, "--isolation", ISOLATION, ...args], options);
  }

  /**
   * Runs a task through the library, with an environment that this process does not have: a registry
   * named in the real one would also be asked for dicode's own packages.
   */
  async runInProcess(
    dir: string,
    env: Readonly<Record<string, string>> = {},
    isolation: Isolation = ISOLATION,
  ): Promise<Outcome & Pick<Capture, "stdout" | "stderr">> {
    const capture = new Capture();
    const given: Record<string, string> = { HOME: this.home, PATH: "/usr/bin:/bin", ...env };
    const outcome = await runTask(await loadTask(dir), {
      dataDir: this.dataDir,
      env: (name) => given[name],
      denoPath: Deno.execPath(),
      sinks: capture.sinks,
      isolation,
    });
    return { ...outcome, stdout: capture.stdout, stderr: capture.stderr };
  }

  /** Stores secrets by the real command. */
  async store(secrets: Readonly<Record<string, string>>): Promise<void> {
    for (const [key, value] of Object.entries(secrets)) {
      const shown = await this.dicode(["secrets", "set", key], { stdin: value });
      assert.equal(shown.code, 0, shown.stderr);
    }
  }

  /**
   * Fails if a secret lies, as it is, in anything that dicode left: a file below HOME, the store
   * among them, or the folder of a run. The task folders are the test's own, and not looked at.
   */
  async assertNothingLeft(...secrets: readonly string[]): Promise<void> {
    const folders = [this.home];
    for (const parent of ["/tmp", "/dev/shm"]) {
      for (const { name } of await list(parent)) {
        const path = `${parent}/${name}`;
        const isOurs = (await Deno.lstat(path).catch(() => null))?.uid === Deno.uid();
        if (/^dicode-[0-9a-f-]+$/.test(name) && isOurs) folders.push(path);
      }
    }
    for (const folder of folders) {
      for await (const { path, text } of filesBelow(folder)) {
        for (const secret of secrets) {
          const bytes = readBytes(new TextEncoder().encode(secret));
          assert.ok(!path.includes(secret) && !text.includes(bytes), `a secret lies in ${path}`);
        }
      }
    }
  }

  #command(args: readonly string[], options: CliOptions, stdin: "null" | "piped"): Deno.Command {
    return new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", "-A", options.cli ?? CLI, ...args],
      clearEnv: true,
      env: {
        HOME: this.home,
        PATH: "/usr/bin:/bin",
        // The packages of dicode itself; a task never sees this folder.
        ...denoDir(),
        ...options.env,
      },
      cwd: options.cwd ?? this.dir,
      stdin,
      stdout: "piped",
      stderr: "piped",
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Deno.remove(this.dir, { recursive: true });
  }
}

/** Bytes as a text that keeps each of them apart. */
function readBytes(bytes: Uint8Array): string {
  return new TextDecoder("latin1").decode(bytes);
}

/** What is in a folder; nothing if it is gone, as the folders of other runs may be at any time. */
async function list(folder: string): Promise<Deno.DirEntry[]> {
  return await Array.fromAsync(Deno.readDir(folder)).catch(() => []);
}

async function* filesBelow(folder: string): AsyncGenerator<{ path: string; text: string }> {
  for (const entry of await list(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* filesBelow(path);
    const bytes = entry.isFile ? await Deno.readFile(path).catch(() => null) : null;
    if (bytes !== null) yield { path, text: readBytes(bytes) };
  }
}

/** Where this process keeps its own cache, for a host whose HOME is another. */
function denoDir(): Record<string, string> {
  const home = Deno.env.get("HOME");
  const cache = Deno.env.get("XDG_CACHE_HOME") ?? (home && `${home}/.cache`);
  const dir = Deno.env.get("DENO_DIR") ?? (cache && `${cache}/deno`);
  const coverage = Deno.env.get("DENO_COVERAGE_DIR");
  return {
    ...(dir ? { DENO_DIR: dir } : {}),
    // `deno task coverage` counts what the command line runs, too.
    ...(coverage ? { DENO_COVERAGE_DIR: coverage } : {}),
  };
}

/** Fails if a secret stands in anything that a command showed. */
export function assertHidden(shown: Shown, ...secrets: readonly string[]): void {
  for (const secret of secrets) {
    assert.ok(!shown.stdout.includes(secret), `a secret is shown on stdout:\n${shown.stdout}`);
    assert.ok(!shown.stderr.includes(secret), `a secret is shown on stderr:\n${shown.stderr}`);
  }
}

/** Waits until `probe` answers true; fails after `limitMs`. */
export async function until(
  what: string,
  probe: () => boolean | Promise<boolean>,
  limitMs = 15_000,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!await probe()) {
    assert.ok(Date.now() < deadline, `waited ${limitMs} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Whether a process is there, and not merely waiting to be reaped. */
export async function isAlive(pid: number): Promise<boolean> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`).catch(() => "");
  return stat !== "" && !/\) [ZX] /.test(stat);
}

/** Pids of this machine whose command line holds a text. */
export async function findProcesses(text: string): Promise<number[]> {
  const found: number[] = [];
  for await (const { name } of Deno.readDir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    const line = await Deno.readTextFile(`/proc/${name}/cmdline`).catch(() => "");
    if (line.includes(text)) found.push(Number(name));
  }
  return found;
}
