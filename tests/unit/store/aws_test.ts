import assert from "node:assert/strict";
import { splitWords } from "../../../store/aws/command_line.ts";
import { findContainer } from "../../../store/aws/container.ts";
import { endpointOf, isRegion } from "../../../store/aws/endpoint.ts";
import { parseSections } from "../../../store/aws/profile.ts";
import { explainRefusal } from "../../../store/aws/refusal.ts";
import { isRemote } from "../../../store/aws/service.ts";

const none = () => undefined;

Deno.test("parseSections() reads what AWS's own tools write", () => {
  const text =
    "# a comment\n[default]\naws_access_key_id = AKID\nAWS_Secret_Access_Key=s=c r#et\n" +
    "; another\r\n\n[ spaced ]\r\nregion = eu-west-1\r\ns3 =\n  region = us-east-1\n[default]\n" +
    "region=eu-central-1\nno setting\n= nor this\n";
  const sections = parseSections(text);
  assert.deepEqual(Object.fromEntries(sections.get("default")!), {
    aws_access_key_id: "AKID",
    aws_secret_access_key: "s=c r#et",
    region: "eu-central-1",
  });
  assert.deepEqual(Object.fromEntries(sections.get("spaced")!), { region: "eu-west-1", s3: "" });
});

Deno.test("splitWords() splits as a shell does, and expands nothing", () => {
  for (
    const [line, words] of [
      ["a b", ["a", "b"]],
      ["  '/opt/my tool'  --flag=\"a b\"c\\ d '' ", ["/opt/my tool", "--flag=a bc d", ""]],
      ['say "a \\"b\\" \\$HOME \\\\"', ["say", 'a "b" \\$HOME \\']],
      ["echo $HOME ~ * `id` | tee", ["echo", "$HOME", "~", "*", "`id`", "|", "tee"]],
    ] as const
  ) assert.deepEqual(splitWords(line), words);
  for (const line of ["", "   ", "a 'b", 'a "b', "''", "a\\"]) {
    assert.equal(splitWords(line), undefined, line);
  }
});

Deno.test("a region is a name that can be part of a host's, and no other", () => {
  for (
    const region of ["eu-west-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1", "mx-central-1"]
  ) {
    assert.ok(isRegion(region), region);
  }
  for (
    const region of ["", "evil.com/#", "eu-west-1.evil.com", "eu-west-1/", "EU-WEST-1", "a@b-c-1"]
  ) {
    assert.ok(!isRegion(region), region);
  }
});

Deno.test("endpointOf() knows the parts of AWS, and what replaces them", () => {
  const hosts = ["eu-west-1", "cn-north-1", "us-gov-east-1", "us-isob-east-1", "eusc-de-east-1"]
    .map((region) => endpointOf("ssm", region, undefined, none));
  assert.deepEqual(hosts, [
    "https://ssm.eu-west-1.amazonaws.com",
    "https://ssm.cn-north-1.amazonaws.com.cn",
    "https://ssm.us-gov-east-1.amazonaws.com",
    "https://ssm.us-isob-east-1.sc2s.sgov.gov",
    "https://ssm.eusc-de-east-1.amazonaws.eu",
  ]);
  const variables: Record<string, string> = {
    AWS_ENDPOINT_URL: "http://127.0.0.1:1001",
    AWS_ENDPOINT_URL_SECRETS_MANAGER: "http://127.0.0.1:1002",
    AWS_ENDPOINT_URL_STS: "",
  };
  const env = (name: string) => variables[name];
  assert.equal(endpointOf("secretsmanager", "eu-west-1", "http://a", env), "http://a");
  assert.equal(endpointOf("secretsmanager", "eu-west-1", undefined, env), "http://127.0.0.1:1002");
  assert.equal(endpointOf("sts", "eu-west-1", undefined, env), "http://127.0.0.1:1001");
  assert.equal(isRemote("ssm", {}, env), false);
  assert.equal(isRemote("ssm", {}, none), true);
  assert.equal(isRemote("ssm", { address: "https://proxy.example.com" }, env), true);
});

Deno.test("a container's token goes to https, this machine or AWS's own addresses alone", () => {
  const find = (uri: string) =>
    findContainer((name) => name === "AWS_CONTAINER_CREDENTIALS_FULL_URI" ? uri : undefined);
  for (
    const uri of [
      "https://agent.example.com/creds",
      "http://127.0.0.1:8080/creds",
      "http://localhost/creds",
      "http://169.254.170.23/v1/credentials",
      "http://[fd00:ec2::23]/v1/credentials",
    ]
  ) assert.equal(String(find(uri)), uri);
  for (
    const uri of [
      "http://agent.example.com/creds",
      "http://169.254.170.23.example.com/",
      "http://127.0.0.1@example.com/",
      "http://10.0.0.1/",
    ]
  ) assert.equal(find(uri), "is plain HTTP to another machine");
  for (const uri of ["file:///etc/passwd", "creds"]) {
    assert.equal(find(uri), "is no http or https address");
  }
  assert.equal(find(""), undefined);
  const relative = (path: string) =>
    String(
      findContainer((name) => name === "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI" ? path : undefined),
    );
  assert.equal(relative("/v2/credentials/id"), "http://169.254.170.2/v2/credentials/id");
  assert.equal(relative("//evil.example.com/x"), "http://169.254.170.2/evil.example.com/x");
  assert.equal(relative("@evil.example.com/x"), "http://169.254.170.2/@evil.example.com/x");
});

Deno.test("explainRefusal() takes a deleted secret for absent, and no other invalid request", () => {
  const question = { action: "secretsmanager:GetSecretValue", name: '"A"', source: "the profile" };
  const explain = (type: string, message = "") => explainRefusal({ type, message }, question);
  assert.equal(explain("ResourceNotFoundException"), "absent");
  assert.equal(explain("ParameterNotFound"), "absent");
  const deleted =
    "You can't perform this operation on the secret because it was marked for deletion.";
  assert.equal(explain("InvalidRequestException", deleted), "absent");
  for (
    const [type, message, kind] of [
      ["InvalidRequestException", "You can't perform this operation", "bad_answer"],
      ["AccessDeniedException", "Access to KMS is not allowed", "denied"],
      ["DecryptionFailure", "", "denied"],
      ["ThrottlingException", "", "rate_limited"],
      ["InternalServiceError", "", "unreachable"],
      ["InvalidParameterException", "", "misconfigured"],
    ] as const
  ) {
    const meaning = explain(type, message);
    assert.ok(meaning !== "absent" && meaning.kind === kind, type);
  }
});
