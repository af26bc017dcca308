import assert from "node:assert/strict";
import { DicodeError } from "../../../sdk/errors.ts";
import { Chain, type ChainContext } from "../../../store/chain.ts";
import { listKinds } from "../../../store/kinds.ts";
import { openChain } from "../../../store/open_chain.ts";
import { DEFAULT_PROVIDERS } from "../../../store/provider_config.ts";
import { type Provider, ProviderFailure, Secret } from "../../../store/provider.ts";
import { rejectsWith, TempFolder } from "./helpers.ts";

const never = new AbortController().signal;
const refused = (name: string) => name.startsWith("DICODE_");

/** A provider that counts its batches. */
class FakeProvider implements Provider {
  readonly batches: string[][] = [];

  constructor(
    readonly name: string,
    readonly values: Record<string, string>,
    readonly fail?: (signal: AbortSignal) => Promise<never>,
  ) {}

  async get(keys: readonly string[], signal: AbortSignal): Promise<Map<string, Secret>> {
    this.batches.push([...keys]);
    await this.fail?.(signal);
    const found = keys.filter((key) => Object.hasOwn(this.values, key));
    return new Map(found.map((key) => [key, new Secret(this.values[key] as string)]));
  }
}

function chainOf(...providers: Provider[]): Chain {
  return new Chain(providers.map((provider) => ({ provider })), refused);
}

function contextOf(temp: TempFolder, variables: Record<string, string>): ChainContext {
  const store = temp.open({ env: (name) => variables[name] });
  const env = (name: string) => variables[name];
  return { env, openStore: () => store, refused, conceal: () => {} };
}

function reveal(found: Map<string, { secret: Secret; provider: string }>) {
  return Object.fromEntries(
    [...found].map(([key, { secret, provider }]) => [key, `${provider}:${secret.reveal()}`]),
  );
}

Deno.test("resolve() asks each provider once, for all that the earlier ones lacked", async () => {
  const one = new FakeProvider("one", { a: "1", b: "" });
  const two = new FakeProvider("two", { b: "2", a: "shadowed" });
  const three = new FakeProvider("three", { c: "3" });
  const four = new FakeProvider("four", {});
  const chain = chainOf(one, two, three, four);
  const result = await chain.resolve(["a", "b", "c", "a"], never);
  assert.deepEqual(reveal(result.found), { a: "one:1", b: "two:2", c: "three:3" });
  assert.deepEqual(result.missing, []);
  assert.deepEqual(result.asked, ["one", "two", "three"]);
  assert.deepEqual(one.batches, [["a", "b", "c"]]);
  assert.deepEqual(two.batches, [["b", "c"]]);
  assert.deepEqual(three.batches, [["c"]]);
  assert.deepEqual(four.batches, []);
});

Deno.test("resolve() names what is missing in the order asked, and who was asked", async () => {
  const chain = chainOf(new FakeProvider("one", { b: "" }), new FakeProvider("two", {}));
  const { found, missing, asked } = await chain.resolve(["c", "b", "a"], never);
  assert.equal(found.size, 0);
  assert.deepEqual(missing, ["c", "b", "a"]);
  assert.deepEqual(asked, ["one", "two"]);
});

Deno.test("resolve() of nothing asks nobody", async () => {
  const one = new FakeProvider("one", {});
  assert.deepEqual((await chainOf(one).resolve([], never)).asked, []);
  assert.deepEqual(one.batches, []);
});

Deno.test("resolve() asks no provider for a refused name", async () => {
  const one = new FakeProvider("one", { DICODE_MASTER_KEY: "canary", a: "1" });
  const { found, missing } = await chainOf(one).resolve(["DICODE_MASTER_KEY", "a"], never);
  assert.deepEqual([...found.keys()], ["a"]);
  assert.deepEqual(missing, ["DICODE_MASTER_KEY"]);
  assert.deepEqual(one.batches, [["a"]]);
  assert.deepEqual([...await chainOf(one).locate(["DICODE_MASTER_KEY"], never)], []);
});

Deno.test("resolve() drops values that nobody asked for", async () => {
  const provider: Provider = {
    name: "chatty",
    get: () => Promise.resolve(new Map([["other", new Secret("x")]])),
  };
  assert.equal((await chainOf(provider).resolve(["a"], never)).found.size, 0);
});

