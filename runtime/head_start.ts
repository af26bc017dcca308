/**
 * Starts the child of a run as the task's last run started it, before anything else is looked at: it
 * takes the time of a start of Deno until it can take the init line, and all checks fit into that.
 *
 * A guess, and trusted in nothing: the child loads our bootstrap and waits. Once the run has checked
 * all that it always checks and has built its command line, the child is taken if that is, to the
 * letter, how it was started; else it is killed and another one is started. No task code is loaded,
 * and no variable handed over, before. What is remembered lies in the data folder, which no task
 * reaches: the command line, which holds no value of a variable and no credential.
 *
 * Landlock, packages, import maps, audits: each needs something ready before the child starts, and has
 * no head start.
 */
import { findFolder } from "../store/files.ts";
import { encodeLine } from "../sdk/protocol.ts";
import { Child } from "./child.ts";
import { forgetKept, readKept, writeKept } from "./kept_file.ts";
import { checkMounts } from "./mount_check.ts";
import { SDK_FILES } from "./own_files.ts";
import { nameFolder } from "./run_name.ts";
import type { CommandLine } from "./sandbox.ts";
import type { Walled } from "./walls.ts";

/** Where caches of runs lie that are kept in memory. */
const MEMORY = "/dev/shm";

/** The file's shape; another number is another shape, and forgotten. */
const SHAPE = 2;

/** How the child of a run was started. */
export interface Start {
  readonly command: CommandLine;
  readonly inNamespace: boolean;
  /** The channel's socket as the child sees it. */
  readonly socket: string;
  /** The run's own folder, and that of its caches, as the command line names them. */
  readonly folder: string;
  readonly caches: string;
}

/** How a run is to start its child, for a comparison. */
type Wanted = Pick<Walled, "command" | "inNamespace" | "socket" | "binds">;

/** What a head start gives to its run. */
export interface Taken {
  readonly child: Child;
  /** On the run's socket; the child may have dialled. */
  readonly listener: Deno.UnixListener;
}

/** What of a command line decides which start is remembered; a wrong guess costs a process. */
export interface Guess {
  readonly dataDir: string;
  /** The task's folder as it was given, absolute. */
  readonly taskDir: string;
  readonly isolation: string | undefined;
  readonly color: boolean;
}

/** Where in the cache such a start is remembered; undefined if its name would be too long. */
function fileFor({ taskDir, isolation = "", color }: Guess): string | undefined {
  const name = encodeURIComponent(
    [taskDir, isolation, color ? "color" : "", SDK_FILES[0]].join("\n"),
  );
  return name.length > 200 ? undefined : `starts/${name}.json`;
}

export class HeadStart implements AsyncDisposable {
  /** The name of the run's folders. */
  readonly name: string;
  readonly #place: readonly [cacheDir: string, name: string];
  readonly #start: Start | undefined;
  readonly #made: string[] = [];
  #listener: Deno.UnixListener | undefined;
  #child: Child | undefined;
  #isOver = false;

  /** Never throws; where nothing fitting is remembered, nothing is started. */
  static begin(guess: Guess): HeadStart | undefined {
    if (Deno.build.os !== "linux" || Deno.build.standalone) return undefined;
    const file = fileFor(guess);
    return file === undefined ? undefined : new HeadStart(guess, file);
  }

