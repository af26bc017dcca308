/**
 * The dicode.yaml contract: where secrets come from, and which wall a run gets.
 *
 * The file is found by its caller (`--config`, `DICODE_CONFIG`, the data folder) and never in a task
 * folder. Guarantees at least one provider, with unique names.
 */
import { ConfigError } from "../sdk/errors.ts";
import { DEFAULT_PROVIDERS, listKinds, type ProviderConfig } from "../store/chain.ts";
import { type Isolation, ISOLATIONS } from "./isolation_names.ts";
import { checkVariable } from "./names.ts";
import { quote, Report } from "./report.ts";
import { atFile, choice, reportKind, scalar, text } from "./shape.ts";
import { type Fields, fields, list, type Placed } from "./shape_fields.ts";
import { nearest } from "./nearest.ts";
import { readText, shorten } from "./text_file.ts";
import { isNull } from "./yaml_node.ts";
import { parseYaml } from "./yaml.ts";

/** What dicode.yaml says. */
export interface Config {
  /** The chain of providers, in the order in which they are asked. */
  readonly providers: readonly ProviderConfig[];
  /** The walls to run behind. */
  readonly isolation: Isolation;
  /** Whether the file itself says `isolation`. */
  readonly isolationWritten: boolean;
  /** Variables with a provider's credential that tasks may read all the same. */
  readonly expose: readonly string[];
}

/** What holds where there is no dicode.yaml. */
export const DEFAULT_CONFIG: Config = {
  providers: DEFAULT_PROVIDERS,
  isolation: "auto",
  isolationWritten: false,
  expose: [],
};

/** The kinds of provider that this version knows. */
const KNOWN = listKinds();
/** The kinds that are to come: their names are no typing mistakes. */
const PLANNED = [
  "file exec vault openbao 1password 1password-connect doppler aws-secrets-manager aws-ssm",
  "infisical sops age task gcp azure bitwarden",
].join(" ").split(" ");

const kind = scalar<string>({
  expected: "a kind of provider",
  form: { type: "choice", values: KNOWN },
  parse(found) {
    if (KNOWN.includes(found)) return found;
    const near = nearest(found, [...KNOWN, ...PLANNED]);
    const hint = near === undefined || near === found ? undefined : `did you mean "${near}"?`;
    const state = `is not a kind that this version knows (${KNOWN.join(" and ")})`;
    return { state, hint };
  },
});

const PROVIDER = {
  type: {
    shape: kind,
    about: "local (the encrypted store) or env (the host's environment)",
    required: true,
  },
  name: {
    shape: text("a name", undefined, { longest: 64 }),
    about: "its name in messages; the type otherwise",
  },
} as const;

const providerFields = fields(PROVIDER, { sensitive: true, hint: "write { type: local }" });

/** A provider's map. The fields of a kind that is not known are not looked at. */
const provider: typeof providerFields = {
  form: providerFields.form,
  read(node, at) {
    if (node.kind !== "map") return providerFields.read(node, at);
    const type = node.entries.find(({ key }) => key === "type");
    const known = type === undefined || type.value.kind !== "scalar" ||
      KNOWN.includes(type.value.text);
    const entries = known ? node.entries : node.entries.filter(({ key }) => key in PROVIDER);
    return providerFields.read({ ...node, entries }, at);
  },
};

const SECRETS = {
  providers: {
    shape: list(provider, { example: "{ type: local }", atLeast: 1 }),
    about: "the providers of secrets, in the order in which they are asked",
    default: DEFAULT_PROVIDERS.map(({ type }) => type).join(", "),
  },
} as const;

const CONFIG = {
  secrets: { shape: fields(SECRETS), about: "where secrets come from" },
  isolation: {
    shape: choice(ISOLATIONS),
    about: "which wall a run gets",
    default: DEFAULT_CONFIG.isolation,
  },
  expose: {
    shape: list(text("a variable's name", checkVariable), { example: "VAULT_TOKEN" }),
    about: "variables with a provider's credential that tasks may read all the same",
  },
} as const;

const configShape = fields(CONFIG);

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
    source = await readText(path, file);
  } catch (error) {
    const absent = error instanceof ConfigError && error.code === "config_not_found";
    if (absent && options.optional) return DEFAULT_CONFIG;
    throw error;
  }
  return parseConfig(source, file);
}

/**
 * Checks the text of a dicode.yaml. An empty file says nothing: DEFAULT_CONFIG.
 *
 * @param file the path as messages name it.
 * @throws {ConfigError} `yaml_syntax` or `config_invalid`, with every mistake.
 */
export function parseConfig(source: string, file: string): Config {
  const { root, problems } = parseYaml(source, file);
  const report = new Report(file, problems);
  const at = atFile(report);
  if (root !== undefined && (root.kind === "list" || (root.kind === "scalar" && !isNull(root)))) {
    reportKind(root, at, "fields such as secrets: and isolation:", {
      sensitive: true,
      hint: 'write lines of the form "name: value", without a "-" before them',
    });
  }
  const slots = (root?.kind === "map" ? configShape.read(root, at) : undefined)?.slots ?? {};
  const written = slots.secrets?.value?.slots.providers?.value;
  const providers = written === undefined ? DEFAULT_CONFIG.providers : nameAll(written, report);
  report.finish();
  return {
    providers,
    isolation: slots.isolation?.value ?? DEFAULT_CONFIG.isolation,
    isolationWritten: slots.isolation !== undefined,
    expose: (slots.expose?.value ?? []).map(({ value }) => value),
  };
}

function nameAll(
  written: readonly Placed<Fields<typeof PROVIDER>>[],
  report: Report,
): Config["providers"] {
  const lines = new Map<string, number>();
  return written.flatMap(({ value: { slots }, place }) => {
    const type = slots.type?.value;
    if (type === undefined) return [];
    const name = slots.name?.value ?? type;
    const before = lines.get(name);
    lines.set(name, before ?? place.line);
    if (before !== undefined) {
      const message = `cannot name two providers ${
        quote(name)
      }: the other stands in line ${before}`;
      report.add(slots.name?.keyPlace ?? place, message, 'give one of them another "name"');
    }
    return [{ type, name }];
  });
}
