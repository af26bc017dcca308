/**
 * 1 GiB of log lines through the host to a reader that drops them, beside `deno run … | cat`: written
 * by a program that the task starts, and by the task itself. The secrets come from the environment, so
 * that no case derives a key. Whole process, start included.
 */
import { type BenchWorld, declareHostVariables, makeToken, ROOT } from "./bench_world.ts";
import type { Command } from "./measure.ts";

const FILE_BYTES = 16 * 1024 * 1024;
const GIB = 1024 ** 3;

/** Lengths of the values that are masked. */
const SETS: Readonly<Record<string, readonly number[]>> = {
  "no secrets": [],
  "1 secret of 16 bytes": [16],
  "20 secrets of 16 bytes": Array(20).fill(16),
  "20 secrets, one of them of 8 bytes": [...Array(19).fill(16), 8],
  "200 secrets of 16 bytes": Array(200).fill(16),
};

/** Lines as a program logs them. */
function makeLog(): string {
  const lines: string[] = [];
  let size = 0;
  for (let at = 0; size < FILE_BYTES; at++) {
    const line = `2026-01-02T03:04:05.${at % 1000}Z INFO request ${makeToken(at + 1000, 12)} GET ` +
      `/api/v1/users/${(at * 7919) % 100000}?page=${at % 50} -> 200 in ${(at * 31) % 900} ms\n`;
    lines.push(line);
    size += line.length;
  }
  return lines.join("").slice(0, FILE_BYTES);
}

/** Who writes: a program that the task starts, or the task itself. */
export type Writer = "cat" | "task";

const BODIES: Readonly<Record<Writer, (log: string, times: number) => string>> = {
  cat: (log, times) => `
    const { success } = await new Deno.Command("cat", {
      args: Array(${times}).fill("${log}"), stdin: "null", stdout: "inherit" }).output();
    if (!success) throw new Error("cat failed");`,
  task: (log, times) => `
    const bytes = Deno.readFileSync("${log}");
    for (let time = 0; time < ${times}; time++) {
      for (let at = 0; at < bytes.length;) at += Deno.stdout.writeSync(bytes.subarray(at, at + 65536));
    }`,
};

/** @param bytes how much each run writes: a multiple of 16 MiB. */
export async function throughputCases(
  world: BenchWorld,
  writer: Writer,
  bytes = GIB,
): Promise<Record<string, Command>> {
  const log = await world.file("log", makeLog());
  const body = BODIES[writer](log, bytes / FILE_BYTES);
  const bare = await world.file(`${writer}.ts`, body);
  const cases = { "deno run": pipe(["run", "--no-config", "-A", bare], world.env) };
  const grants = `  run: [cat]\n  fs: [{ path: ${log}, permission: r }]\n`;
  // What is masked is the same whoever writes.
  const sets = Object.entries(SETS).filter(([, { length }]) => writer === "cat" || length !== 1);
  const runs = sets.map(async ([name, lengths], at) => {
    const task = await world.task(
      `${writer}-${at}`,
      `permissions:\n${grants}${declareHostVariables(lengths.length)}`,
      `export async function main() { ${body} }\n`,
    );
    const values = lengths.map((length, at) => [`HOST_${at}`, makeToken(at + 1, length)]);
    const args = ["run", "--quiet", "--no-prompt", "-A", `${ROOT}cli.ts`, "run", task];
    const env = { ...world.env, ...Object.fromEntries(values) };
    return [`dicode run, ${name}`, pipe([...args, "--isolation", "deno"], env)] as const;
  });
  return { ...cases, ...Object.fromEntries(await Promise.all(runs)) };
}

/** Deno with these arguments, and a `cat` that reads what it prints. */
function pipe(args: readonly string[], env: Readonly<Record<string, string>>): Command {
  const script = 'set -o pipefail; "$@" | cat > /dev/null';
  return { program: "bash", args: ["-c", script, "bash", Deno.execPath(), ...args], env };
}
