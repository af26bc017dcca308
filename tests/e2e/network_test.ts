/**
 * What a task reaches over the network, by every spelling and every API: the hosts and ports that
 * net lists. All traffic is loopback; that link-local addresses are denied is shown by the flags
 * (tests/unit/runtime/closed_hosts_test.ts).
 */
import assert from "node:assert/strict";
import dgram from "node:dgram";
import { findWorkingBwrap } from "../../runtime/bwrap_probe.ts";
import { until, World } from "../helpers.ts";
import { shell } from "./shell.ts";

const bwrap = await findWorkingBwrap(await Deno.makeTempDir());

/** A server that answers, redirects (`/to/URL`) and takes WebSockets; another that counts who comes. */
class Peers implements AsyncDisposable {
  /** How many connections came to the port that is not granted. */
  strangers = 0;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #other: Deno.TcpListener;

  constructor(hostname = "127.0.0.1") {
    this.#server = Deno.serve({ hostname, port: 0, onListen: () => {} }, answer);
    this.#other = Deno.listen({ hostname, port: 0 });
    this.#count();
  }

  /** The port of the server. */
  get port(): number {
    return this.#server.addr.port;
  }

  /** The port where nobody may come. */
  get other(): number {
    return this.#other.addr.port;
  }

  async #count(): Promise<void> {
    for await (const conn of this.#other) {
      this.strangers++;
      conn.close();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#other.close();
    await this.#server.shutdown();
  }
}

function answer(request: Request): Response {
  const { pathname } = new URL(request.url);
  if (pathname.startsWith("/to/")) {
    const location = decodeURIComponent(pathname.slice("/to/".length));
    return new Response(null, { status: 302, headers: { location } });
  }
  if (request.headers.get("upgrade") !== "websocket") return new Response("page");
  const { socket, response } = Deno.upgradeWebSocket(request);
  socket.onopen = () => socket.close();
  return response;
}

/** Ways to reach a host: each is an expression that a task evaluates. */
const by = {
  fetch: (url: string, init = "{}") => `fetch("${url}", ${init}).then((r) => r.text())`,
  redirect: (from: string, to: string) => by.fetch(`${from}/to/${encodeURIComponent(to)}`),
  socket: (url: string) =>
    `new Promise((resolve, reject) => {
      const socket = new WebSocket("${url}");
      socket.onopen = () => resolve();
      socket.onerror = (event) => reject(new Error(event.message));
    })`,
  connect: (hostname: string, port: number) =>
    `Deno.connect({ hostname: "${hostname}", port: ${port} }).then((conn) => conn.close())`,
  tls: (hostname: string, port: number) =>
    `Deno.connectTls({ hostname: "${hostname}", port: ${port} }).then((conn) => conn.close())`,
  listen: (options: string) => `Promise.resolve(Deno.listen(${options}).close())`,
  node: (module: string, options: string, method = "connect") =>
    `import("node:${module}").then((module) => new Promise((resolve, reject) => {
      const made = module.${method}(${options});
      for (const event of ["connect", "response"]) made.once(event, () => resolve(made.destroy()));
      made.once("error", reject);
    }))`,
};

/**
 * Runs a task with these entries of net that evaluates each expression, and returns for each "ok",
 * "denied" (by a permission) or the error.
 */
async function reach(
  world: World,
  net: readonly string[],
  ways: Readonly<Record<string, string>>,
): Promise<Record<string, string>> {
  const tries = Object.entries(ways).map(([name, expression]) =>
    `try { await (${expression}); outcomes[${JSON.stringify(name)}] = "ok"; }
     catch (e) { outcomes[${JSON.stringify(name)}] = describe(e); }`
  );
  const body = `const outcomes = {};
    const describe = (e) => {
      const said = [e.name, e.message, e.cause?.message].join(" ");
      return /NotCapable|Requires net access|EPERM/.test(said) ? "denied" : said;
    };
    ${tries.join("\n")}
    return outcomes;`;
  const yaml = `permissions: { net: ${JSON.stringify(net)} }`;
  const shown = await world.run(await world.mainTask("reach", yaml, body));
  assert.equal(shown.code, 0, shown.stderr);
  return JSON.parse(shown.stdout);
}

