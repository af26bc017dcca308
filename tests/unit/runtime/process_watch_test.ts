import assert from "node:assert/strict";
import { Family } from "../../../runtime/process_watch.ts";
import { isAlive, until } from "../../helpers.ts";

const MANY = { processes: 1_000_000, threads: 1_000_000 };

/** A shell in a group of its own that prints the pids of what it starts. */
function start(script: string): Deno.ChildProcess {
  const args = ["-c", script];
  return new Deno.Command("sh", { args, detached: true, stdin: "null", stdout: "piped" }).spawn();
}

async function readPids(child: Deno.ChildProcess, count: number): Promise<number[]> {
  let text = "";
  const reader = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  while (text.split("\n").length <= count) text += (await reader.read()).value ?? "";
  await reader.cancel();
  return text.trim().split("\n").map(Number);
}

Deno.test("Family counts a process with its descendants, whatever session they are in", async () => {
  const child = start("setsid sh -c 'sleep 60 & echo $!; wait' & sleep 60 & echo $!; wait");
  await readPids(child, 2);
  // Two shells, and a sleep of each.
  const fits = [{ processes: 4 }, { threads: 4 }, { processes: 3 }, { threads: 3 }].map((quota) =>
    new Family(child.pid, { ...MANY, ...quota }).fits()
  );
  assert.deepEqual(fits, [true, true, false, false]);
  new Family(child.pid, MANY).kill();
  await child.status;
});

Deno.test("Family knows an orphan that left the group, if it was seen before; kill() takes it too", async () => {
  const child = start("setsid sleep 60 & echo $!; (sleep 60 & echo $!); wait");
  const pids = await readPids(child, 2);
  const family = new Family(child.pid, { ...MANY, processes: 3 });
  await until("three", () => family.fits());
  Deno.kill(child.pid, "SIGKILL");
  await child.status;
  family.kill();
  for (const pid of pids) await until(`the end of ${pid}`, async () => !await isAlive(pid));
});

Deno.test("Family leaves others alone, and finds what was started between two looks", async () => {
  const other = start("sleep 60");
  const child = start("sleep 1; for i in 1 2 3 4; do sleep 60 & done; wait");
  const family = new Family(child.pid, { ...MANY, processes: 4 });
  assert.equal(family.fits(), true);
  await until("five", () => !family.fits());
  family.kill();
  await child.status;
  assert.ok(await isAlive(other.pid));
  new Family(other.pid, MANY).kill();
  await other.status;
  await Promise.all([other.stdout.cancel(), child.stdout.cancel()]);
});
