/** What both kinds of AWS's ask, how often, and what they make of the answers. */
import assert from "node:assert/strict";
import { assertHidden, type Shown, World } from "../helpers.ts";
import { answerError, FakeAws } from "../services/fake_aws.ts";
import { HOST_ENV, SECRET_KEY } from "./aws_bench.ts";
import { assertGot, runSeveral } from "./several.ts";

const KINDS = ["aws-secrets-manager", "aws-ssm"] as const;

/** A run of a task that wants these keys; an entry's `address` is the fake's. */
async function ask(
  fake: FakeAws,
  entry: Readonly<Record<string, unknown>>,
  keys: readonly string[],
  command?: readonly string[],
): Promise<Shown> {
  await using world = await World.make();
  return await runSeveral({
    world,
    entry: { name: "cloud", address: fake.address, ...entry },
    keys,
    env: HOST_ENV,
    command,
  });
}

function assertFails(shown: Shown, message: RegExp, hint: RegExp): void {
  assert.equal(shown.code, 4, shown.stderr);
  assert.match(shown.stderr, message);
  assert.match(shown.stderr.split("dicode: hint: ")[1] ?? "", hint);
}

function put(fake: FakeAws, type: string, name: string, value: string, isDenied = false): void {
  if (type === "aws-ssm") fake.parameters.set(name, { value, isDenied });
  else fake.secrets.set(name, { text: value, isDenied });
}

Deno.test("50 secrets are 3 requests of Secrets Manager, and 5 of Parameter Store", async () => {
  const keys = Array.from({ length: 50 }, (_, at) => `KEY_${at}`);
  for (
    const [type, action, count] of [
      ["aws-secrets-manager", "BatchGetSecretValue", 3],
      ["aws-ssm", "GetParameters", 5],
    ] as const
  ) {
    await using fake = new FakeAws(SECRET_KEY);
    for (const key of keys) put(fake, type, `/app/${key}`, `value of ${key}`);
    await assertGot(
      await ask(fake, { type, prefix: "/app/" }, keys),
      keys.map((key) => `value of ${key}`),
    );
    assert.equal(fake.count(action), count);
    assert.equal(fake.requests.length, count);
    assert.ok(fake.mostAtOnce <= 4, `${fake.mostAtOnce} at once`);
  }
});

Deno.test("one secret is asked for by the right for one", async () => {
  await using fake = new FakeAws(SECRET_KEY);
  fake.secrets.set("ONE", { text: "value of one" });
  await assertGot(await ask(fake, { type: "aws-secrets-manager" }, ["ONE"]), ["value of one"]);
  assert.deepEqual(fake.requests.map(({ action }) => action), ["GetSecretValue"]);
  assert.deepEqual(JSON.parse(fake.requests[0]!.body), { SecretId: "ONE" });
  assert.match(
    fake.requests[0]!.headers.get("authorization")!,
    /SignedHeaders=content-type;host;x-amz-date;x-amz-target,/,
  );
});

Deno.test("where the policy allows no batch, all are asked for one by one", async () => {
  for (
    const [type, denied, single] of [
      ["aws-secrets-manager", "secretsmanager:BatchGetSecretValue", "GetSecretValue"],
      ["aws-ssm", "ssm:GetParameters", "GetParameter"],
    ] as const
  ) {
    await using fake = new FakeAws(SECRET_KEY);
    fake.deniedActions.add(denied);
    for (const key of ["A", "B", "C"]) put(fake, type, key, `value of ${key}`);
    await assertGot(await ask(fake, { type }, ["A", "B", "D?", "C"]), [
      "value of A",
      "value of B",
      "",
      "value of C",
    ]);
    assert.equal(fake.requests.length, 5);
    assert.equal(fake.count(single), 4);
  }
});

Deno.test("one secret of many that may not be read ends the run, and is named", async () => {
  for (const type of KINDS) {
    await using fake = new FakeAws(SECRET_KEY);
    put(fake, type, "A", "value of A");
    put(fake, type, "B", "value of B", true);
    const shown = await ask(fake, { type }, ["A", "B"]);
    assertFails(shown, /\(denied\): AWS does not allow \w+:Get\w+ on "B": AccessDenied/, /policy/);
    assertHidden(shown, "value of A", "value of B", SECRET_KEY);
  }
});

