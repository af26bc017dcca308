import assert from "node:assert/strict";
import { assertHidden, World } from "../helpers.ts";

const ALL = "timeout: 60s\npermissions: { dicode: { secrets_write: true } }\n";

/** A body that answers with what each attempt was refused with, or "done". */
function attempts(...calls: string[]): string {
  return `const told: unknown[] = [];
    for (const attempt of [${calls.map((call) => `() => context.dicode.${call}`).join(", ")}]) {
      await attempt().then(
        () => told.push("done"),
        (error: any) => told.push([error instanceof Error, error.name, error.code, error.message]),
      );
    }
    return told;`;
}

Deno.test("a value that a task stores is masked at once, and the next run receives it", async () => {
  await using world = await World.make();
  const value = "tök€n-🦕-of-the-first-run";
  const writes = await world.mainTask(
    "writes",
    ALL,
    `const value = await context.params.get("value");
    await context.dicode.secrets_set("token", value);
    console.log("plain " + value);
    console.error("base64 " + btoa(String.fromCharCode(...new TextEncoder().encode(value))));
    return { value, [value]: 1 };`,
  );
  await Deno.writeTextFile(`${writes}/task.yaml`, `${ALL}params: { value: ${value} }\n`);
  const first = await world.run(writes);
  assert.equal(first.code, 0, first.stderr);
  assert.equal(first.stdout, `plain ***\n{"value":"***","***":1}\n`);
  assertHidden(first, value, btoa(String.fromCharCode(...new TextEncoder().encode(value))));
  const reads = await world.mainTask(
    "reads",
    "permissions: { env: [{ name: TOKEN, secret: token }] }\n",
    `return [...context.env.get("TOKEN")].map((char) => char.codePointAt(0));`,
  );
  const second = await world.run(reads);
  assert.deepEqual(JSON.parse(second.stdout), [...value].map((char) => char.codePointAt(0)));
  await world.assertNothingLeft(value);
});

Deno.test("without secrets_write, or outside its patterns, a write is refused with the line that allows it", async () => {
  await using world = await World.make();
  const refused = (key: string) => [
    true,
    "DicodeRefusal",
    "grant_refused",
    `cannot write the secret "${key}": not granted (add to task.yaml: ` +
    `permissions: { dicode: { secrets_write: ["${key}"] } })`,
  ];
  const calls = [
    `secrets_set("OAUTH_a", "v")`,
    `secrets_set("oauth_a", "v")`,
    `secrets_set("xOAUTH_a", "v")`,
    `secrets_set("exact", "v")`,
    `secrets_set("exact2", "v")`,
    `secrets_delete("other")`,
  ];
  const none = await world.mainTask("none", "timeout: 60s\n", attempts(...calls));
  const some = await world.mainTask(
    "some",
    `timeout: 60s\npermissions: { dicode: { secrets_write: ["OAUTH_*", exact] } }\n`,
    attempts(...calls),
  );
  const keys = ["OAUTH_a", "oauth_a", "xOAUTH_a", "exact", "exact2", "other"];
  assert.deepEqual(JSON.parse((await world.run(none)).stdout), keys.map(refused));
  assert.deepEqual(
    JSON.parse((await world.run(some)).stdout),
    keys.map((key) => ["OAUTH_a", "exact"].includes(key) ? "done" : refused(key)),
  );
  assert.equal((await world.dicode(["secrets", "list"])).stdout, "OAUTH_a\nexact\n");
});

Deno.test("a refusal that nobody catches ends the task with its text", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "refused",
    "timeout: 60s\n",
    `await context.dicode.secrets_set("key", "value");`,
  );
  const { code, stderr } = await world.run(dir);
  assert.equal(code, 1);
  assert.match(
    stderr,
    /^dicode: error: the task threw DicodeRefusal: cannot write the secret "key"/,
  );
});

Deno.test("deleting tells nothing about whether the key was there", async () => {
  await using world = await World.make();
  await world.store({ there: "some-value", kept: "other-value" });
  const calls = attempts(`secrets_delete("there")`, `secrets_delete("never-there")`);
  const { code, stdout } = await world.run(await world.mainTask("deletes", ALL, calls));
  assert.deepEqual([code, stdout], [0, `["done","done"]\n`]);
  assert.equal((await world.dicode(["secrets", "list"])).stdout, "kept\n");
});

Deno.test("keys and values that break the rules are errors of one call, and nothing is stored", async () => {
  await using world = await World.make();
  const calls: [call: string, code: string][] = [
    [`secrets_set("", "v")`, "secret_key_invalid"],
    [`secrets_set(" k", "v")`, "secret_key_invalid"],
    [`secrets_set("k\\n", "v")`, "secret_key_invalid"],
    [`secrets_set("k".repeat(257), "v")`, "secret_key_invalid"],
    [`secrets_set("\\ud800", "v")`, "secret_key_invalid"],
    [`secrets_set("DICODE_MASTER_KEY", "v")`, "secret_key_invalid"],
    [`secrets_delete("")`, "secret_key_invalid"],
    [`secrets_set("k", "")`, "secret_value_invalid"],
    [`secrets_set("k", "a\\0b")`, "secret_value_invalid"],
    [`secrets_set("k", "\\udc00")`, "secret_value_invalid"],
    [`secrets_set("k", "v".repeat(1024 * 1024 + 1))`, "secret_value_invalid"],
    [`secrets_set("k", "v".repeat(9 * 1024 * 1024))`, "usage"],
    [`secrets_set(7, "v")`, "usage"],
    [`secrets_set("k", undefined)`, "usage"],
    [`secrets_set("k", new Uint8Array(3))`, "usage"],
    [`secrets_delete(null)`, "usage"],
  ];
  const body = attempts(...calls.map(([call]) => call));
  const dir = await world.mainTask("breaks", ALL, body);
  const { code, stdout, stderr } = await world.run(dir);
  assert.equal(code, 0, stderr);
  const told: unknown[][] = JSON.parse(stdout);
  assert.deepEqual(
    told.map((entry) => entry.slice(0, 3)),
    calls.map(([, code]) => [true, "DicodeRefusal", code]),
    stdout,
  );
  assert.match((await world.dicode(["secrets", "list"])).stderr, /no secrets yet/);
});

