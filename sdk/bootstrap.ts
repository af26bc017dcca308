/**
 * The preload of every task: runs in the child, to its end, before the task's modules load.
 *
 * Reads from stdin where the host listens, dials it and gives the channel's grants back; then waits for
 * the init line, sets the declared variables, and on `load` calls `main`. Convenience, not a boundary: task code shares this realm
 * and may do with it what it likes; every rule is enforced by the host (runtime/channel.ts).
 * Takes nothing but its sibling protocol.ts, so that it costs a preload nothing measurable.
 */
import { type Dial, encodeLine, type Init, MAX_LINE_BYTES, readLines } from "./protocol.ts";
import type { Notified, Request, Requests, Response, Thrown } from "./protocol.ts";
import type { DicodeApi, Main, TaskContext } from "./mod.ts";

/** What is sent of each text of an error, so that it fits a line; the host shows less of it. */
const MAX_ERROR_CHARACTERS = 256 * 1024;

/** How many causes of an error are told. */
const MAX_CAUSES = 5;

const exit: (code: number) => never = Deno.exit;
const stdin = { buffer: new Uint8Array(64 * 1024), decoder: new TextDecoder(), text: "" };

// While the host still checks and resolves: all of this would be waited for afterwards.
const { socket } = readDial();
const conn = await Deno.connect({ transport: "unix", path: socket });
// SECURITY: without this, a task could dial the host again, or look for its socket
// (tests/e2e/channel_test.ts).
for (const name of ["read", "write"] as const) Deno.permissions.revokeSync({ name, path: socket });
Deno.permissions.revokeSync({ name: "net", host: `unix:${socket}` });
// The preload phase waits for an empty event loop, and so does the end of the process.
conn.unref();

const init = readInit();
for (const [name, value] of Object.entries(init.variables)) Deno.env.set(name, value);
// SECURITY: fetch reads these at its first use, and the host has checked their values against `net`:
// a task must not set others before (tests/e2e/variables_test.ts). They read as undefined from now on.
for (const name of ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"]) {
  for (const variable of [name, name.toLowerCase()]) {
    Deno.permissions.revokeSync({ name: "env", variable });
  }
}

let lastId = 0;
let sending: Promise<void> = Promise.resolve();
const waiting = new Map<number, (response: Response) => void>();
const lines = readLines(received(), MAX_LINE_BYTES);
await notify("hello", { token: init.token });

let settled = false;
addEventListener("load", () => {
  // Not earlier: a pending read, though it is unreferenced, hides a top-level await that never
  // settles from Deno 2.9.6, which would wait for ever (tests/e2e/outcome_test.ts).
  listen();
  runMain().finally(() => settled = true);
});
addEventListener("beforeunload", (event) => {
  if (settled) return;
  settled = true;
  event.preventDefault();
  fail({
    name: "Error",
    message: "main never settled: it awaits something that nothing will resolve",
  });
});

async function runMain(): Promise<void> {
  let value: unknown;
  try {
    const task = await import(Deno.mainModule);
    const main: Main | undefined = task.main ?? task.default;
    if (typeof main !== "function") {
      const file = Deno.mainModule.slice(Deno.mainModule.lastIndexOf("/") + 1);
      return await fail({ name: "TypeError", message: `${file} exports no function "main"` });
    }
    value = await main(buildContext());
  } catch (error) {
    return await fail(describe(error));
  }
  try {
    const text = JSON.stringify(value);
    await settle("return", text === undefined ? {} : { value: JSON.parse(text) });
  } catch (error) {
    const { message } = describe(error);
    await fail({ name: "TypeError", message: `cannot return the value of main: ${message}` });
  }
}

async function fail(thrown: Thrown): Promise<void> {
  await settle("throw", thrown);
  exit(1);
}

function buildContext(): TaskContext {
  const params = new Map(Object.entries(init.params));
  const dicode: DicodeApi = {
    task_id: init.taskId,
    run_id: init.runId,
    secrets_set: (key, value) => request("secrets_set", { key, value }),
    secrets_delete: (key) => request("secrets_delete", { key }),
  };
  return {
    params: {
      get: (name) => Promise.resolve(params.get(name) ?? null),
      all: () => Promise.resolve(Object.fromEntries(params)),
    },
    input: init.input,
    env: { get: (name) => Deno.env.get(name) },
    dicode,
  };
}

