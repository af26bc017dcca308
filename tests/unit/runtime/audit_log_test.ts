import assert from "node:assert/strict";
import fc from "fast-check";
import {
  type Access,
  AuditLog,
  MAX_ACCESSES,
  MAX_AUDIT_LINE_BYTES,
} from "../../../runtime/audit_log.ts";
import { cutAt, encode } from "./mask_samples.ts";

const RUNS = Deno.env.get("SLOW") === "1" ? 5_000 : 300;
const SOCKET = "/run/x/s";

function line(permission: string, value: unknown, v: unknown = 1): string {
  return JSON.stringify({ v, datetime: "2026-11-24T10:59:24Z", permission, value }) + "\n";
}

/** What the bootstrap has asked for once it has dialled. */
const DIALLED = line("read", SOCKET) + line("write", SOCKET) + line("net", `unix:${SOCKET}`);

function read(...texts: readonly (string | Uint8Array)[]): AuditLog {
  const log = new AuditLog(SOCKET);
  log.push(encode(DIALLED));
  for (const text of texts) log.push(typeof text === "string" ? encode(text) : text);
  return log;
}

function values(log: AuditLog): string[] {
  return log.accesses.map(({ permission, value }) => `${permission} ${value}`);
}

Deno.test("AuditLog has each access once, in the order of the first", () => {
  const text = line("read", "a") + line("env", "A") + line("read", "a") + line("write", "a") +
    line("env", null) + line("env", "") + line("sys", "hostname") + line("ffi", "/x.so");
  const expected = ["read a", "env A", "write a", "env null", "env "];
  assert.deepEqual(values(read(text)), [...expected, "sys hostname", "ffi /x.so"]);
});

Deno.test("AuditLog leaves out what the bootstrap asked for, before it dialled and of its socket", () => {
  const log = new AuditLog(SOCKET);
  log.push(encode(line("env", "SET_BY_BOOTSTRAP")));
  log.push(encode(DIALLED + line("net", `unix:${SOCKET}`)));
  log.push(encode(line("env", "ASKED") + line("read", SOCKET) + line("net", "unix:/other")));
  assert.deepEqual(values(log), ["env ASKED", "net unix:/other"]);
});

Deno.test("AuditLog leaves out that the bootstrap sets the variables, and not that the task reads them", () => {
  const log = new AuditLog(SOCKET);
  log.push(encode(DIALLED));
  log.expect(["A", "B"]);
  log.push(encode(line("env", "A") + line("env", "B") + line("env", "B") + line("env", "C")));
  assert.deepEqual(values(log), ["env B", "env C"]);
});

Deno.test("AuditLog keeps no URL, which may hold a secret in its path: host and port follow it", () => {
  const url = "https://user:canary@api.example/canary?canary#canary";
  const text = line("net", url) + line("net", "api.example:443") + line("import", url) +
    line("import", "http://127.0.0.1:8080/canary.ts");
  const log = read(text);
  const expected = ["net api.example:443", "import api.example", "import 127.0.0.1:8080"];
  assert.deepEqual(values(log), expected);
});

Deno.test("AuditLog takes nothing from a line that is not one of Deno's", () => {
  const bad = [
    "",
    "null",
    "[]",
    '"read"',
    "{",
    '{"v":1}',
    line("run", "git").trim(),
    line("secrets_write", "forged").trim(),
    line("constructor", "x").trim(),
    line("read", 5).trim(),
    line("read", ["a"]).trim(),
    line("read", { toString: "x" }).trim(),
    line("read", "a", 2).trim(),
    line("read", "a", "1").trim(),
    '{"v":1,"permission":["read"],"value":"a"}',
    "[".repeat(60_000),
  ];
  assert.deepEqual(values(read(bad.join("\n") + "\n" + line("read", "good"))), ["read good"]);
});

Deno.test("AuditLog passes over a line that is too long, says so, and reads on", () => {
  const longest = line("read", "").length - 1;
  const fits = "a".repeat(MAX_AUDIT_LINE_BYTES - longest);
  assert.deepEqual(values(read(line("read", fits))), [`read ${fits}`]);
  for (const over of [line("read", fits + "a"), "x".repeat(10 * MAX_AUDIT_LINE_BYTES) + "\n"]) {
    const log = read(over, line("read", "next"));
    assert.deepEqual(values(log), ["read next"]);
    assert.equal(log.isComplete, false);
  }
});

Deno.test("AuditLog keeps a bounded number of accesses, and says that there were more", () => {
  const log = read();
  for (let at = 0; at < MAX_ACCESSES; at++) log.push(encode(line("read", `/${at}`)));
  assert.deepEqual([log.accesses.length, log.isComplete], [MAX_ACCESSES, true]);
  log.push(encode(line("read", "/0")));
  assert.equal(log.isComplete, true);
  log.push(encode(line("read", "/more")));
  assert.deepEqual([log.accesses.length, log.isComplete], [MAX_ACCESSES, false]);
});

Deno.test("AuditLog keeps a bounded amount of text", () => {
  const log = read();
  for (let at = 0; at < 200; at++) log.push(encode(line("read", at + "a".repeat(60_000))));
  const kept = log.accesses.reduce((sum, { value }) => sum + value!.length, 0);
  assert.ok(kept <= 4 * 1024 * 1024, `${kept} characters`);
  assert.equal(log.isComplete, false);
});

Deno.test("AuditLog knows the host's end line, and takes no other for it", () => {
  const log = read(`end ${crypto.randomUUID()}\n`, " " + new AuditLog(SOCKET).endLine + "\n");
  assert.equal(log.hasEnded, false);
  log.push(encode(`{"unfinished\n${log.endLine}\n`));
  assert.equal(log.hasEnded, true);
});

Deno.test("AuditLog reads the same however the bytes are cut, and garbage adds nothing of its own", () => {
  const known: Access["permission"][] = ["env", "net", "read", "write", "sys", "import", "ffi"];
  const good = fc.record({ permission: fc.constantFrom(...known), value: fc.string() })
    .map(({ permission, value }) => encode(line(permission, value)));
  const bad = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc.string({ unit: "binary" }).map(encode),
    fc.json().map(encode),
    fc.jsonValue().map((value) => encode(line("read", value))),
  ).map((bytes) => Uint8Array.of(...bytes, 10));
  fc.assert(
    fc.property(
      fc.array(fc.oneof(good, bad), { maxLength: 20 }),
      fc.array(fc.nat(4000), { maxLength: 10 }),
      (lines, cuts) => {
        const bytes = Uint8Array.from(lines.flatMap((line) => [...line]));
        const whole = read(bytes);
        assert.deepEqual(read(...cutAt(bytes, cuts)).accesses, whole.accesses);
        for (const { permission, value } of whole.accesses) {
          assert.ok(known.includes(permission));
          assert.ok(value === null || (typeof value === "string" && value.isWellFormed()));
        }
        assert.ok(whole.accesses.length <= lines.length * 101);
      },
    ),
    { numRuns: RUNS },
  );
});
