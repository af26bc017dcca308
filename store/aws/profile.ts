/**
 * The profile of AWS's own tools: one section of `~/.aws/credentials` and of `~/.aws/config`.
 *
 * Read as the AWS CLI does: a comment has a line of its own, and what is indented belongs to the
 * setting above it (https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-files.html).
 */
import { expandPlace } from "../expand.ts";
import { ProviderFailure } from "../provider.ts";
import { quoteShell, quoteWhole } from "../quote.ts";

/** The most that such a file may have, in bytes: 1 MiB. */
const MOST_BYTES = 1024 * 1024;

/** AwsSettings by their names, in lower case. */
export type AwsSettings = ReadonlyMap<string, string>;

/** One profile. */
export interface AwsProfile {
  readonly name: string;
  /** Whether dicode.yaml names it: then the environment's own keys do not count. */
  readonly isWritten: boolean;
  /** Its section of the credentials file; empty if there is none. */
  readonly credentials: AwsSettings;
  /** Its section of the config file, and over it that of the credentials file. */
  readonly all: AwsSettings;
  /** Both files as messages name them. */
  readonly places: string;
}

/**
 * The profile that dicode.yaml or AWS_PROFILE names, or `default`, which may be in neither file.
 *
 * @param written the option `profile`.
 * @throws {ProviderFailure} misconfigured: a named one is in neither file, or a file cannot be read.
 */
export async function loadProfile(
  provider: string,
  written: string | undefined,
  env: (name: string) => string | undefined,
): Promise<AwsProfile> {
  const named = written ?? (env("AWS_PROFILE") || undefined);
  const name = named ?? "default";
  const paths = [
    env("AWS_SHARED_CREDENTIALS_FILE") || "~/.aws/credentials",
    env("AWS_CONFIG_FILE") || "~/.aws/config",
  ];
  const [secret, common] = await Promise.all(
    paths.map((path) => readText(provider, expandPlace(path, env))),
  );
  const credentials = parseSections(secret ?? "").get(name);
  const config = parseSections(common ?? "", readConfigHeading).get(name);
  const places = paths.map(quoteWhole).join(" or ");
  if (named !== undefined && credentials === undefined && config === undefined) {
    const found = `there is no profile ${quoteWhole(name)} in ${places}`;
    throw new ProviderFailure(provider, "misconfigured", found, {
      hint: `aws configure --profile ${quoteShell(name)}`,
    });
  }
  return {
    name,
    isWritten: written !== undefined,
    credentials: credentials ?? new Map(),
    all: new Map([...config ?? [], ...credentials ?? []]),
    places,
  };
}

/** The sections of such a file by name; the last of two settings with one name counts. */
export function parseSections(
  text: string,
  readHeading: (heading: string) => string | undefined = (heading) => heading,
): Map<string, AwsSettings> {
  const sections = new Map<string, Map<string, string>>();
  let section: Map<string, string> | undefined;
  for (const line of text.split(/\r?\n/)) {
    if (/^\s|^[#;]|^$/.test(line)) continue;
    const heading = /^\[(.*)\]\s*$/.exec(line)?.[1]?.trim();
    if (heading !== undefined) {
      const name = readHeading(heading);
      section = name === undefined ? undefined : sections.get(name) ?? new Map();
      if (section !== undefined) sections.set(name!, section);
      continue;
    }
    const cut = line.indexOf("=");
    if (cut > 0) section?.set(line.slice(0, cut).trim().toLowerCase(), line.slice(cut + 1).trim());
  }
  return sections;
}

/** In the config file a section is called `profile NAME`, and the default one `default`. */
function readConfigHeading(heading: string): string | undefined {
  if (heading === "default") return heading;
  const [, bare, quoted] = /^profile\s+(?:"([^"]+)"|(\S.*))$/.exec(heading) ?? [];
  return bare ?? quoted;
}

async function readText(provider: string, path: string): Promise<string | undefined> {
  const fail = (state: string, hint: string) =>
    new ProviderFailure(provider, "misconfigured", `cannot read ${quoteWhole(path)}: ${state}`, {
      hint,
    });
  let bytes: Uint8Array;
  try {
    const { isFile, size } = await Deno.stat(path);
    if (size > MOST_BYTES) throw fail("it has more than 1 MiB", "name another file");
    if (!isFile) return undefined; // such as /dev/null
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof ProviderFailure) throw error;
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) {
      return undefined;
    }
    throw fail("permission denied", `chmod u+r ${quoteShell(path)}`);
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw fail("it is not UTF-8 text", "save it as UTF-8");
  }
}
