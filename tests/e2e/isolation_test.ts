/** Which walls stand, what is said about it, and what is refused without the kernel's. */
import assert from "node:assert/strict";
import { World } from "../helpers.ts";

Deno.test("without kernel isolation every run says so, unless the user chose that", async () => {
  await using world = await World.make();
  const dir = await world.task("plain", "name: plain\n", "export const main = () => 1;\n");
  const fallen = await world.dicode(["run", dir]);
  assert.equal(fallen.code, 0);
  assert.match(fallen.stderr, /^dicode: warning: isolation: Deno's permissions alone/);
  const chosen = await world.dicode(["run", dir, "--isolation=deno"]);
  assert.equal(chosen.stderr, "");
});

Deno.test("kernel isolation that is asked for and not to be had is refused, exit 6", async () => {
  await using world = await World.make();
  const dir = await world.task("plain", "name: plain\n", `console.log("RAN");\n`);
  for (const isolation of ["require", "bwrap", "landlock"]) {
    const shown = await world.dicode(["run", dir, "--isolation", isolation]);
    assert.equal(shown.code, 6);
    assert.equal(shown.stdout, "");
    assert.match(shown.stderr, new RegExp(`cannot run with isolation "${isolation}"`));
    assert.match(shown.stderr, /dicode: hint: /);
  }
});

Deno.test("a master key in the environment is refused, where a task might read it there", async () => {
  await using world = await World.make();
  const key = btoa("0123456789abcdef0123456789abcdef");
  const dir = await world.task("plain", "name: plain\n", "export const main = () => 1;\n");
  const env = { DICODE_MASTER_KEY: key };
  const shown = await world.dicode(["run", dir], { env });
  assert.equal(shown.code, 6);
  assert.match(shown.stderr, /DICODE_MASTER_KEY in the environment/);
  assert.match(shown.stderr, /hint: .*DICODE_MASTER_KEY_FILE/);
  assert.ok(!shown.stderr.includes(key));
  assert.equal((await world.dicode(["run", dir, "--isolation", "deno"], { env })).code, 0);

  const file = `${world.dir}/key`;
  await Deno.writeTextFile(file, key, { mode: 0o600 });
  const byFile = { DICODE_MASTER_KEY_FILE: file };
  assert.equal((await world.dicode(["run", dir], { env: byFile })).code, 0);
});
