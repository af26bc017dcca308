import assert from "node:assert/strict";
import { MOST_WAITING_BYTES, Outlet } from "../../../runtime/outlet.ts";
import { encode } from "./mask_samples.ts";

/** A sink whose writes end when the test lets them. */
class Gate {
  readonly written: string[] = [];
  readonly pieces: Uint8Array[] = [];
  #pending: PromiseWithResolvers<void>[] = [];

  readonly sink = (bytes: Uint8Array): Promise<void> => {
    this.pieces.push(bytes);
    this.written.push(new TextDecoder().decode(bytes));
    const write = Promise.withResolvers<void>();
    this.#pending.push(write);
    return write.promise;
  };

  get writes(): number {
    return this.#pending.length;
  }

  /** Ends the write under way, and lets what waits for it go on. */
  async settle(error?: unknown): Promise<void> {
    const write = this.#pending.shift()!;
    if (error === undefined) write.resolve();
    else write.reject(error);
    await new Promise((resolve) => setTimeout(resolve));
  }
}

function neverClosed(): never {
  assert.fail("the sink was closed");
}

function put(outlet: Outlet, text: string): Promise<void> | undefined {
  outlet.put(encode(text));
  return outlet.flush();
}

Deno.test("Outlet writes at once where no write is under way", () => {
  const gate = new Gate();
  const outlet = new Outlet(gate.sink, neverClosed);
  assert.equal(put(outlet, "a"), undefined);
  assert.deepEqual(gate.written, ["a"]);
});

Deno.test("Outlet writes one at a time, and in one write what came meanwhile, in order", async () => {
  const gate = new Gate();
  const outlet = new Outlet(gate.sink, neverClosed);
  for (const text of ["a", "b", "", "cd"]) put(outlet, text);
  assert.deepEqual(gate.written, ["a"]);
  await gate.settle();
  assert.deepEqual(gate.written, ["a", "bcd"]);
  assert.equal(gate.writes, 1);
  put(outlet, "e");
  const ended = outlet.end().then(() => gate.written.push("the end"));
  await gate.settle();
  assert.deepEqual(gate.written, ["a", "bcd", "e"]);
  await gate.settle();
  await ended;
  assert.deepEqual(gate.written, ["a", "bcd", "e", "the end"]);
  put(outlet, "f");
  assert.equal(gate.written.at(-1), "f");
});

Deno.test("Outlet asks for a pause only while a full batch waits", async () => {
  const gate = new Gate();
  const outlet = new Outlet(gate.sink, neverClosed);
  put(outlet, "a");
  assert.equal(put(outlet, "b".repeat(MOST_WAITING_BYTES - 1)), undefined);
  const room = put(outlet, "c");
  assert.ok(room !== undefined);
  let isRoom = false;
  void room.then(() => isRoom = true);
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(isRoom, false);
  await gate.settle();
  assert.equal(isRoom, true);
  assert.equal(gate.written[1]!.length, MOST_WAITING_BYTES);
  assert.equal(put(outlet, "d"), undefined);
});

Deno.test("Outlet hands out bytes that nobody overwrites: not the caller, and not the next write", async () => {
  const gate = new Gate();
  const outlet = new Outlet(gate.sink, neverClosed);
  const memory = encode("a");
  for (const text of ["a", "b", "c"]) {
    memory.set(encode(text));
    outlet.put(memory);
    void outlet.flush();
    await gate.settle();
  }
  assert.deepEqual(gate.pieces.map((piece) => new TextDecoder().decode(piece)), ["a", "b", "c"]);
});

Deno.test("Outlet pins no more memory than what waits: small pieces of large chunks are copied", async () => {
  const gate = new Gate();
  const outlet = new Outlet(gate.sink, neverClosed);
  put(outlet, "a");
  for (let i = 0; i < 1000; i++) {
    outlet.put(new Uint8Array(64 * 1024).subarray(0, 8));
    void outlet.flush();
  }
  await gate.settle();
  assert.equal(gate.pieces[1]!.length, 8000);
  assert.ok(gate.pieces[1]!.buffer.byteLength <= 2 * 8000);
});

Deno.test("Outlet says once that its sink is closed, and then drops what waits and what comes", async () => {
  const errors: unknown[] = [];
  const gate = new Gate();
  const outlet = new Outlet(gate.sink, (error) => errors.push(error));
  put(outlet, "a");
  const room = put(outlet, "b".repeat(MOST_WAITING_BYTES));
  const ended = outlet.end();
  const error = new Deno.errors.BrokenPipe();
  await gate.settle(error);
  await Promise.all([room, ended]);
  assert.equal(outlet.isOpen, false);
  assert.equal(put(outlet, "c"), undefined);
  await outlet.end();
  assert.deepEqual(gate.written, ["a"]);
  assert.deepEqual(errors, [error]);
});
