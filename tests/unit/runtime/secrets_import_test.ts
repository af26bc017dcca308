/** `dicode secrets import` where something goes wrong that nobody foresaw. */
import assert from "node:assert/strict";
import { secretsImport } from "../../../runtime/commands/secrets_import.ts";
import { Host } from "../../../runtime/host.ts";

const CANARY = "canary-51e0d2";

Deno.test("secretsImport() has every value masked once an error comes that is none of dicode's", async () => {
  const dir = await Deno.makeTempDir({ prefix: "dicode-import-" });
  await Deno.writeTextFile(`${dir}/.env`, `A=x\nB=${CANARY}\n`);
  class Failing extends Host {
    override print(): Promise<void> {
      throw new TypeError(`cannot convert ${CANARY}`);
    }
  }
  const host = new Failing({ dataDir: `${dir}/data`, noColor: true, verbose: true });
  try {
    await assert.rejects(secretsImport(host, { dryRun: true }, `${dir}/.env`), TypeError);
    assert.equal(host.masker.text(`cannot convert ${CANARY}`), "cannot convert ***");
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
