/** Who is asked when: keys that are no provider's but one's, failures that are passed over, offline. */
import assert from "node:assert/strict";
import { Chain, type Link } from "../../../store/chain.ts";
import { mapLimited } from "../../../store/limiter.ts";
import { type Provider, ProviderFailure, Secret } from "../../../store/provider.ts";
import { rejectsWith } from "./helpers.ts";

const never = new AbortController().signal;
const refused = () => false;

/** A provider that answers when it is told to. */
class Gate implements Provider {
  readonly asked = Promise.withResolvers<readonly string[]>();
  readonly answer = Promise.withResolvers<Record<string, string>>();

  constructor(readonly name: string) {}

  async get(keys: readonly string[], signal: AbortSignal): Promise<Map<string, Secret>> {
    this.asked.resolve(keys);
    signal.addEventListener("abort", () => this.answer.reject(signal.reason));
    const values = await this.answer.promise;
    return new Map(Object.entries(values).map(([key, value]) => [key, new Secret(value)]));
  }
}

function wanting(provider: Provider, pattern: RegExp, more: Partial<Link> = {}): Link {
  return { provider, wants: (key) => pattern.test(key), ...more };
}

Deno.test("providers that do not wait for each other's misses are asked at once", async () => {
  const [one, two, three] = [new Gate("one"), new Gate("two"), new Gate("three")];
  const chain = new Chain(
    [wanting(one, /^a/), wanting(two, /^b/), wanting(three, /1$/)],
    refused,
  );
  const resolving = chain.resolve(["a1", "a2", "b1", "b2"], never);
  assert.deepEqual(await one.asked.promise, ["a1", "a2"]);
  assert.deepEqual(await two.asked.promise, ["b1", "b2"]);
  one.answer.resolve({ a2: "x" });
  two.answer.resolve({ b1: "y" });
  // The third could have what either lacks, and waits for both.
  assert.deepEqual(await three.asked.promise, ["a1"]);
  three.answer.resolve({ a1: "z" });
  const { found, missing, asked } = await resolving;
  assert.deepEqual([...found].map(([key, { provider }]) => `${key}:${provider}`).sort(), [
    "a1:three",
    "a2:one",
    "b1:two",
  ]);
  assert.deepEqual(missing, ["b2"]);
  assert.deepEqual(asked, ["one", "two", "three"]);
});

Deno.test("what comes after the time limit is not heard", async () => {
  const late = Promise.withResolvers<Map<string, Secret>>();
  const deaf: Provider = { name: "deaf", get: () => late.promise };
  const next = new Gate("next");
  const links: Link[] = [{ provider: deaf, limitMs: 1, onError: "next" }, { provider: next }];
  const resolving = new Chain(links, refused).resolve(["a", "b"], never);
  assert.deepEqual(await next.asked.promise, ["a", "b"]);
  late.resolve(new Map([["a", new Secret("late")], ["b", new Secret("late")]]));
  await late.promise;
  next.answer.resolve({ a: "next" });
  const { found, missing } = await resolving;
  assert.deepEqual(missing, ["b"]);
  assert.equal(found.get("a")?.provider, "next");
});

Deno.test("what a provider cannot offer it is not asked for", async () => {
  const picky: Provider = {
    name: "picky",
    offers: (key) => key === "b",
    get: (keys) => Promise.resolve(new Map(keys.map((key) => [key, new Secret("1")]))),
  };
  const { found, missing } = await new Chain([{ provider: picky }], refused).resolve(
    ["a", "b"],
    never,
  );
  assert.deepEqual([...found.keys()], ["b"]);
  assert.deepEqual(missing, ["a"]);
});

Deno.test("a failure ends the others that are under way", async () => {
  const [one, two] = [new Gate("one"), new Gate("two")];
  const chain = new Chain([wanting(one, /a/), wanting(two, /b/)], refused);
  const resolving = chain.resolve(["a", "b"], never);
  await Promise.all([one.asked.promise, two.asked.promise]);
  two.answer.reject(new ProviderFailure("two", "denied", "no", { hint: "ask" }));
  await rejectsWith(resolving, "provider_failed", /^provider "two" \(denied\): no$/);
  await assert.rejects(one.answer.promise);
});

Deno.test("on_error: next says so and goes on; what is no provider's failure does not", async () => {
  const notes: string[] = [];
  const failing = (error: Error): Provider => ({ name: "one", get: () => Promise.reject(error) });
  const two: Provider = {
    name: "two",
    get: () => Promise.resolve(new Map([["a", new Secret("1")]])),
  };
  const chainOf = (error: Error) =>
    new Chain(
      [{ provider: failing(error), onError: "next" }, { provider: two }],
      refused,
      (note) => notes.push(note),
    );
  const down = new ProviderFailure("one", "unreachable", "it is down", { hint: "wait" });
  const { found, passedOver } = await chainOf(down).resolve(["a"], never);
  assert.equal(found.get("a")?.provider, "two");
  assert.deepEqual(passedOver, ["one"]);
  assert.match(notes[0]!, /^provider "one" \(unreachable\): it is down; going on without it/);
  await assert.rejects(chainOf(new TypeError("a bug")).resolve(["a"], never), TypeError);
});

Deno.test("a provider that is offline is passed over where it would be asked, and only there", async () => {
  const notes: string[] = [];
  const provider: Provider = { name: "net", get: () => Promise.reject(new Error("asked")) };
  const links = [wanting(provider, /^a/, { isOffline: true })];
  const chain = new Chain(links, refused, (note) => notes.push(note));
  const { asked, passedOver, missing } = await chain.resolve(["a"], never);
  assert.deepEqual([asked, passedOver, missing], [[], ["net"], ["a"]]);
  assert.equal(notes.length, 1);
  assert.deepEqual((await chain.resolve(["b"], never)).passedOver, []);
});

Deno.test("mapLimited() keeps the order, has no more in flight, and ends the rest at a failure", async () => {
  let [inFlight, most] = [0, 0];
  const squares = await mapLimited([1, 2, 3, 4, 5, 6, 7], 3, never, async (number) => {
    most = Math.max(most, ++inFlight);
    await new Promise((done) => setTimeout(done, 8 - number));
    inFlight--;
    return number * number;
  });
  assert.deepEqual(squares, [1, 4, 9, 16, 25, 36, 49]);
  assert.equal(most, 3);
  const begun: number[] = [];
  await assert.rejects(
    mapLimited([1, 2, 3, 4, 5, 6], 2, never, async (number, signal) => {
      begun.push(number);
      if (number === 1) throw new RangeError("first");
      await new Promise((_, reject) =>
        signal.addEventListener("abort", () => reject(signal.reason))
      );
    }),
    RangeError,
  );
  assert.deepEqual(begun, [1, 2]);
});
