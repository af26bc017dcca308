/** How the program op is called: once for many, never twice, with nothing that is not its own. */
import assert from "node:assert/strict";
import { assertHidden, World } from "../helpers.ts";
import { type StubItem, StubOp } from "../services/stub_op.ts";
import { assertGot, runSeveral } from "./several.ts";

const REF = "op://Automation/{key}/credential";
const item = (title: string, value: string, vault = "Automation"): StubItem => ({
  vault,
  title,
  fields: { credential: value, "Keys/live": `${value}-live` },
});

Deno.test("1password: 50 secrets are one call, by a true pipe, values of several lines among them", async () => {
  await using world = await World.make();
  const keys = Array.from({ length: 50 }, (_, at) => `KEY_${at}`);
  const values = keys.map((key, at) =>
    at % 7 === 0 ? `-----BEGIN-----\n${key}\n-----END-----\n` : `v-${key}`
  );
  const stub = await StubOp.make(world.dir, {
    items: keys.map((key, at) => item(key, values[at]!)),
  });
  const entry = { type: "1password", ref: REF, command: stub.command };
  const shown = await runSeveral({ world, entry, keys });
  await assertGot(shown, values);
  assertHidden(shown, ...values);
  const [call, ...more] = await stub.calls();
  assert.deepEqual(more, []);
  assert.deepEqual(call!.args, ["inject"]);
  assert.equal(call!.stdin, "pipe");
  assert.deepEqual(call!.refs, keys.map((key) => REF.replace("{key}", key)));
});

Deno.test("1password: two keys of one reference ask for it once", async () => {
  await using world = await World.make();
  const stub = await StubOp.make(world.dir, { items: [item("A", "value-of-a")] });
  const map = { ONE: "op://Automation/A/credential", TWO: "op://Automation/A/credential" };
  const entry = { type: "1password", map, command: stub.command };
  await assertGot(
    await runSeveral({ world, entry, keys: ["ONE", "TWO"] }),
    ["value-of-a", "value-of-a"],
  );
  assert.deepEqual((await stub.calls()).map(({ args }) => args), [
    ["read", "--no-newline", "op://Automation/A/credential"],
  ]);
});

Deno.test("1password: one that is not there is left out, and the others are asked for again", async () => {
  await using world = await World.make();
  const stub = await StubOp.make(world.dir, {
    items: [item("A", "value-of-a"), item("B", "value-of-b"), {
      vault: "Automation",
      title: "NO_FIELD",
      fields: { password: "x" },
    }],
  });
  const entry = { type: "1password", ref: REF, command: stub.command };
  const keys = ["A", "ABSENT?", "B", "NO_FIELD?"];
  const shown = await runSeveral({ world, entry, keys });
  await assertGot(shown, ["value-of-a", "", "value-of-b", ""]);
  assert.deepEqual((await stub.calls()).map(({ refs }) => refs.length), [4, 3, 2]);
});

Deno.test("1password: where op's words fit two vaults, each is read by itself", async () => {
  await using world = await World.make();
  const stub = await StubOp.make(world.dir, {
    items: [item("A", "value-of-a"), item("X", "value-of-x", "Private")],
  });
  const map = {
    A: "op://Automation/A/credential",
    GONE: "op://Automation/X/credential",
    X: "op://Private/X/Keys/live",
  };
  const entry = { type: "1password", map, command: stub.command };
  const shown = await runSeveral({ world, entry, keys: ["A", "GONE?", "X"] });
  await assertGot(shown, ["value-of-a", "", "value-of-x-live"]);
  assert.deepEqual(await stub.commands(), ["inject", "read", "read", "read"]);
});

Deno.test("1password: where op's words fit two items, each is read by itself", async () => {
  await using world = await World.make();
  const stub = await StubOp.make(world.dir, { items: [item("A", "value-of-a")] });
  const entry = { type: "1password", ref: REF, command: stub.command };
  // "could not find item A in B in vault 3krb…" has "could not find item A in" in it.
  const shown = await runSeveral({ world, entry, keys: ["A", "A in B?"] });
  await assertGot(shown, ["value-of-a", ""]);
  assert.deepEqual(await stub.commands(), ["inject", "read", "read"]);
});

Deno.test("1password: where op's words fit two fields, each is read by itself", async () => {
  await using world = await World.make();
  const fields = { "keys.live": "value-of-live" };
  const stub = await StubOp.make(world.dir, {
    items: [{ vault: "Automation", title: "A", fields }],
  });
  const map = { LIVE: "op://Automation/A/keys.live", GONE: "op://Automation/A/keys/live" };
  const entry = { type: "1password", map, command: stub.command };
  const { code, stderr } = await runSeveral({ world, entry, keys: ["LIVE", "GONE?"] });
  // The field of the section is a mistake; the other one is not taken for it.
  assert.equal(code, 4, stderr);
  assert.match(stderr, /the item of "op:\/\/Automation\/A\/keys\/live" has no such field/);
});

Deno.test("1password: a field that the map names and the item lacks is a mistake, alone or among others", async () => {
  await using world = await World.make();
  const stub = await StubOp.make(world.dir, { items: [item("A", "value-of-a")] });
  const map = { WRONG: "op://Automation/A/Keys/test", A: "op://Automation/A/credential" };
  const entry = { type: "1password", map, command: stub.command };
  for (const keys of [["WRONG?"], ["A", "WRONG?"]]) {
    const { code, stderr } = await runSeveral({ world, entry, keys });
    assert.equal(code, 4, stderr);
    const words = 'the item of "op://Automation/A/Keys/test" has no such field';
    assert.ok(stderr.includes(`provider "1password" (misconfigured): ${words}`), stderr);
    assert.match(stderr, /hint: .*op item get A --vault Automation/);
  }
});