Deno.test("resolve() stops at a failure and asks nobody after it", async () => {
  const failing = new FakeProvider("one", {}, () => {
    throw new ProviderFailure("one", "denied", "no access", { hint: "ask for it" });
  });
  const two = new FakeProvider("two", { a: "1" });
  await rejectsWith(chainOf(failing, two).resolve(["a"], never), "provider_failed", /no access/);
  assert.deepEqual(two.batches, []);
});

Deno.test("a provider that ignores its signal is left at its time limit", async () => {
  let aborted = false;
  const provider = new FakeProvider("slow", {}, (signal) => {
    signal.addEventListener("abort", () => aborted = true);
    return new Promise(() => {});
  });
  const chain = new Chain([{ provider, limitMs: 50 }], refused);
  const error = await rejectsWith(
    chain.resolve(["a"], never),
    "provider_failed",
    /^provider "slow" \(unreachable\): no answer within 0.05 s$/,
  );
  assert.equal((error as ProviderFailure).kind, "unreachable");
  assert(aborted);
});

Deno.test("resolve() ends with the caller's reason when the caller gives up", async () => {
  const provider = new FakeProvider("slow", {}, (signal) =>
    new Promise((_, reject) => {
      signal.addEventListener("abort", () => reject(new Error("of the provider's own")));
    }));
  const controller = new AbortController();
  const resolving = chainOf(provider).resolve(["a"], controller.signal);
  controller.abort(new Error("interrupted"));
  await assert.rejects(resolving, /interrupted/);
  await assert.rejects(chainOf(provider).resolve(["a"], controller.signal), /interrupted/);
});

Deno.test("locate() fetches no value from a provider that can say what it has", async () => {
  const one = Object.assign(new FakeProvider("one", {}), {
    has: (keys: readonly string[]) => Promise.resolve(new Set(keys.filter((key) => key === "a"))),
  });
  const two = new FakeProvider("two", { b: "2", c: "" });
  const located = await chainOf(one, two).locate(["a", "b", "c"], never);
  assert.deepEqual(Object.fromEntries(located), { a: "one", b: "two" });
  assert.deepEqual(one.batches, []);
  assert.deepEqual(two.batches, [["b", "c"]]);
});

Deno.test("by default the store wins over the environment, then the environment, then nothing", async () => {
  using temp = new TempFolder();
  const context = contextOf(temp, { token: "from env" });
  const chain = await openChain(DEFAULT_PROVIDERS, context);
  await context.openStore().set("token", "from store");
  assert.deepEqual(reveal((await chain.resolve(["token"], never)).found), {
    token: "local:from store",
  });
  assert.deepEqual(Object.fromEntries(await chain.locate(["token"], never)), { token: "local" });
  await context.openStore().delete("token");
  assert.deepEqual(reveal((await chain.resolve(["token"], never)).found), {
    token: "env:from env",
  });
  const { missing, asked } = await chain.resolve(["other"], never);
  assert.deepEqual([missing, asked], [["other"], ["local", "env"]]);
});

Deno.test("the env provider takes only names of variables, no empty value, and never DICODE_*", async () => {
  using temp = new TempFolder();
  const variables = { OK: "1", EMPTY: "", DICODE_MASTER_KEY: "canary", "a-b": "x" };
  const context = { ...contextOf(temp, variables), refused: () => false };
  const chain = await openChain([{ type: "env", name: "host" }], context);
  const keys = [...Object.keys(variables), "a=b", "", "a\0b", "__proto__"];
  const { found } = await chain.resolve(keys, never);
  assert.deepEqual(reveal(found), { OK: "host:1" });
  assert.deepEqual([...await chain.locate(keys, never)], [["OK", "host"]]);
});

Deno.test("a failure of the store is the store's own error", async () => {
  using temp = new TempFolder();
  const context = contextOf(temp, {});
  await context.openStore().set("a", "1");
  Deno.chmodSync(temp.data, 0o755);
  const chain = await openChain(DEFAULT_PROVIDERS, context);
  await rejectsWith(chain.resolve(["a"], never), "store_permissions");
});

Deno.test("openChain() refuses a type that it does not know, and names those it does", async () => {
  using temp = new TempFolder();
  for (const type of ["valut", "toString"]) {
    const error = await rejectsWith(
      openChain([{ type, name: "x" }], contextOf(temp, {})),
      "provider_failed",
      /no provider of type/,
    );
    assert(error instanceof DicodeError);
    assert(error.hint?.includes(listKinds().join(", ")));
  }
});
