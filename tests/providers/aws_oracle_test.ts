/** The fake of AWS is believed because the clients of AWS's own SDK read each of its answers. */
import assert from "node:assert/strict";
import { answerError, FakeAws } from "../services/fake_aws.ts";
import { FakeAwsRoles } from "../services/fake_aws_roles.ts";

const SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
const ORACLES = new URL("../oracles/", import.meta.url).pathname;

interface Read {
  readonly value?: Record<string, unknown>;
  readonly error?: string;
  readonly message?: string;
  readonly status?: number;
  readonly attempts?: number;
}

/** What the clients make of the answers to these questions. */
async function ask(
  fake: FakeAws,
  questions: readonly (readonly [command: string, input: object])[],
  credentials: readonly string[] = ["AKIDTEST", SECRET_KEY],
  env: Readonly<Record<string, string>> = { AWS_EC2_METADATA_DISABLED: "true" },
): Promise<Read[]> {
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      // Whatever the SDK makes of its environment, it reaches loopback alone.
      ...["run", "--quiet", "--no-prompt", "--allow-env", "--allow-read", "--allow-sys"],
      ...["--allow-net=127.0.0.1", "--config", `${ORACLES}deno.json`],
      ...[`${ORACLES}aws.ts`, fake.address, ...credentials],
    ],
    clearEnv: true,
    env: {
      ...Object.fromEntries(
        Object.entries(Deno.env.toObject()).filter(([name]) => !name.startsWith("AWS_")),
      ),
      AWS_SHARED_CREDENTIALS_FILE: "/dev/null",
      AWS_CONFIG_FILE: "/dev/null",
      ...env,
    },
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(questions)));
  await writer.close();
  const { code, stdout, stderr } = await child.output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  return JSON.parse(new TextDecoder().decode(stdout));
}

/** A refusal without what it says in prose. */
function kinds(reads: readonly Read[]): unknown[] {
  return reads.map(({ error, status, attempts }) => [error, status, attempts]);
}

Deno.test("the SDK's client of Secrets Manager reads values, and what is not there", async () => {
  await using fake = new FakeAws(SECRET_KEY);
  fake.secrets.set("prod/text", { text: "s3cret" });
  fake.secrets.set("prod/bytes", { binary: new Uint8Array([0, 255, 1]) });
  fake.secrets.set("prod/gone", { text: "old", isDeleted: true });
  fake.secrets.set("prod/new", {});
  fake.secrets.set("prod/other", { text: "s3cret", isDenied: true });
  fake.secrets.set("prod/sealed", { text: "s3cret", isSealed: true });
  const arn = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/text-AbCdEf";
  const [text, byArn, bytes, ...refused] = await ask(
    fake,
    [
      ...["prod/text", arn, "prod/bytes", "prod/absent", "prod/gone", "prod/new", "prod/other"]
        .concat("prod/sealed").map((SecretId) => ["get", { SecretId }] as const),
      ["get", { SecretId: "prod/text", VersionStage: "dicode-doctor" }],
    ],
  );
  assert.equal(text!.value?.SecretString, "s3cret");
  assert.equal(text!.value?.CreatedDate, "2018-04-11T20:05:45.713Z");
  assert.equal(byArn!.value?.Name, "prod/text");
  assert.deepEqual(bytes!.value?.SecretBinary, { 0: 0, 1: 255, 2: 1 });
  assert.deepEqual(kinds(refused), [
    ["ResourceNotFoundException", 400, 1],
    ["InvalidRequestException", 400, 1],
    ["ResourceNotFoundException", 400, 1],
    ["AccessDeniedException", 400, 1],
    ["DecryptionFailure", 400, 1],
    ["ResourceNotFoundException", 400, 1],
  ]);
  assert.match(refused[5]!.message!, /staging label: dicode-doctor/);
  assert.match(refused[1]!.message!, /marked for deletion/);
});

Deno.test("the SDK's client of Secrets Manager reads a batch with all its errors", async () => {
  await using fake = new FakeAws(SECRET_KEY);
  fake.secrets.set("a", { text: "1" });
  fake.secrets.set("b", { text: "2", isDenied: true });
  const many = Array.from({ length: 21 }, (_, at) => `n${at}`);
  const [batch, tooMany, denied] = await ask(fake, [
    ["batch", { SecretIdList: ["a", "b", "c"] }],
    ["batch", { SecretIdList: many }],
  ]).then(async (reads) => {
    fake.deniedActions.add("secretsmanager:BatchGetSecretValue");
    return [...reads, ...await ask(fake, [["batch", { SecretIdList: ["a"] }]])];
  });
  const { SecretValues, Errors } = batch!.value as {
    SecretValues: { Name: string; SecretString: string }[];
    Errors: { SecretId: string; ErrorCode: string }[];
  };
  assert.deepEqual(SecretValues.map(({ Name, SecretString }) => [Name, SecretString]), [[
    "a",
    "1",
  ]]);
  assert.deepEqual(Errors.map(({ SecretId, ErrorCode }) => [SecretId, ErrorCode]), [
    ["b", "AccessDeniedException"],
    ["c", "ResourceNotFoundException"],
  ]);
  assert.equal(tooMany!.error, "InvalidParameterException");
  assert.equal(denied!.error, "AccessDeniedException");
});

