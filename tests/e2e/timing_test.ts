import assert from "node:assert/strict";
import { World } from "../helpers.ts";

const PAGE = new URL("../../docs/reference/cli.md", import.meta.url);

Deno.test("--verbose tells the time of each stage that the page lists, and nothing without it", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("timed", "name: timed\n", "");
  const stages = ({ stderr }: { readonly stderr: string }) =>
    Array.from(stderr.matchAll(/^dicode: timing: (\S+) \d+\.\d ms$/gm), ([, stage]) => stage!);
  const page = await Deno.readTextFile(PAGE);
  const [, section = ""] = /### The times of --verbose([\s\S]*?)\n## /.exec(page) ?? [];
  const listed = Array.from(section.matchAll(/^\| `(\S+)`/gm), ([, stage]) => stage!);
  assert.ok(listed.length > 10);

  const shown = await world.run(dir, ["--verbose"]);
  assert.equal(shown.code, 0, shown.stderr);
  assert.deepEqual(stages(shown).toSorted(), listed.toSorted());
  assert.deepEqual(stages(await world.run(dir)), []);
  assert.deepEqual(stages(await world.dicode(["secrets", "list", "--verbose"])), [
    "deno",
    "command",
    "total",
  ]);
});
