import assert from "node:assert/strict";
import { SandboxError } from "../../sdk/errors.ts";
import { encodeLine, MAX_LINE_BYTES, readLines, type Response } from "../../sdk/protocol.ts";
import { Channel, type ChannelHandlers } from "../../runtime/channel.ts";
import { ISOLATION, until, World } from "../helpers.ts";

const TOKEN = "one-time-token";
const encoder = new TextEncoder();

/** The host's end of a channel over a real socket, and a client that writes what it likes. */
class Wire implements AsyncDisposable {
  /** What the channel carried out, and why it ended the run, if it did. */
  readonly done: string[] = [];
  /** To be thrown, or waited for, by the next secrets_set. */
  obstacle: () => Promise<unknown> = () => Promise.resolve();
  #answers: AsyncGenerator<Uint8Array> | undefined;

  private constructor(
    readonly dir: string,
    readonly channel: Channel,
    readonly conn: Deno.UnixConn,
  ) {}

  static async open(): Promise<Wire> {
    const dir = await Deno.makeTempDir({ prefix: "dcw-" });
    // deno-lint-ignore prefer-const -- the handlers are there before the wire
    let wire: Wire;
    const handlers: ChannelHandlers = {
      secretsSet: async (key, value) => {
        await wire.obstacle();
        wire.done.push(`set ${key} ${value.length}`);
      },
      secretsDelete: (key) => Promise.resolve(void wire.done.push(`delete ${key}`)),
      returned: (value) => void wire.done.push(`returned ${JSON.stringify(value)}`),
      thrown: (thrown) => void wire.done.push(`thrown ${JSON.stringify(thrown)}`),
      abused: (reason) => void wire.done.push(`abused: ${reason}`),
    };
    const channel = new Channel(`${dir}/s`, TOKEN, handlers);
    const conn = await Deno.connect({ transport: "unix", path: `${dir}/s` });
    wire = new Wire(dir, channel, conn);
    return wire;
  }

  static async greeted(): Promise<Wire> {
    const wire = await Wire.open();
    assert.equal((await wire.ask({ id: 0, method: "hello", params: { token: TOKEN } })).id, 0);
    return wire;
  }

  /** Writes bytes as they are; a host that hangs up is no error. */
  async write(text: string | Uint8Array): Promise<void> {
    const bytes = typeof text === "string" ? encoder.encode(text) : text;
    try {
      for (let at = 0; at < bytes.length;) at += await this.conn.write(bytes.subarray(at));
    } catch {
      // The host has hung up.
    }
  }

  /** The next answer; null if the host has hung up. */
  async answer(): Promise<Response | null> {
    this.#answers ??= readLines(chunks(this.conn), MAX_LINE_BYTES);
    const { value, done } = await this.#answers.next();
    return done ? null : JSON.parse(new TextDecoder().decode(value));
  }

  /** Sends a message, as a line of JSON-RPC, and returns its answer. */
  async ask(message: object): Promise<Response> {
    await this.write(JSON.stringify({ jsonrpc: "2.0", ...message }) + "\n");
    const answer = await this.answer();
    assert.notEqual(answer, null, "the host has hung up");
    return answer!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    try {
      this.conn.close();
    } catch {
      // the test did so
    }
    await this.channel[Symbol.asyncDispose]();
    await Deno.remove(this.dir, { recursive: true });
  }
}

async function* chunks(conn: Deno.UnixConn): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (let count; (count = await conn.read(buffer)) !== null;) yield buffer.subarray(0, count);
  } catch {
    // The host has hung up with lines unread.
  }
}

const DELETE = `{"jsonrpc":"2.0","id":5,"method":"secrets_delete","params":{"key":"k"}}\n`;

Deno.test("whoever does not begin with the token is hung up on, and nothing of it is carried out", async () => {
  const hello = (token: string) => `{"jsonrpc":"2.0","id":1,"method":"hello","params":${token}}\n`;
  const beginnings: Record<string, string> = {
    "a wrong token": hello(`{"token":"wrong"}`),
    "an empty token": hello(`{"token":""}`),
    "half of the token": hello(`{"token":"one-time"}`),
    "no token": hello("{}"),
    "a number": hello(`{"token":1}`),
    "a list that spells the token": hello(`{"token":["${TOKEN}"]}`),
    "the token as a parameter list": hello(`["${TOKEN}"]`),
    "the token on a prototype": hello(`{"__proto__":{"token":"${TOKEN}"}}`),
    "another method first": DELETE,
    "no JSON": "hello\n",
    "an empty line": "\n",
    "no token, and no id": `{"jsonrpc":"2.0","method":"hello","params":{}}\n`,
    "a batch": `[${hello(`{"token":"${TOKEN}"}`).trim()}]\n`,
  };
  for (const [name, beginning] of Object.entries(beginnings)) {
    await using wire = await Wire.open();
    await wire.write(beginning + DELETE);
    assert.equal(await wire.answer(), null, name);
    await wire.channel.drain();
    assert.equal(wire.done.length, 1, name);
    assert.match(wire.done[0]!, /^abused: /, name);
    assert.equal(wire.channel.greeted, false, name);
  }
});

