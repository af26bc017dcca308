/**
 * Records what the real OpenBao answers: `deno run -A tests/services/record_openbao.ts` writes
 * tests/fixtures/openbao/answers.json, from which the fake (fake_vault.ts) answers.
 *
 * What differs from run to run (ids, tokens, times) is replaced by fixed text, so that a recording
 * can be compared with an earlier one: tests/providers/vault_oracle_test.ts does.
 */
import { Openbao } from "./openbao.ts";
import {
  enableJwt,
  enableKubernetes,
  serveTokenReview,
  SERVICE_ACCOUNT,
  serviceAccountClaims,
  Signer,
} from "./openbao_logins.ts";

/** One answer, with the request that brought it about. */
export interface Recorded {
  readonly request: string;
  readonly status: number;
  readonly body?: unknown;
}

/** Where the recording is kept. */
export const ANSWERS = new URL("../fixtures/openbao/answers.json", import.meta.url);

/** Starts a server of its own and asks it for one answer of each sort. */
export async function record(): Promise<Record<string, Recorded>> {
  const recorded: Record<string, Recorded> = {};
  await using bao = await Openbao.start();
  const keep = async (
    name: string,
    method: string,
    path: string,
    options: { token?: string; body?: unknown; namespace?: string } = {},
  ) => {
    const { status, body } = await bao.call(method, path, options.body, options);
    recorded[name] = { request: `${method} ${path}`, status, ...settle(body) };
    return body;
  };
  await readings(bao, keep);
  await logins(bao, keep);
  await bao.must("POST", "sys/quotas/rate-limit/once", { rate: 0.001, path: "cubbyhole" });
  await bao.call("GET", "cubbyhole/none");
  await keep("rate_limited", "GET", "cubbyhole/none");
  await keep("health", "GET", "sys/health", { token: "" });
  await bao.must("PUT", "sys/seal");
  await keep("health_sealed", "GET", "sys/health", { token: "" });
  await keep("sealed", "GET", "secret/data/app/one");
  await keep("sealed_login", "POST", "auth/approle/login", { token: "", body: {} });
  return recorded;
}

type Keep = (
  name: string,
  method: string,
  path: string,
  options?: { token?: string; body?: unknown; namespace?: string },
  // deno-lint-ignore no-explicit-any
) => Promise<any>;

async function readings(bao: Openbao, keep: Keep): Promise<void> {
  await bao.write("app/one", { value: "value of one" });
  await bao.write("app/gone", { value: "value of gone" });
  await bao.must("DELETE", "secret/data/app/gone");
  await bao.write("app/destroyed", { value: "value of destroyed" });
  await bao.must("POST", "secret/destroy/app/destroyed", { versions: [1] });
  await bao.must("POST", "sys/mounts/old", { type: "kv", options: { version: "1" } });
  await bao.must("POST", "old/app/one", { value: "value of one" });
  await bao.must("POST", "sys/namespaces/team");
  await bao.allow("reads-app", "secret/data/app/*");
  const token = await bao.token("reads-app");

  await keep("v2_found", "GET", "secret/data/app/one", { token });
  await keep("v2_absent", "GET", "secret/data/app/none", { token });
  await keep("v2_deleted", "GET", "secret/data/app/gone", { token });
  await keep("v2_destroyed", "GET", "secret/data/app/destroyed", { token });
  await keep("v1_found", "GET", "old/app/one");
  await keep("v1_absent", "GET", "old/app/none");
  await keep("v1_path_on_v2", "GET", "secret/app/one");
  await keep("v2_path_on_v1", "GET", "old/data/app/one");
  await keep("no_mount", "GET", "nowhere/data/app/one");
  await keep("no_mount_denied", "GET", "nowhere/data/app/one", { token });
  await keep("denied", "GET", "secret/data/other/one", { token });
  await keep("bad_token", "GET", "secret/data/app/one", { token: "nonsense" });
  await keep("no_token", "GET", "secret/data/app/one", { token: "" });
  await keep("token_of_other_namespace", "GET", "secret/data/app/one", {
    token,
    namespace: "team",
  });
  await keep("no_namespace", "GET", "secret/data/app/one", { token, namespace: "nowhere" });
  await keep("lookup_self", "GET", "auth/token/lookup-self", { token });
  await keep("lookup_self_bad", "GET", "auth/token/lookup-self", { token: "nonsense" });
  await keep("capabilities", "POST", "sys/capabilities-self", {
    token,
    body: { paths: ["secret/data/app/one", "secret/data/other/one"] },
  });
  await keep("revoke_self", "POST", "auth/token/revoke-self", { token });
  await keep("revoke_self_bad", "POST", "auth/token/revoke-self", { token: "nonsense" });
}

