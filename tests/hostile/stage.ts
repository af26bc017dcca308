/**
 * The surroundings of one attack: a world with canaries in it, listeners that nobody may reach, and
 * the hostile task copied in, with its placeholders filled in.
 *
 *   @WORLD@  the world's folder          @KEY@       the file of the master key
 *   @HOME@   the home folder in it       @OPEN@      host:port of a server that may be granted
 *   @TASK@   the task's folder           @SHUT@      host:port of one that is never granted
 *   @MARK@   a number of this run alone  @SOCKET@    the path of a unix socket of the host
 *   @DENO@   the path of deno            @ABSTRACT@  an abstract unix socket, without its NUL
 */
import { openStore } from "../../store/secrets.ts";
import { type Shown, World } from "../helpers.ts";
import type { Wall } from "./attack.ts";
import { Pages, Trap } from "./servers.ts";

/** The secret of every world's store: tasks may declare it, and must never show it. */
export const SECRET = { key: "canary", value: `canary-of-the-store-${crypto.randomUUID()}` };

const SUITE = new URL(".", import.meta.url).pathname;

export class Stage implements AsyncDisposable {
  /** Texts that must be seen nowhere, by the places where they lie. */
  readonly canaries: Record<string, string> = { store: SECRET.value };
  /** In the arguments of whatever the task starts, and in the names of what it leaves. */
  readonly mark = String(1e8 + crypto.getRandomValues(new Uint32Array(1))[0]! % 8e8);
  readonly shut = Trap.onPort();
  readonly pages = new Pages(this.shut.address);
  readonly abstract = Trap.onSocket(`\0hostile-${this.mark}`);
  readonly socket: Trap;
  /** The host's environment. */
  readonly env: Record<string, string> = {};
  /** More arguments of `dicode run`. */
  readonly args: string[] = [];

  private constructor(readonly world: World, readonly name: string, readonly wall: Wall) {
    this.socket = Trap.onSocket(`${world.dir}/host.sock`);
  }

  static async make(name: string, wall: Wall): Promise<Stage> {
    const stage = new Stage(await World.make(), name, wall);
    await stage.#furnish();
    return stage;
  }

  /** The task's folder. */
  get dir(): string {
    return `${this.world.dir}/tasks/${this.name}`;
  }