Deno.test("a secret that its key does not open names kms:Decrypt", async () => {
  await using fake = new FakeAws(SECRET_KEY);
  fake.secrets.set("A", { text: "value of A", isSealed: true });
  fake.secrets.set("B", { text: "value of B" });
  for (const keys of [["A"], ["A", "B"]]) {
    const shown = await ask(fake, { type: "aws-secrets-manager" }, keys);
    assertFails(shown, /\(denied\): AWS does not decrypt "A": DecryptionFailure/, /kms:Decrypt/);
  }
});

Deno.test("a key may name a member of a JSON secret, as may an option for all keys", async () => {
  const json = JSON.stringify({ user: "me", port: 5432, on: true, more: { a: 1 }, none: null });
  for (const type of KINDS) {
    await using fake = new FakeAws(SECRET_KEY);
    put(fake, type, "db", json);
    const keys = ["db#user", "db#port", "db#on", "db#more", "db", "db#none?"];
    const got = await ask(fake, { type }, keys);
    await assertGot(got, ["me", "5432", "true", '{"a":1}', json, ""]);
    assert.equal(fake.requests.length, 1, "one secret is one request");
    await assertGot(await ask(fake, { type, field: "user" }, ["db"]), ["me"]);
    const entry = { type, prefix: "not/this/", map: { DB_USER: "db#user" } };
    const mapped = { ...entry, prefix: "/not/this/" };
    await assertGot(await ask(fake, mapped, ["DB_USER"]), ["me"]);
  }
});

Deno.test("a member that is not there is a mistake, and the others are named", async () => {
  for (const type of KINDS) {
    await using fake = new FakeAws(SECRET_KEY);
    put(fake, type, "db", '{"user":"me","password":"s3cret-value"}');
    put(fake, type, "text", "s3cret-value, no JSON");
    const shown = await ask(fake, { type }, ["db#pasword"]);
    assertFails(shown, /"db" has no member "pasword"/, /it has "user", "password"/);
    assertHidden(shown, "s3cret-value");
    const other = await ask(fake, { type }, ["text#password"]);
    assertFails(other, /the value of "text" is no JSON object/, /store it as/);
    assertHidden(other, "s3cret-value");
  }
});

Deno.test("one JSON secret holds all keys in `secret` mode, for one request", async () => {
  await using fake = new FakeAws(SECRET_KEY);
  fake.secrets.set("prod/app", { text: '{"A":"value of A","B":70.5,"other":"value of C"}' });
  const entry = { type: "aws-secrets-manager", secret: "prod/app", map: { C: "other" } };
  const got = await ask(fake, entry, ["A", "B", "C", "D?"]);
  await assertGot(got, ["value of A", "70.5", "value of C", ""]);
  assert.deepEqual(fake.requests.map(({ action }) => action), ["GetSecretValue"]);
  fake.secrets.set("prod/app", { text: "value of A" });
  const shown = await ask(fake, entry, ["A"]);
  assertFails(shown, /\(bad_answer\): the value of "prod\/app" is no JSON object/, /store it/);
  assertHidden(shown, "value of A");
});

Deno.test("an ARN is a name, and a version or label of a parameter", async () => {
  await using fake = new FakeAws(SECRET_KEY);
  fake.secrets.set("prod/db", { text: "of a secret" });
  fake.secrets.set("prod/other", { text: "of another" });
  fake.parameters.set("/prod/db", { value: "of a parameter" });
  const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf";
  await assertGot(
    await ask(fake, { type: "aws-secrets-manager", map: { A: arn, B: "prod/other" } }, ["A", "B"]),
    ["of a secret", "of another"],
  );
  assert.equal(fake.count("GetSecretValue"), 0);
  await assertGot(
    await ask(fake, { type: "aws-ssm", map: { A: "/prod/db:3", B: "/prod/db" } }, ["A", "B"]),
    ["of a parameter", "of a parameter"],
  );
  assert.equal(fake.count("GetParameter"), 0);
});

