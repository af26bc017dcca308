/**
 * The presets of `exec` with the real programs, by the real command line: pass with a GPG key of its
 * own, secret-tool with a keyring on a bus of its own, keepassxc-cli, systemd-creds. Where one is not
 * installed its tests say so in their names, and are skipped.
 */
import assert from "node:assert/strict";
import { assertHidden, ISOLATION, type Shown, World } from "../helpers.ts";
import { Database, KEEPASSXC_MISSING } from "../services/keepassxc.ts";
import { Pass, PASS_MISSING } from "../services/pass.ts";
import { testWith } from "../services/programs.ts";
import { Keyring, SECRET_TOOL_MISSING } from "../services/secret_tool.ts";
import { Credstore, SYSTEMD_CREDS_MISSING } from "../services/systemd_creds.ts";

const VALUE = "canary-vålue of a préset";

/** What dicode.yaml says of the provider, and the environment. */
interface Given {
  readonly entry: object;
  readonly env: Readonly<Record<string, string>>;
}

/** What the task got for each key; `absent` where the next provider was asked. */
async function getAll(world: World, given: Given, ...keys: readonly string[]): Promise<string[]> {
  const shown = await run(world, given, "run", ...keys);
  assert.equal(shown.code, 0, shown.stderr);
  assertHidden(shown, VALUE);
  const told = JSON.parse(shown.stdout) as string[];
  return told.map((text) => text === "fallback" ? "absent" : text);
}

async function run(
  world: World,
  { entry, env }: Given,
  command: string,
  ...keys: readonly string[]
): Promise<Shown> {
  const config = `${world.dir}/dicode.yaml`;
  const rest = { type: "exec", name: "rest", command: ["/bin/echo", "fallback-{key}"] };
  const providers = [{ type: "exec", timeout: "60s", ...entry }, rest];
  const text = JSON.stringify({ isolation: ISOLATION, secrets: { providers } });
  await Deno.writeTextFile(config, text);
  const names = keys.map((secret, at) => ({ name: `V${at}`, secret, mask: false }));
  // The value is not shown, but spelled out.
  const dir = await world.mainTask(
    "wants",
    JSON.stringify({ permissions: { env: names } }),
    `return Array.from({ length: ${keys.length} }, (_, at) => {
      const text = context.env.get("V" + at);
      return text.startsWith("fallback") ? "fallback" : [...text].join("_");
    });`,
  );
  return await world.dicode(["--verbose", "--config", config, command, dir], { env });
}

async function failure(world: World, given: Given, key: string, found: RegExp): Promise<void> {
  const shown = await run(world, given, "run", key);
  assert.equal(shown.code, 4, shown.stderr);
  assert.match(shown.stderr, found);
  assert.match(shown.stderr, /^dicode: hint: /m);
  assertHidden(shown, VALUE);
}

const spelled = (text: string) => [...text].join("_");

testWith(
  PASS_MISSING,
  "pass: a value is the first line; what is not there is asked elsewhere",
  async () => {
    await using world = await World.make();
    await using pass = await Pass.make();
    await pass.insert("d/K", `${VALUE}\nuser: x\n`);
    await pass.insert("d/folder/name", VALUE);
    await pass.insert("d/empty", "");
    const given = { entry: { preset: "pass", prefix: "d/" }, env: pass.env };
    const got = await getAll(world, given, "K", "NO", "folder", "empty", "folder/name");
    assert.deepEqual(got, [spelled(VALUE), "absent", "absent", "absent", spelled(VALUE)]);
    await Deno.remove(`${pass.env.PASSWORD_STORE_DIR}/d/K.gpg`);
    assert.deepEqual(await getAll(world, given, "K"), ["absent"]);
  },
);

testWith(PASS_MISSING, "pass: check opens nothing", async () => {
  await using world = await World.make();
  await using pass = await Pass.make();
  await Deno.mkdir(`${pass.env.PASSWORD_STORE_DIR}/d`);
  await Deno.writeTextFile(`${pass.env.PASSWORD_STORE_DIR}/d/K.gpg`, "no such file of gpg's");
  const given = { entry: { preset: "pass", name: "mine", prefix: "d/" }, env: pass.env };
  const shown = await run(world, given, "check", "K", "L");
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /V0.*mine/);
  assert.match(shown.stdout, /V1.*rest/);
  await failure(
    world,
    given,
    "K",
    /\(unauthenticated\): cannot get "K": "pass" exits with 2 and says "gpg: /,
  );
});

