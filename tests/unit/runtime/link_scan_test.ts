/** How far the look for links goes, and what is done at its limits. */
import assert from "node:assert/strict";
import { refuseLinks } from "../../../runtime/link_scan.ts";
import { refuseSecondNames, SCAN_LIMITS } from "../../../runtime/second_names.ts";
import { parseTask } from "../../../runtime/task.ts";

/** A folder of `count` files that is granted, beside a data folder with a key. */
async function* setUp(count: number) {
  const dir = await Deno.realPath(await Deno.makeTempDir({ prefix: "dct-" }));
  const [dataDir, folder] = [`${dir}/home`, `${dir}/task/data`];
  await Deno.mkdir(dataDir);
  await Deno.mkdir(folder, { recursive: true });
  await Deno.writeTextFile(`${dataDir}/master.key`, "key");
  for (let at = 0; at < count; at++) await Deno.writeTextFile(`${folder}/${at}`, "");
  const yaml = "permissions: { fs: [{ path: ./data, permission: r }] }";
  const at = { dir: `${dir}/task`, file: "task.yaml", entry: `${dir}/task/task.ts` };
  const task = parseTask(yaml, at);
  const grants = {
    env: [],
    net: [],
    fs: [{ path: folder, real: folder, read: true, write: false }],
    run: [],
    sys: [],
    roots: [{ path: at.dir, real: at.dir }],
    importHosts: [],
  };
  const around = { home: undefined, searchPath: "", dataDir, hidden: [], denoDir: undefined };
  const warnings: string[] = [];
  const scan = (most = SCAN_LIMITS, walls: "deno" | "landlock" = "deno") => {
    const fs = grants.fs.map((grant) => ({ ...grant, write: walls === "landlock" }));
    return refuseLinks(task, { ...grants, fs }, around, {
      walls,
      warn: (message) => warnings.push(message),
      limits: most,
    });
  };
  const scanNames = (most = SCAN_LIMITS) => refuseSecondNames(task, grants, [dataDir], most);
  yield { dataDir, folder, warnings, scan, scanNames };
  await Deno.remove(dir, { recursive: true });
}

Deno.test("refuseLinks() warns where a folder holds more than it looks through, and says which", async () => {
  for await (const { folder, warnings, scan } of setUp(20)) {
    await scan({ ...SCAN_LIMITS, entries: 20 });
    assert.deepEqual(warnings, []);
    await scan({ ...SCAN_LIMITS, entries: 19 });
    await scan({ ...SCAN_LIMITS, ms: -1 });
    const message = `cannot look through all of "${folder}" for links to dicode's own files, ` +
      "which Deno would follow: it holds too much; grant a narrower one";
    assert.deepEqual(warnings, [message, message]);
    await scan({ ...SCAN_LIMITS, entries: 19 }, "landlock");
    assert.equal(
      warnings.at(-1),
      `cannot look through all of "${folder}" for links to files whose mode the task could ` +
        "change: it holds too much; grant a narrower one",
    );
  }
});

Deno.test("refuseLinks() refuses the link that it met, also where it does not come to the end", async () => {
  for await (const { dataDir, folder, scan } of setUp(0)) {
    await Deno.symlink(dataDir, `${folder}/link`);
    await Deno.mkdir(`${folder}/more`);
    for (let at = 0; at < 20; at++) await Deno.writeTextFile(`${folder}/more/${at}`, "");
    const refused = { code: "path_refused", hint: `rm ${folder}/link` };
    await assert.rejects(scan({ ...SCAN_LIMITS, entries: 5 }), refused);
  }
});

Deno.test("refuseLinks() goes once through a folder that many links lead to", async () => {
  for await (const { folder, warnings, scan } of setUp(0)) {
    await Deno.mkdir(`${folder}/../shared/a/b`, { recursive: true });
    for (let at = 0; at < 30; at++) {
      await Deno.writeTextFile(`${folder}/../shared/a/b/${at}`, "");
      await Deno.symlink("../shared/a", `${folder}/${at}`);
      await Deno.symlink("../../..", `${folder}/../shared/a/b/up${at}`);
    }
    // data: 30; shared/a: b and 60 in it; then the task's folder, from above, with all of these.
    const entries = 30 + 61 + (2 + 30 + 1 + 61);
    await scan({ ...SCAN_LIMITS, entries });
    assert.deepEqual(warnings, []);
    await scan({ ...SCAN_LIMITS, entries: entries - 1 });
    assert.equal(warnings.length, 1);
  }
});

Deno.test("refuseSecondNames() looks through no folder unless a file has a name elsewhere", async () => {
  for await (const { dataDir, folder, scanNames } of setUp(20)) {
    const none = { entries: 0, ms: 1000 };
    await scanNames(none);
    // Both names in the data folder: how a key comes into being, at its last moment.
    await Deno.link(`${dataDir}/master.key`, `${dataDir}/master.key.tmp`);
    await scanNames(none);
    await Deno.remove(`${dataDir}/master.key.tmp`);
    await Deno.mkdir(`${dataDir}/cache`);
    await Deno.writeTextFile(`${dataDir}/cache/a`, "");
    await Deno.link(`${dataDir}/cache/a`, `${folder}/not-the-store`);
    await scanNames(none);
    await Deno.link(`${dataDir}/master.key`, `${folder}/../../elsewhere`);
    await scanNames();
    // There is one, and it is not known where: refused, with the command that finds it.
    await assert.rejects(scanNames(none), {
      code: "path_refused",
      hint: `find / -xdev -samefile ${dataDir}/master.key shows it: remove it`,
    });
  }
});
