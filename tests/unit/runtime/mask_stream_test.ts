import assert from "node:assert/strict";
import { Masker } from "../../../runtime/mask.ts";
import { cutAt, encode, join, maskerOf } from "./mask_samples.ts";

Deno.test("conceal() during the run hides what has not been returned yet", () => {
  const masker = maskerOf("first-secret");
  const stream = masker.stream();
  const shown: string[] = [];
  const push = (text: string) =>
    shown.push(new TextDecoder().decode(join(stream.push(encode(text)))));
  push("x first-sec");
  masker.conceal("first-secure-token"); // of this, "first-sec" is held
  push("ure-token y");
  masker.conceal("later");
  push(" later");
  push("!");
  shown.push(new TextDecoder().decode(join(stream.end())));
  assert.equal(shown.join(""), "x *** y ***!");
  assert.equal(shown[0], "x ");
  assert.equal(masker.size, 3);
});

Deno.test("conceal() before end() hides what is held", () => {
  const masker = maskerOf("first-secret");
  const stream = masker.stream();
  assert.deepEqual(join(stream.push(encode("a first-se"))), encode("a "));
  masker.conceal("st-s");
  assert.deepEqual(join(stream.end()), encode("fir***e"));
});

Deno.test("conceal() of the first value while a stream runs", () => {
  const masker = new Masker();
  const stream = masker.stream();
  assert.deepEqual(stream.push(encode("a tok")), [encode("a tok")]);
  masker.conceal("token-1234");
  assert.deepEqual(
    join([...stream.push(encode("en token-1234")), ...stream.end()]),
    encode("en ***"),
  );
});

Deno.test("thousands of values, each with output between, stay fast", () => {
  const masker = new Masker();
  const stream = masker.stream();
  const began = performance.now();
  for (let i = 0; i < 3000; i++) {
    masker.conceal(`value-number-${i}`);
    assert.equal(join(stream.push(encode(`value-number-${i};`))).at(-1), ";".charCodeAt(0));
  }
  assert.equal(masker.text("value-number-0 value-number-1777"), "*** ***");
  assert.ok(performance.now() - began < 10_000); // 0.3 s alone; squared it would be minutes
});

Deno.test("two streams have holds of their own", () => {
  const masker = maskerOf("abcdef");
  const [out, err] = [masker.stream(), masker.stream()];
  assert.deepEqual(join(out.push(encode("abc"))), encode(""));
  assert.deepEqual(join(err.push(encode("def"))), encode("def"));
  assert.deepEqual(join(out.push(encode("def"))), encode("***"));
});

Deno.test("what cannot become a match is not held", () => {
  const stream = maskerOf("abcdefgh").stream();
  assert.deepEqual(join(stream.push(encode("xyz"))), encode("xyz"));
  assert.deepEqual(join(stream.push(encode("xab"))), encode("x"));
  assert.deepEqual(join(stream.push(encode("abcx"))), encode("ababcx"));
  // A run is shown at once, and once, even if it may go on.
  assert.deepEqual(join(stream.push(encode("abcdefgh"))), encode("***"));
  assert.deepEqual(join(stream.push(encode("abcdefgh"))), encode(""));
  assert.deepEqual(join(stream.push(encode("."))), encode("."));
});

Deno.test("the hold is under 1 KiB, also for long values", () => {
  const value = "v".repeat(100_000);
  const stream = maskerOf(value).stream();
  let pushed = 0;
  let returned = 0;
  for (let i = 0; i < 200; i++) {
    pushed += 5;
    returned += join(stream.push(encode("vvvvv"))).length;
    if (pushed < 1024) assert.ok(pushed - returned < 1024);
  }
  assert.equal(returned, 0); // 1000 bytes may still become the first block
  assert.equal(join(stream.push(encode("vvvvv".repeat(10)))).length, 3);
  assert.deepEqual(join(stream.push(encode("."))), encode("."));
});

Deno.test("no values: the chunk itself comes back", () => {
  const chunk = encode("anything");
  const stream = new Masker().stream();
  assert.equal(stream.push(chunk)[0], chunk);
  assert.deepEqual(stream.end(), []);
});

Deno.test("nothing to mask: views of the chunk, and bytes() and text() give back what they got", () => {
  const masker = maskerOf("abcdefgh");
  const chunk = encode("nothing here");
  assert.equal(masker.stream().push(chunk)[0]!.buffer, chunk.buffer);
  assert.equal(masker.bytes(chunk), chunk);
  assert.equal(masker.text("\ufeff\ud800 text"), "\ufeff\ud800 text");
  assert.equal(masker.text("\ufeffabcdefgh"), "\ufeff***");
});

Deno.test("an empty chunk changes nothing", () => {
  const stream = maskerOf("abcdefgh").stream();
  assert.deepEqual(stream.push(new Uint8Array(0)), []);
  assert.deepEqual(join(stream.push(encode("abcd"))), encode(""));
  assert.deepEqual(stream.push(new Uint8Array(0)), []);
  assert.deepEqual(join(stream.push(encode("efgh"))), encode("***"));
  assert.deepEqual(stream.end(), []);
});

Deno.test("binary output beside values comes through byte for byte", () => {
  const masker = maskerOf("a secret of some bytes", "12345678", "ÿþ-binary");
  for (let round = 0; round < 20; round++) {
    const data = crypto.getRandomValues(new Uint8Array(50_000));
    const stream = masker.stream();
    const places = Array.from(crypto.getRandomValues(new Uint16Array(6)));
    const pieces = cutAt(data, places).flatMap((chunk) => stream.push(chunk));
    assert.deepEqual(join([...pieces, ...stream.end()]), data);
  }
});

Deno.test("values of 5 KiB and 1 MiB", () => {
  for (const size of [5 * 1024, 1024 * 1024]) {
    const value = Array.from({ length: size / 8 }, (_, i) => String(i * 7919).padStart(8, "x"))
      .join("");
    const masker = maskerOf(value);
    const stream = masker.stream();
    const data = encode(`<${value}> ${encodeURIComponent(btoa(value))}`);
    const pieces = cutAt(data, Array.from({ length: 20 }, (_, i) => i * 65_536)).flatMap((chunk) =>
      stream.push(chunk)
    );
    const shown = new TextDecoder().decode(join([...pieces, ...stream.end()]));
    assert.match(shown, /^<\*\*\*> \*\*\*[^*]{0,8}$/);
  }
});

Deno.test("conceal() hides a value as it is alone, where that is asked for", () => {
  const masker = new Masker(1);
  masker.conceal("canary-value-1", "plain");
  assert.equal(masker.text("a canary-value-1 b"), "a *** b");
  const encoded = btoa("canary-value-1");
  assert.equal(masker.text(encoded), encoded);
});

Deno.test("conceal() in every form after as it is alone hides every form, and the other way round", () => {
  for (const forms of [["plain", "all"], ["all", "plain"]] as const) {
    const masker = new Masker(1);
    for (const each of forms) {
      masker.conceal("canary-value-1", each);
      assert.equal(masker.text("canary-value-1"), "***");
    }
    assert.equal(masker.text(encode("canary-value-1").toHex()), "***");
    assert.equal(masker.size, 1);
  }
});
