/** Both kinds of AWS's against moto's server: services that others than us have written. */
import assert from "node:assert/strict";
import { assertHidden, type Shown, World } from "../helpers.ts";
import { findMoto, MotoServer } from "../services/moto.ts";
import { HOST_ENV, SECRET_KEY } from "./aws_bench.ts";
import { assertGot, runSeveral } from "./several.ts";

const found = await findMoto();
const folder = "folder" in found ? found.folder : "";
const missing = "missing" in found ? found.missing : undefined;

/** A test with a server of its own; where moto is not, it is ignored, and its name says why. */
function test(name: string, body: (moto: MotoServer) => Promise<void>): void {
  const why = missing === undefined ? "" : ` (moto is missing: ${missing})`;
  Deno.test({
    name: `moto: ${name}${why}`,
    ignore: missing !== undefined,
    async fn() {
      await using moto = await MotoServer.start(folder);
      await body(moto);
    },
  });
}

async function ask(
  moto: MotoServer,
  entry: Readonly<Record<string, unknown>>,
  keys: readonly string[],
): Promise<Shown> {
  await using world = await World.make();
  // The address comes from the variable that AWS's own tools read.
  const env = { ...HOST_ENV, AWS_ENDPOINT_URL: moto.address };
  const shown = await runSeveral({ world, entry: { name: "cloud", ...entry }, keys, env });
  assertHidden(shown, SECRET_KEY, "of moto");
  return shown;
}

const names = Array.from({ length: 23 }, (_, at) => `KEY_${at}`);
const values = names.map((name) => `value ${name} of moto`);

test("Secrets Manager gives text, bytes, members, versions by ARN; deleted is absent", async (moto) => {
  for (const [at, name] of names.entries()) {
    await moto.call("secretsmanager.CreateSecret", {
      Name: `app/${name}`,
      SecretString: values[at],
    });
  }
  const binary = new TextEncoder().encode("bytes of moto").toBase64();
  await moto.call("secretsmanager.CreateSecret", { Name: "app/BYTES", SecretBinary: binary });
  const json = '{"user":"user of moto","port":5432}';
  const { ARN } = await moto.call("secretsmanager.CreateSecret", {
    Name: "app/db",
    SecretString: json,
  });
  await moto.call("secretsmanager.CreateSecret", {
    Name: "app/GONE",
    SecretString: "gone of moto",
  });
  await moto.call("secretsmanager.DeleteSecret", { SecretId: "app/GONE" });
  const type = "aws-secrets-manager";
  const keys = [...names, "BYTES", "db#user", "db#port", "ABSENT?", "GONE?"];
  await assertGot(await ask(moto, { type, prefix: "app/" }, keys), [
    ...values,
    "bytes of moto",
    "user of moto",
    "5432",
    "",
    "",
  ]);
  for (const name of ["ABSENT?", "GONE?"]) {
    await assertGot(await ask(moto, { type, prefix: "app/" }, [name]), [""]);
  }
  await assertGot(await ask(moto, { type, secret: "app/db" }, ["user", "port"]), [
    "user of moto",
    "5432",
  ]);
  await assertGot(await ask(moto, { type, map: { A: ARN, B: "app/KEY_1" } }, ["A", "B"]), [
    json,
    values[1]!,
  ]);
});

test("Parameter Store gives all three types decrypted, and versions; deleted is absent", async (moto) => {
  for (const [at, name] of names.entries()) {
    const Type = ["SecureString", "String", "StringList"][at % 3];
    await moto.call("AmazonSSM.PutParameter", { Name: `/app/${name}`, Value: values[at], Type });
  }
  const again = { Name: "/app/KEY_0", Value: "newer of moto", Overwrite: true };
  await moto.call("AmazonSSM.PutParameter", { ...again, Type: "SecureString" });
  await moto.call("AmazonSSM.DeleteParameter", { Name: "/app/KEY_1" });
  const type = "aws-ssm";
  const [, , ...others] = names;
  const keys = ["KEY_0", "KEY_0:1", "KEY_1?", ...others, "ABSENT?"];
  const [, , ...rest] = values;
  await assertGot(await ask(moto, { type, prefix: "/app/" }, keys), [
    "newer of moto",
    values[0]!,
    "",
    ...rest,
    "",
  ]);
});

test("nothing listens: the run fails, and names the address", async (moto) => {
  await moto[Symbol.asyncDispose]();
  const shown = await ask(moto, { type: "aws-ssm", retries: 0 }, ["A"]);
  assert.equal(shown.code, 4, shown.stderr);
  assert.match(
    shown.stderr,
    /\(unreachable\): 127\.0\.0\.1:\d+ cannot be reached: nothing listens/,
  );
});
