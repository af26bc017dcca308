/**
 * Asks Secrets Manager and Parameter Store with the clients of AWS's SDK.
 *
 * `deno run aws.ts ADDRESS [ACCESS_KEY_ID SECRET_ACCESS_KEY [SESSION_TOKEN]]` reads from standard
 * input a JSON list of `[command, input]` and prints a list of what the client made of each answer:
 * `{ value }`, or `{ error, message, status, attempts }`. Without a key the SDK looks for one itself.
 */
import {
  BatchGetSecretValueCommand,
  GetSecretValueCommand,
  SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import {
  GetParameterCommand,
  GetParametersCommand,
  SSMClient,
} from "@aws-sdk/client-ssm";

const [endpoint, accessKeyId = "", secretAccessKey = "", sessionToken] =
  Deno.args;
const config = {
  endpoint,
  region: "eu-west-1",
  ...(accessKeyId === ""
    ? {}
    : { credentials: { accessKeyId, secretAccessKey, sessionToken } }),
};
const secrets = new SecretsManagerClient(config);
const parameters = new SSMClient(config);

const commands: Record<string, (input: never) => Promise<object>> = {
  get: (input) => secrets.send(new GetSecretValueCommand(input)),
  batch: (input) => secrets.send(new BatchGetSecretValueCommand(input)),
  parameter: (input) => parameters.send(new GetParameterCommand(input)),
  parameters: (input) => parameters.send(new GetParametersCommand(input)),
};

async function ask([command, input]: [string, never]) {
  try {
    const { $metadata: _, ...value } = await commands[command]!(input) as {
      $metadata: unknown;
    };
    return { value };
  } catch (error) {
    const { name, message, $metadata } = error as Error & {
      $metadata?: { httpStatusCode?: number; attempts?: number };
    };
    return {
      error: name,
      message,
      status: $metadata?.httpStatusCode,
      attempts: $metadata?.attempts,
    };
  }
}

const questions = JSON.parse(await new Response(Deno.stdin.readable).text());
const answers = [];
for (const question of questions) answers.push(await ask(question));
console.log(JSON.stringify(answers));
