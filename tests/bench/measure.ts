/** What benches share: cases that take turns, so that a noisy moment falls on all; medians. */

/** Times of one case, in milliseconds unless the measure returns something else. */
export interface Times {
  /** The one that does not count: what caches and the compiler of V8 have not seen yet. */
  readonly first: number;
  readonly least: number;
  readonly low: number;
  readonly median: number;
  readonly high: number;
}

/** One command to be timed. */
export interface Command {
  /** Default: the Deno that runs the bench. */
  readonly program?: string;
  readonly args: readonly string[];
  /** All that it gets; default what the bench itself has. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly stdin?: string;
  /** Done before each run, and not timed. */
  readonly before?: () => Promise<void>;
}

/**
 * Measures the cases in turns, `runs` times each after a first one that does not count.
 *
 * @param measure one run of a case; returns milliseconds.
 * @returns for each case the median and the bounds of its middle half.
 */
export async function takeTurns<T>(
  cases: Readonly<Record<string, T>>,
  runs: number,
  measure: (each: T) => Promise<number>,
): Promise<Map<string, Times>> {
  const all = new Map(Object.keys(cases).map((name) => [name, [] as number[]]));
  for (let round = 0; round <= runs; round++) {
    for (const [name, each] of Object.entries(cases)) {
      const elapsed = await measure(each);
      all.get(name)!.push(elapsed);
    }
  }
  return new Map([...all].map(([name, [first, ...rest]]) => {
    const sorted = rest.toSorted((a, b) => a - b);
    const [least, low, median, high] = [0, 0.25, 0.5, 0.75].map((q) =>
      sorted[Math.floor(q * runs)]!
    );
    return [name, { first: first!, least: least!, low: low!, median: median!, high: high! }];
  }));
}

/** Milliseconds from the start of a process to its end; throws if it fails. */
export async function timeCommand(each: Command): Promise<number> {
  await each.before?.();
  const { program = Deno.execPath(), args, env, cwd, stdin } = each;
  const command = new Deno.Command(program, {
    args: [...args],
    env: { ...env },
    clearEnv: env !== undefined,
    cwd,
    stdin: stdin === undefined ? "null" : "piped",
    stdout: "null",
    stderr: "piped",
  });
  const startedAt = performance.now();
  const child = command.spawn();
  if (stdin !== undefined) {
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(stdin));
    await writer.close();
  }
  const { code, stderr } = await child.output();
  const elapsed = performance.now() - startedAt;
  if (code !== 0) throw new Error(`${args.join(" ")}: ${new TextDecoder().decode(stderr)}`);
  return elapsed;
}

/** The same for Deno with these arguments. */
export async function timeDeno(
  args: readonly string[],
  env?: Readonly<Record<string, string>>,
  stdin?: string,
): Promise<number> {
  return await timeCommand({ args, env, stdin });
}