/** Fails unless each way has the outcome. */
function assertAll(outcomes: Record<string, string>, names: object, outcome: string): void {
  for (const name of Object.keys(names)) assert.equal(outcomes[name], outcome, name);
}

Deno.test("net opens the hosts and ports that it lists, by every API and spelling of the address", async () => {
  await using world = await World.make();
  await using peers = new Peers();
  const { port, other } = peers;
  const here = `http://127.0.0.1:${port}`;
  const there = `http://127.0.0.1:${other}`;
  const granted = {
    fetch: by.fetch(here),
    redirect: by.redirect(here, `${here}/`),
    mapped: by.fetch(`http://[::ffff:127.0.0.1]:${port}/`),
    decimal: by.fetch(`http://2130706433:${port}/`),
    hex: by.fetch(`http://0x7f.1:${port}/`),
    octal: by.fetch(`http://0177.0.0.1:${port}/`),
    dot: by.fetch(`http://127.0.0.1.:${port}/`),
    wide: by.fetch(`http://\uff11\uff12\uff17.0.0.1:${port}/`),
    user: by.fetch(`http://127.0.0.1:${other}@127.0.0.1:${port}/`),
    header: by.fetch(here, `{ headers: { host: "other.example" } }`),
    webSocket: by.socket(`ws://127.0.0.1:${port}`),
    connect: by.connect("127.0.0.1", port),
    net: by.node("net", `${port}, "127.0.0.1"`),
    http: by.node("http", `"${here}"`, "get"),
  };
  const http2 = (origin: string) => by.node("http2", `"${origin}"`);
  const denied = {
    fetch2: by.fetch(there),
    redirect2: by.redirect(here, there),
    redirectTwice: by.redirect(here, `${here}/to/${encodeURIComponent(there)}`),
    redirectName: by.redirect(here, `http://localhost:${port}/`),
    redirectPost: by.fetch(`${here}/to/${encodeURIComponent(there)}`, `{ method: "POST" }`),
    mapped2: by.fetch(`http://[::ffff:127.0.0.1]:${other}/`),
    decimal2: by.fetch(`http://2130706433:${other}/`),
    name: by.fetch(`http://localhost:${port}/`),
    upper: by.fetch(`http://LOCALHOST:${port}/`),
    unspecified: by.fetch(`http://0.0.0.0:${port}/`),
    loopback6: by.fetch(`http://[::1]:${port}/`),
    unspecified6: by.fetch(`http://[::]:${port}/`),
    neighbour: by.fetch(`http://127.0.0.2:${port}/`),
    user2: by.fetch(`http://127.0.0.1:${port}@127.0.0.1:${other}/`),
    slashes: by.fetch(`http:/\\\\127.0.0.1:${other}/`),
    header2: by.fetch(there, `{ headers: { host: "127.0.0.1:${port}" } }`),
    allowHost: by.fetch(
      there,
      `{ headers: { host: "127.0.0.1:${port}" },
         client: Deno.createHttpClient({ allowHost: true }) }`,
    ),
    proxy: by.fetch(here, `{ client: Deno.createHttpClient({ proxy: { url: "${there}" } }) }`),
    proxied: by.fetch(there, `{ client: Deno.createHttpClient({ proxy: { url: "${here}" } }) }`),
    webSocket2: by.socket(`ws://127.0.0.1:${other}`),
    webSocketName: by.socket(`ws://localhost:${port}`),
    connect2: by.connect("127.0.0.1", other),
    connectName: by.connect("localhost", port),
    connectShort: by.connect("127.1", port),
    tls2: by.tls("127.0.0.1", other),
    net2: by.node("net", `${other}, "127.0.0.1"`),
    netName: by.node("net", `${port}, "localhost"`),
    netLookup: by.node(
      "net",
      `{ port: ${other}, host: "granted.example", lookup: (_, options, done) => options.all
         ? done(null, [{ address: "127.0.0.1", family: 4 }]) : done(null, "127.0.0.1", 4) }`,
    ),
    http2Protocol: http2(there),
    nodeHttp2: by.node("http", `"${there}"`, "get"),
    nodeHeader: by.node(
      "http",
      `{ host: "127.0.0.1", port: ${other}, headers: { host: "127.0.0.1:${port}" } }`,
      "get",
    ),
    nodeTls: by.node("tls", `${other}, "127.0.0.1"`),
    names: `Deno.resolveDns("a.example", "A",
      { nameServer: { ipAddr: "127.0.0.1", port: ${other} } })`,
    listenAny: by.listen(`{ hostname: "127.0.0.1", port: 0 }`),
    listenAll: by.listen(`{ port: ${port} }`),
    serve: `Deno.serve({ port: 0, onListen() {} }, () => new Response()).shutdown()`,
    unix: `Deno.connect({ transport: "unix", path: "/tmp/some.sock" })`,
  };
  const moved = {
    webSocketMoved: by.socket(`ws://127.0.0.1:${port}/to/${encodeURIComponent(there)}`),
  };
  const outcomes = await reach(world, [`127.0.0.1:${port}`], {
    ...granted,
    ...denied,
    ...moved,
  });
  assertAll(outcomes, granted, "ok");
  assertAll(outcomes, denied, "denied");
  assert.notEqual(outcomes.webSocketMoved, "ok");
  assert.equal(peers.strangers, 0);
});

