/**
 * What the starters of real programs share: whether one is installed, runs to their end, and services
 * that die with the tests.
 */
import assert from "node:assert/strict";

/** Where the programs of the system are; nothing of the user's. */
const PATH = "/usr/bin:/bin";

/** How one run ended. */
export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Which of these programs are not on this machine, as the end of a test's name; else undefined. */
export function findMissing(...programs: readonly string[]): string | undefined {
  const missing = programs.filter((program) => !isInstalled(program));
  if (missing.length === 0) return undefined;
  return `${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not installed`;
}

/** Registers a test that needs real programs; without them it is skipped, with the reason. */
export function testWith(
  missing: string | undefined,
  name: string,
  body: () => Promise<void>,
): void {
  const reason = missing === undefined ? "" : ` (skipped: ${missing})`;
  Deno.test({ name: name + reason, ignore: reason !== "", fn: body });
}

/** Runs a program of the system to its end, with this environment and PATH alone. */
export async function run(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin = "",
): Promise<Ran> {
  const [program = "", ...args] = argv;
  const child = new Deno.Command(program, {
    args,
    clearEnv: true,
    env: { PATH, ...env },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin)).then(() => writer.close()).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const decoder = new TextDecoder();
  return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
}

/** run() for a program that must succeed; returns what it printed. */
export async function must(...call: Parameters<typeof run>): Promise<string> {
  const { code, stdout, stderr } = await run(...call);
  assert.equal(code, 0, `${call[0].join(" ")}: ${stderr}`);
  return stdout;
}

/**
 * Starts a service that dies with the thread that started it, whatever becomes of the test. It reads
 * `stdin` and says nothing.
 */
export async function serve(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  stdin = "",
): Promise<Deno.ChildProcess> {
  const child = new Deno.Command("setpriv", {
    args: ["--pdeathsig", "KILL", ...argv],
    clearEnv: true,
    env: { PATH, ...env },
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(stdin)).then(() => writer.close()).catch(() => {});
  return child;
}

/** Ends what serve() started. */
export async function stop(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
  await child.status;
}

function isInstalled(program: string): boolean {
  return PATH.split(":").some((folder) => {
    try {
      return Deno.statSync(`${folder}/${program}`).isFile;
    } catch {
      return false;
    }
  });
}