Deno.test("a value of 1 MiB that escapes to six times that comes back as it was", async () => {
  await using world = await World.make();
  const value = `"\\u0001".repeat(1024 * 1024 - 4) + "\\n\\r\\t\\u007f"`;
  const writes = `await context.dicode.secrets_set("big", ${value});`;
  const reads = `return context.env.get("BIG") === ${value};`;
  const written = await world.run(await world.mainTask("writes", ALL, writes));
  assert.deepEqual(written, { code: 0, stdout: "", stderr: "" });
  const yaml = "timeout: 60s\npermissions: { env: [{ name: BIG, secret: big }] }\n";
  const read = await world.run(await world.mainTask("reads", yaml, reads));
  assert.deepEqual(read, { code: 0, stdout: "true\n", stderr: "" });
});

Deno.test("50 writes at once are all stored, and the last of several to one key wins", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "many",
    ALL,
    `const keys = Array.from({ length: 50 }, (_, at) => "key" + at);
    await Promise.all(keys.map((key) => context.dicode.secrets_set(key, "value of " + key)));
    await Promise.all(keys.map((_, at) => context.dicode.secrets_set("one", "number " + at)));
    await Promise.all([
      context.dicode.secrets_set("gone", "some-value"),
      context.dicode.secrets_delete("gone"),
    ]);`,
  );
  assert.deepEqual(await world.run(dir), { code: 0, stdout: "", stderr: "" });
  const env = ["key0", "key49", "one"].map((key) => `{ name: ${key}, secret: ${key} }`);
  const read = await world.run(
    await world.mainTask(
      "reads",
      `permissions: { env: [${env}] }\n`,
      `const { env } = context;
      return [env.get("key0") === "value of key0", env.get("key49") === "value of key49",
        env.get("one") === "number 49"];`,
    ),
  );
  assert.equal(read.stdout, "[true,true,true]\n", read.stderr);
  const listed = (await world.dicode(["secrets", "list"])).stdout.trim().split("\n");
  assert.equal(listed.length, 51);
});

Deno.test("a store that cannot be written is an error of the call, and the task goes on", async () => {
  await using world = await World.make();
  const dir = await world.mainTask("tries", ALL, attempts(`secrets_set("k", "v")`));
  const told = async (): Promise<string[]> => {
    const { code, stdout, stderr } = await world.run(dir);
    assert.equal(code, 0, stderr);
    return JSON.parse(stdout)[0].slice(1, 3);
  };
  await Deno.mkdir(world.dataDir, { mode: 0o700 });
  const go = new URL("../fixtures/go-store/", import.meta.url);
  for (const name of ["data.db", "master.key", "master.salt"]) {
    await Deno.copyFile(new URL(name, go), `${world.dataDir}/${name}`);
    await Deno.chmod(`${world.dataDir}/${name}`, 0o600);
  }
  const before = await Deno.readFile(`${world.dataDir}/data.db`);
  assert.deepEqual(await told(), ["DicodeRefusal", "store_foreign"]);
  assert.deepEqual(await Deno.readFile(`${world.dataDir}/data.db`), before);

  await Deno.remove(world.dataDir, { recursive: true });
  await world.store({ first: "some-value" });
  await Deno.rename(`${world.dataDir}/master.key`, `${world.dataDir}/elsewhere`);
  assert.deepEqual(await told(), ["DicodeRefusal", "master_key_missing"]);

  await Deno.remove(world.dataDir, { recursive: true });
  await world.store({ first: "some-value" });
  await Deno.writeTextFile(`${world.dataDir}/data.db`, "no database ".repeat(1_000));
  assert.deepEqual(await told(), ["DicodeRefusal", "store_corrupt"]);
});

Deno.test("a value is masked also where its store refused it", async () => {
  await using world = await World.make();
  await world.store({ first: "some-value" });
  await Deno.remove(`${world.dataDir}/master.key`);
  const value = "would-be-secret-of-the-task";
  const shown = await world.run(
    await world.mainTask(
      "fails",
      ALL,
      `await context.dicode.secrets_set("k", "${value}").catch((error: any) => {
        throw new Error(error.code + " for ${value}");
      });`,
    ),
  );
  assert.equal(shown.code, 1);
  assert.match(shown.stderr, /the task threw Error: master_key_missing for \*\*\*$/m);
  assertHidden(shown, value);
});
