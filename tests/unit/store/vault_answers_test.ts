/**
 * What each answer of a Vault means: those that were recorded from OpenBao, and those that are known
 * from the sources and issues of Vault. Table: what was answered, what must come of it.
 */
import assert from "node:assert/strict";
import { loadKind } from "../../../store/kinds.ts";
import { type FailureKind, ProviderFailure } from "../../../store/provider.ts";
import recorded from "../../fixtures/openbao/answers.json" with { type: "json" };
import { FakeVault } from "../../services/fake_vault.ts";

type Name = keyof typeof recorded;

interface Meaning {
  readonly kind: FailureKind;
  /** In the message or the hint. */
  readonly said: RegExp;
  /** How many requests it took, logins and lookups included. */
  readonly asked?: number;
}

/** A recorded answer by its name, or one in full. */
type Answered = Name | { readonly status: number; readonly body: string };

const errors = (status: number, ...texts: string[]) => ({
  status,
  body: JSON.stringify({ errors: texts }),
});

function answerOf(answered: Answered): { status: number; body: string } {
  if (typeof answered !== "string") return answered;
  const { status, body } = recorded[answered] as { status: number; body?: unknown };
  return { status, body: JSON.stringify(body) };
}

async function ask(
  fake: FakeVault,
  options: Readonly<Record<string, unknown>>,
): Promise<ProviderFailure | Map<string, unknown>> {
  const kind = (await loadKind("vault"))!;
  const env: Record<string, string> = {
    VAULT_TOKEN: "root",
    VAULT_ROLE_ID: "canary-role",
    VAULT_SECRET_ID: "canary-secret",
    JWT: "canary.jwt.x",
  };
  const provider = kind.open(
    "it",
    { address: fake.address, mount: "secret/app", ...options },
    {
      env: (name) => env[name],
      openStore: () => assert.fail("the store is not needed"),
      refused: () => false,
      conceal: () => {},
      retries: 1,
    },
  );
  return await provider.get(["K"], new AbortController().signal).catch((error) => error);
}

async function means(
  answered: Answered,
  path: string,
  options: Readonly<Record<string, unknown>>,
  { kind, said, asked }: Meaning,
): Promise<void> {
  await using fake = new FakeVault();
  fake.faults.push({ path, times: 9, ...answerOf(answered) });
  const failure = await ask(fake, options);
  const about = JSON.stringify(answered);
  assert.ok(failure instanceof ProviderFailure, `${about}: no failure`);
  const shown = `${failure.message} | ${failure.hint}`;
  assert.equal(failure.kind, kind, `${about}: ${shown}`);
  assert.match(shown, said, about);
  assert.doesNotMatch(shown, /canary/);
  if (asked !== undefined) assert.equal(fake.asked.length, asked, about);
}

Deno.test("what answers to a read mean", async () => {
  const sealed = { kind: "unreachable", said: /is sealed.*operator unseal/, asked: 1 } as const;
  const limited = { kind: "rate_limited", said: /429/, asked: 2 } as const;
  const cases: readonly (readonly [Answered, Meaning])[] = [
    ["no_mount", {
      kind: "misconfigured",
      said: /no mount for secret\/data\/app\/K.*"path"/,
      asked: 1,
    }],
    ["no_namespace", {
      kind: "misconfigured",
      said: /no such namespace.*VAULT_NAMESPACE/,
      asked: 1,
    }],
    ["v1_path_on_v2", { kind: "misconfigured", said: /kv_version: 2/, asked: 1 }],
    ["v1_found", { kind: "bad_answer", said: /kv_version: 1/, asked: 1 }],
    ["denied", { kind: "denied", said: /path "secret\/data\/app\/K"/, asked: 2 }],
    ["no_mount_denied", { kind: "denied", said: /or see "mount"/, asked: 2 }],
    ["sealed", sealed],
    [errors(503, "namespace is sealed"), sealed],
    [
      errors(
        503,
        'API access to this namespace has been locked by an administrator - "a/" must be ' +
          "unlocked to gain access",
      ),
      { kind: "unreachable", said: /locked.*namespace unlock/, asked: 1 },
    ],
    ["rate_limited", limited],
    [errors(429, "1 error occurred:\n\t* lease count quota exceeded\n\n"), {
      kind: "rate_limited",
      said: /token_ttl/,
      asked: 1,
    }],
    [errors(412, "required index state not present"), {
      kind: "unreachable",
      said: /412/,
      asked: 2,
    }],
    [errors(500, "internal error"), {
      kind: "unreachable",
      said: /500: "internal error"/,
      asked: 2,
    }],
    [errors(504), { kind: "unreachable", said: /504/, asked: 2 }],
    [{ status: 503, body: "<html>" }, { kind: "unreachable", said: /503/, asked: 2 }],
    [{ status: 400, body: "Client sent an HTTP request to an HTTPS server.\n" }, {
      kind: "misconfigured",
      said: /speaks TLS.*https:/,
      asked: 1,
    }],
    [errors(400, "bad request"), { kind: "bad_answer", said: /400: "bad request"/, asked: 1 }],
    [{ status: 404, body: "<html>" }, { kind: "bad_answer", said: /404/, asked: 1 }],
    [{ status: 404, body: "{}" }, { kind: "bad_answer", said: /404/, asked: 1 }],
    [errors(404, "unsupported path"), { kind: "bad_answer", said: /unsupported path/, asked: 1 }],
    [errors(405, "unsupported operation"), { kind: "bad_answer", said: /405/, asked: 1 }],
    [{ status: 200, body: "[]" }, { kind: "bad_answer", said: /JSON/, asked: 1 }],
    [{ status: 200, body: '{"data":{"data":null}}' }, { kind: "bad_answer", said: /fields/ }],
    [{ status: 200, body: "" }, { kind: "bad_answer", said: /empty/ }],
  ];
  for (const [answered, meaning] of cases) await means(answered, "data/app", {}, meaning);
});

