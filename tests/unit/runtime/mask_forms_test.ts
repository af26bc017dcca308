import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { inspect } from "node:util";
import { BLOCK_BYTES, buildPatterns, DERIVE_MIN_BYTES, utf8 } from "../../../runtime/mask_forms.ts";
import { Masker } from "../../../runtime/mask.ts";
import { around, assertHidden, AWKWARD, left, ONE_LINE } from "./mask_samples.ts";

const pythonDumps = (value: string) =>
  JSON.stringify(value).replace(
    /[\x7f-\uffff]/g,
    (c) => "\\u" + c.charCodeAt(0).toString(16).padStart(4, "0"),
  );
Deno.test("a value is hidden as it is, at any length", () => {
  for (const value of ["x", "ab", "abc", "abcd", "é", "hunter2", "12345678", around("\n")]) {
    assert.equal(left(value, `[${value}]`), "[***]");
  }
  assertHidden((value) => `<${value}>`);
});

Deno.test("the empty string hides nothing", () => {
  assert.equal(buildPatterns("").size, 0);
  assert.equal(left("", "text"), "text");
});

Deno.test("a value under 8 bytes has no derived forms", () => {
  assert.deepEqual([...buildPatterns("hunter2")], ["hunter2"]);
  assert.deepEqual([...buildPatterns("a\nb c")], ["a\nb c"]);
  assert.ok(buildPatterns("hunter22").size > 1);
  assert.equal(utf8("éééé").length, DERIVE_MIN_BYTES);
  assert.ok(buildPatterns("éééé").size > 1);
});

Deno.test("JSON, once and twice", () => {
  assertHidden((value) => JSON.stringify(value));
  assertHidden((value) => JSON.stringify({ a: [value, 1] }));
  assertHidden((value) => JSON.stringify(JSON.stringify({ a: value })));
  assertHidden((value) => JSON.stringify("before " + value + " after"));
});

Deno.test("JSON with \\uXXXX, as Python's json.dumps prints it", () => {
  // python3 -c 'import json; print(json.dumps("Alpha77Q\u00e9\U0001f600\x7f\x1b\u2028Omega88Z"))'
  const value = "Alpha77Q\u00e9\u{1f600}\x7f\x1b\u2028Omega88Z";
  const printed = '"Alpha77Q\\u00e9\\ud83d\\ude00\\u007f\\u001b\\u2028Omega88Z"';
  assert.equal(pythonDumps(value), printed);
  assert.equal(left(value, printed), '"***"');
  const upper = printed.replace(/u([0-9a-f]{4})/g, (_, digits) => "u" + digits.toUpperCase());
  assert.equal(left(value, upper), '"***"');
  assertHidden(pythonDumps);
  assertHidden((value) => pythonDumps(pythonDumps(value)));
  assertHidden((value) => JSON.stringify(pythonDumps(value)));
  assertHidden((value) => pythonDumps(JSON.stringify(value)));
});

Deno.test("JSON with escaped slashes, as PHP's json_encode prints it", () => {
  // php -r 'echo json_encode("Alpha77Q/é/Omega88Z");'
  assert.equal(left("Alpha77Q/é/Omega88Z", '"Alpha77Q\\/\\u00e9\\/Omega88Z"'), '"***"');
  assertHidden((value) => JSON.stringify(value).replaceAll("/", "\\/"));
  assertHidden((value) => pythonDumps(value).replaceAll("/", "\\/"));
});

Deno.test("Deno.inspect, alone, nested, in a longer string, and of JSON", () => {
  assertHidden((value) => Deno.inspect(value));
  assertHidden((value) => Deno.inspect([value]));
  const wide = { breakLength: Infinity };
  const nest = (value: string) => new Map([[1, new Set([{ a: value }])]]);
  assertHidden((value) => Deno.inspect({ deep: nest(value) }, wide), ONE_LINE);
  assertHidden((value) => Deno.inspect({ [value]: 1 }, wide), ONE_LINE);
  for (const quotes of ["'", '"', "`", `'"`, `'\``, `"\``, `'"\``]) {
    assertHidden((value) => Deno.inspect(["before " + quotes + value]), ONE_LINE);
    assertHidden(
      (value) => Deno.inspect({ body: JSON.stringify({ a: quotes, b: value }) }),
      ONE_LINE,
    );
  }
  assertHidden((value) => inspect(value));
});

Deno.test("console.log in a process of its own", async () => {
  const values = ONE_LINE.map(around);
  const code = `for (const v of ${JSON.stringify(values)}) {
    console.log("%s", v); console.log([v]); console.log("%o %O %j", v, v, v); console.error({ v });
    console.log(new Error(v), Symbol(v), { [v]: 1 }); console.table([[v]]);
  }`;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["eval", "--no-config", "--no-lock", code],
    env: { NO_COLOR: "1" },
  }).output();
  const masker = new Masker();
  for (const value of values) masker.conceal(value);
  const rest = masker.text(new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr));
  assert.ok(rest.split("***").length > values.length * 8);
  // What is left over are tables' frames, quotes and keys.
  assert.ok(!/Alpha77|Omega88/.test(rest), rest.match(/.*(Alpha77|Omega88).*/)?.[0]);
});

