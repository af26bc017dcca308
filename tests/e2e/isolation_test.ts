/** Which walls stand on this machine, what is said about it, and what is refused without the kernel's. */
import assert from "node:assert/strict";
import { findWorkingBwrap } from "../../runtime/isolation.ts";
import { World } from "../helpers.ts";

const bwrap = await findWorkingBwrap(await Deno.makeTempDir());
console.error(`bubblewrap ${bwrap.works ? "works here" : `does not work here: ${bwrap.reason}`}`);

/** A task that says whether the host's own process exists for it. */
const LOOKS = `permissions: { run: [ls] }`;
const LOOK = `const { stdout } = await new Deno.Command("ls", { args: ["/proc"] }).output();
  const pids = new TextDecoder().decode(stdout).split("\\n").filter((name) => /^\\d+$/.test(name));
  return pids.length;`;

Deno.test("auto runs behind the kernel's wall where it works, and says so where it does not", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("looks", LOOKS, LOOK);
  const shown = await world.dicode(["run", dir]);
  assert.equal(shown.code, 0, shown.stderr);
  if (bwrap.works) {
    // The first process, deno, and ls.
    assert.equal(shown.stdout, "3\n");
    assert.equal(shown.stderr, "");
  } else {
    assert.match(shown.stderr, /^dicode: warning: isolation: Deno's permissions alone, since/);
  }
  assert.equal((await world.dicode(["run", dir, "--isolation=deno"])).stderr, "");
});

Deno.test("isolation that was asked for is had, or refused with exit 6 and a hint", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("looks", LOOKS, LOOK);
  for (const isolation of ["require", "bwrap", "landlock"]) {
    const shown = await world.dicode(["run", dir, "--isolation", isolation]);
    if (bwrap.works && isolation !== "landlock") {
      assert.deepEqual(shown, { code: 0, stdout: "3\n", stderr: "" });
      continue;
    }
    assert.equal(shown.code, 6);
    assert.equal(shown.stdout, "");
    assert.match(shown.stderr, new RegExp(`cannot run with isolation "${isolation}"`));
    assert.match(shown.stderr, /dicode: hint: /);
  }
});

Deno.test("a master key in the environment is hidden by the kernel, or refused", async () => {
  await using world = await World.make();
  const key = btoa("0123456789abcdef0123456789abcdef");
  const dir = await world.mainTask("plain", "name: plain", "return 1");
  const env = { DICODE_MASTER_KEY: key };
  const shown = await world.dicode(["run", dir], { env });
  assert.equal(shown.code, bwrap.works ? 0 : 6);
  if (!bwrap.works) assert.match(shown.stderr, /hint: .*DICODE_MASTER_KEY_FILE/);
  assert.ok(!shown.stderr.includes(key));
  assert.equal((await world.dicode(["run", dir, "--isolation", "deno"], { env })).code, 0);

  const file = `${world.dir}/key`;
  await Deno.writeTextFile(file, key, { mode: 0o600 });
  const byFile = { DICODE_MASTER_KEY_FILE: file };
  assert.equal((await world.dicode(["run", dir], { env: byFile })).code, 0);
});