Deno.test("a name that net lists is that name: not its address, not another port", async () => {
  await using world = await World.make();
  await using peers = new Peers();
  const { port, other } = peers;
  const granted = {
    fetch: by.fetch(`http://localhost:${port}/`),
    upper: by.fetch(`http://LOCALHOST:${port}/`),
    redirect: by.redirect(`http://localhost:${port}`, `http://localhost:${port}/`),
    webSocket: by.socket(`ws://localhost:${port}`),
    connect: by.connect("localhost", port),
    net: by.node("net", `${port}, "localhost"`),
  };
  const denied = {
    address: by.fetch(`http://127.0.0.1:${port}/`),
    address6: by.fetch(`http://[::1]:${port}/`),
    redirectAddress: by.redirect(`http://localhost:${port}`, `http://127.0.0.1:${port}/`),
    other: by.fetch(`http://localhost:${other}/`),
    otherSocket: by.socket(`ws://localhost:${other}`),
    otherConnect: by.connect("localhost", other),
    below: by.fetch(`http://app.localhost:${port}/`),
  };
  const outcomes = await reach(world, [`LocalHost:${port}`], { ...granted, ...denied });
  assertAll(outcomes, granted, "ok");
  assertAll(outcomes, denied, "denied");
  assert.equal(peers.strangers, 0);
});

Deno.test("an entry without a port opens every port of that host, for listening too, and no other host", async () => {
  await using world = await World.make();
  await using peers = new Peers();
  const { port, other } = peers;
  const granted = {
    fetch: by.fetch(`http://127.0.0.1:${port}/`),
    connect: by.connect("127.0.0.1", other),
    listen: by.listen(`{ hostname: "127.0.0.1", port: 0 }`),
  };
  const denied = {
    name: by.fetch(`http://localhost:${port}/`),
    listen2: by.listen(`{ port: 0 }`),
    neighbour: by.connect("127.0.0.2", port),
  };
  const outcomes = await reach(world, ["127.0.0.1"], { ...granted, ...denied });
  assertAll(outcomes, granted, "ok");
  assertAll(outcomes, denied, "denied");
});

Deno.test("a URL without a port asks for the one of its scheme: 80 or 443", async () => {
  await using world = await World.make();
  const ways = {
    http: by.fetch("http://127.0.0.1/"),
    https: by.fetch("https://127.0.0.1/"),
    ws: by.socket("ws://127.0.0.1/"),
    wss: by.socket("wss://127.0.0.1/"),
  };
  const plain = await reach(world, ["127.0.0.1:80"], ways);
  assert.equal(plain.https, "denied");
  assert.equal(plain.wss, "denied");
  assert.notEqual(plain.http, "denied");
  assert.notEqual(plain.ws, "denied");
  const secure = await reach(world, ["127.0.0.1:443"], ways);
  assert.equal(secure.http, "denied");
  assert.equal(secure.ws, "denied");
  assert.notEqual(secure.https, "denied");
  assert.notEqual(secure.wss, "denied");
});