Deno.test("what needs no answer has no id, and gets none", async () => {
  await using wire = await Wire.open();
  const said = [["hello", { token: TOKEN }], ["return", { value: 1 }]] as const;
  for (const [method, params] of said) {
    await wire.write(JSON.stringify({ jsonrpc: "2.0", method, params }) + "\n");
  }
  assert.equal((await wire.ask({ id: 3, method: "secrets_delete", params: { key: "k" } })).id, 3);
  assert.deepEqual(wire.done, ["returned 1", "delete k"]);
});

Deno.test("of a child that is gone before its answer, what needs none still counts, and no more", async () => {
  await using wire = await Wire.open();
  const gone = Promise.withResolvers<void>();
  wire.obstacle = () => gone.promise;
  const set = (id: number) => ({ id, method: "secrets_set", params: { key: "k", value: "1" } });
  const hello = { id: 1, method: "hello", params: { token: TOKEN } };
  const lines = [hello, set(2), set(3), set(4), { method: "return", params: { value: 1 } }];
  await wire.write(
    lines.map((line) => JSON.stringify({ jsonrpc: "2.0", ...line }) + "\n").join(""),
  );
  await until("the greeting", () => wire.channel.greeted);
  wire.conn.close();
  // A process that another test spawns in this moment holds the socket until it is that program.
  await new Promise((resolve) => setTimeout(resolve, 300));
  gone.resolve();
  await wire.channel.drain();
  assert.deepEqual(wire.done, ["set k 1", "returned 1"]);
});

Deno.test("notifications that mean nothing are borne a hundred times", async () => {
  await using wire = await Wire.greeted();
  const line = `{"jsonrpc":"2.0","method":"hello","params":{"token":"${TOKEN}"}}\n`;
  await wire.write(line.repeat(100));
  assert.equal((await wire.ask({ id: 1, method: "secrets_delete", params: { key: "k" } })).id, 1);
  await wire.write(line + DELETE);
  await until("the end", () => wire.done.length > 1);
  assert.deepEqual(wire.done, ["delete k", "abused: lines on its channel that are no requests"]);
});

Deno.test("a socket is dialled once: it is gone from its folder as soon as the child is there", async () => {
  await using wire = await Wire.greeted();
  assert.deepEqual([...Deno.readDirSync(wire.dir)], []);
  await assert.rejects(() => Deno.connect({ transport: "unix", path: `${wire.dir}/s` }));
});

Deno.test("a second hello, and a method that is not there, are refused", async () => {
  await using wire = await Wire.greeted();
  const methods = ["hello", "secrets_get", "", "__proto__", "constructor", "SECRETS_SET"];
  for (const [id, method] of methods.entries()) {
    const { error, ...rest } = await wire.ask({ id, method, params: { token: TOKEN, key: "k" } });
    assert.deepEqual([error?.code, rest.id, "result" in rest], [-32601, id, false], method);
  }
  assert.deepEqual(wire.done, []);
});

Deno.test("parameters of a wrong type are refused, whatever the method", async () => {
  await using wire = await Wire.greeted();
  const wrong: unknown[] = [undefined, null, 1, true, {}, [], ["k"], { toString: "k" }];
  for (const value of wrong) {
    for (
      const [method, params] of [
        ["secrets_set", { key: value, value: "v" }],
        ["secrets_set", { key: "k", value }],
        ["secrets_delete", { key: value }],
      ] as const
    ) {
      const { error } = await wire.ask({ id: 1, method, params });
      assert.equal(error?.code, -32602, `${method} ${JSON.stringify(params)}`);
    }
  }
  // Not a prototype's, either.
  await wire.write(
    `{"jsonrpc":"2.0","id":2,"method":"secrets_delete","params":
    {"__proto__":{"key":"k"}}}\n`.replaceAll(/\n */g, "") + "\n",
  );
  assert.equal((await wire.answer())?.error?.code, -32602);
  assert.deepEqual(wire.done, []);
});