Deno.test("a binary secret counts if it is text", async () => {
  await using fake = new FakeAws(SECRET_KEY);
  fake.secrets.set("TEXT", { binary: new TextEncoder().encode("grüße aus bytes") });
  fake.secrets.set("BYTES", { binary: new Uint8Array([0xff, 0xfe, 0x00]) });
  const entry = { type: "aws-secrets-manager" };
  await assertGot(await ask(fake, entry, ["TEXT"]), ["grüße aus bytes"]);
  assertFails(
    await ask(fake, entry, ["TEXT", "BYTES"]),
    /\(bad_answer\): the secret "BYTES" is binary, and not UTF-8 text/,
    /base64/,
  );
});

Deno.test("a name that AWS does not take is not sent, and spoils no batch", async () => {
  for (const type of KINDS) {
    await using fake = new FakeAws(SECRET_KEY);
    put(fake, type, "A", "value of A");
    await assertGot(await ask(fake, { type }, ["A", "not a name?", "a:b?", "*?"]), [
      "value of A",
      "",
      "",
      "",
    ]);
    const sent = fake.requests.map(({ body }) => body).join();
    assert.ok(!/not a name|\*/.test(sent), sent);
  }
  await using fake = new FakeAws(SECRET_KEY);
  fake.parameters.set("/app/A", { value: "value of A" });
  const keys = ["AWS_TOKEN?", "ssm-x?", "app/A?", "/app//A?", "/app/A", "/app/A/?", "/?"];
  await assertGot(await ask(fake, { type: "aws-ssm" }, keys), [
    "",
    "",
    "",
    "",
    "value of A",
    "",
    "",
  ]);
  assert.deepEqual(fake.requests.map(({ body }) => JSON.parse(body).Names), [["/app/A"]]);
});

Deno.test("throttling, which is status 400, is waited out, and named where it lasts", async () => {
  for (const type of KINDS) {
    await using fake = new FakeAws(SECRET_KEY);
    put(fake, type, "A", "value of A");
    const throttle = () => answerError("ThrottlingException", "Rate exceeded");
    fake.fail(throttle, 2);
    await assertGot(await ask(fake, { type }, ["A"]), ["value of A"]);
    assert.equal(fake.requests.length, 3);
    fake.fail(throttle);
    const shown = await ask(fake, { type, retries: 1 }, ["A"]);
    assertFails(shown, /\(rate_limited\): AWS wants fewer requests a second: Throttl/, /later/);
    assert.equal(fake.requests.length, 5);
  }
});