Deno.test("the SDK's client of Parameter Store reads values, versions and what is not there", async () => {
  await using fake = new FakeAws(SECRET_KEY);
  fake.parameters.set("/app/db", { value: "s3cret" });
  fake.parameters.set("/app/list", { value: "a,b", type: "StringList" });
  fake.parameters.set("/app/other", { value: "x", isDenied: true });
  const [found, sealed, spaced, denied, many, one, none] = await ask(fake, [
    ["parameters", {
      Names: ["/app/db", "/app/db:3", "/app/list", "/app/absent"],
      WithDecryption: true,
    }],
    ["parameters", { Names: ["/app/db"] }],
    ["parameters", { Names: ["/app/a b"] }],
    ["parameters", { Names: ["/app/other"] }],
    ["parameters", { Names: Array.from({ length: 11 }, (_, at) => `/n${at}`) }],
    ["parameter", { Name: "/app/db:3", WithDecryption: true }],
    ["parameter", { Name: "/app/absent", WithDecryption: true }],
  ]);
  const { Parameter } = one!.value as { Parameter: { Value: string; Selector: string } };
  assert.deepEqual([Parameter.Value, Parameter.Selector], ["s3cret", ":3"]);
  assert.equal(none!.error, "ParameterNotFound");
  const { Parameters, InvalidParameters } = found!.value as {
    Parameters: { Name: string; Value: string; Selector?: string }[];
    InvalidParameters: string[];
  };
  assert.deepEqual(
    Parameters.map(({ Name, Value, Selector }) => [Name, Value, Selector]),
    [["/app/db", "s3cret", undefined], ["/app/db", "s3cret", ":3"], [
      "/app/list",
      "a,b",
      undefined,
    ]],
  );
  assert.deepEqual(InvalidParameters, ["/app/absent"]);
  assert.ok(!JSON.stringify(sealed).includes("s3cret"));
  assert.deepEqual([spaced, denied, many].map((read) => read!.error), [
    "ValidationException",
    "AccessDeniedException",
    "ValidationException",
  ]);
});

Deno.test("the SDK's client tries again when it is throttled, which is status 400", async () => {
  await using fake = new FakeAws(SECRET_KEY);
  fake.secrets.set("a", { text: "1" });
  const throttle = () => answerError("ThrottlingException", "Rate exceeded");
  fake.fail(throttle, 4);
  const [refused, read] = await ask(fake, [["get", { SecretId: "a" }], ["get", { SecretId: "a" }]]);
  assert.deepEqual(kinds([refused!]), [["ThrottlingException", 400, 3]]);
  assert.equal(read!.value?.SecretString, "1");
  assert.equal(fake.count("GetSecretValue"), 5);
});

Deno.test("the SDK's client is refused for each thing that is wrong with its credentials", async () => {
  await using fake = new FakeAws(SECRET_KEY);
  fake.secrets.set("a", { text: "1" });
  fake.keys.set("ASIATEST", { secretAccessKey: SECRET_KEY, sessionToken: "session" });
  fake.keys.set("ASIAOLD", { secretAccessKey: SECRET_KEY, sessionToken: "old", isExpired: true });
  const question = [["get", { SecretId: "a" }]] as const;
  const [good] = await ask(fake, question, ["ASIATEST", SECRET_KEY, "session"]);
  assert.equal(good!.value?.SecretString, "1");
  const refused = [];
  for (
    const credentials of [
      ["AKIDOTHER", SECRET_KEY],
      ["AKIDTEST", "another key"],
      ["ASIATEST", SECRET_KEY],
      ["ASIAOLD", SECRET_KEY, "old"],
    ]
  ) refused.push(...await ask(fake, question, credentials));
  assert.deepEqual(refused.map(({ error }) => error), [
    "UnrecognizedClientException",
    "InvalidSignatureException",
    "UnrecognizedClientException",
    "ExpiredTokenException",
  ]);
});

Deno.test("the SDK takes its credentials from where an instance, a container and a pod get them", async () => {
  const key = { accessKeyId: "ASIAROLE", secretAccessKey: "role secret", sessionToken: "role" };
  await using fake = new FakeAws(SECRET_KEY);
  fake.secrets.set("a", { text: "1" });
  fake.keys.set(key.accessKeyId, key);
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(`${folder}/jwt`, "jwt.of.the.pod");
  for (
    const [makeEnv, path] of [
      [
        (roles: FakeAwsRoles) => ({ AWS_EC2_METADATA_SERVICE_ENDPOINT: roles.address }),
        "/latest/meta-data/iam/security-credentials/dicode-role",
      ],
      [
        (roles: FakeAwsRoles) => ({
          AWS_CONTAINER_CREDENTIALS_FULL_URI: roles.containerUri,
          AWS_CONTAINER_AUTHORIZATION_TOKEN: "Bearer container",
        }),
        "/v2/credentials?id=task",
      ],
      [
        (roles: FakeAwsRoles) => ({
          AWS_EC2_METADATA_DISABLED: "true",
          AWS_WEB_IDENTITY_TOKEN_FILE: `${folder}/jwt`,
          AWS_ROLE_ARN: "arn:aws:iam::123456789012:role/dicode",
          AWS_ENDPOINT_URL_STS: roles.address,
        }),
        "/",
      ],
    ] as const
  ) {
    await using roles = new FakeAwsRoles(key);
    roles.containerToken = "Bearer container";
    const [read] = await ask(fake, [["get", { SecretId: "a" }]], [], makeEnv(roles));
    assert.equal(read!.value?.SecretString, "1", `${path}: ${read!.message}`);
    assert.equal(roles.requests.at(-1)?.path, path);
  }
  await Deno.remove(folder, { recursive: true });
});
