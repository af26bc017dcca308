import assert from "node:assert/strict";
import { writeWhole } from "../../../runtime/whole_file.ts";

Deno.test("writeWhole() replaces a link, and leaves nothing behind where it fails", async () => {
  const dir = await Deno.makeTempDir({ prefix: "dct-" });
  try {
    await Deno.writeTextFile(`${dir}/other`, "other");
    await Deno.symlink("other", `${dir}/file`);
    await writeWhole(`${dir}/file`, "text");
    assert.equal(await Deno.readTextFile(`${dir}/file`), "text");
    assert.equal(await Deno.readTextFile(`${dir}/other`), "other");
    assert.equal((await Deno.lstat(`${dir}/file`)).mode! & 0o777, 0o600);
    await Deno.mkdir(`${dir}/folder`);
    await assert.rejects(writeWhole(`${dir}/folder`, "text"));
    const names = (await Array.fromAsync(Deno.readDir(dir))).map(({ name }) => name);
    assert.deepEqual(names.toSorted(), ["file", "folder", "other"]);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
