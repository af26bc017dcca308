/** What `dicode doctor` finds out of AWS, without a value being sent. */
import assert from "node:assert/strict";
import { assertHidden, World } from "../helpers.ts";
import { FakeAws } from "../services/fake_aws.ts";
import { HOST_ENV, SECRET_KEY } from "./aws_bench.ts";

interface Found {
  readonly subject: string;
  readonly what: string;
  readonly state: string;
  readonly found: string;
  readonly hint?: string;
}

/** What doctor says of the provider: of each thing its state, and all of it as text. */
async function examine(fake: FakeAws, entry: Readonly<Record<string, unknown>>, env = {}) {
  await using world = await World.make();
  const config = `${world.dir}/dicode.yaml`;
  const providers = [{ name: "cloud", address: fake.address, ...entry }];
  await Deno.writeTextFile(config, JSON.stringify({ isolation: "deno", secrets: { providers } }));
  const shown = await world.dicode(["doctor", "--json", "--config", config], {
    env: { ...HOST_ENV, ...env },
  });
  assertHidden(shown, SECRET_KEY, "value of");
  const findings: Found[] = JSON.parse(shown.stdout).findings
    .filter(({ subject }: Found) => subject === 'provider "cloud"');
  return {
    states: findings.map(({ what, state }) => `${what}: ${state}`),
    said: findings.map(({ found, hint }) => `${found} / ${hint}`).join("\n"),
  };
}

const FINE = ["reachable: ok", "authenticated: ok", "allowed: ok"];

Deno.test("doctor tells reachable, authenticated and allowed apart, for both kinds", async () => {
  for (
    const [type, action] of [
      ["aws-secrets-manager", "secretsmanager:GetSecretValue"],
      ["aws-ssm", "ssm:GetParameters"],
    ] as const
  ) {
    await using fake = new FakeAws(SECRET_KEY);
    const entry = { type, prefix: "/app/" };
    const fine = await examine(fake, entry);
    assert.deepEqual(fine.states, FINE);
    assert.match(fine.said, /127\.0\.0\.1:\d+, in the region eu-west-1/);
    assert.match(fine.said, /by the variables AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY/);
    fake.deniedActions.add(action);
    const denied = await examine(fake, entry);
    assert.deepEqual(denied.states, ["reachable: ok", "authenticated: ok", "allowed: broken"]);
    assert.match(denied.said, new RegExp(`does not allow ${action} on "/app/dicode-doctor"`));
    const unknown = await examine(fake, entry, { AWS_ACCESS_KEY_ID: "AKIDOTHER" });
    assert.deepEqual(unknown.states, ["reachable: ok", "authenticated: broken"]);
  }
});

Deno.test("doctor needs a key and an address", async () => {
  await using fake = new FakeAws(SECRET_KEY);
  const entry = { type: "aws-ssm", retries: 0 };
  const keyless = await examine(fake, entry, { AWS_ACCESS_KEY_ID: "" });
  assert.deepEqual(keyless.states, ["unauthenticated: broken"]);
  assert.match(keyless.said, /there is no access key of AWS's.* \/ aws configure/);
  await fake[Symbol.asyncDispose]();
  const gone = await examine(fake, entry);
  assert.deepEqual(gone.states, ["unreachable: broken"]);
});

Deno.test("doctor finds the one secret of `secret` mode by its name alone", async () => {
  await using fake = new FakeAws(SECRET_KEY);
  const entry = { type: "aws-secrets-manager", secret: "prod/app" };
  assert.deepEqual((await examine(fake, entry)).states, [...FINE, "present: warning"]);
  fake.secrets.set("prod/app", { text: '{"A":"value of A"}' });
  assert.deepEqual((await examine(fake, entry)).states, FINE);
  fake.secrets.set("prod/app", { text: '{"A":"value of A"}', isDeleted: true });
  assert.deepEqual((await examine(fake, entry)).states, [...FINE, "present: warning"]);
  for (const { body } of fake.requests) {
    assert.equal(JSON.parse(body).VersionStage, "dicode-doctor", "no value is asked for");
  }
});