  async #furnish(): Promise<void> {
    const { dir, home, dataDir } = this.world;
    await copy(await storeTemplate(), dataDir, (text) => text);
    this.canaries.key = (await Deno.readTextFile(`${dataDir}/master.key`)).trim();
    for (
      const [place, path] of [["home", `${home}/.ssh/id_ed25519`], ["beside", `${dir}/beside`]]
    ) {
      this.canaries[place!] = `canary-${place}-${crypto.randomUUID()}`;
      await Deno.mkdir(path!.slice(0, path!.lastIndexOf("/")), { recursive: true });
      await Deno.writeTextFile(path!, `${this.canaries[place!]}\n`);
    }
    // As JSON and as code: not every import takes plain text.
    await Deno.writeTextFile(`${dir}/beside.json`, JSON.stringify(this.canaries.beside));
    const code = `export default ${JSON.stringify(this.canaries.beside)};\n`;
    for (const name of ["beside.ts", "beside.js"]) await Deno.writeTextFile(`${dir}/${name}`, code);
    this.canaries.host = `canary-host-${crypto.randomUUID()}`;
    this.env.HOST_CANARY = this.canaries.host;
    await copy(`${SUITE}${this.name}/around`, dir, this.fill);
    await this.addTask(this.name, `${this.name}/task`);
    for await (const { name } of listIfThere(`${SUITE}${this.name}/served`)) {
      const text = await Deno.readTextFile(`${SUITE}${this.name}/served/${name}`);
      this.pages.files.set(`/${name}`, this.fill(text));
    }
  }

  /** Copies a task of the suite into the world; returns its folder. */
  async addTask(name: string, from: string): Promise<string> {
    const dir = `${this.world.dir}/tasks/${name}`;
    await copy(`${SUITE}${from}`, dir, this.fill);
    await Deno.copyFile(`${SUITE}attempt.ts`, `${dir}/attempt.ts`);
    return dir;
  }

  /** A text with its placeholders filled in. */
  readonly fill = (text: string): string => {
    const values: Record<string, string> = {
      WORLD: this.world.dir,
      HOME: this.world.home,
      TASK: this.dir,
      KEY: `${this.world.dataDir}/master.key`,
      MARK: this.mark,
      DENO: Deno.execPath(),
      OPEN: this.pages.address,
      SHUT: this.shut.address,
      SOCKET: this.socket.address,
      ABSTRACT: this.abstract.address.slice(1),
    };
    return text.replaceAll(/@([A-Z]+)@/g, (whole, name) => values[name] ?? whole);
  };

  /** Runs the task, or another of this world, to its end. */
  async run(dir: string = this.dir, ...args: string[]): Promise<Shown> {
    const all = ["run", dir, "--isolation", this.wall, ...this.args, ...args];
    return await this.world.dicode(all, { env: this.env });
  }

  /** Runs tasks one after the other; the first exit code that is not 0, and all that they showed. */
  async runInTurn(...dirs: readonly string[]): Promise<Shown> {
    const runs: Shown[] = [];
    for (const dir of dirs) runs.push(await this.run(dir));
    return {
      code: runs.find(({ code }) => code !== 0)?.code ?? 0,
      stdout: runs.map(({ stdout }) => stdout).join(""),
      stderr: runs.map(({ stderr }) => stderr).join(""),
    };
  }

  /** Runs the task, and writes the pid of its host into `flags/pid` in its folder. */
  async runToldPid(): Promise<Shown> {
    await Deno.mkdir(`${this.dir}/flags`, { recursive: true });
    const child = this.world.spawn(["run", this.dir, "--isolation", this.wall]);
    child.stdin.close();
    await Deno.writeTextFile(`${this.dir}/flags/pid`, `${child.pid}\n`);
    const { code, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }

  /** Runs the task with --verbose, and acts once the host's own words hold a text. */
  async runUntil(said: string, act: () => Promise<void>): Promise<Shown> {
    const child = this.world.spawn(["run", this.dir, "--isolation", this.wall, "--verbose"]);
    child.stdin.close();
    const shown = { stdout: "", stderr: "" };
    let acting: Promise<void> | undefined;
    const read = async (name: "stdout" | "stderr") => {
      for await (const text of child[name].pipeThrough(new TextDecoderStream())) {
        shown[name] += text;
        if (shown.stderr.includes(said)) acting ??= act();
      }
    };
    const [{ code }] = await Promise.all([child.status, read("stdout"), read("stderr")]);
    if (acting === undefined) throw new Error(`never said: ${said}\n${shown.stderr}`);
    await acting;
    return { code, ...shown };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const trap of [this.shut, this.socket, this.abstract]) trap[Symbol.dispose]();
    await this.pages[Symbol.asyncDispose]();
    await this.world[Symbol.asyncDispose]();
  }
}

let template: Promise<string> | undefined;

/** A data folder with SECRET in it, made once: deriving its key takes a while. */
function storeTemplate(): Promise<string> {
  return template ??= (async () => {
    const dir = await Deno.makeTempDir({ prefix: "dct-store-" });
    addEventListener("unload", () => Deno.removeSync(dir, { recursive: true }));
    await openStore({ dataDir: dir, env: () => undefined }).set(SECRET.key, SECRET.value);
    return dir;
  })();
}

/** Copies a folder, if it is there; text goes through `fill`. */
async function copy(from: string, to: string, fill: (text: string) => string): Promise<void> {
  for await (const entry of listIfThere(from)) {
    const [source, target] = [`${from}/${entry.name}`, `${to}/${entry.name}`];
    await Deno.mkdir(to, { recursive: true, mode: 0o700 });
    if (entry.isDirectory) {
      await copy(source, target, fill);
      continue;
    }
    const { mode } = await Deno.stat(source);
    const bytes = await Deno.readFile(source);
    const text = new TextDecoder().decode(bytes);
    await Deno.writeFile(
      target,
      text.includes("\0") ? bytes : new TextEncoder().encode(fill(text)),
      {
        mode: mode! & 0o777,
      },
    );
  }
}

async function* listIfThere(folder: string): AsyncGenerator<Deno.DirEntry> {
  try {
    yield* Deno.readDir(folder);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