Deno.test("lines of another shape are answered without an id, and do nothing", async () => {
  const request = DELETE.trim();
  const lines: (string | Uint8Array)[] = [
    "",
    " ",
    "garbage",
    "{",
    "null",
    "1",
    `"text"`,
    "[]",
    `[${request}]`,
    request.slice(0, -1),
    request + request,
    request.replace(`"id":5,`, ""),
    request.replace(`"id":5`, `"id":"5"`),
    request.replace(`"id":5`, `"id":null`),
    request.replace(`"id":5`, `"id":1e999`),
    request.replace(`"2.0"`, "2.0"),
    request.replace(`"2.0"`, `"1.0"`),
    request.replace(`"jsonrpc":"2.0",`, ""),
    request.replace(`"secrets_delete"`, "1"),
    request.replace(`"secrets_delete"`, `["secrets_delete"]`),
    request.replace(`{"key":"k"}`, `["k"]`),
    request.replace(`{"key":"k"}`, "null"),
    request.replace(`{"key":"k"}`, `"k"`),
    "[".repeat(100_000),
    "[".repeat(100_000) + "]".repeat(100_000),
    `{"__proto__":${request}}`,
    new Uint8Array([...encoder.encode(request.slice(0, -4)), 0xff, ...encoder.encode(`"}}`)]),
    "\0",
  ];
  await using wire = await Wire.greeted();
  for (const line of lines) {
    const name = String(line).slice(0, 80);
    await wire.write(line);
    await wire.write("\n");
    const answer = await wire.answer();
    assert.ok(answer?.id === null && answer.error!.code <= -32600, name);
  }
  assert.deepEqual(wire.done, []);
  assert.deepEqual(await wire.ask({ id: 5, method: "secrets_delete", params: { key: "k" } }), {
    jsonrpc: "2.0",
    id: 5,
    result: null,
  });
});

Deno.test("100 lines that mean nothing are answered; one more ends the run", async () => {
  await using wire = await Wire.greeted();
  await wire.write("x\n".repeat(100));
  for (let count = 0; count < 100; count++) assert.equal((await wire.answer())?.id, null);
  await wire.write(DELETE);
  assert.equal((await wire.answer())?.id, 5);
  await wire.write("x\n" + DELETE);
  assert.equal(await wire.answer(), null);
  assert.deepEqual(wire.done, ["delete k", "abused: lines on its channel that are no requests"]);
});

Deno.test("a line of 8 MiB is taken, one of a byte more ends the run, with or without an end", async () => {
  const start = `{"jsonrpc":"2.0","id":1,"method":"secrets_set","params":{"key":"k","value":"`;
  const fill = "v".repeat(MAX_LINE_BYTES - start.length - 3);
  for (const [more, end] of [["", "\n"], ["v", "\n"], ["vvvv", ""]] as const) {
    await using wire = await Wire.greeted();
    await wire.write(`${start}${fill}${more}"}}${end}`);
    const answer = await wire.answer();
    if (more === "") {
      assert.deepEqual([answer?.id, wire.done], [1, [`set k ${fill.length}`]]);
    } else {
      assert.deepEqual([answer, wire.done], [null, [
        "abused: a line of over 8 MiB on its channel",
      ]]);
    }
  }
});

Deno.test("half a line, and then nothing, is no request", async () => {
  await using wire = await Wire.greeted();
  await wire.write(DELETE.trim());
  await wire.conn.closeWrite();
  assert.equal(await wire.answer(), null);
  await wire.channel.drain();
  assert.deepEqual(wire.done, []);
});

Deno.test("main settles once: what comes after the first return or throw is refused", async () => {
  await using wire = await Wire.greeted();
  const codes: (number | undefined)[] = [];
  for (const [method, params] of [["return", { value: 1 }], ["return", {}], ["throw", {}]]) {
    codes.push((await wire.ask({ id: 1, method, params })).error?.code);
  }
  assert.deepEqual(codes, [undefined, -32602, -32602]);
  assert.deepEqual(wire.done, ["returned 1"]);
});

Deno.test("of a throw the texts count, and what is no text is none", async () => {
  await using wire = await Wire.greeted();
  await wire.ask({ id: 1, method: "throw", params: { name: {}, message: 7, stack: ["x"] } });
  assert.deepEqual(wire.done, [`thrown {"name":"Error","message":"","stack":""}`]);
});