Deno.test("what is wrong with a key is never tried again, and each has its own cure", async () => {
  const cases = [
    ["ExpiredTokenException", /access key has expired, which is from the variables/, /sign in/],
    ["UnrecognizedClientException", /AWS does not know the access key or its session/, /belong/],
    ["com.amazonaws.sm#AccessDeniedException:http://x/", /AWS does not allow/, /policy/],
    ["InvalidSignatureException", /AWS refuses the signature/, /belongs to the access key id/],
    ["ValidationException", /\(misconfigured\): AWS does not answer for "A": Validation/, /region/],
    [
      "SomethingNewException",
      /\(bad_answer\): AWS does not answer for "A": SomethingNew/,
      /region/,
    ],
  ] as const;
  for (const [type, message, hint] of cases) {
    await using fake = new FakeAws(SECRET_KEY);
    fake.fail(() => answerError(type, "in AWS's words", { headers: { date: now() } }));
    assertFails(await ask(fake, { type: "aws-secrets-manager" }, ["A"]), message, hint);
    assert.equal(fake.requests.length, 1, type);
  }
  await using fake = new FakeAws(SECRET_KEY);
  fake.fail(() =>
    answerError("InvalidSignatureException", "Signature expired", { headers: { date: now(9) } })
  );
  const shown = await ask(fake, { type: "aws-ssm" }, ["A"]);
  assertFails(shown, /its clock and this machine's are 9 minutes apart/, /set the clock/);
});

function now(minutes = 0): string {
  return new Date(Date.now() + minutes * 60_000).toUTCString();
}

Deno.test("the type of an error is read from its header as well", async () => {
  await using fake = new FakeAws(SECRET_KEY);
  const headers = { "x-amzn-errortype": "ParameterNotFound:http://internal.amazon.com/" };
  fake.fail(() => new Response("{}", { status: 400, headers }));
  await assertGot(await ask(fake, { type: "aws-ssm" }, ["A?"]), [""]);
});

Deno.test("what AWS says of a signature is not shown: it quotes the session token", async () => {
  await using fake = new FakeAws(SECRET_KEY);
  const said = "The Canonical String should have been 'x-amz-security-token:FwoGZXIvYXdzEBY'";
  fake.fail(() => answerError("InvalidSignatureException", said));
  const shown = await ask(fake, { type: "aws-ssm" }, ["A"]);
  assert.equal(shown.code, 4);
  assertHidden(shown, "FwoGZXIvYXdzEBY", "Canonical");
});

Deno.test("what a batch leaves out is asked for alone, and an answer without a value is none", async () => {
  await using fake = new FakeAws(SECRET_KEY);
  fake.secrets.set("A", { text: "value of A" });
  fake.secrets.set("B", { text: "value of B" });
  fake.fail(() => Response.json({ SecretValues: [], Errors: [], NextToken: "more" }), 1);
  const entry = { type: "aws-secrets-manager" };
  await assertGot(await ask(fake, entry, ["A", "B"]), ["value of A", "value of B"]);
  assert.equal(fake.count("GetSecretValue"), 2);
  fake.fail(() => Response.json({ Name: "A", VersionId: "1" }));
  assertFails(await ask(fake, entry, ["A"]), /answered without a value for "A"/, /what answers/);
});

Deno.test("dicode.yaml is told of what does not go together, and of names that cannot be", async () => {
  await using fake = new FakeAws(SECRET_KEY);
  const cases = [
    ["aws-secrets-manager", { secret: "a", prefix: "b" }, /"prefix" does nothing beside "secret"/],
    ["aws-secrets-manager", { secret: "a b" }, /no secret can be called that/],
    [
      "aws-secrets-manager",
      { map: { A: "a b#c" } },
      /no secret can be called what "map" has for "A"/,
    ],
    ["aws-ssm", { prefix: "app/prod/" }, /"prefix" has a "\/", and does not begin with one/],
    ["aws-ssm", { map: { A: "app/db" } }, /no parameter can be called what "map" has for "A"/],
    ["aws-ssm", { region: "evil.example.com/" }, /region/],
    ["aws-ssm", { access_key: "AKID" }, /unknown field/],
  ] as const;
  for (const [type, entry, message] of cases) {
    const shown = await ask(fake, { type, ...entry }, ["A"]);
    assert.equal(shown.code, 3, shown.stderr);
    assert.match(shown.stderr, /dicode\.yaml:\d+:\d+: /);
    assert.match(shown.stderr, message);
  }
  assert.equal(fake.requests.length, 0);
});

Deno.test("--offline passes over AWS, but not over what stands in for it on this machine", async () => {
  await using fake = new FakeAws(SECRET_KEY);
  fake.secrets.set("A", { text: "value of A" });
  const local = await ask(fake, { type: "aws-secrets-manager" }, ["A"], ["run", "--offline"]);
  await assertGot(local, ["value of A"]);
  const away = { type: "aws-secrets-manager", address: undefined };
  const shown = await ask(fake, away, ["A"], ["run", "--offline"]);
  assert.equal(shown.code, 4, shown.stderr);
  assert.match(shown.stderr, /provider "cloud" is not asked: it needs the network/);
});

Deno.test("check says where a secret comes from", async () => {
  await using fake = new FakeAws(SECRET_KEY);
  fake.parameters.set("A", { value: "value of A" });
  const shown = await ask(fake, { type: "aws-ssm" }, ["A"], ["check"]);
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(shown.stdout, /cloud/);
  assertHidden(shown, "value of A", SECRET_KEY);
});
