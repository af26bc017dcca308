import assert from "node:assert/strict";
import { refuseReachable } from "../../../runtime/code_files.ts";
import type { Grants } from "../../../runtime/grants.ts";
import { parseTask } from "../../../runtime/task.ts";

const DIR = "/tasks/one";
const AT = { dir: DIR, file: "one/task.yaml", entry: `${DIR}/task.ts` };
const CODE = [`${DIR}/task.yaml`, `${DIR}/deno.lock`, `${DIR}/lib/deep/a.ts`];

/** The grants of a task that may write one folder. */
function grants(folder: string, run: readonly string[]): Grants {
  const fs = [{ path: folder, real: folder, read: true, write: true }];
  const roots = [{ path: DIR, real: DIR }];
  return { env: [], net: [], fs, run, sys: [], roots, importHosts: [] };
}

Deno.test("refuseReachable() refuses programs beside a write grant that reaches code", () => {
  const task = parseTask("name: one\n", AT);
  const git = ["/usr/bin/git"];
  const check = (folder: string, run: readonly string[]) => () =>
    refuseReachable(task, grants(folder, run), CODE);
  for (const folder of [DIR, `${DIR}/lib`, `${DIR}/lib/deep`, `${DIR}/deno.lock`]) {
    assert.throws(check(folder, git), { code: "grant_refused", message: /from programs/ }, folder);
    assert.doesNotThrow(check(folder, []));
  }
  assert.throws(check("/opt/tools", ["/opt/tools/bin/a"]), { message: /"\/opt\/tools\/bin\/a"/ });
  assert.doesNotThrow(check(`${DIR}/data`, git));
});

Deno.test("refuseReachable() keeps a program's own place from write grants, where a link leads to it", () => {
  const task = parseTask("name: one\n", AT);
  const given = grants("/opt/1", ["/opt/tool"]);
  assert.doesNotThrow(() => refuseReachable(task, given, []));
  const linked = { ...given, linkedPrograms: { "/opt/tool": "/opt/1/t" } };
  assert.throws(() => refuseReachable(task, linked, []), /"\/opt\/1\/t"/);
});
