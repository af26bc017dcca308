import assert from "node:assert/strict";
import { explainOverrun, explainSignal } from "../../../runtime/overrun.ts";

Deno.test("explainOverrun() names the limit that Deno's words tell of, and none for other words", () => {
  const words: Record<string, RegExp | undefined> = {
    "Error: Too many open files (os error 24)": /limits\.files/,
    "thread 'main' (1) panicked at x.rs:416:13:\nassertion failed\n  left: 24\n right: 0":
      /limits\.files/,
    "RangeError: Array buffer allocation failed": /limits\.memory/,
    "RangeError: WebAssembly.Memory(): could not allocate memory": /limits\.memory/,
    "RangeError: WebAssembly.Memory.grow(): Unable to grow instance memory": /limits\.memory/,
    "WouldBlock: Failed to spawn 'sh': Resource temporarily unavailable (os error 11)":
      /limits\.processes/,
    "Deno could not start: unable to create worker threads.": /limits\.processes/,
    "RangeError: Invalid string length": undefined,
    "panicked at x.rs:1:1:\n  left: 240\n right: 0": undefined,
    "": undefined,
  };
  for (const [text, hint] of Object.entries(words)) {
    if (hint === undefined) assert.equal(explainOverrun(text), undefined, text);
    else assert.match(explainOverrun(text) ?? "", hint);
  }
});

Deno.test("explainSignal() takes a crash for a lack of memory only where V8 says so", () => {
  const said = "#\n# Fatal JavaScript out of memory: CALL_AND_RETRY_LAST\n#\n";
  for (const signal of ["SIGTRAP", "SIGABRT"] as const) {
    assert.equal(explainSignal(signal, said).code, "memory_limit");
    assert.deepEqual(explainSignal(signal, ""), { code: "task_killed", message: "" });
  }
  assert.deepEqual(explainSignal("SIGSEGV", said), { code: "task_killed", message: "" });
  assert.equal(explainSignal("SIGXFSZ", "").code, "file_limit");
  assert.match(explainSignal("SIGKILL", "").hint ?? "", /machine ran out of memory/);
});
