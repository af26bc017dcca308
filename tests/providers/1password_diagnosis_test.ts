/** What `dicode doctor` is told of the two kinds of 1Password, and that it costs nothing. */
import assert from "node:assert/strict";
import { World } from "../helpers.ts";
import { openChain } from "../../store/open_chain.ts";
import { type Diagnosis, ProviderFailure } from "../../store/provider.ts";
import { FakeConnect } from "../services/fake_connect.ts";
import { StubOp } from "../services/stub_op.ts";

const never = new AbortController().signal;
const TOKEN = "token-canary-0815";

async function diagnose(
  type: string,
  options: Readonly<Record<string, unknown>>,
  variables: Readonly<Record<string, string>> = {},
): Promise<Diagnosis[]> {
  const chain = await openChain([{ type, name: type, options }], {
    env: (name) => ({ PATH: "/usr/bin:/bin", ...variables })[name],
    openStore: () => assert.fail("the store is not needed"),
    refused: () => false,
    conceal: () => {},
  });
  const found = await chain.links[0]!.provider.diagnose!(never);
  assert.ok(!JSON.stringify(found).includes(TOKEN), JSON.stringify(found));
  return found;
}

const states = (found: readonly Diagnosis[]) => found.map(({ what, state }) => `${what} ${state}`);

Deno.test("1password diagnose() looks at program, sign-in and quota, by calls that are free", async () => {
  await using world = await World.make();
  const run = async (used: number, token: string | undefined) => {
    const stub = await StubOp.make(world.dir, { token: TOKEN, used });
    const options = { ref: "op://V/{key}/f", command: stub.command };
    const found = await diagnose(
      "1password",
      options,
      token === undefined ? {} : {
        OP_SERVICE_ACCOUNT_TOKEN: token,
      },
    );
    return { found, calls: await stub.calls() };
  };
  const fine = await run(4, TOKEN);
  assert.deepEqual(states(fine.found), [
    "installed ok",
    "authenticated ok",
    "quota ok",
    "quota ok",
  ]);
  assert.equal(fine.found[0]!.found, "op 2.40.0");
  assert.equal(
    fine.found.at(-1)!.found,
    "996 of 1000 requests of the account are left, new ones: 5 hours from now",
  );
  assert.deepEqual(fine.calls.map(({ args }) => args.join(" ")), [
    "--version",
    "whoami",
    "service-account ratelimit",
  ]);
  assert.equal((await run(950, TOKEN)).found.at(-1)!.state, "warning");
  assert.equal((await run(1000, TOKEN)).found.at(-1)!.state, "broken");
  const app = await run(4, undefined);
  assert.deepEqual(states(app.found), ["installed ok", "authenticated warning"]);
  await assert.rejects(
    run(4, "another"),
    (error) => error instanceof ProviderFailure && error.kind === "unauthenticated",
  );
});

Deno.test("1password-connect diagnose() looks at health, token and vaults, and reads no item", async () => {
  await using fake = new FakeConnect({ token: TOKEN });
  fake.vault("Automation", [{ title: "A", fields: [] }]);
  const options = {
    address: fake.address,
    vault: "Automation",
    map: { B: "Private/B/f", C: "Private/C/f" },
  };
  const env = { OP_CONNECT_TOKEN: TOKEN };
  const found = await diagnose("1password-connect", options, env);
  assert.deepEqual(states(found), [
    "reachable ok",
    "authenticated ok",
    "allowed ok",
    "allowed broken",
  ]);
  assert.match(found[3]!.found, /sees no vault "Private"; it sees "Automation"/);
  assert.deepEqual(fake.requests, ["GET /health", "GET /v1/vaults"]);
  fake.sync = "TOKEN_NEEDED";
  const early = await diagnose("1password-connect", { ...options, map: {} }, env);
  assert.deepEqual(states(early), ["reachable warning", "authenticated ok", "allowed ok"]);
  assert.match(early[0]!.found, /"sync TOKEN_NEEDED"/);
  fake.fail({ on: /health/, status: 404, body: "" });
  const hidden = await diagnose("1password-connect", { ...options, map: {} }, env);
  assert.match(hidden[0]!.found, /\/health answers 404/);
  await assert.rejects(
    diagnose("1password-connect", options, { OP_CONNECT_TOKEN: "another" }),
    (error) => error instanceof ProviderFailure && error.kind === "unauthenticated",
  );
});