async function logins(bao: Openbao, keep: Keep): Promise<void> {
  const login = "auth/approle/login";
  const post = (name: string, path: string, body: unknown) =>
    keep(name, "POST", path, { token: "", body });
  const { roleId, secretId } = await bao.appRole("dicode", ["reads-app"]);
  const once = await bao.appRole("once", ["reads-app"], { secret_id_num_uses: 1 });
  await post("approle_login", login, { role_id: roleId, secret_id: secretId });
  await post("approle_bad_secret", login, { role_id: roleId, secret_id: "nonsense" });
  await post("approle_bad_role", login, { role_id: "nonsense", secret_id: secretId });
  await post("approle_no_role", login, { secret_id: secretId });
  await post("approle_no_secret", login, { role_id: roleId });
  await bao.call("POST", login, { role_id: once.roleId, secret_id: once.secretId });
  await post("approle_used_up", login, { role_id: once.roleId, secret_id: once.secretId });
  await post("login_no_mount", "auth/nowhere/login", { role_id: roleId, secret_id: secretId });

  const signer = await Signer.make();
  await enableJwt(bao, signer, "dicode", ["reads-app"]);
  const jwt = await signer.sign({ sub: "ci", aud: "dicode" });
  const stranger = await (await Signer.make()).sign({ sub: "ci", aud: "dicode" });
  await post("jwt_login", "auth/jwt/login", { role: "dicode", jwt });
  await post("jwt_bad_role", "auth/jwt/login", { role: "nobody", jwt });
  await post("jwt_bad_signature", "auth/jwt/login", { role: "dicode", jwt: stranger });
  await post("jwt_bad_audience", "auth/jwt/login", {
    role: "dicode",
    jwt: await signer.sign({ sub: "ci", aud: "other" }),
  });
  await post("jwt_expired", "auth/jwt/login", {
    role: "dicode",
    jwt: await signer.sign({ sub: "ci", aud: "dicode", iat: 1000, nbf: 1000, exp: 2000 }),
  });

  const api = serveTokenReview();
  await enableKubernetes(bao, api, "dicode", ["reads-app"]);
  const account = (name: string) => signer.sign(serviceAccountClaims(name));
  const path = "auth/kubernetes/login";
  await post("kubernetes_login", path, { role: "dicode", jwt: await account(SERVICE_ACCOUNT) });
  await post("kubernetes_bad_role", path, { role: "nobody", jwt: await account(SERVICE_ACCOUNT) });
  await post("kubernetes_other_account", path, {
    role: "dicode",
    jwt: await account("system:serviceaccount:tasks:other"),
  });
  await post("kubernetes_not_reviewed", path, {
    role: "dicode",
    jwt: await account("system:serviceaccount:elsewhere:dicode"),
  });
  await post("kubernetes_no_jwt", path, { role: "dicode", jwt: "nonsense" });
  await api.shutdown();
}

/** Fixed text for what is another at each recording. */
const SETTLED: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z| \+0000 UTC)/g, "2026-01-02T03:04:05.678901234Z"],
  [/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "00000000-recorded-id"],
  [/vault-cluster-[0-9a-f]+/g, "vault-cluster-recorded"],
];

const SETTLED_FIELDS: Readonly<Record<string, unknown>> = {
  client_token: "s.recordedtoken",
  id: "s.recordedtoken",
  accessor: "recordedaccessor",
  creation_time: 1767323045,
  server_time_utc: 1767323045,
  ttl: 600,
};

/** A body with fixed text for what differs from run to run, and no body for none. */
export function settle(body: unknown): { body?: unknown } {
  if (body === undefined) return {};
  const text = JSON.stringify(body, (name, value) => {
    if (Object.hasOwn(SETTLED_FIELDS, name) && value !== null) return SETTLED_FIELDS[name];
    if (typeof value !== "string") return value;
    return SETTLED.reduce((text, [pattern, fixed]) => text.replace(pattern, fixed), value);
  });
  return { body: JSON.parse(text) };
}

if (import.meta.main) {
  await Deno.mkdir(new URL("./", ANSWERS), { recursive: true });
  await Deno.writeTextFile(ANSWERS, JSON.stringify(await record(), null, 2) + "\n");
}
