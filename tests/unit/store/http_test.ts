import assert from "node:assert/strict";
import { withDeadline } from "../../../store/deadline.ts";
import { Http, type HttpOptions } from "../../../store/http.ts";
import { ProviderFailure } from "../../../store/provider.ts";
import { textOf } from "../../../store/values.ts";

const TOKEN = "canary-token-0815";
const never = new AbortController().signal;

/** A server on loopback that answers each request with the next of the answers, the last for ever. */
function serve(...answers: ((request: Request) => Response | Promise<Response>)[]) {
  const seen: string[] = [];
  const server = Deno.serve({ port: 0, hostname: "127.0.0.1", onListen() {} }, (request) => {
    seen.push(new URL(request.url).pathname);
    return answers[Math.min(seen.length, answers.length) - 1]!(request);
  });
  const { port } = server.addr;
  return {
    seen,
    address: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

function open(address: string, more: Partial<HttpOptions> = {}): Http {
  return new Http({ provider: "svc", address, ...more });
}

async function failureOf(work: Promise<unknown>): Promise<ProviderFailure> {
  const error = await work.then(() => undefined, (error) => error);
  assert.ok(error instanceof ProviderFailure, String(error));
  assert.ok(!`${error.message} ${error.hint} ${error.cause}`.includes(TOKEN));
  assert.ok(error.hint !== undefined);
  return error;
}

Deno.test("a passing answer is asked for again, after Retry-After; a final one is not", async () => {
  await using passing = serve(
    () => new Response("busy", { status: 429, headers: { "retry-after": "0" } }),
    () => new Response("oops", { status: 500 }),
    () => Response.json({ a: 1 }),
  );
  using http = open(`${passing.address}/base/`);
  assert.deepEqual((await http.read({ path: "/v1/x" }, never)).json(), { a: 1 });
  assert.deepEqual(passing.seen, Array(3).fill("/base/v1/x"));
  await using denied = serve(() => new Response("no", { status: 403 }));
  using other = open(denied.address);
  const failure = await failureOf(other.read({ path: "/" }, never));
  assert.equal(failure.kind, "denied");
  assert.equal(denied.seen.length, 1);
});

Deno.test("a POST is sent once, whatever the answer", async () => {
  await using server = serve(() => new Response("{}", { status: 503 }));
  using http = open(server.address);
  assert.equal((await http.ask({ path: "/", method: "POST", body: "{}" }, never)).status, 503);
  assert.equal(server.seen.length, 1);
});

Deno.test("a wait that goes beyond the time limit is not begun", async () => {
  await using server = serve(() =>
    new Response("busy", { status: 429, headers: { "retry-after": "60" } })
  );
  using http = open(server.address);
  const failure = await failureOf(withDeadline(
    5_000,
    never,
    () => new Error("late"),
    (limited) => http.read({ path: "/" }, limited),
  ));
  assert.equal(failure.kind, "rate_limited");
  assert.match(failure.message, /asked again in 60 s/);
  assert.equal(server.seen.length, 1);
});

Deno.test("a redirect is followed once, to the same origin alone, and takes no header elsewhere", async () => {
  await using other = serve(() => Response.json({}));
  const to = (location: string, status = 307) =>
    new Response(null, { status, headers: { location } });
  await using same = serve((request) =>
    new URL(request.url).pathname === "/a" ? to("/b") : Response.json({ b: 1 })
  );
  using http = open(same.address);
  assert.deepEqual((await http.read({ path: "/a" }, never)).json(), { b: 1 });
  for (const [location, status] of [[other.address, 307], ["/b", 302], ["/a", 307]] as const) {
    await using server = serve(() => to(location, status));
    using asking = open(server.address);
    const headers = { "x-vault-token": TOKEN };
    const failure = await failureOf(asking.read({ path: "/a", headers }, never));
    assert.equal(failure.kind, "bad_answer");
  }
  assert.equal(other.seen.length, 0);
});

Deno.test("what is no JSON, breaks off or is too large is named, and not shown", async () => {
  const answers: [() => Response, RegExp][] = [
    [() => new Response(`<html>${TOKEN}`), /HTML, not JSON/],
    [() => new Response(`{"a": "${TOKEN}`), /not whole JSON/],
    [() => new Response(""), /empty/],
    [() => new Response(`["${TOKEN}"]`), /not the JSON that was expected/],
    [() => new Response("x".repeat(1024 * 1024 + 1)), /more than 1 MiB/],
  ];
  for (const [answer, pattern] of answers) {
    await using server = serve(answer);
    using http = open(server.address);
    const failure = await failureOf(http.read({ path: "/" }, never).then((found) => found.json()));
    assert.match(failure.message, pattern);
    assert.equal(failure.kind, "bad_answer");
  }
});

Deno.test("an address that does not answer is unreachable, and a header that is none is not shown", async () => {
  const listener = Deno.listen({ port: 0, hostname: "127.0.0.1" });
  const { port } = listener.addr;
  listener.close();
  using http = open(`http://127.0.0.1:${port}`, { retries: 0 });
  const failure = await failureOf(http.read({ path: "/" }, never));
  assert.equal(failure.kind, "unreachable");
  assert.match(failure.message, /nothing listens there/);
  // Nothing is sent there: fetch refuses the port by itself.
  using blocked = open("http://127.0.0.1:1", { retries: 0 });
  const refused = await failureOf(blocked.read({ path: "/" }, never));
  assert.equal(refused.kind, "misconfigured");
  assert.match(refused.message, /fetch asks nobody at that port/);
  const headers = { authorization: `Bearer ${TOKEN}\nx` };
  await failureOf(http.read({ path: "/", headers }, never));
});

Deno.test("why a service does not answer is not read off the names in its address", async () => {
  await using server = serve(() => Response.json({}));
  const { address } = server;
  await server[Symbol.asyncDispose]();
  for (const path of ["/v1/tls_key", "/UnknownIssuer", "/a certificate", "/(Expired): x"]) {
    using http = open(address, { retries: 0 });
    const failure = await failureOf(http.read({ path }, never));
    assert.equal(failure.kind, "unreachable");
    assert.match(failure.message, /nothing listens there/);
  }
});

Deno.test("plain HTTP stays on this machine, unless it is allowed", () => {
  assert.throws(() => open("http://vault.example"), {
    code: "provider_failed",
    kind: "misconfigured",
  });
  open("http://vault.example", { insecureHttp: true })[Symbol.dispose]();
  for (const host of ["localhost:1", "127.0.0.2", "[::1]:80"]) open(`http://${host}`);
  assert.throws(() => open("http://127.0.0.1.example"));
});

Deno.test("an address is a scheme, a host and a path", async () => {
  for (const address of [`https://u:${TOKEN}@h`, `https://h/?${TOKEN}`, `https://h/a#${TOKEN}`]) {
    const failure = await failureOf(Promise.resolve().then(() => open(address)));
    assert.equal(failure.kind, "misconfigured");
    assert.match(failure.message, /holds a user, a password, a query or a fragment/);
  }
});

Deno.test("a file of authorities that holds none is refused", async () => {
  const file = await Deno.makeTempFile();
  try {
    await Deno.writeTextFile(file, "nonsense");
    for (const caFile of [file, `${file}.absent`]) {
      using http = open("https://127.0.0.1:1", { caFile });
      assert.equal((await failureOf(http.read({ path: "/" }, never))).kind, "misconfigured");
    }
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("a number of an answer is the text that it has there", async () => {
  const numbers = ["12345678901234567890", "1.10", "1e400", "-0", "600"];
  await using server = serve(() =>
    new Response(`{"each":[${numbers}],"nested":{"n":${numbers[0]}}}`)
  );
  using http = open(server.address);
  const { each, nested } = (await http.read({ path: "/" }, never)).json();
  assert.deepEqual((each as unknown[]).map(textOf), numbers);
  assert.equal(textOf(nested), `{"n":${numbers[0]}}`);
});
