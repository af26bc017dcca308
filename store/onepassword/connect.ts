/**
 * Reads a 1Password Connect server: its vaults once, the items of each vault once, and each item that
 * is wanted once. Items are found by title or id; what is archived is not there.
 *
 * Source: the API reference of Connect, 1.8.1.
 */
import type { HttpAnswer } from "../http_answer.ts";
import { isObject } from "../http_answer.ts";
import type { Http } from "../http.ts";
import { mapLimited } from "../limiter.ts";
import { quoteWhole } from "../quote.ts";
import { type ConnectItem, readConnectItem } from "./fields.ts";
import type { ItemPlace } from "./places.ts";

/** How many requests are in flight at once. */
const MOST_AT_ONCE = 8;

/** A vault with more items is not listed: a list of them could be larger than an answer may be. */
const MOST_LISTED = 1000;

/** A vault that the token may read. */
export interface ConnectVault {
  readonly id: string;
  readonly name: string;
  /** How many items it has, as far as the server says. */
  readonly items: number;
}

interface ItemSummary {
  readonly id: string;
  readonly title: string;
}

/** The server, for one answer of a provider. */
export class ConnectServer {
  readonly #http: Http;
  readonly #token: string;

  /** Asks nothing yet. */
  constructor(http: Http, token: string) {
    this.#http = http;
    this.#token = token;
  }

  /** The vaults that the token may read. */
  async listVaults(signal: AbortSignal): Promise<ConnectVault[]> {
    const answer = await this.#ask("/v1/vaults", signal);
    return listOf(answer).filter(isObject).map(({ id, name, items }) => ({
      id: String(id),
      name: String(name),
      items: typeof items === "number" ? items : 0,
    }));
  }

  /** The one vault of that name or id. @throws {ProviderFailure} misconfigured: none, or several. */
  #pickVault(vaults: readonly ConnectVault[], wanted: string): ConnectVault {
    const found = pickVault(vaults, wanted);
    if ("id" in found) return found;
    throw this.#http.fail("misconfigured", found.state, { hint: found.hint });
  }

  /**
   * The ids of the items that are there, by place.
   *
   * @throws {ProviderFailure} misconfigured: several items have the title; or the server refuses.
   */
  async locate(
    places: readonly ItemPlace[],
    signal: AbortSignal,
  ): Promise<Map<ItemPlace, { readonly vaultId: string; readonly itemId: string }>> {
    const vaults = await this.listVaults(signal);
    const found = new Map<ItemPlace, { vaultId: string; itemId: string }>();
    for (const [name, inVault] of Map.groupBy(places, ({ vault }) => vault)) {
      const vault = this.#pickVault(vaults, name);
      const titles = [...new Set(inVault.map(({ item }) => item))];
      const items = await this.#listItems(vault, titles, signal);
      for (const place of inVault) {
        const item = this.#pickItem(items, place);
        if (item !== undefined) found.set(place, { vaultId: vault.id, itemId: item.id });
      }
    }
    return found;
  }

  /** Items by id, each once; one that is gone meanwhile is not in the map. */
  async readItems(
    wanted: Iterable<{ readonly vaultId: string; readonly itemId: string }>,
    signal: AbortSignal,
  ): Promise<Map<string, ConnectItem>> {
    const vaultOf = new Map([...wanted].map(({ vaultId, itemId }) => [itemId, vaultId]));
    const items = await mapLimited([...vaultOf], MOST_AT_ONCE, signal, async ([id, vault], own) => {
      const path = `/v1/vaults/${encodeURIComponent(vault)}/items/${encodeURIComponent(id)}`;
      const answer = await this.#ask(path, own, [404]);
      return answer.ok ? [[id, readConnectItem(answer.json())] as const] : [];
    });
    return new Map(items.flat());
  }

  /** Those of a vault's items that may have one of the titles or ids. */
  async #listItems(
    vault: ConnectVault,
    titles: readonly string[],
    signal: AbortSignal,
  ): Promise<ItemSummary[]> {
    const path = `/v1/vaults/${encodeURIComponent(vault.id)}/items`;
    // A filter finds no ids, and knows no way to write a quote.
    const canFilter = titles.every((title) => !/["\\]|^[a-z0-9]{26}$/.test(title));
    const isOne = titles.length === 1 || vault.items > MOST_LISTED;
    const paths = canFilter && isOne
      ? titles.map((title) => `${path}?filter=${encodeURIComponent(`title eq "${title}"`)}`)
      : [path];
    const lists = await mapLimited(paths, MOST_AT_ONCE, signal, async (each, own) => {
      return listOf(await this.#ask(each, own));
    });
    return lists.flat().filter(isObject)
      .filter(({ state, trashed }) => (state ?? "ACTIVE") === "ACTIVE" && trashed !== true)
      .map(({ id, title }) => ({ id: String(id), title: String(title) }));
  }

  #pickItem(items: readonly ItemSummary[], { vault, item }: ItemPlace): ItemSummary | undefined {
    const byTitle = items.filter(({ title }) => title === item);
    const found = byTitle.length > 0 ? byTitle : items.filter(({ id }) => id === item);
    if (found.length < 2) return found[0];
    const state = `${found.length} items in the vault ${quoteWhole(vault)} ${are(item, found)}`;
    throw this.#http.fail("misconfigured", state, {
      hint: 'name the item by its id in "map", or give each a title of its own',
    });
  }

  /** @param allowed statuses beside 200 to 299 that are no failure. */
  async #ask(
    path: string,
    signal: AbortSignal,
    allowed: readonly number[] = [],
  ): Promise<HttpAnswer> {
    const headers = { authorization: `Bearer ${this.#token}` };
    const answer = await this.#http.ask({ path, headers }, signal);
    if (answer.ok || allowed.includes(answer.status)) return answer;
    const body = answer.tryJson();
    const said = isObject(body) && typeof body.message === "string" ? body.message : undefined;
    throw this.#http.failureOf(answer, said, HINTS[answer.status]);
  }
}

/** The one vault of that name or id, or why there is not one. */
export function pickVault(
  vaults: readonly ConnectVault[],
  wanted: string,
): ConnectVault | { readonly state: string; readonly hint: string } {
  const byName = vaults.filter(({ name }) => name === wanted);
  const found = byName.length > 0 ? byName : vaults.filter(({ id }) => id === wanted);
  if (found.length === 1) return found[0]!;
  if (found.length > 1) {
    return { state: `${found.length} vaults ${are(wanted, found)}`, hint: "write the vault's id" };
  }
  const seen = vaults.length === 0 ? "none" : list(vaults.map(({ name }) => name));
  return {
    state: `the token sees no vault ${quoteWhole(wanted)}; it sees ${seen}`,
    hint: "give the Connect server and its token the vault, or mend its name",
  };
}

const HINTS: Readonly<Record<number, string>> = {
  401: "make a new token for this server: op connect token create NAME --server SERVER",
  403: "give the token the vault: op connect token create NAME --server SERVER --vault VAULT",
};

/** A list in an answer. @throws {ProviderFailure} bad_answer: it is none. */
function listOf(answer: HttpAnswer): unknown[] {
  const found = answer.tryJson();
  if (Array.isArray(found)) return found;
  answer.json();
  throw answer.unexpected("its body is not the list that was expected");
}

function are(name: string, found: readonly { readonly id: string }[]): string {
  return `are called ${quoteWhole(name)}: ${found.map(({ id }) => quoteWhole(id)).join(", ")}`;
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 8).map(quoteWhole).join(", ");
  return names.length > 8 ? `${shown} and ${names.length - 8} more` : shown;
}
