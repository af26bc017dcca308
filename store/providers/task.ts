/**
 * A provider that is a dicode task: it runs in the same sandbox as any other, with what its own
 * task.yaml lists, receives `{ keys: [...] }` as its input and returns a map of what it has.
 *
 * So code of others reaches its own service and nothing else. Its secrets come from the providers
 * that stand before it in the chain, and from no other: so no chain asks itself.
 */
import type { ProviderContext } from "../kinds.ts";
import { isObject } from "../http_answer.ts";
import { nameOf, naming, option, type OptionsOf } from "../options.ts";
import { type Diagnosis, type Provider, ProviderFailure, Secret } from "../provider.ts";
import { quoteShell } from "../quote.ts";
import { findKeyFault, isReserved } from "../rules.ts";
import { memberText } from "../values.ts";
import { expandPlace } from "../expand.ts";

/** What dicode.yaml may say of it. */
export const OPTIONS = {
  dir: { ...option.path("the task's folder", { required: true }), isRun: true },
  expose: {
    ...option.list("variables and stored secrets that this task may read and no other", {
      check: (name) =>
        isReserved(name) ? { state: "is reserved for dicode's own" } : findKeyFault(name),
    }),
    credential: "name",
  },
  ...naming("what the task is asked for"),
} as const;

/** A task may do as it likes with the network that its task.yaml lists. */
export function usesNetwork(): boolean {
  return true;
}

/** Opens one; the task runs when it is asked. */
export function open(
  name: string,
  options: OptionsOf<typeof OPTIONS>,
  context: ProviderContext,
): Provider {
  const dir = expandPlace(options.dir ?? "", context.env);
  const fail = (kind: "misconfigured" | "bad_answer", found: string, hint: string) =>
    new ProviderFailure(name, kind, found, { hint });
  const ask = async (keys: readonly string[], signal: AbortSignal) => {
    if (context.runTask === undefined) {
      throw fail("misconfigured", "tasks cannot be run here", "give the chain a runTask");
    }
    const names = keys.map((key) => nameOf(options, key).name);
    const { expose = [] } = options;
    const run = { provider: name, dir, input: { keys: names }, expose };
    const result = await context.runTask(run, signal);
    if (isObject(result)) return { names, result };
    const byHand = `dicode run ${quoteShell(dir)} --input '{"keys": []}'`;
    throw fail("bad_answer", "its task returns no map of keys and values", byHand);
  };
  return {
    name,
    async get(keys, signal) {
      const { names, result } = await ask(keys, signal);
      const found = new Map<string, Secret>();
      for (const [at, key] of keys.entries()) {
        const value = memberText(result, names[at]!);
        if (value !== undefined) found.set(key, new Secret(value));
      }
      return found;
    },
    async diagnose(signal): Promise<Diagnosis[]> {
      await ask([], signal);
      return [{ what: "runs", state: "ok", found: "its task answers" }];
    },
  };
}
