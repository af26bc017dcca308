/** `secrets rotate-key` and `secrets verify` by the command line. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { assertHidden, World } from "../helpers.ts";

const CANARIES = ["canary-of-alpha", "canary-of-beta"] as const;

async function filled(): Promise<World> {
  const world = await World.make();
  await world.store({ alpha: CANARIES[0], beta: CANARIES[1] });
  return world;
}

function sql(world: World, statement: string): void {
  using database = new DatabaseSync(`${world.dataDir}/data.db`);
  database.prepare(statement).run();
}

Deno.test("rotate-key makes a new key; tasks go on, and the old one opens nothing", async () => {
  await using world = await filled();
  const key = await Deno.readTextFile(`${world.dataDir}/master.key`);
  const salt = await Deno.readTextFile(`${world.dataDir}/master.salt`);
  const shown = await world.dicode(["secrets", "rotate-key"]);
  assert.equal(shown.code, 0, shown.stderr);
  assert.equal(shown.stdout, "");
  assert.match(shown.stderr, /^dicode: encrypted 2 values under a new master key/);
  assert.match(shown.stderr, /the secrets themselves are the same/);
  assertHidden(shown, ...CANARIES, key);
  const dir = await world.mainTask(
    "reads",
    "permissions: { env: [{ name: A, secret: alpha, mask: false }] }",
    "return context.env.get('A').length;",
  );
  assert.equal((await world.run(dir)).stdout, "15\n");
  await Deno.writeTextFile(`${world.dataDir}/master.key`, key);
  await Deno.writeTextFile(`${world.dataDir}/master.salt`, salt);
  const old = await world.dicode(["secrets", "verify"]);
  assert.equal(old.code, 5);
  assert.match(old.stderr, /written with another master key or salt/);
  await world.assertNothingLeft(...CANARIES);
});

Deno.test("rotate-key with DICODE_MASTER_KEY asks for a file and says what to set", async () => {
  await using world = await World.make();
  const key = crypto.getRandomValues(new Uint8Array(32)).toBase64();
  const env = { DICODE_MASTER_KEY: key };
  const set = await world.dicode(["secrets", "set", "alpha"], { env, stdin: CANARIES[0] });
  assert.equal(set.code, 0, set.stderr);
  const refused = await world.dicode(["secrets", "rotate-key"], { env });
  assert.equal(refused.code, 2);
  assert.match(refused.stderr, /hint: dicode secrets rotate-key --to-file FILE/);
  const toFile = `${world.dir}/new key`;
  const shown = await world.dicode(["secrets", "rotate-key", "--to-file", "new key"], { env });
  assert.equal(shown.code, 0, shown.stderr);
  assert.ok(shown.stderr.includes(`export DICODE_MASTER_KEY_FILE='${toFile}'`), shown.stderr);
  assertHidden(shown, key, await Deno.readTextFile(toFile));
  const verified = await world.dicode(["secrets", "verify"], {
    env: { DICODE_MASTER_KEY_FILE: toFile },
  });
  assert.equal(verified.stdout, "1 secret is in order\n", verified.stderr);
  assert.equal((await world.dicode(["secrets", "verify"], { env })).code, 5);
});

Deno.test("verify counts, names what is bad, and never shows a value", async () => {
  await using world = await filled();
  const good = await world.dicode(["secrets", "verify"]);
  assert.deepEqual([good.code, good.stdout, good.stderr], [0, "2 secrets are in order\n", ""]);
  sql(world, "UPDATE secrets SET ciphertext = zeroblob(40) WHERE key = 'beta'");
  const bad = await world.dicode(["secrets", "verify"]);
  assert.equal(bad.code, 5);
  assert.equal(bad.stdout, "1 secret is in order\n");
  assert.match(bad.stderr, /^dicode: \| the secret "beta" was changed outside dicode\n/);
  assert.match(bad.stderr, /1 of 2 are not in order/);
  assertHidden(bad, ...CANARIES);
  const rotated = await world.dicode(["secrets", "rotate-key"]);
  assert.equal(rotated.code, 5);
  assert.match(rotated.stderr, /cannot open the secret "beta"/);
});

Deno.test("verify of a Go program's store counts the rows that are bound to nothing", async () => {
  await using world = await World.make();
  await Deno.mkdir(world.dataDir, { mode: 0o700 });
  for (const name of ["data.db", "master.key", "master.salt"]) {
    await Deno.copyFile(
      new URL(`../fixtures/go-store/${name}`, import.meta.url),
      `${world.dataDir}/${name}`,
    );
    await Deno.chmod(`${world.dataDir}/${name}`, 0o600);
  }
  const shown = await world.dicode(["secrets", "verify"]);
  const unbound = "6 of them are as a Go program wrote them: not bound to their names\n";
  assert.equal(shown.stdout, `6 secrets are in order\n${unbound}`);
  const refused = await world.dicode(["secrets", "rotate-key"]);
  assert.equal(refused.code, 5);
  assert.match(refused.stderr, /hint: take it over first/);
  const set = await world.dicode(["secrets", "set", "new", "--take-over"], { stdin: "x-y-z" });
  assert.equal(set.code, 0, set.stderr);
  const mixed = await world.dicode(["secrets", "verify"]);
  assert.equal(mixed.stdout, `7 secrets are in order\n${unbound}`);
  assert.match(mixed.stderr, /hint: dicode secrets rotate-key binds them/);
  assert.equal((await world.dicode(["secrets", "rotate-key"])).code, 0);
  const bound = await world.dicode(["secrets", "verify"]);
  assert.deepEqual([bound.stdout, bound.stderr], ["7 secrets are in order\n", ""]);
});