Deno.test("requests are carried out one at a time, in their order", async () => {
  await using wire = await Wire.greeted();
  const gate = Promise.withResolvers<void>();
  wire.obstacle = () => gate.promise;
  const set = `{"jsonrpc":"2.0","id":4,"method":"secrets_set","params":{"key":"k","value":"v"}}\n`;
  await wire.write(set + DELETE);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.deepEqual(wire.done, []);
  gate.resolve();
  assert.deepEqual([(await wire.answer())?.id, (await wire.answer())?.id], [4, 5]);
  assert.deepEqual(wire.done, ["set k 1", "delete k"]);
});

Deno.test("a refusal is answered with its code and its hint", async () => {
  await using wire = await Wire.greeted();
  const refusal = new SandboxError("grant_refused", "cannot write", { hint: "ask" });
  wire.obstacle = () => Promise.reject(refusal);
  const { error } = await wire.ask({
    id: 1,
    method: "secrets_set",
    params: { key: "", value: "" },
  });
  assert.deepEqual(error, {
    code: -32000,
    message: "cannot write (ask)",
    data: { code: "grant_refused" },
  });
  await wire.channel[Symbol.asyncDispose]();
});

Deno.test("a bug in a handler is answered without its text, and drain() throws it", async () => {
  await using wire = await Wire.greeted();
  wire.obstacle = () => Promise.reject(new TypeError("a value in a message"));
  const { error } = await wire.ask({
    id: 1,
    method: "secrets_set",
    params: { key: "", value: "" },
  });
  assert.deepEqual(error, { code: -32603, message: "a bug in dicode" });
  wire.conn.closeWrite();
  await assert.rejects(() => wire.channel.drain(), /a value in a message/);
});

Deno.test("a client that never reads its answers is not read from for ever, nor waited for", async () => {
  await using wire = await Wire.greeted();
  const flood = encoder.encode(DELETE.repeat(1_000));
  let sent = 0;
  let blocked = false;
  const writing = (async () => {
    for (; sent < 100 * flood.length; sent += flood.length) await wire.write(flood);
  })();
  await until("the host to stop reading", async () => {
    const before = sent;
    await new Promise((resolve) => setTimeout(resolve, 200));
    return blocked = sent === before;
  });
  assert.ok(blocked && sent < 50 * flood.length, `the host took ${sent} bytes`);
  await wire.channel.drain();
  await writing;
});

