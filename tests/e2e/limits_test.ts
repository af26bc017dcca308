/** `limits` of task.yaml: each ends with a message of its own. */
import assert from "node:assert/strict";
import { World } from "../helpers.ts";

const HOLD = "await new Promise((resolve) => setTimeout(resolve, 100));";

Deno.test("a small task meets no limit, and each limit that is met says which", async () => {
  await using world = await World.make();
  const cases: Record<string, { limits: string; body: string; exit: number[]; said: RegExp }> = {
    memory: {
      limits: "memory: 256MiB",
      body: `const all = []; for (;;) all.push(new Uint8Array(64 * 1024 * 1024).fill(1));`,
      // By which of the two allocators meets it first.
      exit: [1, 133],
      said:
        /RangeError: Array buffer allocation failed|killed by SIGTRAP\n.*hint: .*limits\.memory/,
    },
    heap: {
      limits: "memory: 256MiB",
      body: `const all = []; for (;;) all.push(Array.from({ length: 1e6 }, (_, i) => ({ i })));`,
      exit: [133],
      said: /killed by SIGTRAP\n.*hint: .*limits\.memory/,
    },
    file: {
      limits: "file: 1MiB",
      body: `await Deno.writeFile("out/big", new Uint8Array(2 * 1024 * 1024));`,
      exit: [153],
      said: /killed by SIGXFSZ\n.*hint: .*limits\.file/,
    },
    files: {
      limits: "files: 64",
      body: `const all = []; for (;;) all.push(await Deno.open("task.yaml"));`,
      exit: [1],
      said: /Too many open files/,
    },
    output: {
      limits: "output: 1MiB",
      body: `for (;;) await Deno.stdout.write(new Uint8Array(65536).fill(97));`,
      exit: [1],
      said: /wrote more than limits\.output/,
    },
    none: { limits: "memory: 0", body: `${HOLD} return 1;`, exit: [0], said: /^$/ },
  };
  await Promise.all(
    Object.entries(cases).map(async ([name, { limits, body, exit, said }]) => {
      const yaml = `timeout: 30s
permissions: { fs: [{ path: ./out/, permission: rw }, { path: ./task.yaml, permission: r }] }
limits: { ${limits} }`;
      const shown = await world.run(await world.mainTask(name, yaml, body));
      assert.ok(exit.includes(shown.code), `${name}: ${shown.code} ${shown.stderr}`);
      assert.match(shown.stderr, said, name);
      assert.ok(shown.stdout.length <= 1024 * 1024, name);
    }),
  );
});