Deno.test("an IPv6 address is the same in every spelling, and is no address of IPv4", async () => {
  await using world = await World.make();
  let peers: Peers;
  try {
    peers = new Peers("::1");
  } catch {
    return console.error("skipped: no IPv6 loopback here");
  }
  await using _ = peers;
  await using four = new Peers();
  const { port, other } = peers;
  const granted = {
    short: by.fetch(`http://[::1]:${port}/`),
    long: by.fetch(`http://[0:0:0:0:0:0:0:1]:${port}/`),
    zeros: by.fetch(`http://[0000::0001]:${port}/`),
    connect: by.connect("::1", port),
  };
  const denied = {
    other: by.fetch(`http://[::1]:${other}/`),
    unspecified: by.fetch(`http://[::]:${port}/`),
    four: by.fetch(`http://127.0.0.1:${port}/`),
    mapped: by.fetch(`http://[::ffff:127.0.0.1]:${four.port}/`),
    name: by.fetch(`http://localhost:${port}/`),
  };
  const outcomes = await reach(world, [`[0:0::0001]:${port}`], { ...granted, ...denied });
  assertAll(outcomes, granted, "ok");
  assertAll(outcomes, denied, "denied");
  assert.equal(peers.strangers + four.strangers, 0);
});

Deno.test("datagrams go where net says, and nowhere else", async () => {
  await using world = await World.make();
  const receiver = dgram.createSocket("udp4");
  const received: string[] = [];
  receiver.on("message", (message) => received.push(String(message)));
  await new Promise<void>((resolve) => receiver.bind(0, "127.0.0.1", resolve));
  try {
    const { port } = receiver.address();
    const body = `const { createSocket } = await import("node:dgram");
      const socket = createSocket("udp4");
      await new Promise((resolve, reject) => {
        socket.on("error", reject);
        socket.send("datagram", ${port}, "127.0.0.1", (e) => e ? reject(e) : resolve());
      });
      socket.close();`;
    const run = async (net: readonly string[]) => {
      const yaml = `permissions: { net: ${JSON.stringify(net)} }`;
      return await world.run(await world.mainTask("udp", yaml, body));
    };
    // A socket of datagrams is bound to every address before it sends.
    const bound = "0.0.0.0";
    for (const net of [[], [`127.0.0.1:${port}`], [bound, `127.0.0.1:${port === 9 ? 10 : 9}`]]) {
      const shown = await run(net);
      assert.equal(shown.code, 1, shown.stderr);
      assert.match(shown.stderr, /NotCapable: Requires net access to|send UNKNOWN/);
    }
    assert.deepEqual(received, []);
    assert.deepEqual(await run([bound, `127.0.0.1:${port}`]), { code: 0, stdout: "", stderr: "" });
    await until("the datagram", () => received.length === 1);
  } finally {
    receiver.close();
  }
});

