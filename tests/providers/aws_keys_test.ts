/**
 * Where the access key of AWS's kinds comes from: the environment, profiles, programs, and the places
 * that hand out temporary ones, all on loopback.
 */
import assert from "node:assert/strict";
import { assertHidden, ISOLATION, type Shown, World } from "../helpers.ts";
import { FakeAws, REGION } from "../services/fake_aws.ts";
import { FakeAwsRoles } from "../services/fake_aws_roles.ts";
import { SECRET_KEY } from "./aws_bench.ts";
import { assertGot, runSeveral } from "./several.ts";

const VALUE = "value of the secret";
const ROLE_KEY = {
  accessKeyId: "ASIAROLE",
  secretAccessKey: "role-secret-access-key",
  sessionToken: "role-session-token/+==",
};
const ROLE = "arn:aws:iam::123456789012:role/dicode";

/** A fake that has one secret, and a world whose environment leads to it and nowhere else. */
class Scene implements AsyncDisposable {
  readonly fake = new FakeAws(SECRET_KEY);
  readonly roles = new FakeAwsRoles(ROLE_KEY);

  private constructor(readonly world: World) {
    this.fake.secrets.set("A", { text: VALUE });
    this.fake.keys.set(ROLE_KEY.accessKeyId, ROLE_KEY);
  }

  static async make(): Promise<Scene> {
    return new Scene(await World.make());
  }

