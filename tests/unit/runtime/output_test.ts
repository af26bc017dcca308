import assert from "node:assert/strict";
import fc from "fast-check";
import { Masker } from "../../../runtime/mask.ts";
import { MOST_WAITING_BYTES } from "../../../runtime/outlet.ts";
import { Budget, Capture, carryOutput, Tail } from "../../../runtime/output.ts";

const encoder = new TextEncoder();

/** A stream of texts, or of bytes. */
async function* source(...chunks: (string | number[])[]): AsyncGenerator<Uint8Array> {
  for (const chunk of chunks) {
    yield typeof chunk === "string" ? encoder.encode(chunk) : new Uint8Array(chunk);
  }
}

function masking(value: string): Masker {
  const masker = new Masker(1);
  masker.conceal(value);
  return masker;
}

const UNLIMITED = new Budget(0, assert.fail);

function neverClosed(): never {
  assert.fail("the sink was closed");
}

Deno.test("carryOutput() masks across chunks, keeps order, and returns what was shown last", async () => {
  let shown = "";
  const sink = (bytes: Uint8Array) =>
    Promise.resolve(void (shown += new TextDecoder().decode(bytes)));
  const chunks = source("before sec", "ret-va", "lue after", " end");
  const last = await carryOutput(chunks, masking("secret-value"), sink, neverClosed, UNLIMITED);
  assert.equal(shown, "before *** after end");
  assert.equal(last, shown);
});

Deno.test("carryOutput() keeps the last 4 KiB, of a stream of any length", async () => {
  const long = Array.from({ length: 100 }, (_, at) => `${at}`.padStart(1000, "."));
  const last = await carryOutput(
    source(...long),
    new Masker(),
    async () => {},
    neverClosed,
    UNLIMITED,
  );
  assert.equal(last, long.join("").slice(-4096));
});

Deno.test("carryOutput() reads on while its sink writes, but not without bound", async () => {
  const chunk = new Uint8Array(64 * 1024);
  const most = 1 + MOST_WAITING_BYTES / chunk.length;
  let read = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (; read < 100; read++) yield chunk;
  }
  let shown = 0;
  const firstWrite = Promise.withResolvers<void>();
  const sink = async (bytes: Uint8Array) => {
    shown += bytes.length;
    await firstWrite.promise;
  };
  const carried = carryOutput(endless(), new Masker(), sink, neverClosed, UNLIMITED);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(shown, chunk.length);
  assert.equal(read, most - 1); // counted once the next is asked for
  firstWrite.resolve();
  await carried;
  assert.equal(shown, 100 * chunk.length);
});

Deno.test("carryOutput() needs a chunk no longer than until it asks for the next", async () => {
  async function* reusing(): AsyncGenerator<Uint8Array> {
    const memory = new Uint8Array(8);
    for (const text of ["before s", "ecret-va", "lue afte", "r, and s"]) {
      memory.set(encoder.encode(text));
      yield memory;
      memory.fill(0);
    }
  }
  const shown: string[] = [];
  const sink = async (bytes: Uint8Array) => {
    await new Promise((resolve) => setTimeout(resolve, 1));
    shown.push(new TextDecoder().decode(bytes));
  };
  const last = await carryOutput(
    reusing(),
    masking("secret-value"),
    sink,
    neverClosed,
    UNLIMITED,
  );
  assert.equal(shown.join(""), "before *** after, and s");
  assert.equal(last, shown.join(""));
});

Deno.test("carryOutput() says once that its sink is closed, and reads the rest all the same", async () => {
  let closed = 0;
  let read = 0;
  async function* counted(): AsyncGenerator<Uint8Array> {
    for (; read < 5; read++) yield encoder.encode("x");
  }
  const sink = () => Promise.reject(new Deno.errors.BrokenPipe());
  await carryOutput(counted(), new Masker(), sink, () => void closed++, UNLIMITED);
  assert.deepEqual([closed, read], [1, 5]);
});

Deno.test("Tail keeps the last bytes, whatever the pieces, and says whether any are missing", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 20 }),
      fc.array(fc.uint8Array({ maxLength: 50 }), { maxLength: 20 }),
      (limit, pieces) => {
        const tail = new Tail(limit);
        for (const piece of pieces) tail.push(piece);
        const all = pieces.flatMap((piece) => [...piece]);
        assert.deepEqual([...tail.bytes()], all.slice(-limit));
        assert.equal(tail.truncated, all.length > limit);
      },
    ),
    { numRuns: Deno.env.get("SLOW") === "1" ? 5_000 : 500 },
  );
});

Deno.test("Tail takes a copy: a piece that is overwritten later changes nothing", () => {
  const tail = new Tail(10);
  const piece = encoder.encode("abc");
  tail.push(piece);
  piece.fill(0);
  assert.equal(tail.text(), "abc");
});

Deno.test("Tail.text() leaves out a character that was cut, and shows invalid bytes as U+FFFD", () => {
  for (const [limit, text] of [[5, "b€c"], [4, "€c"], [3, "c"], [2, "c"], [1, "c"]] as const) {
    const tail = new Tail(limit);
    tail.push(encoder.encode("ab€c"));
    assert.equal(tail.text(), text);
  }
  const invalid = new Tail(10);
  invalid.push(new Uint8Array([65, 0xff, 66, 0xe2, 0x82]));
  assert.equal(invalid.text(), "A\ufffdB\ufffd");
  const mark = new Tail(10);
  mark.push(encoder.encode("\ufeffx"));
  assert.equal(mark.text(), "\ufeffx");
});

Deno.test("Capture keeps both streams apart, and is truncated if one of them is", async () => {
  const capture = new Capture(4);
  await capture.sinks.stdout(encoder.encode("1234"));
  await capture.sinks.stderr(encoder.encode("ab"));
  assert.deepEqual([capture.stdout, capture.stderr, capture.truncated], ["1234", "ab", false]);
  await capture.sinks.stderr(encoder.encode("cde"));
  assert.deepEqual([capture.stdout, capture.stderr, capture.truncated], ["1234", "bcde", true]);
});

Deno.test("carryOutput() ends at the budget that both streams share, and says so", async () => {
  let used = 0;
  const budget = new Budget(5, () => void used++);
  let shown = "";
  const sink = (bytes: Uint8Array) =>
    Promise.resolve(void (shown += new TextDecoder().decode(bytes)));
  for (const text of ["abc", "def", "ghi"]) {
    await carryOutput(source(text), new Masker(), sink, neverClosed, budget);
  }
  assert.equal(shown, "abcde");
  assert.ok(used > 0);
});
