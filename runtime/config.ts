/**
 * The dicode.yaml contract: where secrets come from, and which wall a run gets.
 *
 * The file is found by its caller (`--config`, `DICODE_CONFIG`, the data folder) and never in a task
 * folder. Guarantees at least one provider, with unique names.
 */
import { ConfigError } from "../sdk/errors.ts";
import { DEFAULT_PROVIDERS, type ProviderConfig } from "../store/provider_config.ts";
import { DEFAULT_CONFIG } from "./default_config.ts";
import { type Isolation, ISOLATIONS } from "./isolation_names.ts";
import { checkKey } from "./names.ts";
import { findCwd, resolvePath } from "./paths.ts";
import {
  type CredentialNames,
  loadKinds,
  providerShape,
  type ReadProvider,
} from "./provider_entry.ts";
import { quote, Report } from "./report.ts";
import { atFile, choice, reportKind, type Shape, text } from "./shape.ts";
import { fields, list } from "./shape_fields.ts";
import { readText, shorten } from "./text_file.ts";
import { isNull, type YamlNode } from "./yaml_node.ts";
import { parseYaml } from "./yaml.ts";

/** What dicode.yaml says. */
export interface Config {
  /** The chain of providers, in the order in which they are asked. */
  readonly providers: readonly ProviderConfig[];
  /** The walls to run behind. */
  readonly isolation: Isolation;
  /** Variables and stored secrets with a provider's credential that tasks may read all the same. */
  readonly expose: readonly string[];
  /** What the providers' options name that holds a credential. */
  readonly credentials: CredentialNames;
  /** Paths of code that the providers run. Default none. */
  readonly code?: readonly string[];
}

const EXPOSED = "a variable's name or a secret's key";

/** The fields of the file; `read` reads one entry of the chain. */
function configShape(read: Shape<ReadProvider>) {
  const providers = {
    shape: list(read, {
      example: "{ type: local }",
      atLeast: 1,
      entryOf: (word) => `{ type: ${word} }`,
    }),
    about: "the providers of secrets, in the order in which they are asked",
    default: DEFAULT_PROVIDERS.map(({ type }) => type).join(", "),
  };
  return fields({
    secrets: { shape: fields({ providers }), about: "where secrets come from" },
    isolation: {
      shape: choice(ISOLATIONS),
      about: "which wall a run gets",
      default: DEFAULT_CONFIG.isolation,
    },
    expose: {
      shape: list(text(EXPOSED, checkKey), { example: "VAULT_TOKEN" }),
      about: "variables and stored secrets with a provider's credential that tasks may read",
    },
  });
}

/**
 * Reads dicode.yaml.
 *
 * @param options.optional whether DEFAULT_CONFIG stands in for a file that is not there.
 * @throws {ConfigError} `config_not_found`, `config_unreadable`, `yaml_syntax` or `config_invalid`.
 */
export async function loadConfig(path: string, options: { optional: boolean }): Promise<Config> {
  const file = shorten(path);
  let source: string;
  try {
    source = readText(path, file);
  } catch (error) {
    const absent = error instanceof ConfigError && error.code === "config_not_found";
    if (absent && options.optional) return DEFAULT_CONFIG;
    throw error;
  }
  const folder = path.slice(0, path.lastIndexOf("/")) || "/";
  return await parseConfig(source, file, resolvePath(findCwd() ?? "/", folder));
}

/**
 * Checks the text of a dicode.yaml. An empty file says nothing: DEFAULT_CONFIG.
 *
 * @param file the path as messages name it.
 * @param folder what relative paths in it are taken from. Default `/`.
 * @throws {ConfigError} `yaml_syntax` or `config_invalid`, with every mistake.
 */
export async function parseConfig(source: string, file: string, folder = "/"): Promise<Config> {
  const { root, problems } = parseYaml(source, file);
  const report = new Report(file, problems);
  const at = atFile(report);
  if (root !== undefined && (root.kind === "list" || (root.kind === "scalar" && !isNull(root)))) {
    reportKind(root, at, "fields such as secrets: and isolation:", {
      sensitive: true,
      hint: 'write lines of the form "name: value", without a "-" before them',
    });
  }
  const kinds = await loadKinds(memberOf(memberOf(root, "secrets"), "providers"));
  const shape = configShape(providerShape(kinds, folder));
  const slots = (root?.kind === "map" ? shape.read(root, at) : undefined)?.slots ?? {};
  const written = slots.secrets?.value?.slots.providers?.value?.map(({ value }) => value) ?? [];
  refuseTwice(written, report);
  report.finish();
  const code = written.flatMap((each) => each.code);
  const named = (what: keyof CredentialNames) =>
    written.flatMap(({ credentials }) => credentials[what]);
  return {
    providers: written.length === 0
      ? DEFAULT_CONFIG.providers
      : written.map(({ config }) => config),
    isolation: slots.isolation?.value ?? DEFAULT_CONFIG.isolation,
    expose: (slots.expose?.value ?? []).map(({ value }) => value),
    credentials: { variables: named("variables"), files: named("files"), keys: named("keys") },
    ...(code.length > 0 ? { code } : {}),
  };
}

function memberOf(node: YamlNode | undefined, name: string): YamlNode | undefined {
  return node?.kind === "map" ? node.entries.find(({ key }) => key === name)?.value : undefined;
}

function refuseTwice(written: readonly ReadProvider[], report: Report): void {
  const lines = new Map<string, number>();
  for (const { config: { name }, namePlace } of written) {
    const before = lines.get(name);
    lines.set(name, before ?? namePlace.line);
    if (before === undefined) continue;
    const message = `cannot name two providers ${quote(name)}: the other stands in line ${before}`;
    report.add(namePlace, message, 'give one of them another "name"');
  }
}
