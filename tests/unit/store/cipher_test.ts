import assert from "node:assert/strict";
import {
  argon2idPortable,
  argon2idWebCrypto,
  deriveKey,
  FORMAT_BOUND,
  FORMAT_GO,
  open,
  opensCheck,
  seal,
  sealCheck,
} from "../../../store/cipher.ts";
import { xchacha20poly1305 } from "@noble/ciphers/chacha.js";
import { flip } from "./helpers.ts";

const RUNS = Deno.env.get("SLOW") === "1" ? 100 : 3;
const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);
const bytes = (value: string) => new TextEncoder().encode(value);
const random = (length: number) => crypto.getRandomValues(new Uint8Array(length));
const derivedKey = random(32);

// RFC 9106, section 5.3.
const RFC_9106 = {
  password: new Uint8Array(32).fill(1),
  salt: new Uint8Array(16).fill(2),
  secret: new Uint8Array(8).fill(3),
  associatedData: new Uint8Array(12).fill(4),
  cost: { passes: 3, memoryKiB: 32, lanes: 4 },
};
const RFC_9106_TAG = "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659";

Deno.test("argon2idPortable() passes the vector of RFC 9106", async () => {
  assert.equal((await argon2idPortable(RFC_9106)).toHex(), RFC_9106_TAG);
});

Deno.test("argon2idWebCrypto() passes the vector of RFC 9106", async () => {
  assert.equal((await argon2idWebCrypto(RFC_9106))?.toHex(), RFC_9106_TAG);
});

Deno.test("the two Argon2id implementations agree on random inputs", async () => {
  for (let run = 0; run < RUNS; run++) {
    const cost = { passes: 1 + run % 3, memoryKiB: 64 + 8 * run, lanes: 1 + run % 4 };
    const input = { password: random(1 + run), salt: random(16), cost };
    const one = await argon2idWebCrypto(input);
    assert.equal(one?.toHex(), (await argon2idPortable(input)).toHex());
  }
});

Deno.test("deriveKey() gives the same bytes where WebCrypto lacks Argon2id", async () => {
  const [masterKey, salt] = [random(32), random(16)];
  const without = {
    importKey: () => Promise.reject(new DOMException("no Argon2id", "NotSupportedError")),
  } as unknown as SubtleCrypto;
  const expected = await deriveKey(masterKey, salt);
  assert.deepEqual(await deriveKey(masterKey, salt, without), expected);
  assert.equal(expected.length, 32);
});

Deno.test("deriveKey() passes on a failure that is not a lack of Argon2id", async () => {
  const broken = {
    importKey: () => Promise.reject(new DOMException("out of memory", "OperationError")),
  } as unknown as SubtleCrypto;
  await assert.rejects(deriveKey(random(32), random(16), broken), /out of memory/);
});

Deno.test("deriveKey() refuses a key or salt of the wrong length", async () => {
  await assert.rejects(deriveKey(random(31), random(16)), TypeError);
  await assert.rejects(deriveKey(random(32), random(15)), TypeError);
});

Deno.test("XChaCha20-Poly1305 passes A.3.1 of draft-irtf-cfrg-xchacha-03", () => {
  const key = Uint8Array.fromHex(
    "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f",
  );
  const nonce = Uint8Array.fromHex("404142434445464748494a4b4c4d4e4f5051525354555657");
  const associated = Uint8Array.fromHex("50515253c0c1c2c3c4c5c6c7");
  const plain = bytes(
    "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, " +
      "sunscreen would be it.",
  );
  const sealed = "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb" +
    "731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452" +
    "2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9" +
    "21f9664c97637da9768812f615c68b13b52e" + "c0875924c1c7987947deafd8780acf49";
  assert.equal(xchacha20poly1305(key, nonce, associated).encrypt(plain).toHex(), sealed);
  assert.deepEqual(
    xchacha20poly1305(key, nonce, associated).decrypt(Uint8Array.fromHex(sealed)),
    plain,
  );
});

