import assert from "node:assert/strict";
import { wrapInBwrap } from "../../../runtime/bwrap.ts";

const DIR = "/tasks/one";

Deno.test("wrapInBwrap() mounts code read-only over the folder that is granted for writing", () => {
  const grants = {
    env: [],
    net: [],
    fs: [{ path: DIR, real: DIR, read: true, write: true }],
    run: [],
    sys: [],
    roots: [{ path: DIR, real: DIR }],
    importHosts: [],
  };
  const { args } = wrapInBwrap(
    { program: "/run/dicode/deno", args: ["run"], env: {}, cwd: DIR },
    grants,
    {
      bwrapPath: "/usr/bin/bwrap",
      systemLinks: {},
      denoPath: "/opt/deno",
      sdkDir: "/opt/sdk",
      socket: "/run/folder/s",
      codeFiles: [`${DIR}/task.yaml`, `${DIR}/lib/a.ts`, "/elsewhere/b.ts"],
      fetchedDir: undefined,
      lockFile: undefined,
      certificates: [],
    },
  );
  const mounts = args.join("\n");
  const granted = mounts.indexOf(`--bind\n${DIR}\n${DIR}`);
  assert.notEqual(granted, -1);
  for (const file of [`${DIR}/task.yaml`, `${DIR}/lib/a.ts`]) {
    assert.ok(mounts.indexOf(`--ro-bind-try\n${file}\n${file}`) > granted, file);
  }
  assert.ok(!mounts.includes("/elsewhere/b.ts"));
});
