import assert from "node:assert/strict";
import { Screen, type ScreenHost } from "../../../runtime/screen.ts";
import { encode } from "./mask_samples.ts";

type Stream = "stdout" | "stderr";

/** A host whose streams named here are terminals; keeps what was written, in order. */
class FakeHost implements ScreenHost {
  readonly written: [Stream, string][] = [];
  readonly chunks: Uint8Array[] = [];
  /** What a write waits for, before it is kept. */
  gate: Promise<void> = Promise.resolve();

  constructor(readonly terminals: readonly Stream[]) {}

  isTerminal(stream: string): boolean {
    return (this.terminals as readonly string[]).includes(stream);
  }

  async write(stream: Stream, bytes: Uint8Array): Promise<void> {
    await this.gate;
    this.chunks.push(bytes);
    this.written.push([stream, new TextDecoder().decode(bytes)]);
  }

  /** All that was written to a stream. */
  text(stream: Stream): string {
    return this.written.filter(([to]) => to === stream).map(([, text]) => text).join("");
  }
}

/** A Screen after the task has written that. */
async function shown(
  terminals: readonly Stream[],
  output: readonly (readonly [Stream, string])[],
): Promise<{ host: FakeHost; screen: Screen }> {
  const host = new FakeHost(terminals);
  const screen = new Screen(host);
  for (const [stream, text] of output) await screen.sinks[stream](encode(text));
  await screen.end();
  return { host, screen };
}

Deno.test("a stream that is a terminal is filtered, one that is none gets the very bytes", async () => {
  const output = "\x1b[31mred\x1b[2J\x1b";
  const safe = "\x1b[31mred\\u001b[2J\\u001b\x1b[0m";
  for (const terminals of [[], ["stdout"], ["stderr"], ["stdout", "stderr"]] as const) {
    const { host } = await shown(terminals, [["stdout", output], ["stderr", output]]);
    for (const stream of ["stdout", "stderr"] as const) {
      assert.equal(host.text(stream), host.isTerminal(stream) ? safe : output);
    }
  }
  const host = new FakeHost([]);
  const chunk = Uint8Array.of(0x1b, 0x9b, 0xff, 0);
  await new Screen(host).sinks.stdout(chunk);
  assert.equal(host.chunks[0], chunk);
});

Deno.test("what dicode says begins a line of its own, on a terminal that both streams share too", async () => {
  const both = ["stdout", "stderr"] as const;
  const cases: [
    readonly Stream[],
    [Stream, string][],
    errorBegins: string,
    resultBegins: string,
  ][] = [
    [[], [], "", ""],
    [[], [["stderr", "a\n"], ["stdout", "b\n"]], "", ""],
    [[], [["stderr", "a"]], "\n", ""],
    [[], [["stdout", "a"]], "", "\n"],
    [[], [["stderr", "a\n\x1b[0m"]], "\n", ""],
    [both, [["stdout", "a"]], "\n", "\n"],
    [both, [["stderr", "a"]], "\n", "\n"],
    [both, [["stderr", "a"], ["stdout", "b\n"]], "", ""],
    [both, [["stdout", "100 %\r"]], "\n", "\n"],
    [both, [["stdout", "\x1b[31ma\n\x1b[39m\x1b[0m"]], "", ""],
    [both, [["stdout", "a\n"], ["stdout", "\x1b[31m"]], "", ""],
    [both, [["stdout", "a"], ["stdout", "\x1b[0m"]], "\n", "\n"],
    [both, [["stdout", "a\n\x1b[3"]], "\n", "\n"],
    [both, [["stdout", "\x1b[31mm"]], "\n", "\n"],
    [both, [["stdout", "a\n"], ["stdout", "m"]], "\n", "\n"],
    [["stdout"], [["stdout", "a"]], "", "\n"],
  ];
  for (const [terminals, output, errorBegins, resultBegins] of cases) {
    const what = JSON.stringify([terminals, output]);
    const failed = await shown(terminals, output);
    const before = failed.host.text("stderr");
    await failed.screen.endErrorLine();
    assert.equal(failed.host.text("stderr"), before + errorBegins, what);
    await failed.screen.endErrorLine();
    assert.equal(failed.host.text("stderr"), before + errorBegins, what);
    const ended = await shown(terminals, output);
    await ended.screen.printLine("{}\n");
    assert.equal(ended.host.written.at(-1)![1], `${resultBegins}{}\n`, what);
  }
});

Deno.test("on a shared terminal one write ends before the next begins; other streams do not wait", async () => {
  for (
    const [terminals, isBehind] of [
      [["stdout", "stderr"], true],
      [["stderr"], false],
      [[], false],
    ] as const
  ) {
    const host = new FakeHost(terminals);
    const screen = new Screen(host);
    const { promise, resolve } = Promise.withResolvers<void>();
    host.gate = promise;
    const first = screen.sinks.stdout(encode("first"));
    // The write to stdout waits in the host from here on.
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    host.gate = Promise.resolve();
    const second = screen.sinks.stderr(encode("second"));
    for (let turn = 0; turn < 10; turn++) await Promise.resolve();
    assert.equal(host.text("stderr"), isBehind ? "" : "second");
    resolve();
    await Promise.all([first, second]);
    assert.equal(host.text("stderr"), "second");
  }
});

Deno.test("neither end() nor endErrorLine() waits for a reader that takes nothing", async () => {
  const host = new FakeHost(["stdout", "stderr"]);
  const screen = new Screen(host);
  await screen.sinks.stdout(encode("open"));
  host.gate = new Promise(() => {});
  screen.sinks.stdout(encode("\x1b[31mred"));
  await screen.end();
  await screen.endErrorLine();
  assert.deepEqual(host.written, [["stdout", "open"]]);
});

Deno.test("a write that failed fails for its sink alone, and end() is silent about its own", async () => {
  const host = new FakeHost(["stdout", "stderr"]);
  const screen = new Screen(host);
  host.gate = Promise.reject(new Deno.errors.BrokenPipe());
  await assert.rejects(screen.sinks.stdout(encode("\x1b[31mred")), Deno.errors.BrokenPipe);
  await screen.end();
  host.gate = Promise.resolve();
  await screen.sinks.stderr(encode("after"));
  assert.deepEqual(host.written, [["stderr", "after"]]);
});
