import assert from "node:assert/strict";
import {
  chooseWalls,
  explainBwrap,
  type Isolation,
  type Probe,
} from "../../../runtime/isolation.ts";

const WORKS: Probe = { works: true, program: "/usr/bin/bwrap" };
const FAILS: Probe = { works: false, reason: "it is not there", cure: "install it" };

function choose(wanted: Isolation, probe: Probe, masterKey?: string) {
  return chooseWalls(wanted, {
    env: (name) => name === "DICODE_MASTER_KEY" ? masterKey : undefined,
    memoryDir: "/nowhere",
    probe: () => Promise.resolve(probe),
  });
}

Deno.test("auto and require take bubblewrap where it works, also with a master key in the environment", async () => {
  for (const wanted of ["auto", "require", "bwrap"] as const) {
    assert.deepEqual(await choose(wanted, WORKS), { kind: "bwrap", program: "/usr/bin/bwrap" });
    assert.equal((await choose(wanted, WORKS, "key")).kind, "bwrap");
  }
});

Deno.test("auto falls back to Deno's permissions with a warning that says why and what to do", async () => {
  const walls = await choose("auto", FAILS);
  assert.ok(walls.kind === "deno");
  assert.match(walls.warning!, /Deno's permissions alone, since it is not there; .*install it/);
});

Deno.test("what was asked for and is not to be had is refused, with the reason and the cure", async () => {
  for (const wanted of ["require", "bwrap"] as const) {
    await assert.rejects(choose(wanted, FAILS), {
      code: "isolation_unavailable",
      exitCode: 6,
      message: `cannot run with isolation "${wanted}": it is not there`,
      hint: "install it",
    });
  }
  await assert.rejects(choose("landlock", WORKS), { code: "isolation_unavailable" });
});

Deno.test("a master key in the environment is refused behind Deno's permissions, unless they were chosen", async () => {
  await assert.rejects(choose("auto", FAILS, "key"), {
    code: "host_unfit",
    message: /DICODE_MASTER_KEY in the environment/,
    hint: /DICODE_MASTER_KEY_FILE/,
  });
  assert.deepEqual(await choose("deno", FAILS, "key"), { kind: "deno", warning: undefined });
});

Deno.test("explainBwrap() tells what bubblewrap says from what to do", () => {
  const said = {
    "bwrap: setting up uid map: Permission denied\n": /namespaces .*uid map.*AppArmor/,
    "bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted": /namespaces/,
    "bwrap: Can't mount proc on /newroot/proc: Operation not permitted": /namespaces|\/proc/,
    "": /gave no reason/,
  };
  for (const [stderr, expected] of Object.entries(said)) {
    const { reason, cure } = explainBwrap(stderr);
    assert.match(`${reason} ${cure}`, expected);
  }
});
