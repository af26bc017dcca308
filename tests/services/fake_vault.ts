/**
 * A Vault that answers as the real OpenBao did when tests/fixtures/openbao/answers.json was recorded:
 * status and body come from there, the values from the test. It takes faults, counts requests and the
 * most that were in flight, and keeps what it was asked.
 *
 * tests/providers/vault_oracle_test.ts holds it to the real server, both read by node-vault.
 */
import { answer, JSON_TYPE } from "./recorded_answers.ts";

/** What is wrong with one or more answers, or slow. */
export interface Fault {
  /** A part of the path that it is for. Default: any. */
  readonly path?: string;
  /** How many requests it is for. Default 1. */
  readonly times?: number;
  /** Answered instead; without a status the usual answer comes, after the delay. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Milliseconds before the answer; Infinity: none comes while the fake is up. */
  readonly delayMs?: number;
}

/** One request as it came. */
export interface Asked {
  readonly method: string;
  /** What follows `/v1/`, decoded. */
  readonly path: string;
  /** As it was sent. */
  readonly url: string;
  readonly token: string | null;
  readonly namespace: string | null;
  readonly headers: Headers;
  readonly body: string;
}

interface Entry {
  readonly fields: Readonly<Record<string, unknown>>;
  readonly state: "there" | "deleted" | "destroyed";
}

interface Token {
  /** Beginnings of the paths that it may read; "" is all. */
  readonly reads: readonly string[];
  readonly auth?: Auth;
}

/** What a login gives beside a token; `reads` as in Token. */
interface Auth {
  readonly reads?: readonly string[];
  readonly leaseDuration?: number;
  readonly tokenType?: "service" | "batch";
}

interface Login {
  readonly path: string;
  readonly body: Readonly<Record<string, string>>;
  readonly auth: Auth;
}

/** KV v2 at `secret` and `deep/er`, KV v1 at `old`; the namespaces are "" and "team". */
export class FakeVault implements AsyncDisposable {
  readonly asked: Asked[] = [];
  /** The most requests that were answered at the same time. */
  mostInFlight = 0;
  /** How long each answer takes, in milliseconds. */
  delayMs = 0;
  sealed = false;
  readonly faults: Fault[] = [];
  readonly tokens = new Map<string, Token>([["root", { reads: [""] }]]);
  readonly #entries = new Map<string, Entry>();
  readonly #logins: Login[] = [];
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #ended = new AbortController();
  #inFlight = 0;
  #issued = 0;

