/**
 * The provider that HashiCorp Vault and OpenBao have in common: the KV engine, versions 1 and 2, over
 * their HTTP API.
 *
 * A key is one secret (one request each, at most 8 at a time) or, with `secret`, a field of one secret
 * (one request for all). What each answer means: store/vault/answers.ts.
 */
import { Http } from "../http.ts";
import type { ProviderContext } from "../kinds.ts";
import { mapLimited } from "../limiter.ts";
import { type Provider, Secret } from "../provider.ts";
import { quoteWhole } from "../quote.ts";
import { memberText } from "../values.ts";
import { type KvReading, missingField, readKvAnswer, showPlain } from "./answers.ts";
import { diagnoseVault } from "./diagnose.ts";
import type { Flavor, VaultOptions } from "./options.ts";
import { VaultSession } from "./session.ts";
import { type KvPlace, placeOfKey, readMount, readServer } from "./settings.ts";

/** How many requests are in flight at most. */
const MOST_AT_ONCE = 8;

/** Opens one; nothing is asked yet. */
export function openVault(
  flavor: Flavor,
  name: string,
  options: VaultOptions,
  context: ProviderContext,
): Provider {
  const version = options.kv_version ?? "2";

  /** Works in a session, and gives its token back without waiting for that. */
  const inSession = async <T>(
    signal: AbortSignal,
    work: (http: Http, session: VaultSession) => Promise<T>,
  ): Promise<T> => {
    const { address, namespace, ...files } = readServer(name, flavor, options, context.env);
    const { retries } = context;
    const insecureHttp = options.insecure_http;
    const http = new Http({ provider: name, address, insecureHttp, retries, ...files });
    const session = new VaultSession({ name, flavor, options, namespace, http, context });
    try {
      return await work(http, session);
    } finally {
      const ending = session.end().finally(() => http[Symbol.dispose]());
      if (!signal.aborted) context.later?.(ending);
    }
  };

  return {
    name,
    offers: (key) => placeOfKey(options, key) !== undefined,
    async get(keys, signal) {
      const places = new Map<string, KvPlace>();
      for (const key of keys) {
        const place = placeOfKey(options, key);
        if (place !== undefined) places.set(key, place);
      }
      const paths = [...new Map([...places.values()].map((place) => [place.path, place])).values()];
      const found = new Map<string, Secret>();
      if (paths.length === 0) return found;
      await inSession(signal, async (http, session) => {
        await session.login(signal);
        const readings = new Map<string, KvReading>();
        await mapLimited(paths, MOST_AT_ONCE, signal, async (place, limited) => {
          const answer = await session.read(place, limited);
          const { path } = place;
          readings.set(path, readKvAnswer(http, flavor, answer, { path, version }));
        });
        for (const [path, reading] of readings) {
          if ("fields" in reading || reading.deleted === undefined) continue;
          const found = `the latest version of ${showPlain(path)} is ${reading.deleted}`;
          context.note?.(`provider ${quoteWhole(name)}: ${found}`);
        }
        for (const [key, { path, field }] of places) {
          const reading = readings.get(path)!;
          if ("absent" in reading) continue;
          const value = memberText(reading.fields, field);
          if (value !== undefined) found.set(key, new Secret(value));
          else if (!options.secret && !Object.hasOwn(reading.fields, field)) {
            throw missingField(http, path, field, reading.fields);
          }
        }
      });
      return found;
    },
    async diagnose(signal) {
      const { secret, map = {} } = options;
      const [mapped] = Object.keys(map);
      const place = placeOfKey(options, mapped ?? "EXAMPLE_KEY")!;
      const { mount } = readMount(options);
      const isExample = secret === undefined && mapped === undefined;
      const logsIn = (options.auth ?? "token") !== "token";
      return await inSession(
        signal,
        (http, session) =>
          diagnoseVault(
            { http, flavor, session, logsIn, mount, version, place, isExample },
            signal,
          ),
      );
    },
  };
}