Deno.test("open() opens a row without associated data as format 0", () => {
  const nonce = random(24);
  const ciphertext = xchacha20poly1305(derivedKey, nonce).encrypt(bytes("value"));
  assert.equal(text(open(derivedKey, "any", { ciphertext, nonce }, FORMAT_GO)), "value");
  assert.equal(open(derivedKey, "any", { ciphertext, nonce }, FORMAT_BOUND), undefined);
});

Deno.test("seal() uses a fresh nonce each time, of the randomness given", () => {
  const one = seal(derivedKey, "k", bytes("v"));
  const two = seal(derivedKey, "k", bytes("v"));
  assert.notDeepEqual(one.nonce, two.nonce);
  assert.equal(seal(derivedKey, "k", bytes("v"), (fill) => fill.fill(7)).nonce[23], 7);
});

Deno.test("seal() and sealCheck() bind what docs/reference/store.md says", () => {
  const fill = (nonce: Uint8Array<ArrayBuffer>) => nonce.fill(7);
  const nonce = new Uint8Array(24).fill(7);
  const sealedWith = (associated: string, value: string) =>
    xchacha20poly1305(derivedKey, nonce, bytes(associated)).encrypt(bytes(value));
  assert.deepEqual(
    seal(derivedKey, "kéy", bytes("value"), fill).ciphertext,
    sealedWith("dicode:store:secret\0\x01kéy", "value"),
  );
  assert.deepEqual(
    sealCheck(derivedKey, fill).ciphertext,
    sealedWith("dicode:store:check\0\x01", ""),
  );
});

Deno.test("open() answers undefined to one flipped bit anywhere", () => {
  const sealed = seal(derivedKey, "k", bytes("value"));
  assert.equal(text(open(derivedKey, "k", sealed, FORMAT_BOUND)), "value");
  for (let at = 0; at < sealed.ciphertext.length; at++) {
    const changed = { ...sealed, ciphertext: flip(sealed.ciphertext, at) };
    assert.equal(open(derivedKey, "k", changed, FORMAT_BOUND), undefined);
  }
  for (let at = 0; at < sealed.nonce.length; at++) {
    const changed = { ...sealed, nonce: flip(sealed.nonce, at) };
    assert.equal(open(derivedKey, "k", changed, FORMAT_BOUND), undefined);
  }
  for (let at = 0; at < derivedKey.length; at++) {
    assert.equal(open(flip(derivedKey, at), "k", sealed, FORMAT_BOUND), undefined);
  }
  assert.equal(open(derivedKey, "j", sealed, FORMAT_BOUND), undefined);
  assert.equal(open(derivedKey, "k", sealed, FORMAT_GO), undefined);
  assert.equal(open(derivedKey, "k", sealed, 2), undefined);
});

Deno.test("open() answers undefined to lengths that cannot be, and throws for a wrong key", () => {
  const sealed = seal(derivedKey, "k", bytes("value"));
  const short = { ...sealed, ciphertext: sealed.ciphertext.subarray(0, 15) };
  assert.equal(open(derivedKey, "k", short, FORMAT_BOUND), undefined);
  const nonce = { ...sealed, nonce: sealed.nonce.subarray(1) };
  assert.equal(open(derivedKey, "k", nonce, FORMAT_BOUND), undefined);
  assert.throws(() => open(random(16), "k", sealed, FORMAT_BOUND), TypeError);
});

Deno.test("opensCheck() takes no row for the check value, nor open() the check value for a row", () => {
  const check = sealCheck(derivedKey);
  assert(opensCheck(derivedKey, check));
  assert(!opensCheck(flip(derivedKey), check));
  assert(!opensCheck(derivedKey, seal(derivedKey, "", bytes(""))));
  assert.equal(open(derivedKey, "", check, FORMAT_BOUND), undefined);
});
