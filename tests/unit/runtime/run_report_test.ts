import assert from "node:assert/strict";
import { SecretError } from "../../../sdk/errors.ts";
import { RunReport } from "../../../runtime/run_report.ts";
import { maskerOf } from "./mask_samples.ts";

const KEYS = [
  "task",
  "run_id",
  "status",
  "exit_code",
  "duration_ms",
  "result",
  "stdout",
  "stderr",
  "truncated",
  "error",
];

Deno.test("RunReport has the same keys whether the run ended, was refused or met a bug", () => {
  const ended = new RunReport();
  ended.task = "a";
  ended.outcome = { status: "ok", exitCode: 0, runId: "r", durationMs: 5, result: { x: 1 } };
  const refused = new RunReport();
  refused.refuse(new SecretError("secret_unresolved", "no canary-77", { hint: "canary-77" }), 4);
  const bug = new RunReport();
  bug.refuse(new TypeError("canary-77"), 70);
  const masker = maskerOf("canary-77");
  const [one, two, three] = [ended, refused, bug].map((report) => {
    const line = report.format(masker);
    assert.match(line, /^[^\n]*\n$/);
    assert.doesNotMatch(line, /canary/);
    assert.deepEqual(Object.keys(JSON.parse(line)), KEYS);
    return JSON.parse(line);
  });
  assert.deepEqual(one.result, { x: 1 });
  assert.deepEqual([one.status, one.exit_code, one.error], ["ok", 0, null]);
  assert.deepEqual([two.status, two.exit_code, two.run_id], ["refused", 4, null]);
  assert.deepEqual(two.error, { code: "secret_unresolved", message: "no ***", hint: "***" });
  assert.deepEqual([three.exit_code, three.error.code, three.error.hint], [70, "internal", null]);
});

Deno.test("RunReport masks output that spells a value only once it is text, or that came before it was set", async () => {
  const report = new RunReport();
  // An invalid byte reads as U+FFFD, which this value holds.
  await report.capture.sinks.stdout(new Uint8Array([0x63, 0x61, 0xff, 0x72, 0x79, 0x0a]));
  await report.capture.sinks.stderr(new TextEncoder().encode("early-value printed\n"));
  const document = JSON.parse(report.format(maskerOf("ca\ufffdry", "early-value")));
  assert.deepEqual([document.stdout, document.stderr], ["***\n", "*** printed\n"]);
});
