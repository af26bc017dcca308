import assert from "node:assert/strict";
import fc from "fast-check";
import { Masker } from "../../../runtime/mask.ts";
import { maskError, maskResult } from "../../../runtime/result.ts";
import { maskerOf } from "./mask_samples.ts";

const RUNS = { numRuns: Deno.env.get("SLOW") === "1" ? 20_000 : 500 };

Deno.test("maskResult() masks strings and keys at any depth, in every form", () => {
  const masker = maskerOf("canary-77");
  assert.equal(maskResult("canary-77", masker), "***");
  assert.deepEqual(
    maskResult(
      { a: [{ "key canary-77": "x canary-77 y" }, btoa("canary-77")], "canary-77": null },
      masker,
    ),
    { a: [{ "key ***": "x *** y" }, "***"], "***": null },
  );
});

Deno.test("maskResult() changes nothing where there is nothing to mask", () => {
  const value = { a: [1, true, null, "text", { b: {} }], "": [] };
  assert.deepEqual(maskResult(value, maskerOf("canary-77")), value);
  assert.equal(maskResult(value, new Masker()), value);
});

Deno.test("maskResult() takes what only spells a secret as JSON whole, and no more", () => {
  const cases: [secret: string, value: unknown, masked: unknown][] = [
    ["8675309", { n: 8675309, m: 5 }, { n: "***", m: 5 }],
    ["8675309", -8675309.5, "***"],
    ["8675309", [[86753, "09"]], [[86753, "09"]]],
    ["1e+21", [1e21, 1], ["***", 1]],
    ["true", { on: true, off: false }, { on: "***", off: false }],
    ["[12,34]", { a: [12, 34], b: [12, 3] }, { a: "***", b: [12, 3] }],
    ["12,34", { a: [12, 34] }, { a: "***" }],
    ['{"user":"u","pass":"p"}', { c: [{ user: "u", pass: "p" }] }, { c: ["***"] }],
    ['"user":"u"', { user: "u", a: [1] }, "***"],
    ['x","y', ["x", "y", "z"], "***"],
    // Five containers deep: the fourth goes whole.
    ["8675309", [[[[[[8675309]]]], 1]], [[[["***"]], 1]]],
  ];
  for (const [secret, value, masked] of cases) {
    assert.deepEqual(maskResult(value, maskerOf(secret)), masked, secret);
  }
});

Deno.test("maskResult() keeps __proto__ and constructor as keys", () => {
  const value = JSON.parse('{"__proto__":{"canary-77":1},"constructor":"canary-77","toString":2}');
  const masked = maskResult(value, maskerOf("canary-77"));
  assert.equal(
    JSON.stringify(masked),
    '{"__proto__":{"***":1},"constructor":"***","toString":2}',
  );
  assert.equal(({} as Record<string, unknown>)["canary-77"], undefined);
});

Deno.test("maskResult() of a value nested deeper than the stack is a mask, and of any other is JSON", () => {
  const masker = maskerOf("canary-77");
  for (const depth of [10, 1000, 3000, 5000, 8000, 12_000, 100_000]) {
    const arrays = JSON.parse("[".repeat(depth) + '"canary-77"' + "]".repeat(depth));
    const objects = JSON.parse('{"a":'.repeat(depth) + '"canary-77"' + "}".repeat(depth));
    for (const value of [arrays, objects]) {
      const text = JSON.stringify(maskResult(value, masker));
      assert.ok(!text.includes("canary") && text.includes("***"), `depth ${depth}`);
      if (depth === 100_000) assert.equal(text, '"***"');
    }
  }
});

Deno.test("maskResult() gives JSON that shows no secret, whatever the secret and the value", () => {
  const secret = fc.oneof(
    fc.constantFrom("true", "null", "1", "12", "a", "[", "{}", ",", ":", "\\", "1,2", '":'),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.string({ minLength: 1 }),
  ).filter((text) => !/["*]/.test(text.replaceAll(/\w/g, "")) && text !== "");
  fc.assert(
    fc.property(secret, fc.jsonValue(), fc.boolean(), (secret, value, asPart) => {
      const given = JSON.parse(JSON.stringify(asPart ? [secret, { [secret]: value }] : value));
      const masker = maskerOf(secret);
      const text = JSON.stringify(maskResult(given, masker));
      assert.equal(masker.text(text), text);
      assert.doesNotThrow(() => JSON.parse(text));
    }),
    RUNS,
  );
});

Deno.test("maskError() shows no part of a secret that its cut goes through", () => {
  const masker = new Masker(1);
  masker.conceal("canary-cut-secret");
  for (let before = 65_519; before <= 65_536; before++) {
    const shown = maskError("x".repeat(before) + "canary-cut-secret and more", masker);
    assert.match(shown, /^x+(\*\*\*)?…$/);
  }
  assert.equal(maskError("a canary-cut-secret", masker), "a ***");
});
