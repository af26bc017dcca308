/**
 * Remembers the outcome of the preflight by the content of the graph: an unchanged task is not listed
 * again.
 *
 * A graph is the same if every local file of it has the same content and the same real path, under the
 * same Deno, roots, hosts and import map: nothing else decides over it, since no other configuration is
 * read. The memory lies in the data folder, which no task reaches. What cannot be read or does not fit
 * is forgotten.
 */
import { readKept, writeKept } from "./kept_file.ts";
import type { Graph, Preflight } from "./preflight.ts";

/** A file that changed within so long before its graph was listed may have changed since. */
const SETTLED_MS = 100;

/** The file's shape; another number is another shape, and forgotten. */
const SHAPE = 1;

interface Memory {
  readonly shape: number;
  readonly conditions: string;
  readonly modules: readonly { readonly path: string; readonly real: string }[];
  /** SHA-256 of each module's content, in their order, as hex. */
  readonly digests: readonly string[];
  readonly remote: boolean;
}

/** The graph that was remembered for a task in the data folder's cache, if it is still the same. */
export async function recallGraph(
  cacheDir: string,
  preflight: Preflight,
): Promise<Graph | undefined> {
  try {
    const text = readKept(cacheDir, await nameFor(preflight));
    if (text === undefined) return undefined;
    const memory: Memory = JSON.parse(text);
    if (memory.shape !== SHAPE || memory.conditions !== conditionsOf(preflight)) return undefined;
    const { modules, remote } = memory;
    const now = await Promise.all(modules.map(async ({ path, real }, index) => {
      // SECURITY: a link that leads elsewhere is another graph (tests/e2e/preflight_test.ts).
      return Deno.realPathSync(path) === real && await digestOf(real) === memory.digests[index];
    }));
    return now.every(Boolean) ? { modules, remote } : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Remembers a graph that was found in order. A memory that cannot be written is none.
 *
 * @param listedAt when the listing began, in milliseconds of the clock.
 */
export async function rememberGraph(
  cacheDir: string,
  preflight: Preflight,
  graph: Graph,
  listedAt: number,
): Promise<void> {
  try {
    const memory: Memory = {
      shape: SHAPE,
      conditions: conditionsOf(preflight),
      modules: graph.modules,
      digests: await Promise.all(graph.modules.map(({ real }) => digestOf(real))),
      remote: graph.remote,
    };
    for (const { real } of graph.modules) {
      // SECURITY: after it was read, or the digest could be that of code that was never looked at
      // (tests/e2e/preflight_test.ts).
      const { ctime } = await Deno.stat(real);
      if (ctime === null || ctime.getTime() > listedAt - SETTLED_MS) return;
    }
    await writeKept(cacheDir, await nameFor(preflight), JSON.stringify(memory));
  } catch {
    // A file that is gone: the next run lists the graph anew.
  }
}

/** What besides the code decides over a graph. */
function conditionsOf({ denoPath, entry, roots, importHosts, importMap }: Preflight): string {
  // SECURITY: a name that stands for another module makes another graph
  // (tests/e2e/imports_test.ts).
  const names = importMap?.text ?? "";
  return JSON.stringify([Deno.version.deno, denoPath, entry, roots, importHosts, names]);
}

/** Where a graph is remembered. A digest is a wait for a thread, and the name of a long one alone. */
async function nameFor({ entry }: Preflight): Promise<string> {
  const name = encodeURIComponent(entry);
  const short = name.length > 200 ? await digest(new TextEncoder().encode(entry)) : name;
  return `graphs/${short}.json`;
}

/** @throws if it is no file any more: a pipe would hold us, a device has no end. */
async function digestOf(path: string): Promise<string> {
  if (!Deno.statSync(path).isFile) throw new Error("not a file");
  return await digest(Deno.readFileSync(path));
}

async function digest(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
}