Deno.test('net "*" leaves out loopback, by every spelling', async () => {
  await using world = await World.make();
  await using peers = new Peers();
  const { other: port } = peers;
  const denied = {
    address: by.fetch(`http://127.0.0.1:${port}/`),
    neighbour: by.fetch(`http://127.1.2.3:${port}/`),
    name: by.fetch(`http://localhost:${port}/`),
    unspecified: by.fetch(`http://0.0.0.0:${port}/`),
    mapped: by.fetch(`http://[::ffff:127.0.0.1]:${port}/`),
    mappedUnspecified: by.fetch(`http://[::ffff:0.0.0.0]:${port}/`),
    loopback6: by.fetch(`http://[::1]:${port}/`),
    unspecified6: by.fetch(`http://[::]:${port}/`),
    decimal: by.fetch(`http://2130706433:${port}/`),
    webSocket: by.socket(`ws://127.0.0.1:${port}`),
    webSocketName: by.socket(`ws://localhost:${port}`),
    connect: by.connect("127.0.0.1", port),
    connectName: by.connect("localhost", port),
    connectShort: by.connect("127.1", port),
    tls: by.tls("localhost", port),
    net: by.node("net", `${port}, "localhost"`),
    http: by.node("http", `"http://localhost:${port}/"`, "get"),
    listen: by.listen(`{ hostname: "127.0.0.1", port: 0 }`),
    listenAll: by.listen(`{ port: 0 }`),
  };
  assertAll(await reach(world, ["*"], denied), denied, "denied");
  assert.equal(peers.strangers, 0);
});

Deno.test('an address of loopback beside "*" opens that one alone; with a port it is refused', async () => {
  await using world = await World.make();
  await using peers = new Peers();
  const { port, other } = peers;
  const granted = {
    address: by.fetch(`http://127.0.0.1:${port}/`),
    connect: by.connect("127.0.0.1", port),
  };
  const denied = {
    neighbour: by.connect("127.0.0.2", port),
    unspecified: by.fetch(`http://0.0.0.0:${other}/`),
    loopback6: by.fetch(`http://[::1]:${other}/`),
  };
  const outcomes = await reach(world, ["*", "127.0.0.1"], { ...granted, ...denied });
  assertAll(outcomes, granted, "ok");
  assertAll(outcomes, denied, "denied");
  assert.equal(peers.strangers, 0);
  for (const entry of [`127.0.0.1:${port}`, `localhost:${port}`, `[::1]:${port}`]) {
    const yaml = `permissions: { net: ["*", "${entry}"] }`;
    const shown = await world.run(await world.mainTask("port", yaml, "console.log('RAN')"));
    assert.equal(shown.code, 6, shown.stderr);
    assert.match(shown.stderr, /beside "\*": there, a host is open with every port/);
    assert.equal(shown.stdout, "");
  }
});

Deno.test({
  name: "a name that is listed does not lead to loopback, whatever the name server says",
  ignore: !bwrap.works,
  async fn() {
    await using world = await World.make();
    await using peers = new Peers();
    const { port, other } = peers;
    // The machine's own table stands for the name server: nothing is asked.
    const hosts = `${world.dir}/hosts`;
    await Deno.writeTextFile(hosts, "127.0.0.1 localhost rebound.example\n::1 rebound.example\n");
    const url = `http://rebound.example:${port}/`;
    const run = async (net: readonly string[]) => {
      const ways = [
        by.fetch(url),
        by.socket(`ws://rebound.example:${port}/`),
        by.connect("rebound.example", port),
        by.node("net", `{ port: ${port}, host: "rebound.example", family: 4 }`),
      ];
      const body = `const outcomes = [];
        for (const way of [${ways.map((way) => `() => ${way}`)}]) {
          await way().then(() => outcomes.push("ok"), (e) => outcomes.push(
            /Requires net access to "(127|.::1)/.test(e.message + e.cause?.message) ? "denied" : String(e)));
        }
        return outcomes;`;
      const dir = await world.mainTask(
        "rebound",
        `permissions: { net: ${JSON.stringify(net)} }`,
        body,
      );
      const script = `exec bwrap --dev-bind / / --ro-bind '${hosts}' /etc/hosts "$@"`;
      const shown = await shell(world, script, ["run", dir, "--isolation", "deno"]);
      assert.equal(shown.code, 0, shown.stderr);
      return JSON.parse(shown.stdout);
    };
    const name = `rebound.example:${port}`;
    assert.deepEqual(await run([name]), ["denied", "denied", "denied", "denied"]);
    // Only where the task may go there anyway.
    assert.deepEqual(await run([name, "127.0.0.1:9", "[::1]:9"]), ["ok", "ok", "ok", "ok"]);
    assert.equal(peers.strangers, 0);
    assert.notEqual(port, other);
  },
});
