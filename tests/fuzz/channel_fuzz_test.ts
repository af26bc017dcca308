import assert from "node:assert/strict";
import fc from "fast-check";
import {
  encodeLine,
  type Init,
  readLines,
  type Request,
  type Response,
} from "../../sdk/protocol.ts";
import { Channel } from "../../runtime/channel.ts";
import { parseRequest } from "../../runtime/channel_request.ts";
import {
  anyJson,
  anyLine,
  anyName,
  anyText,
  type Deeds,
  describeThrown,
  follow,
  HELLO,
  readRequest,
  TOKEN,
  touch,
} from "./channel_model.ts";
import { cutAt, cuts, fuzz } from "./fuzz.ts";

const joined = (lines: readonly Uint8Array[]) =>
  new Uint8Array(lines.flatMap((line) => [...line, 10]));

/** Pieces as a socket gives them: one buffer, overwritten when the next is asked for. */
class Pieces {
  asked = 0;

  constructor(private readonly pieces: readonly Uint8Array[]) {}

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    for (const piece of this.pieces) {
      this.asked++;
      const buffer = piece.slice();
      yield buffer;
      buffer.fill(10);
    }
  }
}

const lengths = { "a line over the limit": 0, "all lines": 0 };
fuzz(
  "readLines() cuts any bytes at their line ends, and asks for nothing more once a line is too long",
  fc.asyncProperty(
    fc.array(fc.uint8Array({ maxLength: 40 }).map((line) => line.filter((byte) => byte !== 10))),
    fc.uint8Array({ maxLength: 40 }).map((line) => line.filter((byte) => byte !== 10)),
    cuts,
    fc.integer({ min: 1, max: 50 }),
    async (lines, rest, cuts, maxBytes) => {
      const expected: string[] = [];
      // The byte that is one too many, if there is one.
      let over = -1;
      let start = 0;
      for (const [i, line] of [...lines, rest].entries()) {
        if (line.length > maxBytes) over = start + maxBytes;
        if (line.length > maxBytes || i === lines.length) break;
        expected.push(String(line));
        start += line.length + 1;
      }
      const cut = cutAt(new Uint8Array([...joined(lines), ...rest]), cuts);
      const pieces = new Pieces(cut);
      const found: string[] = [];
      const reading = (async () => {
        for await (const line of readLines(pieces, maxBytes)) {
          assert.equal(line.buffer.byteLength, line.length);
          found.push(String(line));
        }
      })();
      if (over === -1) {
        lengths["all lines"]++;
        await reading;
      } else {
        lengths["a line over the limit"]++;
        await assert.rejects(reading, RangeError);
        let end = 0;
        assert.equal(pieces.asked, 1 + cut.findIndex(({ length }) => (end += length) > over));
      }
      assert.deepEqual(found, expected);
    },
  ),
  { reached: lengths },
);

const kinds = { "a request": 0, "no JSON": 0, "another shape": 0 };
fuzz(
  "parseRequest() takes any line for a request or says that it is none",
  fc.property(anyLine, (line) => {
    const found = parseRequest(line);
    const expected = readRequest(line);
    if ("error" in found) {
      kinds[found.error.code === -32700 ? "no JSON" : "another shape"]++;
      assert.deepEqual({ code: found.error.code }, expected);
    } else {
      kinds["a request"]++;
      assert.deepEqual(found, expected);
      assert.equal(Object.getPrototypeOf(found.params), Object.prototype);
    }
    assert.ok(!("key" in {}) && !("token" in {}));
  }),
  { reached: kinds },
);

const plain = { noNullPrototype: true };
const message: fc.Arbitrary<Init | Request | Response> = fc.oneof(
  fc.record({
    jsonrpc: fc.constant("2.0" as const),
    id: fc.integer(),
    method: anyText,
    params: anyJson,
  }, plain),
  fc.record({
    jsonrpc: fc.constant("2.0" as const),
    id: fc.option(fc.integer()),
    error: fc.record({ code: fc.integer(), message: anyText }, plain),
  }, plain),
  fc.record({
    variables: fc.dictionary(anyName, anyText, plain),
    params: fc.dictionary(anyName, anyText, plain),
    input: anyJson,
    socket: anyText,
    token: anyText,
    isWatched: fc.boolean(),
    taskId: anyText,
    runId: anyText,
  }, plain),
);

