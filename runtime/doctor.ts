/**
 * What is in order on this machine and what is not: Deno, the walls, the store and its key, the
 * configuration, and every provider that it names. Nothing is changed, and no value is fetched.
 */
import { ConfigError, DicodeError, formatProblem } from "../sdk/errors.ts";
import { withDeadline } from "../store/deadline.ts";
import { type Link, PROVIDER_LIMIT_MS } from "../store/chain.ts";
import { findFolder } from "../store/files.ts";
import { openChain } from "../store/open_chain.ts";
import { type Diagnosis, ProviderFailure } from "../store/provider.ts";
import { quoteWhole } from "../store/quote.ts";
import { openStore } from "../store/secrets.ts";
import { verifyStore } from "../store/verify.ts";
import { findWorkingBwrap } from "./bwrap_probe.ts";
import type { Config } from "./config.ts";
import { DEFAULT_CONFIG } from "./default_config.ts";
import { loadHostConfig } from "./config_file.ts";
import type { Host } from "./host.ts";
import type { Probe } from "./isolation.ts";
import { findWorkingLandlock } from "./landlock_probe.ts";
import { contextOf } from "./origins.ts";

/** One thing that was looked at, and what it belongs to: `deno`, `store`, `provider "vault"`. */
export interface Examined extends Diagnosis {
  readonly subject: string;
}

/** The oldest Deno that runs tasks as this version was tested. */
const OLDEST_DENO = "2.9.0";

/** Looks at everything, in the order in which a reader wants it; told each as soon as it is known. */
export async function examine(
  host: Host,
  signal: AbortSignal,
  tell: (found: Examined) => void,
): Promise<void> {
  tell(await examineDeno(host));
  const config = await examineConfig(host, tell);
  for (const found of await examineWalls(config)) tell(found);
  tell(await examineStore(host));
  await examineProviders(host, config, signal, tell);
}

async function examineDeno(host: Host): Promise<Examined> {
  const subject = "deno";
  try {
    const path = await host.findDeno();
    const version = Deno.build.standalone ? await askVersion(path) : Deno.version.deno;
    const isOld = version.localeCompare(OLDEST_DENO, "en", { numeric: true }) < 0;
    const found = `${version}, ${path}`;
    if (!isOld) return { subject, what: "found", state: "ok", found };
    const hint = `deno upgrade: dicode is tested with ${OLDEST_DENO} and later`;
    return { subject, what: "found", state: "warning", found, hint };
  } catch (error) {
    return { subject, ...broken("found", error) };
  }
}

async function askVersion(path: string): Promise<string> {
  const { stdout } = await new Deno.Command(path, { args: ["--version"], stderr: "null" }).output();
  return /deno (\S+)/.exec(new TextDecoder().decode(stdout))?.[1] ?? "0";
}

async function examineConfig(host: Host, tell: (found: Examined) => void): Promise<Config> {
  const subject = "dicode.yaml";
  try {
    const path = host.configPath ?? `${host.dataDir}/dicode.yaml`;
    const config = await loadHostConfig(host);
    const names = config.providers.map(({ name }) => name).join(", ");
    const isThere = config !== DEFAULT_CONFIG;
    const found = `${isThere ? path : "there is none"}; providers: ${names}`;
    tell({ subject, what: "valid", state: "ok", found });
    return config;
  } catch (error) {
    for (const each of problemsOf(error)) tell({ subject, ...each });
    return DEFAULT_CONFIG;
  }
}

/** The wall that a run gets; one that was asked for by name must work. */
async function examineWalls({ isolation }: Config): Promise<Examined[]> {
  const walls = await tryWalls();
  const isAnyUp = Object.values(walls).some(({ works }) => works);
  return Object.entries(walls).map(([subject, probe]) => {
    const what = "works";
    if (probe.works) {
      const gap = probe.gap === undefined ? "" : `; ${probe.gap}`;
      return { subject, what, state: "ok", found: `tasks can run behind it${gap}` };
    }
    const isWanted = isolation === { bubblewrap: "bwrap", Landlock: "landlock" }[subject] ||
      isolation === "require" && !isAnyUp;
    const state = isWanted ? "broken" : "warning";
    return { subject, what, state, found: probe.reason, hint: probe.cure };
  });
}

