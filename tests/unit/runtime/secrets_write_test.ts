import assert from "node:assert/strict";
import fc from "fast-check";
import { DicodeError } from "../../../sdk/errors.ts";
import { Masker } from "../../../runtime/mask.ts";
import { mayWrite, SecretsWriter } from "../../../runtime/secrets_write.ts";
import type { Task } from "../../../runtime/task.ts";
import type { SecretStore } from "../../../store/secrets.ts";

const MATCHES: [pattern: string, keys: string[], others: string[]][] = [
  ["exact", ["exact"], ["", "Exact", "exact2", "xexact", "exac", "exact*"]],
  ["*", ["", "a", "a*b", "OAUTH_x"], []],
  ["**", ["", "a"], []],
  ["OAUTH_*", ["OAUTH_", "OAUTH_a", "OAUTH_*"], ["OAUTH", "oauth_a", "xOAUTH_a", ""]],
  ["*_token", ["_token", "a_token", "_token_token"], ["token", "a_tokens", "_toke"]],
  ["a*a", ["aa", "aba", "aaa"], ["a", "ab", "ba", ""]],
  ["ab*ba", ["abba", "abxba"], ["aba", "ab", "ba"]],
  ["*a*b*", ["ab", "xaxbx", "aab", "ab_ab"], ["ba", "a", "b", "bbaa", ""]],
  ["a*b*c", ["abc", "axbxc", "abcbc", "abbc"], ["ac", "acb", "abcx", "xabc"]],
  ["*ab*ab*", ["abab", "ababab", "xabxabx"], ["aba", "ab", "abba"]],
  ["a*ab*b", ["aabb", "aababb"], ["abb", "aab", "ab"]],
  ["a.c", ["a.c"], ["abc"]],
  ["a?", ["a?"], ["ab"]],
  ["[ab]*", ["[ab]", "[ab]c"], ["a", "b"]],
  ["a\\*", ["a\\", "a\\b"], ["a*"]],
  ["", [""], ["a"]],
];

Deno.test("mayWrite() takes * for any text and every other character for itself", () => {
  for (const [pattern, keys, others] of MATCHES) {
    for (const key of keys) assert.equal(mayWrite([pattern], key), true, `${pattern} ~ ${key}`);
    for (const key of others) assert.equal(mayWrite([pattern], key), false, `${pattern} ~ ${key}`);
  }
});

Deno.test("mayWrite() agrees with a regular expression, for any pattern and key of few letters", () => {
  const letters = (unit: string) => fc.string({ unit: fc.constantFrom(...unit), maxLength: 8 });
  fc.assert(
    fc.property(letters("ab*"), letters("ab"), (pattern, key) => {
      const expected = new RegExp(`^${pattern.replaceAll("*", ".*")}$`).test(key);
      assert.equal(mayWrite([pattern], key), expected);
    }),
    { numRuns: Deno.env.get("SLOW") === "1" ? 20_000 : 2_000 },
  );
});

Deno.test("mayWrite() grants all for true, nothing for false or an empty list, and any of several", () => {
  assert.equal(mayWrite(true, "a"), true);
  assert.equal(mayWrite(false, "a"), false);
  assert.equal(mayWrite([], "a"), false);
  assert.equal(mayWrite(["b", "a"], "a"), true);
});

Deno.test("mayWrite() answers at once for a pattern that would make backtracking explode", () => {
  const startedAt = performance.now();
  assert.equal(mayWrite(["a*".repeat(120) + "b"], "a".repeat(256)), false);
  assert.ok(performance.now() - startedAt < 500);
});

/** A writer, and what reached its store; the store throws `failure` if there is one. */
function makeWriter(
  granted: boolean | string[],
  failure?: Error,
  isClosed: (key: string) => boolean = () => false,
) {
  const calls: string[] = [];
  const masker = new Masker();
  const carryOut = (call: string) => {
    calls.push(`${call}, ${masker.text("the-value")}`);
    return failure ? Promise.reject(failure) : Promise.resolve();
  };
  const store = {
    set: (key: string) => carryOut(`set ${key}`),
    delete: (key: string) => carryOut(`delete ${key}`),
  } as unknown as SecretStore;
  const task = { permissions: { secretsWrite: granted } } as unknown as Task;
  return { writer: new SecretsWriter(task, store, masker, isClosed), calls, masker };
}

Deno.test("set() masks the value before the store has it, and also where the store fails", async () => {
  const { writer, calls } = makeWriter(["k*"]);
  await writer.set("key", "the-value");
  assert.deepEqual(calls, ["set key, ***"]);
  const failing = makeWriter(true, new Error("no"));
  await assert.rejects(() => failing.writer.set("key", "the-value"), /^Error: no$/);
  assert.equal(failing.masker.text("the-value"), "***");
});

Deno.test("what is refused reaches neither the store nor the masker", async () => {
  const { writer, calls, masker } = makeWriter(["granted"]);
  for (const [key, code] of [["other", "grant_refused"], ["", "secret_key_invalid"]] as const) {
    for (const attempt of [() => writer.set(key, "the-value"), () => writer.delete(key)]) {
      const error = await attempt().then(() => undefined, (error) => error);
      assert.ok(error instanceof DicodeError && error.code === code);
    }
  }
  await writer.delete("granted");
  assert.deepEqual(calls, ["delete granted, the-value"]);
  assert.equal(masker.size, 0);
});

Deno.test("set() stores at most 4 MiB in one run", async () => {
  const { writer, calls } = makeWriter(true);
  const value = "x".repeat(1024 * 1024);
  for (let at = 0; at < 4; at++) await writer.set(`key${at}`, value);
  await assert.rejects(writer.set("one-more", "y"), {
    code: "secret_value_invalid",
    message: /at most 4 MiB/,
  });
  assert.equal(calls.length, 4);
});

Deno.test("a key with a provider's credential is written by a task that names it, and by no other", async () => {
  const isClosed = (key: string) => key === "vault_token";
  for (const granted of [true, ["*"], ["vault_*", "a"]]) {
    const { writer, calls } = makeWriter(granted, undefined, isClosed);
    for (const write of [writer.set("vault_token", "the-value"), writer.delete("vault_token")]) {
      await assert.rejects(write, { code: "grant_refused" });
    }
    await writer.set("a", "the-value").catch(() => {});
    assert.ok(calls.every((call) => !call.includes("vault_token")));
  }
  const named = makeWriter(["vault_token"], undefined, isClosed);
  await named.writer.set("vault_token", "the-value");
  assert.equal(named.calls.length, 1);
});
