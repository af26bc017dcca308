import assert from "node:assert/strict";
import { findDeno, Host, showControls } from "../../../runtime/host.ts";

Deno.test("showControls() leaves no character that steers a terminal or turns a line around", () => {
  assert.equal(showControls("a\tb é 😀 日本"), "a\tb é 😀 日本");
  assert.equal(showControls("\x1b[31mred\x07\r\n"), "\\u001b[31mred\\u0007\\u000d\\u000a");
  assert.equal(showControls("\x9b2J \x7f \x85"), "\\u009b2J \\u007f \\u0085");
  assert.equal(
    showControls("\u202etxt.exe \u2066x\u2069 \u2028"),
    "\\u202etxt.exe \\u2066x\\u2069 \\u2028",
  );
});

Deno.test("Host takes absolute folders as they are and says nothing of a reader that went away", () => {
  const host = new Host({
    dataDir: "/data/./x/../y",
    config: "/etc//dicode.yaml",
    noColor: true,
    verbose: false,
  });
  assert.deepEqual([host.dataDir, host.configPath], ["/data/y", "/etc/dicode.yaml"]);
  assert.equal(host.color, false);
  assert.equal(host.fail(new Deno.errors.BrokenPipe()), 141);
});

Deno.test("findDeno() takes DICODE_DENO, then PATH, then ~/.deno/bin, and only what can be run", async () => {
  const dir = await Deno.makeTempDir();
  try {
    const place = async (path: string, mode = 0o755) => {
      await Deno.mkdir(`${dir}/${path}`, { recursive: true });
      await Deno.writeTextFile(`${dir}/${path}/deno`, "", { mode });
      return `${dir}/${path}/deno`;
    };
    const find = (env: Record<string, string>) => findDeno((name) => env[name]);
    const HOME = `${dir}/home`;
    await assert.rejects(find({ HOME, PATH: "/nowhere" }), { code: "host_unfit" });
    await assert.rejects(find({}), { code: "host_unfit" });
    const atHome = await place("home/.deno/bin");
    assert.equal(await find({ HOME }), atHome);
    const onPath = await place("second");
    await place("first", 0o644);
    const PATH = `relative::${dir}/none:${dir}/first:${dir}/second`;
    assert.equal(await find({ HOME, PATH }), onPath);
    const named = await place("named");
    assert.equal(await find({ HOME, PATH, DICODE_DENO: named }), named);
    assert.equal(await find({ HOME, PATH, DICODE_DENO: `${dir}/named` }), onPath);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