  /** Writes a file below HOME. */
  async write(name: string, text: string, mode = 0o600): Promise<string> {
    const path = `${this.world.home}/${name}`;
    await Deno.mkdir(path.slice(0, path.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(path, text, { mode });
    return path;
  }

  /** Runs the task; the metadata service is off unless `env` says where it is. */
  async run(
    env: Readonly<Record<string, string>>,
    entry: Readonly<Record<string, unknown>> = {},
  ): Promise<Shown> {
    const shown = await runSeveral({
      world: this.world,
      entry: { type: "aws-secrets-manager", name: "cloud", address: this.fake.address, ...entry },
      keys: ["A"],
      env: {
        AWS_REGION: REGION,
        ...("AWS_EC2_METADATA_SERVICE_ENDPOINT" in env
          ? {}
          : { AWS_EC2_METADATA_DISABLED: "true" }),
        ...env,
      },
    });
    const { secretAccessKey, sessionToken } = ROLE_KEY;
    assertHidden(shown, VALUE, SECRET_KEY, secretAccessKey, sessionToken);
    return shown;
  }

  async assertGets(
    env: Readonly<Record<string, string>>,
    entry?: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    await assertGot(await this.run(env, entry), [VALUE]);
  }

  async assertFails(
    env: Readonly<Record<string, string>>,
    message: RegExp,
    hint: RegExp,
    entry?: Readonly<Record<string, unknown>>,
  ): Promise<void> {
    const { code, stderr } = await this.run(env, entry);
    assert.equal(code, 4, stderr);
    assert.match(stderr, message);
    assert.match(stderr.split("dicode: hint: ")[1] ?? "", hint);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fake[Symbol.asyncDispose]();
    await this.roles[Symbol.asyncDispose]();
    await this.world[Symbol.asyncDispose]();
  }
}

const STATIC = { AWS_ACCESS_KEY_ID: "AKIDTEST", AWS_SECRET_ACCESS_KEY: SECRET_KEY };
const TEMPORARY = {
  AWS_ACCESS_KEY_ID: ROLE_KEY.accessKeyId,
  AWS_SECRET_ACCESS_KEY: ROLE_KEY.secretAccessKey,
  AWS_SESSION_TOKEN: ROLE_KEY.sessionToken,
};

Deno.test("temporary keys of the environment are signed with their session token", async () => {
  await using scene = await Scene.make();
  await scene.assertGets(TEMPORARY);
  const { AWS_SESSION_TOKEN: _, ...without } = TEMPORARY;
  await scene.assertFails(
    without,
    /\(unauthenticated\): AWS does not know the access key/,
    /belong/,
  );
  const { AWS_SECRET_ACCESS_KEY: __, ...half } = STATIC;
  await scene.assertFails(
    half,
    /no secret access key in the variables AWS_ACCESS_KEY_ID and/,
    /both/,
  );
});

Deno.test("a profile of the credentials file, and its region of the config file", async () => {
  await using scene = await Scene.make();
  await scene.write(
    ".aws/credentials",
    `[default]\naws_access_key_id = AKIDOTHER\naws_secret_access_key = other\n\n[prod]\n` +
      `aws_access_key_id = AKIDTEST\naws_secret_access_key = ${SECRET_KEY}\n`,
  );
  await scene.write(
    ".aws/config",
    `[default]\nregion = us-east-1\n[profile prod]\nregion = ${REGION}\n`,
  );
  await scene.assertGets({ AWS_REGION: "", AWS_PROFILE: "prod" });
  await scene.assertGets({ AWS_REGION: "" }, { profile: "prod" });
  // The profile that dicode.yaml names wins over keys of the environment, and AWS_PROFILE does not.
  const other = { AWS_ACCESS_KEY_ID: "AKIDOTHER", AWS_SECRET_ACCESS_KEY: "other" };
  await scene.assertGets(other, { profile: "prod" });
  const message = /AWS does not know .* from the variables AWS_ACCESS_KEY_ID/;
  await scene.assertFails({ ...other, AWS_PROFILE: "prod" }, message, /belong/);
  await scene.assertFails({}, /does not know .* from the profile "default"/, /belong/);
});

Deno.test("the order of regions: dicode.yaml, AWS_REGION, AWS_DEFAULT_REGION, the profile's", async () => {
  await using scene = await Scene.make();
  await scene.write(".aws/config", "[default]\nregion = us-east-4\n");
  const regions = {
    ...STATIC,
    AWS_REGION: "us-east-2",
    AWS_DEFAULT_REGION: "us-east-3",
  };
  const used = async (env: Record<string, string>, entry?: Record<string, unknown>) => {
    await scene.run(env, entry);
    return /\/([a-z]+-[a-z]+-\d)\//.exec(
      scene.fake.requests.at(-1)!.headers.get("authorization")!,
    )?.[1];
  };
  assert.equal(await used(regions, { region: "us-east-1" }), "us-east-1");
  assert.equal(await used(regions), "us-east-2");
  assert.equal(await used({ ...regions, AWS_REGION: "" }), "us-east-3");
  assert.equal(await used({ ...regions, AWS_REGION: "", AWS_DEFAULT_REGION: "" }), "us-east-4");
});

Deno.test("no region: the message names all places that were looked at", async () => {
  await using scene = await Scene.make();
  await scene.assertFails(
    { ...STATIC, AWS_REGION: "" },
    /\(misconfigured\): no region: "region" in dicode\.yaml, AWS_REGION, AWS_DEFAULT_REGION and the profile "default" name none/,
    /^write region: eu-west-1/,
  );
  await scene.assertFails({ ...STATIC, AWS_REGION: "x.example.com/" }, /no region "x\./, /^write/);
  assert.deepEqual(scene.fake.requests, []);
});

Deno.test("credential_process of a profile is run without a shell, and its key is taken", async () => {
  await using scene = await Scene.make();
  const { accessKeyId, secretAccessKey, sessionToken } = ROLE_KEY;
  const printed = JSON.stringify({
    Version: 1,
    AccessKeyId: accessKeyId,
    SecretAccessKey: secretAccessKey,
    SessionToken: sessionToken,
  });
  const shell = "#!/bin/sh\n";
  const script = await scene.write(
    "bin/print key",
    `${shell}[ "$1" = '$HOME "x"' ] && [ -z "$AWS_SESSION_TOKEN$CANARY" ] && echo '${printed}'\n`,
    0o700,
  );
  const profile = async (line: string) =>
    await scene.write(".aws/config", `[default]\ncredential_process = ${line}\n`);
  await profile(`"${script}" '$HOME "x"'`);
  await scene.assertGets({ CANARY: "1" });
  const cases = [
    [`"${script}`, /credential_process .* is no command line/, /quotes/],
    [`"${script}" other`, /\(tool_failed\): .* ended with 1/, /by hand/],
    ["/nonexistent/program", /\(tool_missing\): "\/nonexistent\/program"/, /install/],
    ["echo '{}'", /\(bad_answer\): .* printed no JSON with "Version": 1/, /by hand/],
    [
      `echo '{"Version":1,"AccessKeyId":"AKID"}'`,
      /no secret access key in the credential_process/,
      /both/,
    ],
  ] as const;
  for (const [line, message, hint] of cases) {
    await profile(line);
    await scene.assertFails({}, message, hint);
  }
  const sleeps = await scene.write("bin/sleeps", `${shell}sleep 60\n`, 0o700);
  await profile(sleeps);
  await scene.assertFails({}, /\(unreachable\): no answer within 1 s/, /timeout/, {
    timeout: "1s",
  });
});

Deno.test("a profile that signs in with a browser or takes a role names the way round", async () => {
  await using scene = await Scene.make();
  for (const line of ["sso_session = mine", `role_arn = ${ROLE}\nsource_profile = default`]) {
    await scene.write(".aws/config", `[profile prod]\n${line}\n`);
    await scene.assertFails(
      { AWS_PROFILE: "prod" },
      /\(misconfigured\): the profile "prod" (signs in with a browser|takes a role)/,
      /^add to it: credential_process = aws configure export-credentials --profile prod/,
    );
  }
  await scene.assertFails({}, /no profile "none" in "~\/\.aws/, /^aws configure --profile none/, {
    profile: "none",
  });
  await scene.assertFails({}, /the profile "prod" has no access key/, /^aws configure --profile/, {
    profile: "prod",
    ...await scene.write(".aws/config", "[profile prod]\nregion = eu-west-1\n").then(() => ({})),
  });
});

Deno.test("a web identity is exchanged at STS, from the environment or a profile", async () => {
  await using scene = await Scene.make();
  const token = await scene.write("pod/token", "jwt.of.the.pod\n");
  const sts = { AWS_ENDPOINT_URL_STS: scene.roles.address };
  const pod = { ...sts, AWS_WEB_IDENTITY_TOKEN_FILE: token };
  await scene.assertGets({ ...pod, AWS_ROLE_ARN: ROLE });
  const form = new URLSearchParams(scene.roles.requests[0]!.body);
  assert.deepEqual([form.get("RoleArn"), form.get("RoleSessionName")], [ROLE, "dicode"]);
  await scene.write(
    ".aws/config",
    `[default]\nweb_identity_token_file = ${token}\nrole_arn = ${ROLE}\nrole_session_name = mine\n`,
  );
  await scene.assertGets(sts);
  assert.match(scene.roles.requests[1]!.body, /RoleSessionName=mine/);
  await scene.assertFails(pod, /no role for it/, /AWS_ROLE_ARN/);
  scene.roles.webIdentity = "another";
  const refused = { ...pod, AWS_ROLE_ARN: ROLE };
  const message = /STS gives no key of the role .*: "InvalidIdentityToken"/;
  await scene.assertFails(refused, message, /trust policy/);
  await Deno.remove(token);
  await scene.assertFails(refused, /cannot read the web identity: there is no file/, /readable/);
});

Deno.test("a container's endpoint gives its role's key for the token that it wants", async () => {
  await using scene = await Scene.make();
  const container = { AWS_CONTAINER_CREDENTIALS_FULL_URI: scene.roles.containerUri };
  await scene.assertGets(container);
  scene.roles.containerToken = "Bearer container-token-1";
  const given = { ...container, AWS_CONTAINER_AUTHORIZATION_TOKEN: "Bearer container-token-1" };
  await scene.assertGets(given);
  await scene.assertFails(container, /endpoint at 127\.\S+ answered 403 when/, /has a role/);
  // The file is written anew now and then: it counts.
  scene.roles.containerToken = "container-token-2";
  const file = await scene.write("pod/agent", "container-token-2\n");
  await scene.assertGets({ ...given, AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file });
  const odd = { ...container, AWS_CONTAINER_AUTHORIZATION_TOKEN: "container-token-2\nx: y" };
  await scene.assertFails(odd, /the container's token holds a newline/, /one line/);
});

Deno.test("an instance's metadata service gives its role's key, in version 2", async () => {
  await using scene = await Scene.make();
  await scene.assertGets({ AWS_EC2_METADATA_SERVICE_ENDPOINT: scene.roles.address });
  const [first, ...others] = scene.roles.requests;
  assert.equal(`${first!.method} ${first!.path}`, "PUT /latest/api/token");
  assert.equal(others.length, 2);
  for (const { headers } of others) {
    assert.equal(headers.get("x-aws-ec2-metadata-token"), "imds-token");
  }
});

Deno.test("where nobody answers for an instance there is no key after a second, and no wait when off", async () => {
  await using scene = await Scene.make();
  scene.roles.delayMs = 4000;
  const message = /\(unauthenticated\): there is no access key of AWS's: none in AWS_ACCESS_KEY_ID/;
  const endpoint = { AWS_EC2_METADATA_SERVICE_ENDPOINT: scene.roles.address };
  await scene.assertFails(endpoint, message, /^aws configure; or export/, { timeout: "3s" });
  assert.equal(scene.roles.requests.length, 1);
  const off = { ...endpoint, AWS_EC2_METADATA_DISABLED: "true" };
  await scene.assertFails(off, message, /^aws configure; or export/);
  assert.equal(scene.roles.requests.length, 1);
});

Deno.test("the order of keys: environment, web identity, profile, container, instance", async () => {
  await using scene = await Scene.make();
  const { roles } = scene;
  await scene.write(
    ".aws/credentials",
    "[default]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = x\n",
  );
  const token = await scene.write("pod/token", "jwt.of.the.pod\n");
  const all: Record<string, string> = {
    ...STATIC,
    AWS_WEB_IDENTITY_TOKEN_FILE: token,
    AWS_ROLE_ARN: ROLE,
    AWS_ENDPOINT_URL_STS: roles.address,
    AWS_CONTAINER_CREDENTIALS_FULL_URI: roles.containerUri,
    AWS_EC2_METADATA_SERVICE_ENDPOINT: roles.address,
  };
  const usedBy = async (...without: string[]) => {
    const before = roles.requests.length;
    const env = Object.fromEntries(Object.entries(all).filter(([name]) => !without.includes(name)));
    await scene.run(env);
    const id = /Credential=(\w+)\//.exec(
      scene.fake.requests.at(-1)!.headers.get("authorization")!,
    )?.[1];
    return [
      id,
      ...roles.requests.slice(before).map(({ path }) => path.split("/")[1]?.split("?")[0]),
    ];
  };
  const [first, identity] = ["AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE"] as const;
  assert.deepEqual(await usedBy(), ["AKIDTEST"]);
  assert.deepEqual(await usedBy(first), ["ASIAROLE", ""]);
  assert.deepEqual(await usedBy(first, identity), ["AKIDPROFILE"]);
  await Deno.remove(`${scene.world.home}/.aws/credentials`);
  assert.deepEqual(await usedBy(first, identity), ["ASIAROLE", "v2"]);
  const container = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
  assert.deepEqual(await usedBy(first, identity, container), [
    "ASIAROLE",
    "latest",
    "latest",
    "latest",
  ]);
});

Deno.test("an expired key is looked for once more, and not more often", async () => {
  await using scene = await Scene.make();
  const old = { ...ROLE_KEY, accessKeyId: "ASIAOLD" };
  scene.fake.keys.set("ASIAOLD", { ...old, isExpired: true });
  await using roles = new FakeAwsRoles(old, ROLE_KEY);
  const container = { AWS_CONTAINER_CREDENTIALS_FULL_URI: roles.containerUri };
  await scene.assertGets(container);
  assert.equal(roles.requests.length, 2);
  assert.equal(scene.fake.requests.length, 2);
  await using stale = new FakeAwsRoles(old);
  const again = { AWS_CONTAINER_CREDENTIALS_FULL_URI: stale.containerUri };
  const message = /\(unauthenticated\): the access key has expired, which is from the container's/;
  await scene.assertFails(again, message, /sign in again/);
  assert.equal(stale.requests.length, 2);
  assert.equal(scene.fake.requests.length, 3);
  const older = { ...old, accessKeyId: "ASIAOLDER" };
  scene.fake.keys.set("ASIAOLDER", { ...older, isExpired: true });
  await using both = new FakeAwsRoles(older, old, ROLE_KEY);
  const twice = { AWS_CONTAINER_CREDENTIALS_FULL_URI: both.containerUri };
  await scene.assertFails(twice, message, /sign in again/);
  assert.equal(scene.fake.requests.length, 5);
});

Deno.test("a key that is not UTF-8 is none, and nothing of it is shown", async () => {
  await using scene = await Scene.make();
  const config = `${scene.world.dir}/dicode.yaml`;
  const entry = { type: "aws-ssm", region: REGION, address: scene.fake.address };
  await Deno.writeTextFile(config, JSON.stringify({ secrets: { providers: [entry] } }));
  const dir = await scene.world.mainTask(
    "t",
    "permissions: { env: [{ name: GOT, secret: A }] }\n",
    "return 1;",
  );
  const cli = new URL("../../cli.ts", import.meta.url).pathname;
  const script = `AWS_SECRET_ACCESS_KEY=$(printf 'canary\\377\\376') exec "$@"`;
  const { code, stdout, stderr } = await new Deno.Command("sh", {
    args: ["-c", script, "sh", Deno.execPath(), "run", "-A", cli].concat(
      ["--verbose", "--config", config, "run", dir, "--isolation", ISOLATION],
    ),
    env: {
      HOME: scene.world.home,
      AWS_ACCESS_KEY_ID: "AKIDTEST",
      AWS_EC2_METADATA_DISABLED: "true",
    },
  }).output();
  const text = new TextDecoder().decode(stderr) + new TextDecoder().decode(stdout);
  assert.equal(code, 4, text);
  assert.match(text, /there is no secret access key in the variables AWS_ACCESS_KEY_ID/);
  assert.ok(!text.includes("canary"), text);
});

Deno.test("what a key is made of is masked in all that a task prints", async () => {
  await using scene = await Scene.make();
  const { secretAccessKey, sessionToken } = ROLE_KEY;
  const dir = await scene.world.mainTask(
    "prints",
    "permissions: { env: [{ name: GOT, secret: A }] }\n",
    `console.log(${JSON.stringify([secretAccessKey, sessionToken])}.join(" and "));`,
  );
  const config = `${scene.world.dir}/dicode.yaml`;
  const entry = { type: "aws-secrets-manager", region: REGION, address: scene.fake.address };
  const text = JSON.stringify({ isolation: ISOLATION, secrets: { providers: [entry] } });
  await Deno.writeTextFile(config, text);
  const shown = await scene.world.dicode(["--config", config, "run", dir], {
    env: {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: scene.roles.containerUri,
      AWS_EC2_METADATA_DISABLED: "true",
    },
  });
  assert.equal(shown.stdout, "*** and ***\n", shown.stderr);
});
