import assert from "node:assert/strict";
import { listBinds } from "../../../runtime/bwrap.ts";

const DIR = "/tasks/one";

Deno.test("listBinds() has code read-only over the folder that is granted for writing, and what leads there", () => {
  const grants = {
    env: [],
    net: [],
    fs: [{ path: DIR, real: DIR, read: true, write: true }],
    run: [],
    sys: [],
    roots: [{ path: DIR, real: DIR }],
    importHosts: [],
  };
  const codeFiles = [`${DIR}/task.yaml`, `${DIR}/lib/deep/a.ts`, "/elsewhere/b.ts"];
  assert.deepEqual(listBinds(grants, codeFiles), [
    { real: DIR, write: true, optional: false },
    { real: `${DIR}/task.yaml`, write: false, optional: true },
    { real: `${DIR}/lib`, write: true, optional: false },
    { real: `${DIR}/lib/deep`, write: true, optional: false },
    { real: `${DIR}/lib/deep/a.ts`, write: false, optional: true },
  ]);
});
