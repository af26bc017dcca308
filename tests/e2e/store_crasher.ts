/**
 * A writer that is killed at any moment: runs steps that depend on their number alone, and prints each
 * number once its write has returned. Whoever knows the last number knows what the store must hold.
 */
import { rotateKey } from "../../store/rotate.ts";
import { openStore, type SecretStore } from "../../store/secrets.ts";

/** One write. */
export type Step =
  | { readonly kind: "set"; readonly entries: ReadonlyMap<string, string> }
  | { readonly kind: "delete"; readonly key: string }
  | { readonly kind: "rotate" };

/** The step of a number, for the keys of one writer. */
export function stepOf(writer: string, number: number): Step {
  const key = (at: number) => `${writer}-${at % 5}`;
  const value = (at: number) => `${writer} ${number} ${at} `.repeat(1 + (number * 7 + at) % 400);
  switch (number % 8) {
    case 3: // as an import does: all or nothing
      return {
        kind: "set",
        entries: new Map(Array.from({ length: 20 }, (_, at) => [`${writer}-i${at}`, value(at)])),
      };
    case 5:
      return { kind: "delete", key: key(number) };
    case 7:
      return { kind: "rotate" };
    default:
      return { kind: "set", entries: new Map([[key(number), value(0)]]) };
  }
}

/** What the store holds of a writer after its first `count` steps. */
export function stateAfter(writer: string, count: number): Map<string, string> {
  const state = new Map<string, string>();
  for (let number = 0; number < count; number++) {
    const step = stepOf(writer, number);
    if (step.kind === "set") { for (const [key, value] of step.entries) state.set(key, value); }
    if (step.kind === "delete") state.delete(step.key);
  }
  return state;
}

async function perform(step: Step, store: SecretStore, dataDir: string): Promise<void> {
  if (step.kind === "set") await store.setMany(step.entries);
  else if (step.kind === "delete") await store.delete(step.key);
  else await rotateKey({ dataDir, env: () => undefined, busyLimitMs: 60_000 });
}

if (import.meta.main) {
  const [dataDir = "", writer = "", first = "0"] = Deno.args;
  using store = openStore({ dataDir, env: () => undefined, busyLimitMs: 60_000 });
  for (let number = Number(first);; number++) {
    await perform(stepOf(writer, number), store, dataDir);
    Deno.stdout.writeSync(new TextEncoder().encode(`${number}\n`));
  }
}