/** Each is tried anew: what a run remembers may be of another day. */
async function tryWalls(): Promise<Readonly<Record<string, Probe>>> {
  let memoryDir;
  try {
    memoryDir = await Deno.makeTempDir({ prefix: "dicode-" });
  } catch {
    const reason = "it was not tried: no folder can be made for temporary files";
    const probe: Probe = { works: false, reason, cure: "export TMPDIR=… (a folder of yours)" };
    return { bubblewrap: probe, Landlock: probe };
  }
  try {
    return {
      bubblewrap: await findWorkingBwrap(memoryDir),
      Landlock: await findWorkingLandlock(memoryDir, false),
    };
  } finally {
    await Deno.remove(memoryDir, { recursive: true });
  }
}

async function examineStore({ dataDir, env }: Host): Promise<Examined> {
  const subject = "store";
  const what = "opens";
  try {
    if (findFolder(dataDir) === undefined) {
      return { subject, what, state: "ok", found: `${dataDir} is not there yet` };
    }
    const { bound, unbound, faults } = await verifyStore({ dataDir, env });
    const total = bound + unbound + faults.length;
    const secrets = total === 1 ? "1 secret" : `${total} secrets`;
    const where = `in ${dataDir}`;
    if (faults.length === 0) {
      return { subject, what, state: "ok", found: `the key opens ${secrets} ${where}` };
    }
    const found = `${faults.length} of ${secrets} ${where} do not open`;
    return { subject, what, state: "broken", found, hint: "dicode secrets verify" };
  } catch (error) {
    return { subject, ...broken(what, error) };
  }
}

async function examineProviders(
  host: Host,
  config: Config,
  signal: AbortSignal,
  tell: (found: Examined) => void,
): Promise<void> {
  const env = (name: string) => host.env(name);
  using store = openStore({ dataDir: host.dataDir, env });
  const context = await contextOf(host, config, store);
  try {
    const { links } = await openChain(config.providers, context);
    // One after the other: a reader sees which one hangs.
    for (const link of links) {
      const subject = `provider ${quoteWhole(link.provider.name)}`;
      for (const found of await examineProvider(link, signal)) tell({ subject, ...found });
    }
  } finally {
    await context.settled();
  }
}

async function examineProvider(link: Link, signal: AbortSignal): Promise<readonly Diagnosis[]> {
  const { provider, limitMs = PROVIDER_LIMIT_MS, isOffline } = link;
  if (isOffline) {
    const hint = "leave out --offline";
    return [{ what: "reachable", state: "warning", found: "it was not asked", hint }];
  }
  if (provider.diagnose === undefined) return [];
  const late = () =>
    new ProviderFailure(provider.name, "unreachable", `no answer within ${limitMs / 1000} s`, {
      hint: "see that it is up",
    });
  try {
    const diagnose = (limited: AbortSignal) => provider.diagnose!(limited);
    return await withDeadline(limitMs || Infinity, signal, late, diagnose);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof ProviderFailure)) return [broken("answers", error)];
    const { kind, found, hint } = error;
    return [{ what: kind, state: "broken", found, hint }];
  }
}

function problemsOf(error: unknown): Diagnosis[] {
  const what = "invalid";
  if (!(error instanceof ConfigError)) return [broken(what, error)];
  return error.problems.map((problem) => ({
    what,
    state: "broken",
    found: formatProblem(problem),
    hint: problem.hint,
  }));
}

/** What an error of dicode's own says; any other is a bug, and is thrown on. */
function broken(what: string, error: unknown): Diagnosis {
  if (!(error instanceof DicodeError)) throw error;
  return { what, state: "broken", found: error.message, hint: error.hint };
}