Deno.test("after the child's end, another holder of the socket is neither waited for nor served", async () => {
  for (const line of ["", DELETE]) {
    await using wire = await Wire.greeted();
    let open = true;
    const reading = (async () => {
      while (await wire.answer() !== null);
      open = false;
    })();
    const chatting = (async () => {
      while (open) {
        await wire.write(line);
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    })();
    const startedAt = Date.now();
    await wire.channel.drain();
    assert.ok(Date.now() - startedAt < 5_000);
    await Promise.all([reading, chatting]);
  }
});

Deno.test("what the child sent before its end is carried out, however slow the store", async () => {
  await using wire = await Wire.greeted();
  wire.obstacle = () => new Promise((resolve) => setTimeout(resolve, 900));
  const set = encodeLine({
    jsonrpc: "2.0",
    id: 1,
    method: "secrets_set",
    params: { key: "k", value: "v" },
  });
  await wire.write(set);
  await wire.write(DELETE);
  await wire.conn.closeWrite();
  await wire.channel.drain();
  assert.deepEqual(wire.done, ["set k 1", "delete k"]);
});

// From here on, real tasks. Task code cannot reach the connection by its name, but it shares a realm
// with the bootstrap: patching TextEncoder makes the SDK write any bytes, and JSON.parse shows what
// the host answers.
const FORGE = `
  const answers: any[] = [];
  const parse = JSON.parse;
  JSON.parse = (text: string) => {
    const value = parse(text);
    if (value?.jsonrpc) answers.push(value);
    return value;
  };
  const encode = TextEncoder.prototype.encode;
  const raw = (line: string | Uint8Array) => {
    const bytes = typeof line === "string" ? encode.call(new TextEncoder(), line) : line;
    TextEncoder.prototype.encode = () => bytes as any;
    context.dicode.secrets_delete("x").catch(() => {});
    TextEncoder.prototype.encode = encode;
  };
  const forge = (id: unknown, method: unknown, params: unknown) =>
    raw(JSON.stringify({ jsonrpc: "2.0", id, method, params }) + "\\n");
  const answered = async (count: number) => {
    while (answers.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
  };`;

async function storedKeys(world: World): Promise<string> {
  const { code, stdout, stderr } = await world.dicode(["secrets", "list"]);
  assert.equal(code, 0, stderr);
  return stdout;
}

Deno.test("a task that forges messages writes nothing outside its grant, and is answered", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "forges",
    "timeout: 30s\npermissions: { dicode: { secrets_write: [ok_*] } }\n",
    `${FORGE}
    forge(1001, "hello", { token: "x" });
    forge(1002, "secrets_set", { key: "stolen", value: "v" });
    forge(1003, "secrets_set", { key: "xok_", value: "v" });
    forge(1004, "secrets_delete", { key: "other" });
    forge(1005, "secrets_set", JSON.parse('{"__proto__":{"key":"ok_proto","value":"v"}}'));
    forge(1006, "secrets_set", { key: ["ok_list"], value: "v" });
    forge(1007, "secrets_set", { key: "ok_number", value: 7 });
    forge("1008", "secrets_set", { key: "ok_text_id", value: "v" });
    forge(undefined, "secrets_set", { key: "ok_no_id", value: "v" });
    raw('[{"jsonrpc":"2.0","id":1,"method":"secrets_set","params":{"key":"ok_b","value":"v"}}]\\n');
    raw("[".repeat(50_000) + "\\n");
    raw(new Uint8Array([0xff, 0x0a]));
    forge(1009, "secrets_set", { key: "ok_granted", value: "v-granted-value" });
    forge(1010, "return", { value: "first" });
    forge(1011, "return", { value: "second" });
    forge(1012, "throw", { name: "E", message: "m" });
    await answered(16);
    console.log(answers.map(({ id, error }) => [id, error?.data?.code ?? error?.code ?? 0]).join(" "));
    Deno.exit(0);`,
  );
  const { code, stdout, stderr } = await world.run(dir);
  assert.deepEqual([code, stderr], [0, ""]);
  const expected = [
    "1001,-32601 1002,grant_refused 1003,grant_refused 1004,grant_refused",
    "1005,usage 1006,usage 1007,usage ,-32600 ,-32600 ,-32600 ,-32700 ,-32700",
    "1009,0 1010,0 1011,usage 1012,usage",
  ];
  assert.equal(stdout, `${expected.join(" ")}\n"first"\n`);
  assert.equal(await storedKeys(world), "ok_granted\n");
});

Deno.test("10,000 requests, 10 MB without an end and endless garbage leave the host small and the store empty", async () => {
  await using world = await World.make();
  const yaml = "timeout: 60s\n";
  const endings: [name: string, body: string, stderr: RegExp | undefined][] = [
    [
      "requests",
      `for (let id = 1; id <= 10_000; id++) forge(id, "secrets_set", { key: "k" + id, value: "v" });
      await answered(10_000);
      if (answers.some(({ error }) => error?.data?.code !== "grant_refused")) throw 0;
      console.log("done"); await new Promise((resolve) => setTimeout(resolve, 300)); Deno.exit(0);`,
      undefined,
    ],
    [
      "endless-line",
      `for (let at = 0; at < 10; at++) raw("x".repeat(1_000_000)); await answered(1);`,
      /^dicode: error: the task was ended: it sent a line of over 8 MiB on its channel$/m,
    ],
    [
      "garbage",
      `for (let at = 0; at < 10_000; at++) raw("garbage\\n"); await answered(10_000);`,
      /^dicode: error: the task was ended: it sent lines on its channel that are no requests$/m,
    ],
  ];
  await Promise.all(endings.map(async ([name, body, stderr]) => {
    const dir = await world.mainTask(name, yaml, FORGE + body);
    const child = world.spawn(["run", dir, "--isolation", ISOLATION]);
    child.stdin.close();
    let peakMb = 0;
    const watch = setInterval(() => {
      try {
        const status = Deno.readTextFileSync(`/proc/${child.pid}/status`);
        peakMb = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1] ?? 0) / 1024 || peakMb;
      } catch {
        // It has ended.
      }
    }, 20);
    const output = await child.output().finally(() => clearInterval(watch));
    const said = new TextDecoder().decode(output.stderr);
    assert.equal(output.code, stderr ? 1 : 0, said);
    if (stderr) assert.match(said, stderr);
    assert.ok(peakMb > 0 && peakMb < 300, `${name}: the host grew to ${peakMb} MB`);
  }));
  assert.equal(await storedKeys(world), "");
});

