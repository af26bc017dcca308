import assert from "node:assert/strict";
import { explainBwrap } from "../../../runtime/bwrap_probe.ts";
import {
  chooseWalls,
  type KernelWall,
  type Probe,
  wallFailed,
} from "../../../runtime/isolation.ts";
import type { Isolation } from "../../../runtime/isolation_names.ts";
import { explainLandlock, findWorkingLandlock } from "../../../runtime/landlock_probe.ts";
import { recallWorking, rememberWorking } from "../../../runtime/tool_memory.ts";

const BWRAP: Probe = { works: true, program: "/usr/bin/bwrap" };
const LANDLOCK: Probe = { works: true, program: "/usr/bin/perl" };
const NO_BWRAP: Probe = { works: false, reason: "it is not there", cure: "install it" };
const NO_LANDLOCK: Probe = { works: false, reason: "the kernel is old", cure: "use another" };
const NONE = { bwrap: NO_BWRAP, landlock: NO_LANDLOCK };

function choose(
  wanted: Isolation,
  found: Readonly<Record<KernelWall, Probe>>,
  masterKey?: string,
  asked: KernelWall[] = [],
) {
  return chooseWalls(wanted, {
    env: (name) => name === "DICODE_MASTER_KEY" ? masterKey : undefined,
    memoryDir: "/nowhere",
    hasPrograms: false,
    probe(kind) {
      asked.push(kind);
      return Promise.resolve(found[kind]);
    },
  });
}

Deno.test("auto and require take bubblewrap where it works, also with a master key in the environment", async () => {
  for (const wanted of ["auto", "require", "bwrap"] as const) {
    const asked: KernelWall[] = [];
    const walls = await choose(wanted, { bwrap: BWRAP, landlock: LANDLOCK }, "key", asked);
    assert.deepEqual(walls, { kind: "bwrap", program: "/usr/bin/bwrap", warning: undefined });
    assert.deepEqual(asked, ["bwrap"]);
  }
});

Deno.test("auto and require take Landlock where bubblewrap does not work, and it hides the master key", async () => {
  for (const wanted of ["auto", "require"] as const) {
    const walls = await choose(wanted, { bwrap: NO_BWRAP, landlock: LANDLOCK }, "key");
    assert.deepEqual(walls, { kind: "landlock", program: "/usr/bin/perl", warning: undefined });
  }
});

Deno.test("what Landlock leaves open is said on every run that did not ask for it", async () => {
  const landlock: Probe = { works: true, program: "/usr/bin/perl", gap: "programs could dial" };
  for (const wanted of ["auto", "require"] as const) {
    const { warning } = await choose(wanted, { bwrap: NO_BWRAP, landlock });
    assert.equal(
      warning,
      "isolation: Landlock, since it is not there; programs could dial (install it; or silence " +
        "this with isolation: landlock in dicode.yaml)",
    );
  }
  assert.equal((await choose("landlock", { bwrap: NO_BWRAP, landlock })).warning, undefined);
});

Deno.test("one wall that is asked for by name is the only one that is tried", async () => {
  const asked: KernelWall[] = [];
  const found = { bwrap: BWRAP, landlock: LANDLOCK };
  assert.equal((await choose("landlock", found, undefined, asked)).kind, "landlock");
  assert.deepEqual(asked, ["landlock"]);
  await assert.rejects(choose("bwrap", { bwrap: NO_BWRAP, landlock: LANDLOCK }), {
    code: "isolation_unavailable",
    message: 'cannot run with isolation "bwrap": it is not there',
    hint: "install it",
  });
});

Deno.test("auto falls back to Deno's permissions with a warning that says why and what to do", async () => {
  const walls = await choose("auto", NONE);
  assert.ok(walls.kind === "deno");
  assert.match(
    walls.warning!,
    /Deno's permissions alone, since it is not there, and the kernel is old; .*install it; or use another/,
  );
});

Deno.test("what was asked for and is not to be had is refused, with the reasons and the cures", async () => {
  const both = {
    reason: "it is not there, and the kernel is old",
    cure: "install it; or use another",
  };
  const expected = {
    require: both,
    bwrap: { reason: "it is not there", cure: "install it" },
    landlock: { reason: "the kernel is old", cure: "use another" },
  };
  for (const [wanted, { reason, cure }] of Object.entries(expected)) {
    await assert.rejects(choose(wanted as Isolation, NONE), {
      code: "isolation_unavailable",
      exitCode: 6,
      message: `cannot run with isolation "${wanted}": ${reason}`,
      hint: cure,
    });
  }
});

