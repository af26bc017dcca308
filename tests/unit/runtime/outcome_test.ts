import assert from "node:assert/strict";
import type { Cause, Ended } from "../../../runtime/child.ts";
import {
  judgeRun,
  OUTPUT_CLOSED,
  OUTPUT_LIMIT,
  PROCESS_LIMIT,
  type Traces,
} from "../../../runtime/outcome.ts";

function judge(ended: Partial<Ended>, traces: Partial<Traces> = {}) {
  return judgeRun({
    inNamespace: false,
    ended: { cause: { kind: "exit" }, code: 0, signal: null, ...ended },
    timeoutMs: 1_500,
    greeted: true,
    lastWords: "",
    ...traces,
  });
}

const thrown = {
  name: "NotCapable",
  message: `Requires read access to "a.txt", run again`,
  stack: "",
};

Deno.test("judgeRun() gives a result only to a run that ended well and returned something", () => {
  assert.deepEqual(judge({}, { returned: { value: 1 } }), { status: "ok", exitCode: 0, result: 1 });
  assert.deepEqual(judge({}, { returned: { value: null } }), {
    status: "ok",
    exitCode: 0,
    result: null,
  });
  const none = { status: "ok", exitCode: 0 };
  assert.deepEqual(judge({}, { returned: { value: undefined } }), none);
  assert.deepEqual(judge({}), none);
  for (const code of [1, 7]) {
    const judgement = judge({ code }, { returned: { value: 1 } });
    assert.deepEqual([judgement.status, "result" in judgement], ["failed", false]);
  }
});

Deno.test("judgeRun() takes the host's reason for the end over all that the task said", () => {
  const causes: [Cause, exit: number, status: string, code: string][] = [
    [{ kind: "timeout" }, 124, "timeout", "task_timeout"],
    [{ kind: "signal", signal: "SIGINT" }, 130, "killed", "task_killed"],
    [{ kind: "signal", signal: "SIGTERM" }, 143, "killed", "task_killed"],
    [{ kind: "signal", signal: "SIGHUP" }, 129, "killed", "task_killed"],
    [{ kind: "stopped", reason: OUTPUT_CLOSED }, 141, "killed", "output_closed"],
    [{ kind: "stopped", reason: OUTPUT_LIMIT }, 1, "failed", "output_limit"],
    [{ kind: "stopped", reason: PROCESS_LIMIT }, 1, "failed", "process_limit"],
    [{ kind: "stopped", reason: "nonsense" }, 1, "failed", "channel_abused"],
  ];
  for (const [cause, exit, status, code] of causes) {
    const judgement = judge({ cause, code: 7 }, { returned: { value: 1 }, thrown });
    assert.deepEqual([judgement.exitCode, judgement.status, judgement.error?.code], [
      exit,
      status,
      code,
    ]);
    assert.equal(judgement.result, undefined);
  }
});

Deno.test("judgeRun() names the time limit in the unit that it is whole in", () => {
  for (const [timeoutMs, text] of [[1_500, "1500ms"], [60_000, "60s"], [1, "1ms"]] as const) {
    const { error } = judge({ cause: { kind: "timeout" } }, { timeoutMs });
    assert.equal(error?.message, `the task reached its time limit of ${text}`);
  }
});

Deno.test("judgeRun() tells a thrown error from an exit code, and hints at what was denied", () => {
  const { error } = judge({ code: 1 }, { thrown });
  assert.equal(error?.message, `the task threw NotCapable: ${thrown.message}`);
  assert.match(error?.hint ?? "", /permissions: \{ fs: /);
  const other = judge({ code: 1 }, { thrown: { ...thrown, name: "Error" } });
  assert.equal(other.error?.hint, undefined);
  const late = judge({ code: 1 }, { lastWords: `error: Uncaught NotCapable: ${thrown.message}` });
  assert.deepEqual(late.error, {
    code: "task_failed",
    message: "the task ended with exit code 1",
    hint: error?.hint,
  });
  assert.equal(judge({ code: 7 }, { lastWords: thrown.message }).error?.hint, undefined);
  assert.equal(
    judge({}, { thrown: { name: "E", message: "" } }).error?.message,
    "the task threw E",
  );
});

Deno.test("judgeRun() calls an end before the greeting a bug, but not a kill", () => {
  assert.equal(judge({ code: 1 }, { greeted: false }).exitCode, 70);
  const killed = judge({ code: 137, signal: "SIGKILL" }, { greeted: false });
  assert.deepEqual([killed.status, killed.exitCode], ["killed", 137]);
});

Deno.test("judgeRun() names the limit that Deno met before the greeting", () => {
  const lastWords = "error: Import failed.\n    0: Too many open files (os error 24)";
  const { exitCode, error } = judge({ code: 1 }, { greeted: false, lastWords });
  assert.deepEqual([exitCode, error?.code], [1, "task_failed"]);
  assert.match(error?.message ?? "", /code 1 before the task began$/);
  assert.match(error?.hint ?? "", /raise limits\.files/);
  const file = judge({ code: 153 }, { greeted: false, inNamespace: true }).error;
  assert.equal(file?.code, "file_limit");
});

Deno.test("judgeRun() exits with 128 and the number of the signal that ended the task", () => {
  for (const [signal, code] of [["SIGKILL", 137], ["SIGSEGV", 139], ["SIGTERM", 143]] as const) {
    const { status, exitCode, error } = judge({ signal, code });
    assert.deepEqual([status, exitCode, error?.message], [
      "killed",
      code,
      `the task was killed by ${signal}`,
    ]);
  }
});

Deno.test("judgeRun() names the limit behind a signal, and behind what the task threw", () => {
  const file = judge({ code: 153 }, { inNamespace: true }).error;
  assert.deepEqual([file?.code, file?.message], [
    "file_limit",
    "the task was killed by SIGXFSZ: it wrote a file larger than limits.file of task.yaml allows",
  ]);
  const lastWords = "# Fatal JavaScript out of memory: CALL_AND_RETRY_LAST";
  const memory = judge({ signal: "SIGTRAP", code: 133 }, { lastWords }).error;
  assert.equal(memory?.code, "memory_limit");
  const message = "Too many open files (os error 24)";
  const { error } = judge({ code: 1 }, { thrown: { name: "Error", message, stack: "" } });
  assert.match(error?.hint ?? "", /limits\.files/);
  assert.match(judge({ code: 1 }, { lastWords: message }).error?.hint ?? "", /limits\.files/);
});
