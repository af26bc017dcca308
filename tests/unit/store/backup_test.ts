import assert from "node:assert/strict";
import fc from "fast-check";
import { DicodeError } from "../../../sdk/errors.ts";
import { encodeBackup, findUnfit, parseBackup } from "../../../store/backup.ts";

const encode = (text: string) => new TextEncoder().encode(text);
const CANARY = "canary-77b0";

/** The code and message with which a document is refused, and its hint. */
function refusal(text: string | Uint8Array): [code: string, shown: string] {
  try {
    parseBackup(typeof text === "string" ? encode(text) : text, "b.age");
  } catch (error) {
    if (error instanceof DicodeError) {
      assert.equal(error.exitCode, 3);
      assert.equal(error.cause, undefined);
      return [error.code, error.message];
    }
    throw error;
  }
  return ["read", ""];
}

Deno.test("the document is JSON with a secret on each line, and says what it is", () => {
  const bytes = encodeBackup(new Map([["a", "1"], ['b"', "x\ny"]]));
  assert.equal(
    new TextDecoder().decode(bytes),
    '{"dicode":"backup","version":1,"secrets":{\n"a":"1",\n"b\\"":"x\\ny"\n}}\n',
  );
  assert.deepEqual(JSON.parse(new TextDecoder().decode(encodeBackup(new Map()))).secrets, {});
});

Deno.test("parseBackup() gives what encodeBackup() took, for all keys and values that a store takes", () => {
  const text = fc.string({ unit: "binary", minLength: 1, maxLength: 60 });
  const entries = fc.array(fc.tuple(text, text)).map((list) =>
    new Map(list.filter(([key, value]) => findUnfit(key, value) === undefined))
  );
  const odd = new Map([["__proto__", "x"], ["constructor", "y"], ["7", "z"], [
    "\u2028a".slice(1),
    "\ufeffx\u2028",
  ]]);
  fc.assert(
    fc.property(entries, (secrets) => {
      assert.deepEqual(parseBackup(encodeBackup(secrets), "b"), secrets);
    }),
    { numRuns: Deno.env.get("SLOW") ? 2000 : 200, examples: [[odd]] },
  );
});

Deno.test("fields that are not known are left alone", () => {
  const text = '{"note":{"secrets":1},"dicode":"backup","version":1,"secrets":{"a":"b"}}';
  assert.deepEqual(parseBackup(encode(text), "b"), new Map([["a", "b"]]));
});

Deno.test("what is no backup is refused, and nothing of it is repeated", () => {
  const secrets = `"secrets":{"a":"b"}`;
  const cases: Record<string, RegExp> = {
    "": /what it holds is no backup/,
    [`{"dicode":"backup","version":1,"secrets":{"a":"${CANARY}"`]: /what it holds is no backup/,
    [`${CANARY}`]: /what it holds is no backup/,
    [`["${CANARY}"]`]: /what it holds is no backup/,
    null: /what it holds is no backup/,
    [`{"${CANARY}":"${CANARY}"}`]: /what it holds is no backup/,
    [`{"dicode":"backup",${secrets}}`]: /does not say its version/,
    [`{"dicode":"backup","version":"1",${secrets}}`]: /does not say its version/,
    [`{"dicode":"backup","version":0,${secrets}}`]: /does not say its version/,
    [`{"dicode":"backup","version":1.5,${secrets}}`]: /does not say its version/,
    [`{"dicode":"backup","version":1}`]: /has no secrets in it/,
    [`{"dicode":"backup","version":1,"secrets":["${CANARY}"]}`]: /has no secrets in it/,
    [`{"dicode":"backup","version":1,"secrets":{"a":"b","${CANARY}":null}}`]: /number 2 is no text/,
    [`{"dicode":"backup","version":1,"secrets":{"${CANARY}\\n":"x"}}`]: /number 1 .* its key holds/,
    [`{"dicode":"backup","version":1,"secrets":{"DICODE_X":"x"}}`]:
      /number 1 .* its key is dicode's/,
    [`{"dicode":"backup","version":1,"secrets":{"a":""}}`]: /number 1 .* it is empty/,
    [`{"dicode":"backup","version":1,"secrets":{"a":"${CANARY}\\u0000"}}`]: /number 1 .* NUL/,
  };
  for (const [text, message] of Object.entries(cases)) {
    const [code, shown] = refusal(text);
    assert.equal(code, "backup_invalid", text);
    assert.match(shown, message);
    assert.ok(!shown.includes("canary"), shown);
  }
  assert.equal(refusal(new Uint8Array([0x22, 0xff, 0x22]))[0], "backup_invalid");
});

Deno.test("a newer version is named before anything else of it is looked at", () => {
  assert.deepEqual(refusal('{"dicode":"backup","version":2,"secrets":[]}'), [
    "backup_newer",
    'cannot restore "b.age": its version is 2, this dicode knows 1',
  ]);
});

Deno.test("encodeBackup() refuses what parseBackup() would not be given", () => {
  const secrets = new Map([["a", "x".repeat(1_048_576)]]);
  assert.throws(() => encodeBackup(secrets, 1_048_576), {
    code: "backup_unfit",
    message: "cannot export the secrets: they are over 1 MiB",
  });
});