Deno.test("a master key in the environment is refused behind Deno's permissions, unless they were chosen", async () => {
  await assert.rejects(choose("auto", NONE, "key"), {
    code: "host_unfit",
    message: /DICODE_MASTER_KEY in the environment/,
    hint: /DICODE_MASTER_KEY_FILE/,
  });
  assert.deepEqual(await choose("deno", NONE, "key"), { kind: "deno", warning: undefined });
});

Deno.test("wallFailed() names the wall that fell, where its own words say so", async () => {
  const said = "warning: odd\nbwrap: no\n";
  assert.match((await wallFailed("bwrap", said))?.message ?? "", /behind bubblewrap: .*\(no\)/);
  const version = await wallFailed("landlock", "landlock: version 2\n");
  assert.match(version?.message ?? "", /behind Landlock: .*\(version 2\)/);
  for (const stderr of ["", "error: Too many open files (os error 24)", "said bwrap: no"]) {
    assert.equal(await wallFailed("bwrap", stderr), undefined);
    assert.equal(await wallFailed("landlock", stderr), undefined);
  }
  assert.equal(await wallFailed("landlock", said), undefined);
});

Deno.test("what works is remembered with what was found, until it would be tried in another way", async () => {
  const dir = await Deno.makeTempDir({ prefix: "dct-" });
  const recall = (...tried: string[]) => recallWorking(dir, "/usr/bin/env", tried);
  assert.equal(await recall("--size", "1"), undefined);
  await rememberWorking(dir, "/usr/bin/env", ["--size", "1"], "7");
  assert.equal(await recall("--size", "1"), "7");
  assert.equal(await recall("--size"), undefined);
  assert.equal(await recall("--size", "1", "--more"), undefined);
  await Deno.remove(dir, { recursive: true });
});

const landlock = await findWorkingLandlock(await Deno.makeTempDir({ prefix: "dct-" }));
if (!landlock.works) console.error(`skipped: the memory of Landlock: ${landlock.reason}`);

Deno.test({
  name: "every version of Landlock is remembered, and held against what the task needs",
  ignore: !landlock.works,
  async fn() {
    const dir = await Deno.makeTempDir({ prefix: "dct-" });
    await findWorkingLandlock(dir, false);
    const file = `${dir}/works-perl.json`;
    const memory = JSON.parse(await Deno.readTextFile(file));
    assert.match(memory.found, /^\d+$/);
    // Of another kernel, which this test does not have.
    const as = async (found: string, hasPrograms: boolean) => {
      await Deno.writeTextFile(file, JSON.stringify({ ...memory, found }));
      return await findWorkingLandlock(dir, hasPrograms);
    };
    for (const found of ["3", "5"]) {
      assert.deepEqual(await as(found, false), {
        works: true,
        program: "/usr/bin/perl",
        gap: undefined,
      });
      const refused = await as(found, true);
      assert.ok(!refused.works && refused.reason.includes(`(version ${found})`));
    }
    const [gapped, whole] = [await as("6", true), await as("9", true)];
    assert.ok(gapped.works && /socket files/.test(gapped.gap ?? ""));
    assert.deepEqual(whole, { works: true, program: "/usr/bin/perl", gap: undefined });
    await Deno.remove(dir, { recursive: true });
  },
});

Deno.test("explainLandlock() tells what the launcher says from what to do", () => {
  const said = {
    "landlock: version 2\n": /emptied .*version 2.*Linux 6\.2/,
    "landlock: version 5\n": /signalling .*version 5.*permissions\.run.*Linux 6\.12/,
    "landlock: abi 38\n": /no Landlock, or a container forbids it.*Linux 6\.2 or later/,
    "landlock: abi 1\n": /container/,
    "landlock: abi 95\n": /not enabled.*lsm=/,
    "landlock: restrict 7\n": /\(landlock: restrict 7\)/,
    "": /gave no reason/,
  };
  for (const [stderr, expected] of Object.entries(said)) {
    const { reason, cure } = explainLandlock(stderr);
    assert.match(`${reason} ${cure}`, expected);
  }
});

Deno.test("explainBwrap() tells what bubblewrap says from what to do", () => {
  const said = {
    "bwrap: setting up uid map: Permission denied\n": /namespaces .*uid map.*AppArmor/,
    "bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted": /namespaces/,
    "bwrap: Can't mount proc on /newroot/proc: Operation not permitted": /namespaces|\/proc/,
    "bwrap: Unknown option --size\n": /too old .*--size.*0\.7 or later/,
    "bwrap: The --size option is not permitted in setuid mode\n": /setuid .*chmod u-s/,
    "": /gave no reason/,
  };
  for (const [stderr, expected] of Object.entries(said)) {
    const { reason, cure } = explainBwrap(stderr);
    assert.match(`${reason} ${cure}`, expected);
  }
});