  private constructor({ dataDir }: Guess, file: string) {
    this.name = nameFolder();
    this.#place = [`${dataDir}/cache`, file];
    try {
      // SECURITY: whoever else may write there would say what is started
      // (tests/e2e/head_start_test.ts).
      const real = findFolder(dataDir);
      const last = real === undefined ? undefined : recall(`${real}/cache`, file);
      if (last === undefined) return;
      const folder = `${real}/run/${this.name}`;
      const caches = `${MEMORY}/${this.name}`;
      const { isDirectory, mode } = lstatOrMake(`${real}/run`);
      if (!isDirectory || (mode! & 0o777) !== 0o700) return;
      for (const path of [folder, caches]) {
        Deno.mkdirSync(path, { mode: 0o700 });
        this.#made.push(path);
      }
      // bubblewrap mounts it, so it is there before.
      this.#listener = Deno.listen({ transport: "unix", path: `${folder}/s` });
      this.#start = moveStart(last, folder, caches);
      this.#child = Child.spawn(this.#start.command, this.#start.inNamespace);
      this.#child.prepare(encodeLine({ socket: this.#start.socket }));
      const over = () => void (this.#isOver = true);
      this.#child.ended.then(over, over);
    } catch {
      // The run itself says what is wrong, if it is anything to it.
    }
  }

  /** Whether a folder of the run was made already; it is the run's from now on. */
  adopt(path: string): boolean {
    const at = this.#made.indexOf(path);
    if (at !== -1) this.#made.splice(at, 1);
    return at !== -1;
  }

  /**
   * The child and who listens for it, if it was started by this command line, lives, and sees what was
   * checked: a folder that is granted may have been made by this very run. Else both are gone.
   *
   * @param signal ends the waiting for bubblewrap.
   */
  async take(wanted: Wanted, signal: AbortSignal): Promise<Taken | undefined> {
    const [child, listener] = [this.#child, this.#listener];
    const { command, inNamespace, socket, binds } = wanted;
    // SECURITY: to the letter: a child with other grants never gets the variables
    // (tests/e2e/head_start_test.ts).
    const fits = this.#start !== undefined &&
      spell({ ...this.#start, command, inNamespace, socket }) === spell(this.#start);
    if (
      child === undefined || listener === undefined || !fits || !await this.#sees(binds, signal)
    ) {
      await this.#drop();
      return undefined;
    }
    this.#child = this.#listener = undefined;
    return { child, listener };
  }

  /** Whether the child is there, behind the mounts that are meant. */
  async #sees(binds: Wanted["binds"], signal: AbortSignal): Promise<boolean> {
    const isOver = () => this.#isOver || signal.aborted;
    if (binds.length === 0) return !isOver();
    return await checkMounts(this.#child!.pid, binds, isOver).catch(() => false);
  }

  /**
   * Remembers how this run was started, for the next one; undefined is a run whose next one is to have
   * no head start. A memory that cannot be written is none.
   */
  async remember(start: Start | undefined): Promise<void> {
    const last = this.#start;
    if (last === start || last && start && spell(last) === spell(start)) return;
    if (start === undefined || start.caches !== `${MEMORY}/${this.name}`) {
      return await forgetKept(...this.#place);
    }
    await writeKept(...this.#place, JSON.stringify({ shape: SHAPE, ...start }));
  }

  /** Ends what was started and not taken. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#drop();
    for (const path of this.#made.splice(0)) {
      await Deno.remove(path, { recursive: true }).catch(() => {});
    }
  }

  async #drop(): Promise<void> {
    const [child, listener] = [this.#child, this.#listener];
    this.#child = this.#listener = undefined;
    child?.stop("not to be started");
    if (listener !== undefined) {
      listener.close();
      await Deno.remove((listener.addr as Deno.UnixAddr).path).catch(() => {});
    }
    await child?.ended;
  }
}

function lstatOrMake(path: string): Deno.FileInfo {
  try {
    return Deno.lstatSync(path);
  } catch {
    Deno.mkdirSync(path, { mode: 0o700 });
    return Deno.lstatSync(path);
  }
}

function recall(cacheDir: string, name: string): Start | undefined {
  const { shape, ...start } = JSON.parse(readKept(cacheDir, name) ?? "{}");
  return shape === SHAPE ? start : undefined;
}

/** The same start with the folders of another run. */
function moveStart(last: Start, folder: string, caches: string): Start {
  const move = (text: string) =>
    text.replaceAll(last.folder, folder).replaceAll(last.caches, caches);
  const { program, args, env, cwd } = last.command;
  const moved = Object.entries(env).map(([name, value]) => [name, move(value)]);
  return {
    command: { program, args: args.map(move), env: Object.fromEntries(moved), cwd },
    inNamespace: last.inNamespace,
    socket: move(last.socket),
    folder,
    caches,
  };
}

function spell({ command, inNamespace, socket, folder, caches }: Start): string {
  const { program, args, env, cwd } = command;
  return JSON.stringify([
    program,
    args,
    Object.entries(env),
    cwd,
    inNamespace,
    socket,
    folder,
    caches,
  ]);
}
