/** What a Connect server is asked: each list once, each item once; and which item and field it is. */
import assert from "node:assert/strict";
import { assertHidden, World } from "../helpers.ts";
import { FakeConnect, type FakeField, type FakeItem } from "../services/fake_connect.ts";
import { makeAuthority } from "../services/own_authority.ts";
import { assertGot, runSeveral } from "./several.ts";

const TOKEN = "connect-token-canary";
const ENV = { OP_CONNECT_TOKEN: TOKEN };
const item = (title: string, value: string, ...more: FakeField[]): FakeItem => ({
  title,
  fields: [{ label: "credential", value }, ...more],
});
const entryOf = (fake: FakeConnect, more: Record<string, unknown> = { vault: "Automation" }) => ({
  type: "1password-connect",
  address: fake.address,
  ...more,
});

Deno.test("1password-connect: one secret is three requests, by the item's title", async () => {
  await using world = await World.make();
  await using fake = new FakeConnect({ token: TOKEN });
  const vault = fake.vault("Automation", [item("SLACK", "value-s"), item("OTHER", "value-o")]);
  const shown = await runSeveral({ world, entry: entryOf(fake), keys: ["SLACK"], env: ENV });
  await assertGot(shown, ["value-s"]);
  assertHidden(shown, TOKEN, "value-s");
  assert.deepEqual(fake.requests, [
    "GET /v1/vaults",
    `GET /v1/vaults/${vault}/items?filter=title%20eq%20%22SLACK%22`,
    `GET /v1/vaults/${vault}/items/${fake.itemIds("SLACK")[0]}`,
  ]);
});

Deno.test("1password-connect: 50 secrets are two lists and 50 items, at most 8 in flight", async () => {
  await using world = await World.make();
  await using fake = new FakeConnect({ token: TOKEN });
  const keys = Array.from({ length: 50 }, (_, at) => `KEY_${at}`);
  const vault = fake.vault("Automation", keys.map((key) => item(key, `value-of-${key}`)));
  fake.fail({ on: /items\/./, delayMs: 20 });
  const env = { ...ENV, OP_CONNECT_HOST: fake.address };
  const entry = { type: "1password-connect", vault };
  const shown = await runSeveral({ world, entry, keys, env });
  await assertGot(shown, keys.map((key) => `value-of-${key}`));
  assert.equal(fake.requests.length, 52);
  assert.equal(new Set(fake.requests).size, 52);
  assert.equal(fake.mostInFlight, 8);
});

Deno.test("1password-connect: a vault of over 1000 items is not listed, but filtered for each title", async () => {
  await using world = await World.make();
  await using fake = new FakeConnect({ token: TOKEN });
  const others = Array.from({ length: 1000 }, (_, at) => item(`FILLER_${at}`, "filler"));
  fake.vault("Automation", [...others, item("A", "value-of-a"), item("B", "value-of-b")]);
  const shown = await runSeveral({ world, entry: entryOf(fake), keys: ["A", "B"], env: ENV });
  await assertGot(shown, ["value-of-a", "value-of-b"]);
  assert.equal(fake.requests.filter((line) => /items\?filter=title/.test(line)).length, 2);
  assert.ok(!fake.requests.some((line) => line.endsWith("/items")), fake.requests.join("\n"));
});

Deno.test("1password-connect: places in the map: section, id, purpose, op://, a quote in the title", async () => {
  await using world = await World.make();
  await using fake = new FakeConnect({ token: TOKEN });
  const vault = fake.vault("Auto mation", [
    item("Stripe", "value-top", { label: "key", value: "value-live", section: "Live keys" }, {
      label: "key",
      value: "value-test",
      section: "Test keys",
    }, { id: "pw", label: "Kennwort", purpose: "PASSWORD", value: "value-password" }),
    item('the "quoted" one', "value-quoted"),
  ]);
  const id = fake.itemIds("Stripe")[0]!;
  const map = {
    LIVE: "Auto mation/Stripe/Live keys/key",
    TEST: `op://${vault}/${id}/Test keys/key`,
    PASSWORD: `Auto mation/${id}/password`,
    QUOTED: 'Auto mation/the "quoted" one/credential',
  };
  const entry = entryOf(fake, { map });
  const keys = Object.keys(map);
  const values = ["value-live", "value-test", "value-password", "value-quoted"];
  await assertGot(await runSeveral({ world, entry, keys, env: ENV }), values);
  const readIds = fake.requests.filter((line) => line.endsWith(id));
  assert.equal(readIds.length, 1, "an item of three values is read once");
  for (const [at, key] of keys.entries()) {
    await assertGot(await runSeveral({ world, entry, keys: [key], env: ENV }), [values[at]!]);
  }
});

Deno.test("1password-connect: a prefix stands before titles, not before places in the map", async () => {
  await using world = await World.make();
  await using fake = new FakeConnect({ token: TOKEN });
  fake.vault("Automation", [
    { title: "prod A", fields: [{ label: "token", value: "value-of-a" }] },
    item("B", "value-of-b"),
  ]);
  const options = {
    vault: "Automation",
    prefix: "prod ",
    field: "token",
    map: { B: "Automation/B/credential" },
  };
  const entry = entryOf(fake, options);
  const shown = await runSeveral({ world, entry, keys: ["A", "B"], env: ENV });
  await assertGot(shown, ["value-of-a", "value-of-b"]);
});