fuzz(
  "encodeLine() writes any message as one line, and readLines() gives it back however it is cut",
  fc.asyncProperty(fc.array(message, { maxLength: 4 }), cuts, async (messages, cuts) => {
    const lines = messages.map((message) => encodeLine(message));
    for (const line of lines) assert.equal(line.indexOf(10), line.length - 1);
    const stream = new Uint8Array(lines.flatMap((line) => [...line]));
    const found: unknown[] = [];
    for await (const line of readLines(new Pieces(cutAt(stream, cuts)), stream.length)) {
      found.push(JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(line)));
    }
    assert.deepEqual(found, messages);
  }),
);

/** What a real channel over a real socket does with a client that sends these pieces. */
async function serve(pieces: readonly Uint8Array[]): Promise<Deeds & { greeted: boolean }> {
  const dir = await Deno.makeTempDir({ prefix: "dcf-" });
  const deeds: Deeds = { answers: [], done: [], broken: false };
  const note = (deed: string) => void deeds.done.push(deed);
  await using channel = new Channel(`${dir}/s`, TOKEN, {
    secretsSet: (key, value) => Promise.resolve(note(`set ${key} ${value}`)).then(() => touch(key)),
    secretsDelete: (key) => Promise.resolve(note(`delete ${key}`)).then(() => touch(key)),
    returned: (value) => note(`returned ${JSON.stringify(value)}`),
    thrown: (thrown) => note(describeThrown(thrown)),
    abused: (reason) => note(`abused: ${reason}`),
  });
  using conn = await Deno.connect({ transport: "unix", path: `${dir}/s` });
  const reading = (async () => {
    for await (const line of readLines(received(conn), 100_000)) {
      const answer = JSON.parse(new TextDecoder().decode(line));
      const { jsonrpc, id, error, ...rest } = answer;
      assert.deepEqual([jsonrpc, rest], ["2.0", error ? {} : { result: null }]);
      deeds.answers.push([id, error?.code]);
    }
  })();
  try {
    for (const piece of pieces) {
      for (let at = 0; at < piece.length;) at += await conn.write(piece.subarray(at));
    }
    await conn.closeWrite();
  } catch {
    // The host has hung up.
  }
  await reading;
  await channel.drain().catch((error) => {
    assert.ok(error instanceof TypeError);
    deeds.broken = true;
  });
  await Deno.remove(dir, { recursive: true });
  return { ...deeds, greeted: channel.greeted };
}

async function* received(conn: Deno.UnixConn): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(4096);
  try {
    for (let count; (count = await conn.read(buffer)) !== null;) yield buffer.subarray(0, count);
  } catch {
    // The host has hung up with lines unread.
  }
}

const ends = { "no greeting": 0, "a bug": 0, "too many bad lines": 0, "something done": 0 };
fuzz(
  "a channel answers each line once, and does what its model does, whoever dials",
  fc.asyncProperty(
    fc.boolean(),
    fc.array(anyLine, { maxLength: 20 }),
    fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.nat(130) }),
    anyLine,
    cuts,
    async (isGreeted, lines, badLines, rest, cuts) => {
      const all = [...isGreeted ? [HELLO] : [], ...lines];
      all.push(...Array.from({ length: badLines }, () => new Uint8Array(1)));
      const expected = follow(all);
      if (!expected.greeted) ends["no greeting"]++;
      if (expected.broken) ends["a bug"]++;
      if (expected.greeted && expected.done.at(-1)?.startsWith("abused")) {
        ends["too many bad lines"]++;
      }
      if (expected.done.length > 1) ends["something done"]++;
      const stream = new Uint8Array([...joined(all), ...rest]);
      assert.deepEqual(await serve(cutAt(stream, cuts)), expected);
    },
  ),
  { share: 0.2, reached: ends },
);
