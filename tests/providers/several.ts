/** A task that wants several secrets of one provider, by the real CLI. */
import assert from "node:assert/strict";
import { ISOLATION, type Shown, type World } from "../helpers.ts";

/** What is run. */
export interface Several {
  readonly world: World;
  /** The entry of dicode.yaml, with its type. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** The wanted keys; with a `?` at the end one is optional. */
  readonly keys: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Instead of `run`; with what stands before it. */
  readonly command?: readonly string[];
}

/** Runs the task; its result is a map of digests by key. */
export async function runSeveral({ world, entry, keys, env, command }: Several): Promise<Shown> {
  const variables = keys.map((key, at) => {
    const optional = key.endsWith("?") ? ", optional: true" : "";
    return `{ name: V${at}, secret: ${JSON.stringify(key.replace(/\?$/, ""))}${optional} }`;
  });
  const dir = await world.mainTask(
    "several",
    `name: several\npermissions:\n  env:\n${variables.map((one) => `    - ${one}\n`).join("")}`,
    `const digests = [];
     for (let at = 0; at < ${keys.length}; at++) {
       const bytes = new TextEncoder().encode(context.env.get("V" + at));
       digests.push(new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex());
     }
     return digests;`,
  );
  const config = `${world.dir}/dicode.yaml`;
  const secrets = { providers: [{ timeout: "20s", ...entry }] };
  await Deno.writeTextFile(config, JSON.stringify({ isolation: ISOLATION, secrets }));
  return await world.dicode(["--config", config, ...(command ?? ["run"]), dir], { env });
}

/** Fails unless the task got these values; "" stands for an optional one that is not there. */
export async function assertGot(shown: Shown, values: readonly string[]): Promise<void> {
  assert.equal(shown.code, 0, shown.stderr);
  const digests = await Promise.all(values.map(async (value) => {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(value));
    return new Uint8Array(digest).toHex();
  }));
  assert.deepEqual(JSON.parse(shown.stdout), digests);
}
