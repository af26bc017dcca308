/**
 * Identities of age and files that are encrypted for them, by the programs `age` and `age-keygen`
 * where they are installed, else by the library that dicode itself decrypts with. `AGE` names which;
 * tests have it in their names.
 */
import assert from "node:assert/strict";
import { armor, Encrypter, generateX25519Identity, identityToRecipient } from "age-encryption";
import { works } from "../e2e/shell.ts";

/** An identity and the recipient that goes with it. */
export interface AgeKey {
  /** `AGE-SECRET-KEY-1…` */
  readonly identity: string;
  /** `age1…` */
  readonly recipient: string;
}

/** What makes keys and files here. */
export const AGE: "age" | "age-encryption, since age is not installed" =
  works("age", "--version") && works("age-keygen", "--version")
    ? "age"
    : "age-encryption, since age is not installed";

/** A new key. */
export async function makeAgeKey(): Promise<AgeKey> {
  if (AGE === "age") {
    const text = new TextDecoder().decode(await run("age-keygen", [], new Uint8Array()));
    const identity = /^AGE-SECRET-KEY-1\w+$/m.exec(text);
    const recipient = /^# public key: (age1\w+)$/m.exec(text);
    assert.ok(identity !== null && recipient !== null, "age-keygen wrote something else");
    return { identity: identity[0], recipient: recipient[1]! };
  }
  const identity = await generateX25519Identity();
  return { identity, recipient: await identityToRecipient(identity) };
}

/** A text or bytes, encrypted for recipients; `armored` as `age --armor` writes it. */
export async function encryptAge(
  plain: string | Uint8Array,
  recipients: readonly string[],
  armored = false,
): Promise<Uint8Array> {
  const bytes = typeof plain === "string" ? new TextEncoder().encode(plain) : plain;
  if (AGE === "age") {
    const to = recipients.flatMap((recipient) => ["-r", recipient]);
    return await run("age", [...(armored ? ["--armor"] : []), ...to], bytes);
  }
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  const sealed = await encrypter.encrypt(bytes);
  return armored ? new TextEncoder().encode(armor.encode(sealed)) : sealed;
}

async function run(program: string, args: string[], stdin: Uint8Array): Promise<Uint8Array> {
  const command = new Deno.Command(program, {
    args,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  });
  const child = command.spawn();
  const writer = child.stdin.getWriter();
  const writing = writer.write(stdin).then(() => writer.close()).catch(() => {});
  const { success, stdout, stderr } = await child.output();
  await writing;
  assert.ok(success, new TextDecoder().decode(stderr));
  return stdout;
}
