import assert from "node:assert/strict";
import {
  Encrypter,
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from "age-encryption";
import { DicodeError } from "../../../sdk/errors.ts";
import { isAge, openAge, openLocked, sealAge } from "../../../store/age.ts";

const IDENTITY = await generateX25519Identity();
const RECIPIENT = await identityToRecipient(IDENTITY);
const OTHER = await generateX25519Identity();
/** Three parts of 64 KiB, the last not full. */
const TEXT = crypto.getRandomValues(new Uint8Array(50_000)).toHex() +
  crypto.getRandomValues(new Uint8Array(25_000)).toHex();
const BYTES = new TextEncoder().encode(TEXT);

/** The code and message with which a file does not open. */
async function refusal(file: Uint8Array, identities = [IDENTITY]): Promise<[string, string]> {
  try {
    await openAge(file, "b.age", identities);
  } catch (error) {
    if (error instanceof DicodeError) return [error.code, error.message];
    throw error;
  }
  return ["opened", ""];
}

Deno.test("openAge() opens what sealAge() wrote, for each recipient, armored or not", async () => {
  const hybrid = await generateHybridIdentity();
  const recipients = [
    RECIPIENT,
    await identityToRecipient(OTHER),
    await identityToRecipient(hybrid),
  ];
  for (const armored of [false, true]) {
    for (const bytes of [BYTES, BYTES.subarray(0, 65_536), new Uint8Array()]) {
      const file = await sealAge(recipients, bytes, armored);
      assert.ok(isAge(file));
      assert.equal(new TextDecoder().decode(file).startsWith("-----BEGIN AGE"), armored);
      for (const identity of [IDENTITY, OTHER, hybrid]) {
        assert.deepEqual(await openAge(file, "b.age", [identity]), bytes);
      }
    }
  }
  const file = await sealAge([RECIPIENT], BYTES, false);
  assert.deepEqual(await openAge(file, "b.age", [OTHER, IDENTITY]), BYTES);
});

Deno.test("openAge() reads armor with CRLF, and with space around it", async () => {
  const text = new TextDecoder().decode(await sealAge([RECIPIENT], BYTES, true));
  const file = new TextEncoder().encode(`\r\n ${text.replaceAll("\n", "\r\n")}\n\n`);
  assert.deepEqual(await openAge(file, "b.age", [IDENTITY]), BYTES);
});

Deno.test("openAge() tells another identity, and a passphrase, from a damaged file", async () => {
  const file = await sealAge([RECIPIENT], BYTES, false);
  const [code, message] = await refusal(file, [OTHER]);
  assert.equal(code, "identity_wrong");
  assert.match(message, /encrypted for other recipients/);
  const encrypter = new Encrypter();
  encrypter.setScryptWorkFactor(1);
  encrypter.setPassphrase("x");
  const [locked, why] = await refusal(await encrypter.encrypt(BYTES));
  assert.equal(locked, "identity_wrong");
  assert.match(why, /locked with a passphrase/);
});

Deno.test("a file that was cut off opens nowhere", async () => {
  const file = await sealAge([RECIPIENT], BYTES, false);
  const header = new TextDecoder("latin1").decode(file).indexOf("\n--- ") + 49;
  const part = 65_536 + 16;
  const ends = [header - 1, header, header + 16, header + 31, header + 32, header + 40];
  for (let end = 1; end < header; end += 7) ends.push(end);
  for (const whole of [1, 2]) ends.push(header + 16 + whole * part, header + 15 + whole * part);
  ends.push(file.length - 17, file.length - 1);
  for (const end of ends) {
    const [code, message] = await refusal(file.subarray(0, end));
    assert.equal(code, "backup_damaged", `${end}`);
    assert.match(message, end < header + 32 ? /: it is cut off$/ : /: it was cut off or changed$/);
  }
  assert.deepEqual(await refusal(new Uint8Array()), [
    "backup_invalid",
    'cannot open "b.age": it is empty',
  ]);
});

Deno.test("a file of which one bit was changed opens nowhere", async () => {
  const file = await sealAge([RECIPIENT], BYTES, false);
  const header = new TextDecoder("latin1").decode(file).indexOf("\n--- ") + 49;
  const places = [header - 3, header + 3, header + 20, header + 70_000, file.length - 1];
  for (let at = 0; at < header; at += 11) places.push(at);
  for (const at of places) {
    const changed = file.slice();
    changed[at]! ^= 1;
    const [code] = await refusal(changed);
    assert.match(code, /^(backup_damaged|backup_invalid|identity_wrong)$/, `${at}`);
    if (at >= header - 3) assert.equal(code, "backup_damaged", `${at}`);
  }
  const longer = new Uint8Array(file.length + 1);
  longer.set(file);
  assert.equal((await refusal(longer))[0], "backup_damaged");
});

Deno.test("armor that was cut off or changed is damaged", async () => {
  const text = new TextDecoder().decode(await sealAge([RECIPIENT], BYTES, true));
  const open = (changed: string) => refusal(new TextEncoder().encode(changed));
  assert.match((await open(text.slice(0, 5000))).join(), /^backup_damaged.*it is cut off$/);
  assert.match((await open(text.replace(/\n.{64}\n/, "\n!\n"))).join(), /^backup_damaged.*a line/);
  const lines = text.split("\n");
  lines.splice(20, 1);
  assert.match((await open(lines.join("\n"))).join(), /^backup_damaged/);
});

Deno.test("what is no file of age, or of another version, is not called damaged", async () => {
  const open = (text: string) => refusal(new TextEncoder().encode(text));
  assert.match((await open('{"a":"b"}')).join(), /^backup_invalid.*not encrypted with age$/);
  assert.match(
    (await open("age-encryption.org/v2\n-> X")).join(),
    /^backup_invalid.*version of age/,
  );
  assert.equal(isAge(new TextEncoder().encode(`# created\n${IDENTITY}\n`)), false);
});

Deno.test("openLocked() opens with the passphrase alone", async () => {
  const encrypter = new Encrypter();
  encrypter.setScryptWorkFactor(1);
  encrypter.setPassphrase("pass-c81f");
  const file = await encrypter.encrypt(BYTES);
  assert.deepEqual(await openLocked(file, "key.age", "pass-c81f"), BYTES);
  await assert.rejects(openLocked(file, "key.age", "pass-0000"), {
    code: "identity_wrong",
    message: 'cannot open "key.age": its passphrase is another one',
  });
  const sealed = await sealAge([RECIPIENT], BYTES, false);
  await assert.rejects(openLocked(sealed, "key.age", "pass-c81f"), { code: "identity_wrong" });
});
