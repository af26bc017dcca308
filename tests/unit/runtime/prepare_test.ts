import assert from "node:assert/strict";
import { copySdk } from "../../../runtime/prepare.ts";

const SDK = new URL("../../../sdk/", import.meta.url);

async function deno(...args: string[]): Promise<{ code: number; text: string }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder().decode(code === 0 ? stdout : stderr);
  return { code, text };
}

Deno.test("copySdk() copies the bootstrap with all that it imports, for its owner alone", async () => {
  const temp = await Deno.realPath(await Deno.makeTempDir());
  try {
    const bootstrap = await copySdk(SDK, `${temp}/sdk`);
    assert.equal(bootstrap, `${temp}/sdk/bootstrap.ts`);
    assert.equal((await Deno.stat(`${temp}/sdk`)).mode! & 0o777, 0o700);

    const listed = await deno("info", "--no-config", "--json", bootstrap);
    assert.equal(listed.code, 0, listed.text);
    const modules: { specifier: string; error?: string }[] = JSON.parse(listed.text).modules;
    assert.ok(modules.length > 1, listed.text);
    for (const { specifier, error } of modules) {
      assert.equal(error, undefined, specifier);
      assert.ok(specifier.startsWith(`file://${temp}/sdk/`), specifier);
    }
    const checked = await deno("check", "--quiet", "--no-config", bootstrap);
    assert.equal(checked.code, 0, checked.text);
    // Without an init line it ends by itself, which shows that it loaded: see readInit().
    const ran = await deno("run", "--no-config", "--no-prompt", bootstrap);
    assert.deepEqual(ran, { code: 1, text: "" });
  } finally {
    await Deno.remove(temp, { recursive: true });
  }
});
