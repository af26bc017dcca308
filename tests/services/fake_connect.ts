/**
 * A 1Password Connect server on loopback: vaults, items and health as its API 1.7 documents them,
 * errors included, with faults on demand and a count of what was asked.
 *
 * It is believed because @1password/connect reads each of its answers
 * (tests/providers/1password_connect_oracle_test.ts).
 */

/** A field of an item, as the API shows it. */
export interface FakeField {
  readonly label: string;
  readonly value?: string;
  /** Default: the label. */
  readonly id?: string;
  readonly type?: "STRING" | "CONCEALED" | "OTP" | "URL";
  readonly purpose?: "USERNAME" | "PASSWORD" | "NOTES";
  /** The label of the section that it is in. */
  readonly section?: string;
}

/** An item to put into a vault. */
export interface FakeItem {
  readonly title: string;
  readonly fields: readonly FakeField[];
  /** Default: 26 characters made from a counter. */
  readonly id?: string;
  readonly state?: "ARCHIVED" | "DELETED";
}

/** What is answered instead of the real answer. */
export interface Fault {
  /** Which requests, by path and query; all, if absent. */
  readonly on?: RegExp;
  /** How many of them; default all. */
  readonly times?: number;
  /** With neither status nor body the real answer comes, after the delay. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds before the answer. */
  readonly delayMs?: number;
}

/** How a fake is started. */
export interface FakeConnectOptions {
  /** The one token that it takes. */
  readonly token: string;
  /** Serves https with these PEM texts. */
  readonly tls?: { readonly cert: string; readonly key: string };
}

interface Vault {
  readonly id: string;
  readonly name: string;
  /** Not in the token's scope: left out of lists, 403 by id. */
  readonly hidden: boolean;
  readonly items: Item[];
}

interface Item extends FakeItem {
  readonly id: string;
}

/** The running fake; gone when the test ends. */
export class FakeConnect implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #token: string;
  readonly #scheme: string;
  readonly #vaults: Vault[] = [];
  readonly #faults: { readonly fault: Fault; left: number }[] = [];
  readonly #ended = new AbortController();
  #inFlight = 0;
  #ids = 0;

  /** Each request in order, as `GET /v1/vaults`. */
  readonly requests: string[] = [];
  /** The most requests that were being answered at one time. */
  mostInFlight = 0;
  /** What `/health` says of the part that syncs: TOKEN_NEEDED until the first good token. */
  sync = "ACTIVE";

  constructor(options: FakeConnectOptions) {
    this.#token = options.token;
    this.#scheme = options.tls ? "https" : "http";
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      onListen: () => {},
      ...options.tls,
    }, (request) => this.#answer(request));
  }

  /** Where it listens, without a path. */
  get address(): string {
    return `${this.#scheme}://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Adds a vault and returns its id; a hidden one is outside the token's scope. */
  vault(name: string, items: readonly FakeItem[] = [], hidden = false): string {
    const id = this.#newId("v");
    this.#vaults.push({
      id,
      name,
      hidden,
      items: items.map((item) => ({ ...item, id: item.id ?? this.#newId("i") })),
    });
    return id;
  }

  /** The ids of the items with this title, in any vault. */
  itemIds(title: string): string[] {
    return this.#vaults.flatMap((vault) => vault.items)
      .filter((item) => item.title === title).map((item) => item.id);
  }

  /** Answers so from now on, until `times` is used up; the first fault that fits wins. */
  fail(fault: Fault): void {
    this.#faults.push({ fault, left: fault.times ?? Infinity });
  }

  #newId(letter: string): string {
    this.#ids += 1;
    return letter.padEnd(26 - 4, "x") + String(this.#ids).padStart(4, "0").replaceAll("0", "o");
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname, search } = new URL(request.url);
    this.requests.push(`${request.method} ${pathname}${search}`);
    this.#inFlight += 1;
    this.mostInFlight = Math.max(this.mostInFlight, this.#inFlight);
    try {
      const entry = this.#faults.find(({ fault, left }) =>
        left > 0 && (fault.on?.test(`${pathname}${search}`) ?? true)
      );
      if (entry === undefined) return this.#real(request);
      entry.left -= 1;
      const { status, headers, body, delayMs } = entry.fault;
      if (delayMs !== undefined) await this.#wait(delayMs);
      if (status === undefined && body === undefined) return this.#real(request);
      return new Response(body ?? null, {
        status: status ?? 200,
        headers: { "content-type": "application/json", ...headers },
      });
    } finally {
      this.#inFlight -= 1;
    }
  }

  /** Waits, or less if the fake ends. */
  async #wait(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#ended.signal.addEventListener("abort", () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #real(request: Request): Response {
    const url = new URL(request.url);
    const path = url.pathname.replace(/\/$/, "");
    if (path === "/health") return Response.json(this.#health());
    if (path === "/heartbeat") return new Response(".");
    if (request.headers.get("authorization") !== `Bearer ${this.#token}`) {
      return refuse(401, "Invalid token signature");
    }
    const match = path.match(/^\/v1\/vaults(?:\/([^/]+)(\/items(?:\/([^/]+))?)?)?$/);
    if (match === null || request.method !== "GET") return refuse(404, "resource not found");
    const [, vaultId, items, itemId] = match;
    const filter = url.searchParams.get("filter");
    if (vaultId === undefined) {
      return filtered(
        this.#vaults.filter(({ hidden }) => !hidden),
        filter,
        ({ name }) => name,
        showVault,
      );
    }
    if (!/^[a-z0-9]{26}$/.test(vaultId)) return refuse(400, "Invalid Vault UUID");
    const vault = this.#vaults.find(({ id }) => id === vaultId);
    if (vault === undefined) return refuse(404, `vault ${vaultId} not found`);
    if (vault.hidden) return refuse(403, `vault ${vaultId} is not in scope`);
    if (items === undefined) return Response.json(showVault(vault));
    if (itemId === undefined) {
      return filtered(vault.items, filter, ({ title }) => title, (item) => showItem(vault, item));
    }
    if (!/^[a-z0-9]{26}$/.test(itemId)) return refuse(400, "Invalid Item UUID");
    const item = vault.items.find(({ id }) => id === itemId);
    if (item === undefined) return refuse(404, `item ${itemId} not found`);
    return Response.json(showWhole(vault, item));
  }

  #health(): unknown {
    return {
      name: "1Password Connect API",
      version: "1.7.3",
      dependencies: [
        {
          service: "sqlite",
          status: "ACTIVE",
          message: "Connected to /home/opuser/.op/data/1password.sqlite",
        },
        { service: "sync", status: this.sync },
      ],
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#server.shutdown();
  }
}

