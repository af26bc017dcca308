import assert from "node:assert/strict";
import fc from "fast-check";
import { parseSecretText } from "../../../store/members.ts";

function valuesOf(text: string, name = "x"): Record<string, string> {
  const { values, fault } = parseSecretText(text, name);
  assert.equal(fault, undefined);
  return Object.fromEntries(values!);
}

function faultOf(text: string, name = "x"): string {
  const { values, fault } = parseSecretText(text, name);
  assert.equal(values, undefined);
  return `${fault!.state} | ${fault!.hint}`;
}

Deno.test("parseSecretText() takes numbers as written, objects as JSON, and leaves null out", () => {
  const text =
    `\ufeff {"text": "a\\n\\u00fc", "id": 12345678901234567890, "price": 1.10, "on": true,
    "off": false, "gone": null, "list": [1, "b", 1e400], "object": {"a": {"b": 1.50}}, "": "e",
    "__proto__": "p", "empty": ""}`;
  assert.deepEqual(
    Object.entries(valuesOf(text)),
    [
      ["text", "a\nü"],
      ["id", "12345678901234567890"],
      ["price", "1.10"],
      ["on", "true"],
      ["off", "false"],
      ["list", '[1,"b",1e400]'],
      ["object", '{"a":{"b":1.50}}'],
      ["", "e"],
      ["__proto__", "p"],
      ["empty", ""],
    ],
  );
});

Deno.test("parseSecretText() reads any JSON object as JSON.parse does", () => {
  const member = fc.oneof(fc.string(), fc.jsonValue().filter((value) => value !== null));
  fc.assert(
    fc.property(fc.dictionary(fc.string(), member), fc.nat(4), (object, indent) => {
      const { values } = parseSecretText(JSON.stringify(object, null, indent), "x");
      const read = [...values!].map(([name, value]) =>
        [name, typeof object[name] === "string" ? value : JSON.parse(value)] as const
      );
      assert.deepEqual(read, Object.entries(JSON.parse(JSON.stringify(object))));
    }),
  );
});

Deno.test("parseSecretText() refuses JSON with a name twice, however it is written", () => {
  const twice = /^it has a name more than once, and either may be meant \| leave all but one/;
  assert.match(faultOf('{"a": "x", "b": {"a": 1}, "a": "x"}'), twice);
  assert.match(faultOf('{"a": "x", "\\u0061": "y"}'), twice);
  assert.deepEqual(valuesOf('{"a": ":{\\"b\\":", "b": {"a": 1, "b": [{"a": 2}]}}'), {
    a: ':{"b":',
    b: '{"a":1,"b":[{"a":2}]}',
  });
});

Deno.test("parseSecretText() says what is wrong with JSON, and shows nothing of it", () => {
  const cases: [text: string, state: RegExp][] = [
    ['{"a": "canary', /^it is JSON that is cut off \|/],
    ['{"a": "canary",', /^it is JSON that is cut off \|/],
    ['{"a": canary}', /^it is not JSON \|/],
    ["{\"a\": 'canary'}", /^it is not JSON \|/],
    ['{"a": "canary"} canary', /^it is not JSON from line 1, column 17 on \|/],
    ['{"canary" "canary"}', /^it is not JSON from line 1, column 11 on \|/],
    [
      '{"a": "canary" // canary (line 9 column 9)\n}',
      /^it is not JSON from line 1, column 16 on \|/,
    ],
  ];
  for (const [text, state] of cases) {
    const fault = faultOf(text);
    assert.match(fault, state);
    assert.ok(!fault.includes("canary"), fault);
  }
  for (const text of ['["canary"]', '"canary"', "12", "null", "true"]) {
    assert.equal(
      faultOf(text, "x.JSON.age"),
      'it holds JSON, but no object | write {"NAME": "value"}',
    );
  }
});

Deno.test("parseSecretText() tells JSON by its name or its first character, and takes the rest as .env", () => {
  assert.deepEqual(valuesOf("A=1\nexport B='two'\nA=3\n", ".env"), { B: "two", A: "3" });
  assert.deepEqual(valuesOf("", ".env"), {});
  assert.match(faultOf("", "x.json"), /cut off/);
  assert.match(faultOf("A=1", "x.json.age"), /not JSON/);
  assert.match(
    faultOf("A=1\ncanary\nB\n"),
    /^line 2 has no "=" \(one of 2 mistakes\) \| write NAME=value/,
  );
  assert.equal(parseSecretText('{"a": 1}', ".env", "dotenv").values, undefined);
  assert.equal(parseSecretText("A=1", "x", "json").values, undefined);
});
