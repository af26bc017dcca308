import assert from "node:assert/strict";
import {
  generateHybridIdentity,
  generateX25519Identity,
  identityToRecipient,
} from "age-encryption";
import { findIdentityFault, findRecipientFault, parseAgeKeys } from "../../../store/age_keys.ts";

const IDENTITY = await generateX25519Identity();
const RECIPIENT = await identityToRecipient(IDENTITY);
const HYBRID = await generateHybridIdentity();
const mistype = (text: string) => text.slice(0, -1) + (/q$/i.test(text) ? "p" : "q");

Deno.test("parseAgeKeys() leaves out comments and empty lines, and keeps the numbers of lines", () => {
  const text = "\ufeff# created: 2026\r\n\r\n  AGE-1 \r\n#x\nage1x";
  assert.deepEqual(parseAgeKeys(text), [{ line: 3, text: "AGE-1" }, { line: 5, text: "age1x" }]);
  assert.deepEqual(parseAgeKeys(""), []);
});

Deno.test("recipients and identities of both kinds have no fault", async () => {
  for (const identity of [IDENTITY, HYBRID]) {
    assert.equal(await findIdentityFault(identity), undefined);
    assert.equal(await findRecipientFault(await identityToRecipient(identity)), undefined);
  }
});

Deno.test("what is no recipient is told by its kind, and never repeated", async () => {
  const cases: Record<string, RegExp> = {
    [IDENTITY]: /the secret half/,
    [IDENTITY.toLowerCase()]: /the secret half/,
    [HYBRID]: /the secret half/,
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA": /is an SSH key/,
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhAAAA": /is an SSH key/,
    "age1yubikey1qwt50d05nh5vutpdzmlg5wn80xq5negm4uj9ghv0snvdd3yysf5yw3rhl3t": /needs a plugin/,
    [mistype(RECIPIENT)]: /is not a whole recipient/,
    [RECIPIENT.slice(0, 40)]: /is not a whole recipient/,
    [`${RECIPIENT} comment`]: /is not a whole recipient/,
    [RECIPIENT.toUpperCase()]: /is no recipient/,
    "hunter2-hunter2": /is no recipient/,
  };
  for (const [text, state] of Object.entries(cases)) {
    const fault = await findRecipientFault(text);
    assert.match(fault?.state ?? "", state, text);
    assert.ok(!JSON.stringify(fault).includes(text.slice(8)), text);
  }
});

Deno.test("what is no identity is told by its kind, and never repeated", async () => {
  const cases: Record<string, RegExp> = {
    [RECIPIENT]: /the public half/,
    "AGE-PLUGIN-YUBIKEY-1QQQQQQQQQQQQQQQ": /needs a plugin/,
    "-----BEGIN OPENSSH PRIVATE KEY-----": /another kind/,
    [mistype(IDENTITY)]: /is not a whole identity/,
    [mistype(HYBRID)]: /is not a whole identity/,
    [IDENTITY.slice(0, 40)]: /is not a whole identity/,
    [IDENTITY.toLowerCase()]: /is no identity/,
    "hunter2-hunter2": /is no identity/,
  };
  for (const [text, state] of Object.entries(cases)) {
    const fault = await findIdentityFault(text);
    assert.match(fault?.state ?? "", state, text);
    assert.ok(!JSON.stringify(fault).includes(text.slice(12)), text);
  }
});
