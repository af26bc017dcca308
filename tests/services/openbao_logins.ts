/**
 * Logins of an OpenBao server that need more than the server: JWTs signed by a key of the test's
 * own, and a Kubernetes TokenReview API that knows one service account.
 */
import type { Openbao } from "./openbao.ts";

/** A key pair, for the `jwt` method's jwt_validation_pubkeys. */
export class Signer {
  private constructor(readonly publicPem: string, private readonly key: CryptoKey) {}

  static async make(): Promise<Signer> {
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const { publicKey, privateKey } = await crypto.subtle.generateKey(algorithm, true, [
      "sign",
      "verify",
    ]);
    const spki = new Uint8Array(await crypto.subtle.exportKey("spki", publicKey));
    const lines = spki.toBase64().match(/.{1,64}/g)!.join("\n");
    return new Signer(
      `-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----\n`,
      privateKey,
    );
  }

  /** A JWT with these claims, valid for ten minutes unless they say otherwise. */
  async sign(claims: Readonly<Record<string, unknown>>): Promise<string> {
    const now = Math.floor(Date.now() / 1000);
    const parts = [{ alg: "ES256", typ: "JWT" }, { iat: now, nbf: now, exp: now + 600, ...claims }];
    const signed = parts.map((part) => encode(new TextEncoder().encode(JSON.stringify(part))))
      .join(".");
    const algorithm = { name: "ECDSA", hash: "SHA-256" };
    const bytes = new TextEncoder().encode(signed);
    const signature = await crypto.subtle.sign(algorithm, this.key, bytes);
    return `${signed}.${encode(new Uint8Array(signature))}`;
  }
}

function encode(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Enables the `jwt` method with a role; its tokens need the audience `dicode`. */
export async function enableJwt(
  bao: Openbao,
  signer: Signer,
  role: string,
  policies: readonly string[],
): Promise<void> {
  await bao.must("POST", "sys/auth/jwt", { type: "jwt" });
  await bao.must("POST", "auth/jwt/config", { jwt_validation_pubkeys: [signer.publicPem] });
  await bao.must("POST", `auth/jwt/role/${role}`, {
    role_type: "jwt",
    bound_audiences: ["dicode"],
    user_claim: "sub",
    token_policies: policies,
    token_ttl: "10m",
  });
}

/** The service account that TokenReview knows. */
export const SERVICE_ACCOUNT = "system:serviceaccount:tasks:dicode";

/** The claims of a service account's token, as Kubernetes writes them. */
export function serviceAccountClaims(account: string): Record<string, unknown> {
  const [, , namespace, name] = account.split(":");
  return {
    iss: "https://kubernetes.default.svc",
    aud: ["https://kubernetes.default.svc"],
    sub: account,
    "kubernetes.io": { namespace, serviceaccount: { name, uid: "f7a3a1b0" } },
  };
}

/** A Kubernetes API that answers TokenReview alone: it reviews what the claims say, unverified. */
export function serveTokenReview(): Deno.HttpServer<Deno.NetAddr> {
  return Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    if (new URL(request.url).pathname !== "/apis/authentication.k8s.io/v1/tokenreviews") {
      return Response.json({ kind: "Status", status: "Failure", code: 404 }, { status: 404 });
    }
    const review = await request.json();
    const claims = review.spec.token.split(".")[1] ?? "";
    const { sub } = JSON.parse(
      new TextDecoder().decode(Uint8Array.fromBase64(claims, { alphabet: "base64url" })),
    );
    const user = { username: sub, uid: "f7a3a1b0", groups: ["system:serviceaccounts"] };
    const status = sub.startsWith("system:serviceaccount:tasks:")
      ? { authenticated: true, user, audiences: review.spec.audiences }
      : { authenticated: false, error: "invalid bearer token" };
    return Response.json({ ...review, status }, { status: 201 });
  });
}

/** Enables the `kubernetes` method with a role for SERVICE_ACCOUNT, at a TokenReview API. */
export async function enableKubernetes(
  bao: Openbao,
  api: Deno.HttpServer<Deno.NetAddr>,
  role: string,
  policies: readonly string[],
): Promise<void> {
  const [, , namespace, name] = SERVICE_ACCOUNT.split(":");
  await bao.must("POST", "sys/auth/kubernetes", { type: "kubernetes" });
  await bao.must("POST", "auth/kubernetes/config", {
    kubernetes_host: `http://127.0.0.1:${api.addr.port}`,
    token_reviewer_jwt: "reviewer",
    // Asked for, and not used: the address is http.
    kubernetes_ca_cert: "none",
    disable_local_ca_jwt: true,
  });
  await bao.must("POST", `auth/kubernetes/role/${role}`, {
    bound_service_account_names: [name],
    bound_service_account_namespaces: [namespace],
    token_policies: policies,
    token_ttl: "10m",
  });
}
