/**
 * Fetches the packages and remote modules of a task, by the host's rules, before any task code runs.
 *
 * They land in a cache that tasks only read; a task with a deno.lock has one of its own. What was
 * fetched is pinned in a lock file of the host's own, remembered by the content of the task's code: an
 * unchanged task fetches nothing.
 */
import { NotFoundError, SandboxError } from "../sdk/errors.ts";
import type { PlacedMap } from "./place_imports.ts";
import { fileUrl } from "./paths.ts";
import { runTool } from "./tool.ts";

const TIME_LIMIT_MS = 10 * 60_000;
/** A package that unpacks to more ends the fetch, and so does a module without an end. */
const MEMORY_LIMIT_BYTES = 2 * 1024 ** 3;

/** What a fetch may know of the host's environment: certificates, proxies and the registry. */
const FETCH_VARIABLES = [
  "DENO_TLS_CA_STORE",
  "DENO_CERT",
  "NODE_EXTRA_CA_CERTS",
  "SSL_CERT_FILE",
  "SSL_CERT_DIR",
  "NPM_CONFIG_REGISTRY",
  ...["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((
    name,
  ) => [name, name.toLowerCase()]),
];

export interface Fetch {
  readonly denoPath: string;
  readonly entry: string;
  readonly taskDir: string;
  readonly localFiles: readonly string[];
  readonly importHosts: readonly string[];
  /** What bare names stand for, if the task says so. */
  readonly importMap?: PlacedMap;
  /** `<data-dir>/cache`. */
  readonly cacheDir: string;
  readonly env: (name: string) => string | undefined;
  /** Ends the fetch early. */
  readonly signal?: AbortSignal;
}

/** Where the fetched modules are: folders of a DENO_DIR, and the lock file that pins them. */
export interface Fetched {
  readonly denoDir: string;
  readonly lockFile: string;
}

/**
 * @throws {NotFoundError} module_fetch, if a module cannot be had.
 * @throws {SandboxError} module_graph, if the task's deno.lock cannot be read.
 */
export async function fetchModules(fetch: Fetch): Promise<Fetched> {
  const pins = await readPins(fetch.taskDir);
  const denoDir = await findCache(fetch.cacheDir, pins);
  // Beside what they pin: whoever removes the one removes the other.
  const locks = `${denoDir}/locks`;
  await Deno.mkdir(locks, { recursive: true, mode: 0o700 });
  const lockFile = `${locks}/${await digestOf(fetch, pins)}.lock`;
  if (await exists(lockFile)) return { denoDir, lockFile };

  const draft = `${lockFile}.${crypto.randomUUID()}`;
  try {
    if (pins !== undefined) await Deno.writeTextFile(draft, pins, { createNew: true });
    await cache(fetch, denoDir, draft, pins !== undefined);
    // Written whole, then named: a fetch that was cut off leaves no lock behind.
    if (await exists(draft)) await Deno.rename(draft, lockFile);
    else await Deno.writeTextFile(lockFile, '{"version":"5"}\n');
  } finally {
    await Deno.remove(draft).catch(() => {});
  }
  return { denoDir, lockFile };
}

/**
 * The cache that tasks share, or the one of tasks with these pins.
 *
 * SECURITY: Deno 2.9.6 holds a package against its pin when it fetches it, and not when another task
 * has fetched it before (tests/e2e/fetch_test.ts).
 */
async function findCache(cacheDir: string, pins: string | undefined): Promise<string> {
  return pins === undefined ? `${cacheDir}/deno` : `${cacheDir}/deno-${await nameOf(pins)}`;
}

