import assert from "node:assert/strict";
import type { Child } from "../../../runtime/child.ts";
import { Interrupt, Interrupted } from "../../../runtime/interrupt.ts";

/** An Interrupt, and what sends it signals; `heard` is what its child was told. */
function makeInterrupt() {
  let send: (signal: Deno.Signal) => void = assert.fail;
  const heard: Deno.Signal[] = [];
  const child = { interrupt: (signal: Deno.Signal) => void heard.push(signal) } as unknown as Child;
  const interrupt = new Interrupt({
    listen(listener) {
      send = listener;
      return () => send = assert.fail;
    },
  });
  return { interrupt, child, heard, send: (signal: Deno.Signal) => send(signal) };
}

const isInterrupted = (error: unknown) =>
  error instanceof Interrupted && error.signalName === "SIGINT";

Deno.test("race() ends with the signal that comes first, though the work goes on for ever", async () => {
  const { interrupt, send } = makeInterrupt();
  const raced = interrupt.race(new Promise(() => {}));
  send("SIGINT");
  send("SIGTERM");
  await assert.rejects(raced, isInterrupted);
});

Deno.test("race() does not lose a signal that came before work that is done already", async () => {
  const { interrupt, send } = makeInterrupt();
  send("SIGINT");
  await assert.rejects(() => interrupt.race(Promise.resolve(1)), isInterrupted);
});

Deno.test("race() settles as the work does where no signal comes", async () => {
  const { interrupt } = makeInterrupt();
  assert.equal(await interrupt.race(Promise.resolve(1)), 1);
  await assert.rejects(() => interrupt.race(Promise.reject(new Error("no"))), /^Error: no$/);
});

Deno.test("attach() passes on the signal that came while the child was being spawned", () => {
  const { interrupt, child, heard, send } = makeInterrupt();
  send("SIGHUP");
  interrupt.attach(child);
  assert.deepEqual(heard, ["SIGHUP"]);
  send("SIGINT");
  assert.deepEqual(heard, ["SIGHUP", "SIGINT"]);
});
