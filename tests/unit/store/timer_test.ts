import assert from "node:assert/strict";
import { sleep, startTicking, startTimer } from "../../../store/timer.ts";

Deno.test("startTimer() calls once, and not where it was called off", async () => {
  const called: string[] = [];
  startTimer(1, () => called.push("first"));
  const stop = startTimer(1, () => called.push("called off"));
  stop();
  await sleep(30);
  stop();
  assert.deepEqual(called, ["first"]);
});

Deno.test("startTimer() calls at once where the time has run out already", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  startTimer(-20, resolve);
  await promise;
});

Deno.test("startTicking() calls until it is stopped, also from inside the call", async () => {
  let count = 0;
  const { promise: stopped, resolve } = Promise.withResolvers<void>();
  const stop = startTicking(1, () => {
    if (++count < 3) return;
    stop();
    resolve();
  });
  await stopped;
  await sleep(30);
  assert.equal(count, 3);
});

Deno.test("a timer holds the process until it fires, and no longer", async () => {
  const module = new URL("../../../store/timer.ts", import.meta.url).href;
  const run = async (code: string) => {
    const { code: exitCode, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-config", `import * as timer from ${JSON.stringify(module)};${code}`],
    }).output();
    return { exitCode, text: new TextDecoder().decode(stdout) };
  };
  const fired = await run(`timer.startTimer(50, () => console.log("fired"))`);
  assert.deepEqual(fired, { exitCode: 0, text: "fired\n" });
  const calledOff = await run(`timer.startTimer(3_600_000, () => {})()`);
  assert.deepEqual(calledOff, { exitCode: 0, text: "" });
});