Deno.test("a path that is not there is absent, and nothing else is", async () => {
  for (const name of ["v2_absent", "v2_deleted", "v2_destroyed", "v1_absent"] as const) {
    await using fake = new FakeVault();
    fake.faults.push({ path: "data/app", ...answerOf(name) });
    assert.deepEqual(await ask(fake, {}), new Map(), name);
  }
});

Deno.test("a token that is not good is told from a right that is not there by lookup-self", async () => {
  await using fake = new FakeVault();
  // Newer Vaults say both in one text.
  const said = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n";
  fake.faults.push({ path: "", times: 9, ...errors(403, said) });
  const failure = await ask(fake, {});
  assert.ok(failure instanceof ProviderFailure && failure.kind === "unauthenticated");
  assert.deepEqual(fake.asked.map(({ path }) => path), [
    "secret/data/app/K",
    "auth/token/lookup-self",
  ]);
});

Deno.test("what refused logins mean", async () => {
  const refused = (said: RegExp): Meaning => ({ kind: "unauthenticated", said, asked: 1 });
  const cases: readonly (readonly [string, Answered, Meaning])[] = [
    ["approle", "approle_bad_secret", refused(/invalid role or secret ID.*secret-id/)],
    ["approle", "approle_used_up", refused(/may be used up/)],
    ["approle", errors(400, "invalid secret id"), refused(/invalid secret id/)],
    ["approle", "login_no_mount", refused(/lets nobody in at auth\/approle.*auth_mount/)],
    [
      "approle",
      errors(404, 'no handler for route "auth/x/login". route entry not found.'),
      refused(/auth_mount/),
    ],
    ["approle", "sealed_login", { kind: "unreachable", said: /sealed/, asked: 1 }],
    ["approle", "rate_limited", { kind: "rate_limited", said: /429/, asked: 2 }],
    ["approle", errors(500, "oops"), { kind: "unreachable", said: /500/, asked: 2 }],
    ["approle", "no_namespace", { kind: "misconfigured", said: /namespace/, asked: 1 }],
    ["jwt", "jwt_bad_role", refused(/role \\"nobody\\" could not be found.*"role"/)],
    ["jwt", "jwt_bad_signature", refused(/error validating token.*signed by a known key/)],
    ["jwt", "jwt_bad_audience", refused(/audience/)],
    ["jwt", "jwt_expired", refused(/token is expired/)],
    ["kubernetes", "kubernetes_bad_role", refused(/invalid role name.*"role"/)],
    ["kubernetes", "kubernetes_other_account", refused(/service account name not authorized/)],
    ["kubernetes", "kubernetes_not_reviewed", refused(/namespace not authorized/)],
    ["kubernetes", "kubernetes_no_jwt", refused(/TokenReview/)],
    ["approle", { status: 200, body: '{"auth":null}' }, { kind: "bad_answer", said: /no token/ }],
    [
      "approle",
      {
        status: 200,
        body: '{"auth":{"client_token":"","mfa_requirement":{"mfa_request_id":"x"}}}',
      },
      refused(/second factor/),
    ],
  ];
  for (const [auth, answered, meaning] of cases) {
    const options = auth === "approle" ? { auth } : { auth, role: "dicode", jwt_env: "JWT" };
    await means(answered, "/login", options, meaning);
  }
});