function refuse(status: number, message: string): Response {
  return Response.json({ status, message }, { status });
}

/** A list, of those with one name if a filter asks so: `title eq "…"`, a quote cannot be escaped. */
function filtered<T>(
  all: readonly T[],
  filter: string | null,
  nameOf: (one: T) => string,
  show: (one: T) => unknown,
): Response {
  if (filter === null) return Response.json(all.map(show));
  const wanted = filter.match(/^(?:title|name) eq "([^"]*)"$/)?.[1];
  if (wanted === undefined) return refuse(400, "Invalid filter");
  return Response.json(all.filter((one) => nameOf(one) === wanted).map(show));
}

function showVault({ id, name, items }: Vault): unknown {
  return {
    id,
    name,
    attributeVersion: 1,
    contentVersion: 3,
    items: items.length,
    type: "USER_CREATED",
    createdAt: "2024-03-08T09:00:00Z",
    updatedAt: "2024-03-08T09:00:00Z",
  };
}

/** An item as lists show it: without its fields. */
function showItem(vault: Vault, { id, title, state }: Item): Record<string, unknown> {
  return {
    id,
    title,
    ...(state ? { state, trashed: state === "DELETED" } : {}),
    version: 1,
    vault: { id: vault.id, name: vault.name },
    category: "API_CREDENTIAL",
    lastEditedBy: "LRMB3WDBJVCCHARKSMYVSVIF4E",
    createdAt: "2024-03-08T09:00:00Z",
    updatedAt: "2024-03-08T09:00:00Z",
  };
}

function showWhole(vault: Vault, item: Item): unknown {
  const labels = [...new Set(item.fields.flatMap(({ section }) => section ?? []))];
  const sectionId = (label: string) => `section-${labels.indexOf(label) + 1}`;
  return {
    ...showItem(vault, item),
    sections: labels.map((label) => ({ id: sectionId(label), label })),
    fields: item.fields.map((field) => ({
      id: field.id ?? field.label,
      ...(field.section === undefined
        ? {}
        : { section: { id: sectionId(field.section), label: field.section } }),
      type: field.type ?? "CONCEALED",
      ...(field.purpose ? { purpose: field.purpose } : {}),
      label: field.label,
      ...(field.value === undefined ? {} : { value: field.value }),
    })),
  };
}
