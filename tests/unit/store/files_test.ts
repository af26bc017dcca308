import assert from "node:assert/strict";
import { checkFile, createFile, findFolder, makeFolder } from "../../../store/files.ts";
import { rejectsWith, TempFolder } from "./helpers.ts";

const bytes = (value: string) => new TextEncoder().encode(value);

Deno.test("makeFolder() makes a folder of mode 0700, and findFolder() finds it", () => {
  using temp = new TempFolder();
  assert.equal(findFolder(temp.data), undefined);
  assert.equal(makeFolder(temp.data), Deno.realPathSync(temp.data));
  assert.equal(temp.mode(), "700");
  assert.equal(findFolder(temp.data), Deno.realPathSync(temp.data));
});

Deno.test("findFolder() refuses a folder that others may enter, with the chmod", async () => {
  using temp = new TempFolder();
  makeFolder(temp.data);
  for (const mode of [0o701, 0o710, 0o755]) {
    Deno.chmodSync(temp.data, mode);
    const error = await rejectsWith(() => findFolder(temp.data), "store_permissions");
    assert.equal(error.hint, `chmod 700 ${temp.data}`);
  }
});

Deno.test("findFolder() follows a link to a folder of ours, and judges what it leads to", async () => {
  using temp = new TempFolder();
  makeFolder(temp.data);
  Deno.symlinkSync(temp.data, `${temp.path}/link`);
  assert.equal(findFolder(`${temp.path}/link`), Deno.realPathSync(temp.data));
  Deno.chmodSync(temp.data, 0o755);
  await rejectsWith(() => findFolder(`${temp.path}/link`), "store_permissions");
});

Deno.test("makeFolder() refuses a link that leads nowhere", async () => {
  using temp = new TempFolder();
  Deno.symlinkSync(`${temp.path}/nowhere`, temp.data);
  await rejectsWith(() => makeFolder(temp.data), "store_unreadable");
});

Deno.test({
  name: "findFolder() and checkFile() refuse what another user owns",
  ignore: Deno.uid() !== 0, // only root can give a file away
  async fn() {
    using temp = new TempFolder();
    makeFolder(temp.data);
    createFile(`${temp.data}/file`, bytes("x"));
    Deno.chownSync(`${temp.data}/file`, 12345, 12345);
    await rejectsWith(() => checkFile(`${temp.data}/file`), "store_permissions", /another user's/);
    Deno.chownSync(temp.data, 12345, 12345);
    await rejectsWith(() => findFolder(temp.data), "store_permissions", /another user's/);
  },
});

Deno.test("makeFolder() says what the system refused", async () => {
  using temp = new TempFolder();
  Deno.writeTextFileSync(`${temp.path}/file`, "");
  const error = await rejectsWith(() => makeFolder(`${temp.path}/file/x`), "store_unreadable");
  assert.match(error.message, /not a directory$/);
  await rejectsWith(() => makeFolder(`${temp.path}/file`), "store_unreadable", /not a folder/);
});

Deno.test("createFile() writes a 0600 file once, and leaves no other file", () => {
  using temp = new TempFolder();
  makeFolder(temp.data);
  const umask = Deno.umask(0);
  try {
    assert(createFile(`${temp.data}/file`, bytes("first")));
  } finally {
    Deno.umask(umask);
  }
  assert(!createFile(`${temp.data}/file`, bytes("second")));
  assert.equal(Deno.readTextFileSync(`${temp.data}/file`), "first");
  assert.equal(temp.mode("file"), "600");
  assert.deepEqual(temp.names(), ["file"]);
});

Deno.test("checkFile() refuses a file that others can read, quoting the path for the shell", async () => {
  using temp = new TempFolder();
  makeFolder(temp.data);
  const path = `${temp.data}/it's a file`;
  assert(!checkFile(path));
  createFile(path, bytes("x"));
  assert(checkFile(path));
  Deno.chmodSync(path, 0o640);
  const error = await rejectsWith(() => checkFile(path), "store_permissions", /mode is 640$/);
  assert.equal(error.hint, `chmod 600 '${temp.data}/it'\\''s a file'`);
});