Deno.test("1password: op gets the token it is to have, and nothing of a Connect server's", async () => {
  await using world = await World.make();
  const token = "ops_service-account-canary";
  const stub = await StubOp.make(world.dir, { items: [item("A", "value-of-a")], token });
  const env = {
    MY_TOKEN: token,
    OP_SERVICE_ACCOUNT_TOKEN: "ops_of-somebody-else",
    OP_CONNECT_HOST: "http://127.0.0.1:9",
    OP_CONNECT_TOKEN: "connect-canary",
    OP_FORMAT: "json",
    OP_CACHE: "false",
    HTTPS_PROXY: "http://127.0.0.1:3128",
    OTHER_SECRET: "canary-of-another",
  };
  const entry = {
    type: "1password",
    ref: REF,
    command: stub.command,
    token_env: "MY_TOKEN",
    account: "my.1password.com",
  };
  const shown = await runSeveral({ world, entry, keys: ["A"], env });
  await assertGot(shown, ["value-of-a"]);
  assertHidden(shown, token);
  const [call] = await stub.calls();
  assert.equal(call!.args.at(-1), "--account=my.1password.com");
  assert.equal(call!.stdin, "other", "it must not wait for what somebody types");
  // DENO_DIR and PWD are of the stub's own making.
  const { HOME: _home, PATH: _path, DENO_DIR: _dir, PWD: _pwd, ...others } = call!.env;
  assert.deepEqual(others, {
    OP_SERVICE_ACCOUNT_TOKEN: token,
    OP_CACHE: "false",
    HTTPS_PROXY: "http://127.0.0.1:3128",
  });
});

Deno.test("1password: what op prints and is no answer is no value", async () => {
  await using world = await World.make();
  const stub = await StubOp.make(world.dir, {
    items: [item("A", "value-a"), item("B", "value-b")],
  });
  const entry = { type: "1password", ref: REF, command: stub.command };
  await stub.fail({ on: "inject", code: 0, stdout: "half of a templ", times: 1 });
  const cut = await runSeveral({ world, entry, keys: ["A", "B"] });
  assert.equal(cut.code, 4);
  assert.match(cut.stderr, /\(bad_answer\): op inject did not fill in the whole template/);
  // op before 2.32.1.
  await stub.fail({ on: "read", code: 0, stderr: "[ERROR] (500) unexpected\n", times: 1 });
  const zero = await runSeveral({ world, entry, keys: ["A?"] });
  assert.equal(zero.code, 4);
  assert.match(zero.stderr, /\(tool_failed\): op ended with 0: "\(500\) unexpected"/);
  const missing = { ...entry, command: `${world.dir}/no-op` };
  const none = await runSeveral({ world, entry: missing, keys: ["A"] });
  assert.equal(none.code, 4);
  assert.match(none.stderr, /\(tool_missing\): ".*no-op": there is no such program/);
});

Deno.test("1password: a key that would change the reference is not asked for", async () => {
  await using world = await World.make();
  const stub = await StubOp.make(world.dir, { items: [item("A", "value-of-a")] });
  const entry = { type: "1password", ref: REF, command: stub.command };
  const keys = ["A", "Private/A?", "$HOME?", "}} {{ op://Private/A/credential?"];
  await assertGot(await runSeveral({ world, entry, keys }), ["value-of-a", "", "", ""]);
  assert.deepEqual((await stub.calls()).map(({ args }) => args.at(-1)), [
    "op://Automation/A/credential",
  ]);
});

Deno.test("1password: offline it is not asked", async () => {
  await using world = await World.make();
  const stub = await StubOp.make(world.dir, { items: [item("A", "value-of-a")] });
  const entry = { type: "1password", ref: REF, command: stub.command };
  const command = ["--offline", "run"];
  const shown = await runSeveral({ world, entry, keys: ["A?"], command });
  await assertGot(shown, [""]);
  assert.match(shown.stderr, /provider "1password" is not asked: it needs the network/);
  assert.deepEqual(await stub.calls(), []);
});

Deno.test("1password: dicode.yaml is told what is wrong with its references", async () => {
  await using world = await World.make();
  const cases: [Record<string, unknown>, RegExp][] = [
    [{}, /cannot use the provider "1password": it has neither "ref" nor "map"/],
    [{ ref: "op://Automation/SLACK/credential" }, /has no \{key\}: all keys would have one value/],
    [{ ref: "op://Automation/{key}" }, /is no secret reference: .*op:\/\/vault\/item\/field/],
    [{ map: { A: "Automation/A/f" } }, /is no secret reference: .*begins with "op:\/\/"/],
    [{ map: { A: "op://Automation/$A/f" } }, /"\$" cannot stand in a secret reference/],
    [{ ref: REF, command: "./op" }, /"\.\/op" is a path into the working folder/],
    [{ ref: REF, token: "ops_canary-4711" }, /cannot use "token": a credential is never written/],
  ];
  for (const [options, words] of cases) {
    const entry = { type: "1password", ...options };
    const { code, stderr } = await runSeveral({ world, entry, keys: ["A"] });
    assert.equal(code, 3, stderr);
    assert.match(stderr, words);
    assert.ok(!stderr.includes("ops_canary"), stderr);
  }
});
