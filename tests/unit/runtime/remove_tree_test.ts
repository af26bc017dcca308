/** Folders that tasks have written into, and what is left of them. */
import assert from "node:assert/strict";
import { removeTree } from "../../../runtime/remove_tree.ts";

Deno.test("a tree goes whatever is in it; what links lead to stays", async () => {
  const dir = await Deno.makeTempDir({ prefix: "dct-" });
  try {
    const tree = `${dir}/tree`;
    await Deno.mkdir(`${tree}/closed/inner/d`, { recursive: true });
    await Deno.mkdir(`${dir}/kept/inner`, { recursive: true });
    await Deno.writeTextFile(`${dir}/kept/file`, "");
    await Deno.symlink(`${dir}/kept`, `${tree}/link`);
    await Deno.symlink(`${dir}/kept`, `${tree}/closed/link`);
    await Deno.symlink(`${dir}/absent`, `${tree}/closed/dangling`);
    await Deno.link(`${dir}/kept/file`, `${tree}/closed/inner/file`);
    await Deno.chmod(`${tree}/closed/inner`, 0o500);
    await Deno.chmod(`${tree}/closed`, 0o100);
    await removeTree(tree);
    assert.deepEqual([...Deno.readDirSync(dir)].map(({ name }) => name), ["kept"]);
    assert.deepEqual(
      [...Deno.readDirSync(`${dir}/kept`)].map(({ name }) => name).toSorted(),
      ["file", "inner"],
    );
    // What is not there is gone already.
    await removeTree(tree);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