async function cache(fetch: Fetch, denoDir: string, lock: string, pinned: boolean) {
  const env: Record<string, string> = {
    DENO_DIR: denoDir,
    NO_COLOR: "1",
    DENO_NO_UPDATE_CHECK: "1",
  };
  for (const name of FETCH_VARIABLES) {
    const value = fetch.env(name);
    if (value !== undefined) env[name] = value;
  }
  const answer = await runTool({
    program: fetch.denoPath,
    args: [
      "cache",
      "--quiet",
      "--no-config",
      "--node-modules-dir=none",
      `--lock=${lock}`,
      ...(pinned ? ["--frozen"] : []),
      ...(fetch.importMap ? [`--import-map=${fetch.importMap.file}`] : []),
      // jsr.io serves jsr:, which like npm: is always allowed.
      `--allow-import=${["jsr.io:443", ...fetch.importHosts].join(",")}`,
      fileUrl(fetch.entry),
    ],
    env,
    timeoutMs: TIME_LIMIT_MS,
    memoryBytes: MEMORY_LIMIT_BYTES,
    signal: fetch.signal,
  });
  if (answer.code === 0) return;
  const said = answer.timedOut
    ? "it took over 10 minutes"
    : answer.signal !== null
    ? `it was ended by ${answer.signal}, perhaps for taking over 2 GiB of memory`
    : summarize(answer.stderr);
  throw new NotFoundError("module_fetch", `cannot fetch the task's modules: ${said}`, {
    hint: "check the network and the versions that the task imports, then run it again",
  });
}

/** The first lines of what Deno said: the failure, then its causes as a numbered list. */
function summarize(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.trim()).filter((line) => line !== "");
  const texts = lines.map((line) => line.replace(/^(error: |\d+: |at )/, ""));
  return texts.slice(0, 3).join(": ") || "no reason was given";
}

/** More than any honest lock file. */
const LOCK_LIMIT_BYTES = 16 * 1024 * 1024;

/** The task's own deno.lock, if it has one: what it pins, the fetch must keep to. */
async function readPins(taskDir: string): Promise<string | undefined> {
  const path = `${taskDir}/deno.lock`;
  try {
    const info = await Deno.stat(path);
    // A pipe would hold us, a device has no end.
    if (!info.isFile || info.size > LOCK_LIMIT_BYTES) throw new RangeError("no lock file");
    return dropSources(JSON.parse(await Deno.readTextFile(path)));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return undefined;
    throw new SandboxError("module_graph", `cannot read "${path}": it is not a lock file`, {
      cause,
      hint: "remove it, or write it anew with deno cache --lock",
    });
  }
}

/** What is read of a lock file. */
interface Lock {
  readonly npm?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly redirects?: Readonly<Record<string, unknown>>;
}

/**
 * SECURITY: a lock file may say from where a package is to be fetched. A hostile one would fill the
 * cache that tasks share with a package of its own under another's name. And it may lead an address to
 * a file of this machine, or to code in a `data:` URL, that nobody has looked at
 * (tests/e2e/fetch_test.ts).
 */
function dropSources(lock: Lock): string {
  const { npm, redirects, ...rest } = lock;
  const packages = npm &&
    Object.entries(npm).map(([name, { tarball: _, ...pins }]) => [name, pins]);
  const remote = redirects &&
    Object.entries(redirects).filter((pair) => pair.every((end) => /^https?:/.test(String(end))));
  return JSON.stringify({
    ...rest,
    ...(packages && { npm: Object.fromEntries(packages) }),
    ...(remote && { redirects: Object.fromEntries(remote) }),
  });
}

/** Names the content of the code, what its names stand for, its pins and the runtime. */
async function digestOf(fetch: Fetch, pins: string | undefined): Promise<string> {
  const names = fetch.importMap?.text ?? "";
  const parts: string[] = [Deno.version.deno, fetch.entry, pins ?? "", names, ...fetch.importHosts];
  for (const file of fetch.localFiles) {
    const content = await crypto.subtle.digest("SHA-256", await Deno.readFile(file));
    parts.push(file, new Uint8Array(content).toHex());
  }
  return await nameOf(JSON.stringify(parts));
}

async function nameOf(text: string): Promise<string> {
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return new Uint8Array(hash).toHex().slice(0, 32);
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}
