/** The helpers that other tests trust to find a leak. */
import assert from "node:assert/strict";
import { assertHidden, World } from "./helpers.ts";

Deno.test("assertNothingLeft() finds a secret in any file below HOME and in the folder of a run", async () => {
  await using world = await World.make();
  const canary = `canäry-${crypto.randomUUID()}`;
  await world.task("own", "name: own\n", `// ${canary}`);
  await Deno.mkdir(world.dataDir);
  const run = `/tmp/dicode-${crypto.randomUUID()}`;
  await Deno.mkdir(run);
  try {
    await world.assertNothingLeft(canary);
    for (const file of [`${world.dataDir}/data.db`, `${world.home}/x`, `${run}/cache`]) {
      await Deno.writeFile(file, new TextEncoder().encode(`\xff\0${canary}\0`));
      await assert.rejects(world.assertNothingLeft("other", canary), /a secret lies in/, file);
      await Deno.remove(file);
    }
    await Deno.writeTextFile(`${world.home}/${canary}`, "");
    await assert.rejects(world.assertNothingLeft(canary), /a secret lies in/);
  } finally {
    await Deno.remove(run, { recursive: true });
  }
});

Deno.test("assertHidden() finds a secret in either stream", () => {
  assertHidden({ code: 0, stdout: "a", stderr: "b" }, "c");
  assert.throws(() => assertHidden({ code: 0, stdout: "abc", stderr: "" }, "b"));
  assert.throws(() => assertHidden({ code: 0, stdout: "", stderr: "abc" }, "b"));
});