/** An error as text, whatever was thrown, with its causes; the stack without frames of this file. */
function describe(error: unknown): Thrown {
  try {
    if (!(error instanceof Error)) return { name: "Error", message: clip(Deno.inspect(error)) };
    const frames = (error.stack ?? "").split("\n")
      .filter((line) => line.startsWith("    at ") && !line.includes(import.meta.url));
    // Deno's own frames say nothing to whoever wrote the task, where there are others.
    const own = frames.filter((line) => !/\bext:|<anonymous>/.test(line));
    return {
      name: clip(String(error.name)),
      message: clip(String(error.message) + describeCauses(error)),
      stack: clip((own.length > 0 ? own : frames).join("\n")),
    };
  } catch {
    return { name: "Error", message: "the task threw something that cannot be shown" };
  }
}

/** A line for each cause: what `fetch failed` is about stands there. */
function describeCauses(error: Error): string {
  let text = "";
  let cause = error.cause;
  for (let depth = 0; depth < MAX_CAUSES && cause !== undefined; depth++) {
    const shown = cause instanceof Error ? `${cause.name}: ${cause.message}` : Deno.inspect(cause);
    text += `\ncaused by ${shown}`;
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return text;
}

function clip(text: string): string {
  return text.length > MAX_ERROR_CHARACTERS ? text.slice(0, MAX_ERROR_CHARACTERS) : text;
}

async function settle<M extends Notified>(method: M, params: Requests[M]): Promise<void> {
  await (init.isWatched ? request(method, params) : notify(method, params));
}

async function request<M extends keyof Requests>(method: M, params: Requests[M]): Promise<void> {
  const id = ++lastId;
  const line = spell({ jsonrpc: "2.0", id, method, params });
  const answered = new Promise<Response>((resolve) => waiting.set(id, resolve));
  conn.ref();
  await send(line);
  const { error } = await answered;
  if (error !== undefined) throw refuse(error.message, error.data?.code ?? "usage");
}

/** Says what needs no answer: to wait for one would be a turn of the host's that the run waits for. */
async function notify<M extends Notified>(method: M, params: Requests[M]): Promise<void> {
  await send(spell({ jsonrpc: "2.0", method, params }));
}

function spell(message: Request): Uint8Array {
  const line = encodeLine(message);
  // The host ends a run for a longer one.
  if (line.length > MAX_LINE_BYTES) throw refuse("it is longer than 8 MiB as JSON", "usage");
  return line;
}

function refuse(message: string, code: string): Error {
  const refusal = new Error(message);
  refusal.name = "DicodeRefusal";
  return Object.assign(refusal, { code });
}

/** Writes one line whole before the next begins. */
function send(line: Uint8Array): Promise<void> {
  sending = sending.then(async () => {
    for (let at = 0; at < line.length;) at += await conn.write(line.subarray(at));
  });
  return sending;
}

async function listen(): Promise<void> {
  for (;;) {
    await takeAnswer(await lines.next().catch(() => ({ done: true as const, value: undefined })));
  }
}

async function takeAnswer(line: IteratorResult<Uint8Array, unknown>): Promise<void> {
  // The host is gone: nothing that this process does is wanted any more.
  if (line.done === true) return exit(1);
  const response: Response = JSON.parse(new TextDecoder().decode(line.value));
  const resolve = waiting.get(response.id ?? -1);
  waiting.delete(response.id ?? -1);
  if (waiting.size === 0) conn.unref();
  await resolve?.(response);
}

async function* received(): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(16 * 1024);
  for (let count; (count = await conn.read(buffer)) !== null;) yield buffer.subarray(0, count);
}

function readDial(): Dial {
  let end: number;
  // The host died, or gave up: there is nothing to run.
  while ((end = stdin.text.indexOf("\n")) === -1) if (!readMore()) exit(1);
  const line = stdin.text.slice(0, end);
  stdin.text = stdin.text.slice(end + 1);
  return JSON.parse(line);
}

function readInit(): Init {
  while (readMore());
  // The same, before it had all values.
  if (!stdin.text.endsWith("\n")) exit(1);
  return JSON.parse(stdin.text);
}

function readMore(): boolean {
  const { buffer, decoder } = stdin;
  const count = Deno.stdin.readSync(buffer);
  if (count !== null) stdin.text += decoder.decode(buffer.subarray(0, count), { stream: true });
  return count !== null;
}
