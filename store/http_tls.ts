/** The client of requests that fetch's usual one would send wrongly. */
import type { ProviderFailure } from "./provider.ts";
import { quoteWhole } from "./quote.ts";

/** Paths of PEM files. */
export interface TlsFiles {
  /** Authorities to trust beside those of the system. */
  readonly caFile?: string;
  /** The certificate that this machine shows, and its key: both, or none. */
  readonly certFile?: string;
  readonly keyFile?: string;
}

/**
 * The client, or undefined where nothing is its own: then fetch's usual one does.
 *
 * @param direct goes there without a proxy; for plain HTTP alone, since it speaks nothing else.
 * @param fail makes the failure for a file that cannot be used.
 */
export async function openClient(
  files: TlsFiles,
  direct: URL | undefined,
  fail: (state: string, hint: string) => ProviderFailure,
): Promise<Deno.HttpClient | undefined> {
  if (direct !== undefined) return openDirect(direct.hostname.replace(/^\[|\]$/g, ""));
  const { caFile, certFile, keyFile } = files;
  if (caFile === undefined && certFile === undefined && keyFile === undefined) return undefined;
  const options: { caCerts?: string[]; cert?: string; key?: string } = {};
  if (caFile !== undefined) options.caCerts = [await readPem(caFile, /CERTIFICATE/, fail)];
  if ((certFile === undefined) !== (keyFile === undefined)) {
    throw fail(
      `${certFile === undefined ? "client_cert_file" : "client_key_file"} is missing`,
      "name both, the certificate and its key",
    );
  }
  if (certFile !== undefined && keyFile !== undefined) {
    options.cert = await readPem(certFile, /CERTIFICATE/, fail);
    options.key = await readPem(keyFile, /PRIVATE KEY/, fail);
  }
  try {
    return Deno.createHttpClient(options as Deno.CreateHttpClientOptions);
  } catch {
    // What Deno says may quote the key.
    throw fail(
      "the certificates cannot be used",
      "see that the client's key belongs to its certificate",
    );
  }
}

/**
 * A client for a host that is asked by way of no proxy. Deno 2.9.6 reads the proxies' variables when a
 * client is made, and has no option that says so.
 */
function openDirect(hostname: string): Deno.HttpClient {
  const names = ["NO_PROXY", "no_proxy"] as const;
  const before = names.map((name) => Deno.env.get(name));
  for (const name of names) Deno.env.set(name, hostname);
  try {
    return Deno.createHttpClient({});
  } finally {
    for (const [at, name] of names.entries()) {
      if (before[at] === undefined) Deno.env.delete(name);
      else Deno.env.set(name, before[at]);
    }
  }
}

/** Deno takes what is no certificate without a word: it is looked for here. */
async function readPem(
  path: string,
  block: RegExp,
  fail: (state: string, hint: string) => ProviderFailure,
): Promise<string> {
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    const state = error instanceof Deno.errors.NotFound
      ? "there is no such file"
      : "it cannot be read";
    throw fail(`cannot read ${quoteWhole(path)}: ${state}`, "name a PEM file that dicode can read");
  }
  if (!new RegExp(`-----BEGIN [A-Z ]*${block.source}-----`).test(text)) {
    const what = block.source.toLowerCase();
    throw fail(`${quoteWhole(path)} holds no ${what} in PEM form`, "name a PEM file");
  }
  return text;
}