  constructor(readonly tls?: { readonly cert: string; readonly key: string }) {
    this.#server = Deno.serve({
      hostname: "127.0.0.1",
      port: 0,
      signal: this.#ended.signal,
      onListen() {},
      ...tls,
    }, (request) => this.#serve(request)) as Deno.HttpServer<Deno.NetAddr>;
  }

  get address(): string {
    return `${this.tls ? "https" : "http"}://127.0.0.1:${this.#server.addr.port}`;
  }

  /** Puts a secret at a path of the API: `secret/data/app/KEY`, `old/app/KEY`. */
  put(path: string, fields: Entry["fields"], state: Entry["state"] = "there"): void {
    this.#entries.set(path, { fields, state });
  }

  /** Takes a login: at `auth/approle/login`, with a body that has these members. */
  allowLogin(path: string, body: Login["body"], auth: Auth = {}): void {
    this.#logins.push({ path, body, auth });
  }

  /** The paths that were read, in order. */
  get reads(): string[] {
    return this.asked.filter(({ method, path }) => method === "GET" && !/^(auth|sys)\//.test(path))
      .map(({ path }) => path);
  }

  /** How often a path was asked for. */
  count(path: string): number {
    return this.asked.filter((request) => request.path === path).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#ended.abort();
    await this.#server.finished;
  }

  async #serve(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    const asked: Asked = {
      method: request.method,
      path: decodeURIComponent(pathname.replace(/^\/v1\//, "")),
      url: request.url,
      token: request.headers.get("x-vault-token"),
      namespace: request.headers.get("x-vault-namespace"),
      headers: request.headers,
      body: await request.text(),
    };
    this.asked.push(asked);
    this.mostInFlight = Math.max(this.mostInFlight, ++this.#inFlight);
    const fault = this.#takeFault(asked.path);
    await this.#pause((fault?.delayMs ?? 0) + this.delayMs);
    this.#inFlight--;
    // As the real server does, which stops working for a client that is gone.
    if (request.signal.aborted) return new Response(null, { status: 499 });
    if (fault?.status === undefined) return this.#answer(asked);
    const { status, headers, body = null } = fault;
    return new Response(body, { status, headers: { ...JSON_TYPE, ...headers } });
  }

  #takeFault(path: string): Fault | undefined {
    const at = this.faults.findIndex((fault) => path.includes(fault.path ?? ""));
    if (at === -1) return undefined;
    const fault = this.faults[at]!;
    const { times = 1 } = fault;
    this.faults.splice(at, 1, ...(times > 1 ? [{ ...fault, times: times - 1 }] : []));
    return fault;
  }

  async #pause(ms: number): Promise<void> {
    if (ms === 0) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = ms === Infinity ? undefined : setTimeout(resolve, ms);
    this.#ended.signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
  }

  #answer({ method, path, token, namespace, body }: Asked): Response {
    if (path === "sys/health") return answer(this.sealed ? "health_sealed" : "health");
    if (this.sealed) return answer("sealed");
    if (namespace !== null && !["", "team", "team/"].includes(namespace)) {
      return answer("no_namespace");
    }
    if (method === "POST" && /^auth\/.+\/login$/.test(path)) return this.#login(path, body);
    const held = this.tokens.get(token ?? "");
    if (held === undefined) return answer(token === null ? "no_token" : "bad_token");
    if (path === "auth/token/lookup-self") return this.#lookup(token!, held);
    if (path === "auth/token/revoke-self") {
      this.tokens.delete(token!);
      return answer("revoke_self");
    }
    if (path === "sys/capabilities-self") {
      const rights = Object.fromEntries(
        (JSON.parse(body).paths as string[]).map((each) => [
          each,
          [mayRead(held, each) ? "read" : "deny"],
        ]),
      );
      return answer("capabilities", (json) => ({ ...json, ...rights, data: rights }));
    }
    if (!mayRead(held, path)) return answer("denied");
    return this.#read(path);
  }

  #read(path: string): Response {
    const isV1 = path.startsWith("old/");
    if (!isV1 && /^secret\/(?!data\/)/.test(path)) return answer("v1_path_on_v2");
    if (!isV1 && !/^(secret|deep\/er)\/data\//.test(path)) {
      return answer("no_mount", ({ errors: [text] }) => ({
        errors: [text.replace(/"[^"]*"/, `"${path}"`)],
      }));
    }
    const entry = this.#entries.get(path);
    if (entry === undefined) return answer(isV1 ? "v1_absent" : "v2_absent");
    if (entry.state !== "there") return answer(`v2_${entry.state}`);
    return isV1
      ? answer("v1_found", (json) => ({ ...json, data: entry.fields }))
      : answer("v2_found", (json) => ({ ...json, data: { ...json.data, data: entry.fields } }));
  }

  #lookup(token: string, { reads, auth = {} }: Token): Response {
    const policies = reads.includes("") ? ["root"] : ["default", "reads-app"];
    const type = auth.tokenType ?? "service";
    return answer("lookup_self", (json) => ({
      ...json,
      data: { ...json.data, id: token, policies, type, ttl: auth.leaseDuration ?? 600 },
    }));
  }

  #login(path: string, body: string): Response {
    const method = path.split("/").at(-2)!;
    const known = this.#logins.filter((login) => login.path === path);
    const sent = JSON.parse(body);
    const login = known.find((each) =>
      Object.entries(each.body).every(([name, value]) => sent[name] === value)
    );
    if (known.length === 0) return answer("login_no_mount");
    if (login === undefined) {
      return answer(
        method === "jwt"
          ? "jwt_bad_signature"
          : method === "kubernetes"
          ? "kubernetes_other_account"
          : "approle_bad_secret",
      );
    }
    const { reads = [""], leaseDuration = 600, tokenType = "service" } = login.auth;
    const token = `s.fake${++this.#issued}${"x".repeat(16)}`;
    this.tokens.set(token, { reads, auth: login.auth });
    const name = method === "jwt" || method === "kubernetes" ? method : "approle";
    return answer(`${name}_login`, (json) => ({
      ...json,
      auth: {
        ...json.auth,
        client_token: token,
        lease_duration: leaseDuration,
        token_type: tokenType,
      },
    }));
  }
}

function mayRead({ reads }: Token, path: string): boolean {
  return reads.some((beginning) => path.startsWith(beginning));
}
