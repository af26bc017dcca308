import assert from "node:assert/strict";
import { checkGraph } from "../../../runtime/preflight.ts";
import { runTool } from "../../../runtime/tool.ts";

const MEBIBYTE = 1024 * 1024;

function shell(script: string) {
  const env = { PATH: "/usr/bin:/bin" };
  return runTool({ program: "/bin/sh", args: ["-c", script], env, timeoutMs: 60_000 });
}

Deno.test("runTool() takes so much output, and kills what writes more", async () => {
  const most = await shell(`head -c ${MEBIBYTE} /dev/zero >&2; echo end`);
  assert.equal(most.stderr.length, MEBIBYTE);
  assert.deepEqual([most.code, most.stdout, most.flooded], [0, "end\n", false]);
  // Endless ones, and their children, that would go on until the time limit.
  for (
    const script of ["yes & yes", "yes >&2", `head -c ${2 * MEBIBYTE} /dev/zero >&2; sleep 60`]
  ) {
    const answer = await shell(script);
    assert.deepEqual([answer.flooded, answer.timedOut], [true, false], script);
    assert.notEqual(answer.code, 0, script);
  }
  const ended = await shell(`trap '' PIPE; head -c ${2 * MEBIBYTE} /dev/zero >&2; exit 0`);
  assert.deepEqual([ended.flooded, ended.code === 0], [true, false]);
});

Deno.test("checkGraph() refuses a task whose list of modules has no end", async () => {
  const dir = await Deno.makeTempDir({ prefix: "dct-" });
  try {
    const denoPath = `${dir}/deno`;
    await Deno.writeTextFile(denoPath, "#!/bin/sh\nexec yes\n", { mode: 0o755 });
    const preflight = { denoPath, entry: `${dir}/task.ts`, denoDir: dir };
    await assert.rejects(checkGraph({ ...preflight, roots: [dir], importHosts: [] }), {
      code: "module_graph",
      message: /the list is too long/,
    });
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
