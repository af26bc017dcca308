/**
 * Parameter Store of AWS Systems Manager: a parameter for each key, decrypted.
 *
 * Many are asked for at once, up to 10 in a request; where the policy does not allow that, one by one.
 */
import { askInBatches } from "../aws/batches.ts";
import { AWS_OPTIONS } from "../aws/options.ts";
import { pickValues, referTo } from "../aws/references.ts";
import { isDenied } from "../aws/refusal.ts";
import { AwsService, isRemote } from "../aws/service.ts";
import { isObject } from "../http_answer.ts";
import type { OptionFault, ProviderContext } from "../kinds.ts";
import { naming, type OptionsOf } from "../options.ts";
import type { Provider } from "../provider.ts";
import { quoteWhole } from "../quote.ts";
import { splitField } from "../values.ts";

const KIND = { service: "ssm", target: "AmazonSSM" } as const;

/** The most parameters that GetParameters takes. */
const BATCH = 10;

/**
 * What a parameter's name can be; no other can exist, and AWS refuses a whole batch for one
 * (https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html).
 */
const NAME = /^(?=.{1,1011}$)(?:(?:\/[\w.-]+){1,15}|(?!aws|ssm)[\w.-]+)$/i;
const ARN = /^arn:[\w-]+:ssm:[\w-]+:\d{12}:parameter\/[\w./-]{1,1011}$/;
/** A version or label behind a name. */
const SELECTOR = /:[\w.-]{1,100}$/;

/** What dicode.yaml may say of it. */
export const OPTIONS = {
  ...AWS_OPTIONS,
  ...naming("the parameter's name or ARN, with `#member` behind it for one of a JSON object"),
} as const;

type Options = OptionsOf<typeof OPTIONS>;

/** Names that no parameter can have. */
export function validate({ prefix = "", map = {} }: Options): OptionFault[] {
  const faults: OptionFault[] = [];
  if (prefix.includes("/") && !prefix.startsWith("/")) {
    const state = '"prefix" has a "/", and does not begin with one';
    faults.push({ option: "prefix", state, hint: `write prefix: /${prefix}` });
  }
  for (const [key, value] of Object.entries(map)) {
    if (isName(splitField(value).name)) continue;
    const state = `no parameter can be called what "map" has for ${quoteWhole(key)}`;
    const hint = "write a name of letters, digits and _.-, one that begins with /, or an ARN";
    faults.push({ option: "map", state, hint });
  }
  return faults;
}

/** Whether AWS itself is asked, and not an address on this machine. */
export function usesNetwork(options: Options, env: ProviderContext["env"]): boolean {
  return isRemote(KIND.service, options, env);
}

/** Opens one; nobody is asked before it is. */
export function open(name: string, options: Options, context: ProviderContext): Provider {
  return {
    name,
    offers: (key) => isName(referTo(options, key).name),
    async get(keys, signal) {
      using aws = await AwsService.open(name, KIND, options, context);
      const references = keys.map((key) => referTo(options, key))
        .filter(({ name }) => isName(name));
      const names = [...new Set(references.map(({ name }) => name))];
      const values = await readParameters(aws, names, signal);
      return pickValues(references, values, (found, hint) => aws.fail("bad_answer", found, hint));
    },
    async diagnose(signal) {
      using aws = await AwsService.open(name, KIND, options, context);
      const asked = `${options.prefix ?? ""}dicode-doctor`;
      // Not decrypted, in case there is one.
      return await aws.diagnose("GetParameters", asked, { Names: [asked] }, signal);
    },
  };
}

function isName(name: string): boolean {
  const bare = name.replace(SELECTOR, "");
  return NAME.test(bare) || ARN.test(name) || ARN.test(bare);
}

/** The values by the names that were asked for; an absent one is not there. */
async function readParameters(
  aws: AwsService,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const values = new Map<string, string>();
  await askInBatches(names, {
    size: BATCH,
    many: (names, signal) => readBatch(aws, names, values, signal),
    one: async (name, signal) => {
      const input = { Name: name, WithDecryption: true };
      const told = await aws.ask("GetParameter", input, signal);
      if ("refusal" in told) aws.throwUnlessAbsent(told.refusal, "GetParameter", name);
      else values.set(name, valueOf(aws, name, told.json.Parameter));
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
  const told = await aws.ask("GetParameters", { Names: names, WithDecryption: true }, signal);
  if ("refusal" in told) {
    // One parameter that is not allowed refuses all; and GetParameter is a right of its own.
    if (!isDenied(told.refusal)) {
      aws.throwUnlessAbsent(told.refusal, "GetParameters", names.join(", "));
    }
    return names;
  }
  const { Parameters: found, InvalidParameters: absent } = told.json;
  const left = new Set(names);
  for (const name of Array.isArray(absent) ? absent : []) left.delete(name);
  for (const parameter of Array.isArray(found) ? found : []) {
    // One answer is for one name: of a parameter and an older version of it both may be asked for.
    const name = namesOf(parameter).find((each) => left.delete(each));
    if (name !== undefined) values.set(name, valueOf(aws, name, parameter));
  }
  return [...left];
}

/** All that a parameter can have been asked for as, what says its version first. */
function namesOf(parameter: unknown): string[] {
  if (!isObject(parameter)) return [];
  const { Name: name, ARN: arn, Selector: selector, Version: version } = parameter;
  const endings = typeof selector === "string" ? [selector] : [`:${version}`, ""];
  return endings.flatMap((ending) => [`${name}${ending}`, `${arn}${ending}`]);
}

function valueOf(aws: AwsService, name: string, parameter: unknown): string {
  const value = isObject(parameter) ? parameter.Value : undefined;
  if (typeof value !== "string") throw aws.failWithoutValue(name);
  return value;
}