Deno.test("1password-connect: what is no clear answer is a failure that says what there is", async () => {
  await using world = await World.make();
  await using fake = new FakeConnect({ token: TOKEN });
  fake.vault("Automation", [
    item("A", "value-of-a", { label: "key", value: "x", section: "Live" }, {
      label: "key",
      value: "y",
      section: "Test",
    }),
  ]);
  fake.vault("Twice");
  fake.vault("Twice");
  fake.vault("Hidden", [], true);
  const map = (place: string) => ({ map: { A: place } });
  const cases: [Record<string, unknown>, RegExp][] = [
    [
      { vault: "Automation", field: "token" },
      /the item "A" in the vault "Automation" has no field "token"; there is: "credential", "key"/,
    ],
    [map("Automation/A/Old/key"), /has no section "Old"; there is: "Live", "Test"/],
    [map("Automation/A/key"), /has the field "key" in several sections: "Live", "Test"/],
    [{ vault: "Hidden" }, /the token sees no vault "Hidden"; it sees "Automation", "Twice"/],
    [{ vault: "Twice" }, /2 vaults are called "Twice": "\w{26}", "\w{26}"/],
  ];
  for (const [options, words] of cases) {
    const entry = entryOf(fake, options);
    const { code, stderr } = await runSeveral({ world, entry, keys: ["A?"], env: ENV });
    assert.equal(code, 4, stderr);
    assert.match(stderr, /provider "1password-connect" \(misconfigured\): /);
    assert.match(stderr, words);
    assert.match(stderr, /^dicode: hint: /m);
    assert.ok(!stderr.includes("value-of-a"));
  }
});

Deno.test("1password-connect: what answers and is no Connect server is said to be none", async () => {
  await using world = await World.make();
  await using fake = new FakeConnect({ token: TOKEN });
  const cases: [string, RegExp][] = [
    ["<html>sign in</html>", /\(bad_answer\): .* its body is HTML, not JSON/],
    ['{"vaults":[]}', /\(bad_answer\): .* its body is not the list that was expected/],
    ["", /\(bad_answer\): .* its body is empty/],
  ];
  for (const [body, words] of cases) {
    fake.fail({ body, times: 1 });
    const entry = entryOf(fake);
    const { code, stderr } = await runSeveral({ world, entry, keys: ["A?"], env: ENV });
    assert.equal(code, 4, stderr);
    assert.match(stderr, words);
  }
});

Deno.test("1password-connect: https with an authority of one's own", async () => {
  await using world = await World.make();
  const { caFile, tls } = await makeAuthority(world.dir);
  await using fake = new FakeConnect({ token: TOKEN, tls });
  fake.vault("Automation", [item("A", "value-of-a")]);
  const entry = entryOf(fake, { vault: "Automation", ca_file: caFile });
  await assertGot(await runSeveral({ world, entry, keys: ["A"], env: ENV }), ["value-of-a"]);
});

Deno.test("1password-connect: an item that goes between list and read is not there", async () => {
  await using world = await World.make();
  await using fake = new FakeConnect({ token: TOKEN });
  fake.vault("Automation", [item("A", "value-of-a")]);
  fake.fail({ on: /items\/./, status: 404, body: '{"status":404,"message":"item not found"}' });
  const entry = entryOf(fake);
  await assertGot(await runSeveral({ world, entry, keys: ["A?"], env: ENV }), [""]);
});

Deno.test("1password-connect: offline a server on this machine is asked, another is not", async () => {
  await using world = await World.make();
  await using fake = new FakeConnect({ token: TOKEN });
  fake.vault("Automation", [item("A", "value-of-a")]);
  const command = ["--offline", "run"];
  const here = { world, entry: entryOf(fake), keys: ["A?"], env: ENV, command };
  await assertGot(await runSeveral(here), ["value-of-a"]);
  const entry = { ...entryOf(fake), address: "https://connect.invalid" };
  const there = await runSeveral({ ...here, entry });
  await assertGot(there, [""]);
  assert.match(there.stderr, /provider "1password-connect" is not asked: it needs the network/);
});

Deno.test("1password-connect: check finds out who has a key, and reads no item", async () => {
  await using world = await World.make();
  await using fake = new FakeConnect({ token: TOKEN });
  fake.vault("Automation", [item("A", "value-of-a")]);
  const entry = entryOf(fake);
  const command = ["check"];
  const { code, stdout } = await runSeveral({ world, entry, keys: ["A", "B?"], env: ENV, command });
  assert.equal(code, 0);
  assert.match(stdout, /V0\b.*1password-connect/);
  assert.match(stdout, /V1\b/);
  assert.ok(!fake.requests.some((line) => /items\/./.test(line)), fake.requests.join("\n"));
});

Deno.test("1password-connect: dicode.yaml is told what does not fit together", async () => {
  await using world = await World.make();
  const cases: [Record<string, unknown>, RegExp][] = [
    [{}, /it has neither "vault" nor "map"/],
    [{ map: { A: "Automation/A" } }, /names no field: it is vault\/item\/field or/],
    [{ map: { A: "V/A/otp?attribute=otp" } }, /a Connect server knows no \?attribute=/],
    [{ map: { A: "V/A/f" }, field: "token" }, /"field" is of use with "vault" alone/],
  ];
  for (const [options, words] of cases) {
    const entry = { type: "1password-connect", address: "http://127.0.0.1:8080", ...options };
    const { code, stderr } = await runSeveral({ world, entry, keys: ["A"] });
    assert.equal(code, 3, stderr);
    assert.match(stderr, words);
  }
  const none = { type: "1password-connect", vault: "V" };
  const env = { OP_CONNECT_HOST: "connect:8080", OP_CONNECT_TOKEN: TOKEN };
  const odd = await runSeveral({ world, entry: none, keys: ["A"], env });
  assert.match(odd.stderr, /\(misconfigured\): OP_CONNECT_HOST is no http or https address/);
  const nowhere = await runSeveral({ world, entry: none, keys: ["A"], env: ENV });
  assert.match(nowhere.stderr, /\(misconfigured\): there is no address/);
});