Deno.test("a multi-line value that Deno.inspect splits is hidden line by line", () => {
  const value = Array.from({ length: 6 }, (_, i) => `line ${i} of a 'secret' text`).join("\n");
  const shown = Deno.inspect({ deep: { value } });
  assert.ok(!left(value, shown).includes("secret"), left(value, shown));
});

Deno.test("hex in either case", () => {
  for (const text of AWKWARD) {
    const hex = Buffer.from(around(text)).toString("hex");
    assert.equal(left(around(text), `0x${hex};`), "0x***;");
    assert.equal(left(around(text), `0x${hex.toUpperCase()};`), "0x***;");
  }
});

/** No character of base64 may be left that depends on the value alone: a first and a last may. */
function assertBase64Hidden(value: string, url: boolean): void {
  for (let before = 0; before < 7; before++) {
    for (let after = 0; after < 4; after++) {
      const bytes = Buffer.concat([
        crypto.getRandomValues(new Uint8Array(before)),
        Buffer.from(value),
        crypto.getRandomValues(new Uint8Array(after)),
      ]);
      const shown = bytes.toString(url ? "base64url" : "base64");
      const rest = left(value, shown);
      const size = Buffer.byteLength(value);
      const first = Math.ceil(before * 8 / 6);
      const end = Math.floor((before + size) * 8 / 6);
      assert.equal(rest, shown.slice(0, first) + "***" + shown.slice(end), `${value} ${shown}`);
    }
  }
}

Deno.test("base64 and base64url with any bytes before and after", () => {
  for (
    const value of ["12345678", "123456789", "1234567890", "~~~???>>>ÿÿÿ", "éééé", around("?>~")]
  ) {
    assertBase64Hidden(value, false);
    assertBase64Hidden(value, true);
  }
});

Deno.test("base64: a value of 8 bytes has no pattern under 8 characters", () => {
  for (const pattern of buildPatterns("12345678")) assert.ok(pattern.length >= 8, pattern);
});

Deno.test("each line of at least 8 bytes, in every form", () => {
  const lines = [
    "-----BEGIN KEY-----",
    "MIIEvQIBADANBgkq/+hkiG9w0BAQ==",
    "short",
    "last 'line' \"é\"",
  ];
  for (const end of ["\n", "\r\n"]) {
    const value = lines.join(end) + end;
    for (const line of lines.filter((l) => l.length >= 8)) {
      assert.equal(left(value, `> ${line}!`), "> ***!");
      assert.equal(left(value, Deno.inspect([line])).includes(line.slice(2, 9)), false);
      assert.equal(
        left(value, JSON.stringify(JSON.stringify(line))).includes(line.slice(5, 9)),
        false,
      );
      assert.equal(left(value, encodeURIComponent(line)), "***");
      assert.equal(left(value, Buffer.from(line).toString("hex")), "***");
      assert.ok(/^\*\*\*.?=*$/.test(left(value, Buffer.from(line).toString("base64"))));
    }
    assert.equal(left(value, "short"), "short");
  }
});

Deno.test("a form over 1 KiB is cut into blocks that overlap, up to its last byte", () => {
  const value = Array.from({ length: 700 }, (_, i) => `${i}:x`).join(",").padEnd(5 * 1024, "-");
  const patterns = [...buildPatterns(value)];
  assert.ok(patterns.every((pattern) => pattern.length <= BLOCK_BYTES));
  assert.ok(patterns.includes(value.slice(-BLOCK_BYTES)));
  assert.equal(left(value, `[${value}]`), "[***]");
  assert.equal(left(value, JSON.stringify(JSON.stringify(value))), '"\\"***\\""');
});

Deno.test("Deno.inspect of a string over its limit of 10,000 characters", () => {
  const value = Array.from({ length: 3000 }, (_, i) => `k${i}'`).join("\t");
  const rest = left(value, Deno.inspect(value));
  assert.match(rest, /^"\*\*\*"\.\.\. \d+ more characters$/);
});

Deno.test("common output is not hit by the forms of a value of 8 bytes", () => {
  const text =
    "The quick brown fox jumps over the lazy dog 0123456789 abcdef ABCDEF == {}[] \\n %20\n";
  assert.equal(left("12345670", text), text);
  assert.equal(left("passw0rd", text), text);
});

Deno.test("a lone surrogate is hidden as encoders print it", () => {
  assert.equal(left("abc\ud800defgh", "abc\ufffddefgh"), "***");
});
