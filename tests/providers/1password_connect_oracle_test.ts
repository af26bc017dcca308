/** The fake Connect server is read rightly by 1Password's own client, its errors included. */
import assert from "node:assert/strict";
import { FakeConnect } from "../services/fake_connect.ts";

const ORACLES = new URL("../oracles/", import.meta.url).pathname;
const TOKEN = "connect-token-5b1f";
const NOWHERE = "zzzzzzzzzzzzzzzzzzzzzzzzzz";

/** What the client made of an answer. */
async function ask(address: string, token: string, ...args: string[]): Promise<unknown> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "--quiet",
      "-A",
      "--config",
      `${ORACLES}deno.json`,
      `${ORACLES}connect.ts`,
      address,
      token,
      ...args,
    ],
    stdout: "piped",
    stderr: "piped",
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

Deno.test("@1password/connect reads vaults, items and fields of the fake as they were put in", async () => {
  await using fake = new FakeConnect({ token: TOKEN });
  const vault = fake.vault("Automation", [{
    title: "SLACK_TOKEN",
    fields: [
      { label: "username", value: "bot", purpose: "USERNAME", type: "STRING" },
      { label: "password", value: "xoxb-1", purpose: "PASSWORD" },
      { label: "spare", value: "xoxb-2", section: "Old ones" },
      { label: "empty" },
    ],
  }, { title: "GONE", fields: [], state: "DELETED" }]);
  const hidden = fake.vault("Elsewhere", [], true);
  const read = (...args: string[]) => ask(fake.address, TOKEN, ...args);

  const [vaults, byName, items, byTitle, byId] = [
    await read("vaults"),
    await read("vault", "Automation"),
    await read("items", vault),
    await read("item", vault, "SLACK_TOKEN"),
    await read("item", vault, fake.itemIds("SLACK_TOKEN")[0]!),
  ] as [Named[], Named, Named[], Whole, Whole];
  assert.deepEqual(vaults.map(({ name }) => name), ["Automation"]);
  assert.equal(byName.id, vault);
  assert.deepEqual(items.map(({ title, trashed }) => [title, trashed]), [
    ["SLACK_TOKEN", undefined],
    ["GONE", true],
  ]);
  assert.deepEqual(byTitle, byId);
  assert.deepEqual(
    byTitle.fields.map(({ label, value, purpose }) => [label, value, purpose]),
    [
      ["username", "bot", "USERNAME"],
      ["password", "xoxb-1", "PASSWORD"],
      ["spare", "xoxb-2", undefined],
      ["empty", undefined, undefined],
    ],
  );
  assert.deepEqual(byTitle.sections.map(({ label }) => label), ["Old ones"]);
  assert.equal(byTitle.fields[2]!.section!.id, byTitle.sections[0]!.id);

  assert.deepEqual(await read("vault", hidden), {
    error: { status: 403, message: `vault ${hidden} is not in scope` },
  });
});

interface Named {
  readonly id: string;
  readonly name?: string;
  readonly title?: string;
  /** What the client knows of an item's `state`, which is younger than it. */
  readonly trashed?: boolean;
}

interface Whole extends Named {
  readonly sections: { readonly id: string; readonly label: string }[];
  readonly fields: {
    readonly label: string;
    readonly value?: string;
    readonly purpose?: string;
    readonly section?: { readonly id: string };
  }[];
}

Deno.test("@1password/connect reads the refusals of the fake: token, absent, not an id, a fault", async () => {
  await using fake = new FakeConnect({ token: TOKEN });
  const vault = fake.vault("Automation", []);
  fake.fail({ on: /items\/$/, status: 500, body: '{"status":500,"message":"server error"}' });
  const cases: [string, string[], number, string][] = [
    ["another", ["vaults"], 401, "Invalid token signature"],
    [TOKEN, ["vault", NOWHERE], 404, `vault ${NOWHERE} not found`],
    [TOKEN, ["item", vault, NOWHERE], 404, `item ${NOWHERE} not found`],
    [TOKEN, ["items", "Automation"], 400, "Invalid Vault UUID"],
  ];
  for (const [token, args, status, message] of cases) {
    assert.deepEqual(await ask(fake.address, token, ...args), { error: { status, message } });
  }
  const absent = await ask(fake.address, TOKEN, "item", vault, "ABSENT") as {
    error: { message: string };
  };
  assert.match(absent.error.message, /No Items found with title/i);
});