Deno.test("a task that writes on every descriptor it can open stores nothing outside its grant", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "descriptors",
    "timeout: 30s\npermissions: { dicode: { secrets_write: [ok_fd] } }\n",
    `const fs = await import("node:fs");
    const net = await import("node:net");
    const line = (key: string) => JSON.stringify({ jsonrpc: "2.0", id: 9, method: "secrets_set",
      params: { key, value: "some-value" } }) + "\\n";
    for (let fd = 3; fd < 40; fd++) {
      for (const key of ["stolen", "ok_fd"]) {
        try { fs.writeSync(fd, line(key)); } catch { /* not this way */ }
        try {
          new net.Socket({ fd, readable: false, writable: true } as any)
            .on("error", () => {}).write(line(key));
        } catch { /* no socket */ }
      }
    }
    await new Promise((resolve) => setTimeout(resolve, 500));
    Deno.exit(0);`,
  );
  assert.equal((await world.run(dir)).code, 0);
  // That the granted key arrives shows that raw lines do get through (Deno 2.9.6).
  assert.match(await storedKeys(world), /^(ok_fd\n)?$|no secrets yet/);
});

Deno.test("a task can neither dial the host again nor look into the run's folder", async () => {
  await using world = await World.make();
  const parent = `${world.dataDir}/run`;
  const sharedDir = `${world.dir}/shared`;
  await Deno.mkdir(parent, { recursive: true, mode: 0o700 });
  await Deno.mkdir(sharedDir);
  const runFolder = () =>
    [...Deno.readDirSync(parent)].map(({ name }) => `${parent}/${name}`)[0] ?? "";
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen() {} },
    () => new Response(runFolder()),
  );
  const attempts = `
    const { default: fs } = await import("node:fs");
    const attempts: Record<string, () => unknown> = {
      dial: () => Deno.connect({ transport: "unix", path: folder + "/s" }),
      listen: () => Deno.listen({ transport: "unix", path: folder + "/t" }),
      list: () => [...Deno.readDirSync(folder)],
      "list the parent": () => [...Deno.readDirSync(folder.replace(/[^/]+$/, ""))],
      "list the cache": () => [...Deno.readDirSync(folder + "/deno")],
      "look at the socket": () => Deno.lstatSync(folder + "/s"),
      "look by Node": () => fs.statSync(folder),
      write: () => Deno.writeTextFileSync(folder + "/x", "x"),
      "write into the cache": () => Deno.writeTextFileSync(folder + "/deno/x", "x"),
      "take away": () => Deno.removeSync(folder, { recursive: true }),
      rename: () => Deno.renameSync(folder, folder + "x"),
      link: () => Deno.linkSync(folder + "/s", folder + "/t"),
      "ask for permission": () => {
        const { state } = Deno.permissions.requestSync({ name: "read", path: folder });
        if (state !== "granted") throw new Deno.errors.NotCapable();
      },
    };
    const found: string[] = [];
    for (const [name, attempt] of Object.entries(attempts)) {
      try { await attempt(); found.push(name); } catch (error: any) {
        if (error.name !== "NotCapable") found.push(name + ": " + error.message);
      }
    }
    return found;`;
  const { port } = server.addr;
  const shared = `fs: [{ path: "${sharedDir}", permission: rw }]`;
  const byFile = `let folder = "";
    while (folder === "") {
      folder = Deno.readTextFileSync(${JSON.stringify(`${sharedDir}/path`)});
      await new Promise((resolve) => setTimeout(resolve, 20));
    }`;
  const byNet = `const folder = await (await fetch("http://127.0.0.1:${port}/")).text();`;
  for (
    const [permissions, learn] of [
      [`net: ["127.0.0.1:${port}"]`, byNet],
      [shared, byFile],
      [`net: ["*"], ${shared}`, byFile],
    ] as const
  ) {
    await Deno.writeTextFile(`${sharedDir}/path`, "");
    const yaml = `timeout: 30s\npermissions: { ${permissions} }\n`;
    const dir = await world.mainTask("redials", yaml, learn + attempts);
    const running = world.run(dir);
    await until("the run's folder", () => runFolder() !== "");
    await Deno.writeTextFile(`${sharedDir}/path`, runFolder());
    assert.deepEqual(await running, { code: 0, stdout: "[]\n", stderr: "" }, permissions);
  }
});
