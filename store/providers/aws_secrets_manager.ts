/**
 * AWS Secrets Manager: a secret for each key, or members of one JSON secret.
 *
 * Many are asked for at once, up to 20 in a request; where the policy does not allow that, one by one.
 */
import { askInBatches } from "../aws/batches.ts";
import { AWS_OPTIONS } from "../aws/options.ts";
import { parseMembers, pickValues, referTo } from "../aws/references.ts";
import { type AwsRefusal, isDenied, isTransient } from "../aws/refusal.ts";
import { AwsService, isRemote } from "../aws/service.ts";
import { isObject } from "../http_answer.ts";
import type { OptionFault, ProviderContext } from "../kinds.ts";
import { nameOf, naming, option, type OptionsOf } from "../options.ts";
import { type Provider, Secret } from "../provider.ts";
import { quoteWhole } from "../quote.ts";
import { memberText, splitField } from "../values.ts";

const KIND = { service: "secretsmanager", target: "secretsmanager" } as const;

/** The most secrets that BatchGetSecretValue takes. */
const BATCH = 20;

/** What a secret's name can hold; no other can exist. */
const NAME = /^[\w/+=.@-]{1,512}$/;
const ARN = /^arn:[\w-]+:secretsmanager:[\w-]+:\d{12}:secret:[\w/+=.@-]{1,512}$/;

/** What dicode.yaml may say of it. */
export const OPTIONS = {
  ...AWS_OPTIONS,
  secret: option.text("the name or ARN of one JSON secret; each key is a member of it"),
  ...naming("the secret's name or ARN, with `#member` behind it for one of a JSON object"),
} as const;

type Options = OptionsOf<typeof OPTIONS>;

/** What does not go with `secret`, and names that no secret can have. */
export function validate(options: Options): OptionFault[] {
  const { secret, map = {} } = options;
  const hint = "write a name of letters, digits and /_+=.@-, or an ARN";
  if (secret === undefined) {
    return Object.entries(map).filter(([, value]) => !isName(splitField(value).name)).map(
      ([key]) => {
        const state = `no secret can be called what "map" has for ${quoteWhole(key)}`;
        return { option: "map", state, hint };
      },
    );
  }
  const idle = (["prefix", "field"] as const).filter((option) => options[option] !== undefined)
    .map((option) => {
      return { option, state: `"${option}" does nothing beside "secret"`, hint: "remove one" };
    });
  if (isName(secret)) return idle;
  return [...idle, { option: "secret", state: "no secret can be called that", hint }];
}

/** Whether AWS itself is asked, and not an address on this machine. */
export function usesNetwork(options: Options, env: ProviderContext["env"]): boolean {
  return isRemote(KIND.service, options, env);
}

/** Opens one; nobody is asked before it is. */
export function open(name: string, options: Options, context: ProviderContext): Provider {
  const { secret } = options;
  return {
    name,
    offers: (key) => secret !== undefined || isName(referTo(options, key).name),
    async get(keys, signal) {
      using aws = await AwsService.open(name, KIND, options, context);
      if (secret !== undefined) return await getMembers(aws, secret, options, keys, signal);
      const references = keys.map((key) => referTo(options, key))
        .filter(({ name }) => isName(name));
      const names = [...new Set(references.map(({ name }) => name))];
      const values = await readSecrets(aws, names, signal);
      return pickValues(references, values, (found, hint) => aws.fail("bad_answer", found, hint));
    },
    async diagnose(signal) {
      using aws = await AwsService.open(name, KIND, options, context);
      const asked = secret ?? `${options.prefix ?? ""}dicode-doctor`;
      // No secret has a version with that label: so no value is ever sent.
      const input = { SecretId: asked, VersionStage: "dicode-doctor" };
      const isAbsent = ({ message }: AwsRefusal) =>
        secret !== undefined && !/staging label/.test(message);
      return await aws.diagnose("GetSecretValue", asked, input, signal, isAbsent);
    },
  };
}

function isName(name: string): boolean {
  return NAME.test(name) || ARN.test(name);
}

async function getMembers(
  aws: AwsService,
  secret: string,
  { map }: Options,
  keys: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, Secret>> {
  const value = (await readSecrets(aws, [secret], signal)).get(secret);
  const found = new Map<string, Secret>();
  if (value === undefined) return found;
  const fail = (state: string, hint: string) => aws.fail("bad_answer", state, hint);
  const object = parseMembers(secret, value, fail);
  for (const key of keys) {
    const text = memberText(object, nameOf({ map }, key).name);
    if (text !== undefined) found.set(key, new Secret(text));
  }
  return found;
}

/** The values by the names that were asked for; an absent one is not there. */
async function readSecrets(
  aws: AwsService,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  await askInBatches(names, {
    size: BATCH,
    many: async (names, signal) =>
      names.length === 1 ? names : await readBatch(aws, names, values, signal),
    one: async (name, signal) => {
      const told = await aws.ask("GetSecretValue", { SecretId: name }, signal);
      if ("json" in told) values.set(name, valueOf(aws, name, told.json));
      else aws.throwUnlessAbsent(told.refusal, "GetSecretValue", name);
    },
  }, signal);
  return values;
}

/** Puts the values of a batch into `values`; gives the names that are to be asked for one by one. */
async function readBatch(
  aws: AwsService,
  names: readonly string[],
  values: Map<string, string>,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const told = await aws.ask("BatchGetSecretValue", { SecretIdList: names }, signal);
  if ("refusal" in told) {
    // It is a right of its own, which a policy for single secrets does not give.
    if (!isDenied(told.refusal)) {
      aws.throwUnlessAbsent(told.refusal, "BatchGetSecretValue", names.join(", "));
    }
    return names;
  }
  const left = new Set(names);
  for (const entry of listOf(told.json.SecretValues)) {
    const { ARN: arn, Name: called } = entry;
    const isAsked = (name: string) =>
      name === called || name === arn || (typeof arn === "string" && arn.startsWith(`${name}-`));
    for (const name of names.filter(isAsked)) {
      if (left.delete(name)) values.set(name, valueOf(aws, name, entry));
    }
  }
  for (const { SecretId: id, ErrorCode: type, Message: message } of listOf(told.json.Errors)) {
    if (typeof id !== "string" || typeof type !== "string" || !left.has(id)) continue;
    const refusal: AwsRefusal = { type, message: typeof message === "string" ? message : "" };
    if (isTransient(refusal)) continue;
    left.delete(id);
    aws.throwUnlessAbsent(refusal, "GetSecretValue", id);
  }
  // What it says nothing of, as when an answer has several pages.
  return [...left];
}

function valueOf(
  aws: AwsService,
  name: string,
  { SecretString: text, SecretBinary: binary }: Readonly<Record<string, unknown>>,
): string {
  if (typeof text === "string") return text;
  if (typeof binary !== "string") throw aws.failWithoutValue(name);
  try {
    const bytes = Uint8Array.fromBase64(binary);
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const found = `the secret ${quoteWhole(name)} is binary, and not UTF-8 text`;
    throw aws.fail("bad_answer", found, "store it as base64, and decode it in the task");
  }
}

function listOf(found: unknown): Readonly<Record<string, unknown>>[] {
  return Array.isArray(found) ? found.filter(isObject) : [];
}
