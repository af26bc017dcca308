/**
 * Four writers that are killed at random moments, over and over, while they set, delete, import and
 * rotate the key. After every kill the store opens, every value in it does, and it holds what was
 * acknowledged: all of it, and of the step under way all or nothing.
 *
 * `KILLS=500` for more than 50: that is `deno task soak`.
 */
import assert from "node:assert/strict";
import { openStore } from "../../store/secrets.ts";
import { verifyStore } from "../../store/verify.ts";
import { noEnv, TempFolder } from "../unit/store/helpers.ts";
import { stateAfter, stepOf } from "./store_crasher.ts";

const ROOT = new URL("../../", import.meta.url).pathname;
const KILLS = Number(Deno.env.get("KILLS") ?? 50);
const WRITERS = ["a", "b", "c", "d"];

/** Lets a writer work until it is killed; returns the last number that it acknowledged. */
async function runKilled(dataDir: string, writer: string, first: number): Promise<number> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "--quiet", "--no-prompt", "--no-lock", "--config", `${ROOT}deno.json`, "-A"],
      ...[`${ROOT}tests/e2e/store_crasher.ts`, dataDir, writer, String(first)],
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [lines, watched] = child.stdout.tee();
  const output = new Response(lines).text();
  const errors = new Response(child.stderr).text();
  const reader = watched.getReader();
  // One in four while it starts, and perhaps makes the store; the others once it writes.
  if (Math.random() < 0.75) await reader.read();
  void reader.cancel();
  await new Promise((resolve) => setTimeout(resolve, Math.random() * 800));
  try {
    child.kill("SIGKILL");
  } catch {
    assert.fail(`the writer ended by itself: ${await errors}`);
  }
  await Promise.all([child.status, errors]);
  return Number((await output).split("\n").at(-2) ?? first - 1);
}

Deno.test(`after each of ${KILLS} kills the store is whole and holds what was acknowledged`, async () => {
  using temp = new TempFolder();
  let kills = 0;
  const steps = new Map<string, number>();
  await Promise.all(WRITERS.map(async (writer) => {
    let done = 0;
    while (kills < KILLS) {
      kills++;
      const acknowledged = await runKilled(temp.data, writer, done) + 1;
      using store = openStore({ dataDir: temp.data, env: noEnv, busyLimitMs: 60_000 });
      const keys = (await store.list()).filter((key) => key.startsWith(`${writer}-`));
      const found = await store.getMany(keys);
      // The step that was under way may have been done.
      const isNext = !same(found, stateAfter(writer, acknowledged));
      if (isNext) {
        const next = JSON.stringify(stepOf(writer, acknowledged)).slice(0, 100);
        assert.ok(
          same(found, stateAfter(writer, acknowledged + 1)),
          `writer ${writer} after ${acknowledged} steps, and ${next}: ${[...found.keys()]}`,
        );
      }
      done = acknowledged + (isNext ? 1 : 0);
      const { faults } = await verifyStore({
        dataDir: temp.data,
        env: noEnv,
        busyLimitMs: 60_000,
      });
      assert.deepEqual(faults, []);
    }
    steps.set(writer, done);
  }));
  assert.ok([...steps.values()].some((done) => done > 16), `too few steps: ${[...steps]}`);
  console.error(`${kills} kills; steps done: ${[...steps].join(" ")}`);
});

function same(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
}
