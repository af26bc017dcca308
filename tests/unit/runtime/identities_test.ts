import assert from "node:assert/strict";
import { generateX25519Identity } from "age-encryption";
import { Host } from "../../../runtime/host.ts";
import { readIdentities } from "../../../runtime/identities.ts";

Deno.test("readIdentities() reads several files, and masks what it read from then on", async () => {
  const dir = await Deno.makeTempDir({ prefix: "dicode-identities-" });
  try {
    const made = [await generateX25519Identity(), await generateX25519Identity()];
    const files = made.map((identity, index) => {
      const path = `${dir}/${index}`;
      Deno.writeTextFileSync(path, `# comment\n${identity}\n`, { mode: 0o600 });
      return path;
    });
    const host = new Host({ noColor: true, verbose: false });
    assert.deepEqual(await readIdentities(host, files), made);
    assert.equal(host.masker.text(`not ${made[0]} nor ${made[1]}`), "not *** nor ***");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
