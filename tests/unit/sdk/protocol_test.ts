import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeLine, readLines } from "../../../sdk/protocol.ts";

const runs = { numRuns: Deno.env.get("SLOW") === "1" ? 1000 : 100 };

/** The lines of a stream that comes in these pieces, each in a buffer that is used again. */
async function cut(pieces: readonly Uint8Array[], maxBytes = 100): Promise<string[]> {
  const lines: string[] = [];
  for await (const line of readLines(reuse(pieces), maxBytes)) lines.push(String(line));
  return lines;
}

/** As a socket is read: what was yielded is overwritten when the next piece is asked for. */
async function* reuse(pieces: readonly Uint8Array[]): AsyncGenerator<Uint8Array> {
  for (const piece of pieces) {
    const buffer = piece.slice();
    yield buffer;
    buffer.fill(0xee);
  }
}

const bytes = (text: string) => new TextEncoder().encode(text);
const lines = (...texts: string[]) => texts.map((text) => String(bytes(text)));

Deno.test("readLines() gives the same lines wherever the stream is cut", async () => {
  const stream = bytes("one\n\ntwo €\n\nthree\nunfinished");
  const expected = lines("one", "", "two €", "", "three");
  for (let first = 0; first <= stream.length; first++) {
    for (let second = first; second <= stream.length; second++) {
      const pieces = [
        stream.subarray(0, first),
        stream.subarray(first, second),
        stream.subarray(second),
      ];
      assert.deepEqual(await cut(pieces), expected, `cut at ${first} and ${second}`);
    }
  }
  assert.deepEqual(await cut([...stream].map((byte) => new Uint8Array([byte]))), expected);
});

Deno.test("readLines() undoes joining by line feeds, for any bytes and any pieces", async () => {
  const line = fc.uint8Array({ maxLength: 40 }).map((line) => line.filter((byte) => byte !== 10));
  await fc.assert(
    fc.asyncProperty(
      fc.array(line),
      line,
      fc.infiniteStream(fc.integer({ min: 0, max: 30 })),
      async (parts, unfinished, sizes) => {
        const stream = new Uint8Array([...parts.flatMap((part) => [...part, 10]), ...unfinished]);
        const pieces: Uint8Array[] = [];
        for (let at = 0; at < stream.length;) {
          const size = sizes.next().value!;
          pieces.push(stream.subarray(at, at + size));
          at += size;
        }
        assert.deepEqual(await cut(pieces), parts.map(String));
      },
    ),
    runs,
  );
});

Deno.test("readLines() takes a line of the limit and throws at one byte more, wherever it is cut", async () => {
  for (let at = 0; at <= 12; at++) {
    const just = bytes("1234567890\n\n");
    assert.deepEqual(
      await cut([just.subarray(0, at), just.subarray(at)], 10),
      lines("1234567890", ""),
    );
    for (const over of ["12345678901\n", "12345678901"]) {
      const pieces = [bytes(over).subarray(0, at), bytes(over).subarray(at)];
      await assert.rejects(() => cut(pieces, 10), RangeError);
    }
  }
});

Deno.test("readLines() throws as soon as a line is too long, not at its end", async () => {
  let asked = 0;
  async function* endless(): AsyncGenerator<Uint8Array> {
    for (;; asked++) yield new Uint8Array(10).fill(97);
  }
  await assert.rejects(async () => {
    for await (const _ of readLines(endless(), 95));
  }, RangeError);
  assert.equal(asked, 9);
});

Deno.test("readLines() hands out lines of their own: a later one does not change an earlier one", async () => {
  const found: Uint8Array[] = [];
  for await (const line of readLines(reuse([bytes("aa\nb"), bytes("b\ncc\n")]), 10)) {
    found.push(line);
  }
  assert.deepEqual(found.map(String), lines("aa", "bb", "cc"));
});

Deno.test("readLines() takes a long line that comes byte by byte", async () => {
  async function* bytewise(count: number): AsyncGenerator<Uint8Array> {
    const one = new Uint8Array([97]);
    for (let at = 0; at < count; at++) yield one;
    yield new Uint8Array([10]);
  }
  const lengths: number[] = [];
  for await (const line of readLines(bytewise(300_000), 300_000)) lengths.push(line.length);
  assert.deepEqual(lengths, [300_000]);
});

Deno.test("encodeLine() writes one line, whatever the texts hold, that reads as the same message", async () => {
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.string({ unit: "binary" }), async (value, key) => {
      const params = { key, value };
      const line = encodeLine({ jsonrpc: "2.0", id: 1, method: "secrets_set", params });
      assert.equal(line.indexOf(10), line.length - 1);
      const found: unknown[] = [];
      for await (const read of readLines(reuse([line]), line.length)) {
        found.push(JSON.parse(new TextDecoder().decode(read)));
      }
      assert.deepEqual(found, [JSON.parse(JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "secrets_set",
        params,
      }))]);
    }),
    runs,
  );
});