testWith(PASS_MISSING, "pass: no key, or no store, is a failure and no absence", async () => {
  await using world = await World.make();
  await using pass = await Pass.make();
  await pass.insert("K", VALUE);
  const entry = { preset: "pass" };
  const GNUPGHOME = `${world.dir}/gpg`;
  await Deno.mkdir(GNUPGHOME, { mode: 0o700 });
  const other = { entry, env: { ...pass.env, GNUPGHOME } };
  await failure(world, other, "K", /\(unauthenticated\): .* says "gpg: .*No secret key"/);
  const elsewhere = { entry, env: { ...pass.env, PASSWORD_STORE_DIR: `${world.dir}/no` } };
  await failure(world, elsewhere, "K", /\(misconfigured\): there is no folder ".*\/no"/);
});

testWith(
  SECRET_TOOL_MISSING,
  "secret-tool: what the keyring has is found, the rest is not",
  async () => {
    await using world = await World.make();
    await using keyring = await Keyring.start();
    await keyring.store("K", VALUE);
    await keyring.store("lines", `${VALUE}\n`);
    const given = { entry: { preset: "secret-tool" }, env: keyring.env };
    const got = await getAll(world, given, "K", "NO", "lines");
    assert.deepEqual(got, [spelled(VALUE), "absent", spelled(VALUE)]);
  },
);

testWith(
  SECRET_TOOL_MISSING,
  "secret-tool: a locked keyring is told from one that has nothing",
  async () => {
    await using world = await World.make();
    await using keyring = await Keyring.start();
    await keyring.store("K", VALUE);
    await keyring.lock();
    const given = { entry: { preset: "secret-tool" }, env: keyring.env };
    await failure(world, given, "K", /\(unauthenticated\): cannot get "K": the keyring is locked/);
    assert.deepEqual(await getAll(world, given, "NO"), ["absent"]);
  },
);

testWith(
  SECRET_TOOL_MISSING,
  "secret-tool: without a keyring, or a bus, nothing is found absent",
  async () => {
    await using world = await World.make();
    await using keyring = await Keyring.startBus();
    const entry = { preset: "secret-tool" };
    await failure(
      world,
      { entry, env: keyring.env },
      "K",
      /\(unreachable\): .*org\.freedesktop\.secrets/,
    );
    await failure(world, { entry, env: {} }, "K", /\(unreachable\): .*D-Bus/);
    const env = { DBUS_SESSION_BUS_ADDRESS: `unix:path=${world.dir}/no` };
    await failure(world, { entry, env }, "K", /\(unreachable\): .*Could not connect/);
  },
);

testWith(
  KEEPASSXC_MISSING,
  "keepassxc: entries of a database, whose password is in the store",
  async () => {
    await using world = await World.make();
    await using database = await Database.make("pass wörd");
    await database.addGroup("d");
    await database.add("d/K", VALUE);
    await world.store({ kdbx: database.password, wrong: "wrong" });
    const common = { preset: "keepassxc", file: database.file, prefix: "d/" };
    const entry = { ...common, stdin_secret: "kdbx" };
    assert.deepEqual(await getAll(world, { entry, env: {} }, "K", "NO"), [
      spelled(VALUE),
      "absent",
    ]);
    const wrong = { entry: { ...common, stdin_secret: "wrong" }, env: {} };
    await failure(world, wrong, "K", /\(unauthenticated\): .*Invalid credentials were provided/);
    const gone = { entry: { ...entry, file: `${world.dir}/no.kdbx` }, env: {} };
    await failure(world, gone, "K", /\(misconfigured\): .*Failed to open database file/);
    const task = "permissions: { env: [{ name: V, secret: kdbx }] }\n";
    const dir = await world.mainTask("thief", task, "");
    const config = ["--config", `${world.dir}/dicode.yaml`];
    const closed = await world.dicode([...config, "run", dir]);
    assert.equal(closed.code, 6, closed.stderr);
    assert.match(closed.stderr, /the credential of a provider/);
  },
);

testWith(
  SYSTEMD_CREDS_MISSING,
  "systemd-creds: a credential is bound to its name and its machine",
  async () => {
    await using world = await World.make();
    await using store = await Credstore.make();
    await store.encrypt("K", VALUE);
    await store.encrypt("K", VALUE, "renamed");
    const entry = { preset: "systemd-creds", file: `${store.folder}/{key}` };
    const given = { entry, env: store.env };
    assert.deepEqual(await getAll(world, given, "K", "NO"), [spelled(VALUE), "absent"]);
    await failure(world, given, "renamed", /\(misconfigured\): .*Embedded credential name/);
    await using other = await Credstore.make();
    await other.encrypt("own", VALUE); // makes its key
    const elsewhere = { entry, env: other.env };
    await failure(world, elsewhere, "K", /\(denied\): .*incorrect key/);
  },
);
