/**
 * Lies beside every hostile task as `attempt.ts`: tries one thing after the other, and says what came
 * of each: what it gave, or the name of the error.
 */
export async function tryAll(
  attempts: Readonly<Record<string, () => unknown>>,
): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {};
  for (const [name, attempt] of Object.entries(attempts)) {
    try {
      const value = await attempt();
      outcomes[name] = `GOT ${typeof value === "string" ? value : Deno.inspect(value)}`;
    } catch (error) {
      outcomes[name] = error instanceof Error ? error.name : String(error);
    }
  }
  return outcomes;
}

/** Runs a shell script to its end; what it wrote. For tasks that may run `sh`. */
export async function shell(script: string): Promise<string> {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", `exec 2>&1; ${script}`],
    stdin: "null",
  }).output();
  return new TextDecoder().decode(stdout);
}
