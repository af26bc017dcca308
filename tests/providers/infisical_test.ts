/** Infisical as a provider, against a fake that its own client reads. */
import { FakeInfisical, type InfisicalSecret, refuse } from "../services/fake_infisical.ts";
import type { Fault, Tls } from "../services/faulty_server.ts";
import { makeAuthority } from "../services/own_authority.ts";
import { type Setup, type Subject, testConformance } from "./conformance.ts";

const PROJECT = "4a1f0c1e-6f0e-4a53-8c2e-0b5f6d7e8f90";
const CLIENT_ID = "client-id-canary-0123";
const CLIENT_SECRET = "client-secret-canary-4567";
const LIST = /^\/api\/v4\/secrets/;

/** The fake with one folder, and the provider for it. */
function serve({ stack }: Subject, secrets: Record<string, InfisicalSecret>, tls?: Tls) {
  const fake = stack.use(new FakeInfisical({ tls }));
  fake.folder(PROJECT, "prod", "/", secrets);
  fake.identity(CLIENT_ID, CLIENT_SECRET);
  const setup: Setup = {
    entry: { address: fake.address, project_id: PROJECT, environment: "prod" },
    env: {
      INFISICAL_UNIVERSAL_AUTH_CLIENT_ID: CLIENT_ID,
      INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: CLIENT_SECRET,
    },
    credentials: [CLIENT_ID, CLIENT_SECRET],
  };
  return { fake, setup };
}

function fail(fault: Fault, more: Partial<Setup> = {}) {
  return (subject: Subject): Setup => {
    const { fake, setup } = serve(subject, { [subject.key]: subject.value });
    fake.fail({ on: LIST, ...fault });
    return { ...setup, ...more };
  };
}

function withSecret(secret: string) {
  return (subject: Subject): Setup => {
    const { setup } = serve(subject, { [subject.key]: subject.value });
    const env = { ...setup.env, INFISICAL_UNIVERSAL_AUTH_CLIENT_SECRET: secret };
    return { ...setup, env, credentials: [secret] };
  };
}

testConformance("infisical", {
  found: (subject) => serve(subject, { [subject.key]: subject.value }).setup,
  absent: (subject) => serve(subject, { OTHER: subject.value }).setup,
  empty: (subject) => serve(subject, { [subject.key]: "" }).setup,
  deleted: "a deleted secret is as one that never was",
  ambiguous: "a folder has each name once, and its imports have an order",
  unauthorised: (subject) => ({
    ...withSecret("client-secret-of-another")(subject),
    said: /answered 401: "Invalid credentials \(req-\w+\)"/,
  }),
  forbidden: (subject) => ({
    ...serve(subject, { [subject.key]: { value: subject.value, hidden: true } }).setup,
    said: /withholds the value of "WANTED_KEY" in environment "prod", path "\/"/,
  }),
  limited: fail({
    status: 429,
    headers: { "retry-after": "1" },
    body: await refuse(429, "RateLimitExceeded", "Rate limit exceeded").text(),
    times: 1,
  }),
  flaky: fail({
    status: 500,
    body: await refuse(500, "InternalServerError", "Something went wrong").text(),
    times: 1,
  }),
  hang: (subject) => {
    const setup = fail({ delayMs: 60_000 })(subject);
    return { ...setup, entry: { ...setup.entry, timeout: "1s" } };
  },
  truncated: (subject) =>
    fail({ body: `{"secrets":[{"secretKey":"${subject.key}","secretValue":"${subject.value}` })(
      subject,
    ),
  huge: fail({ body: JSON.stringify({ secrets: [], filler: "x".repeat(2 * 1024 * 1024) }) }),
  html: fail({
    status: 502,
    headers: { "content-type": "text/html" },
    body: "<html>Bad gateway</html>",
  }),
  redirect: fail({ status: 307, headers: { location: "https://elsewhere.example/api" } }, {
    said: /a redirect to "elsewhere\.example"/,
  }),
  wrongCa: async (subject) => {
    const { tls } = await makeAuthority(subject.world.dir);
    return { ...serve(subject, { [subject.key]: subject.value }, tls).setup, said: /ca_file/ };
  },
  newline: withSecret(`${CLIENT_SECRET}\nsecond-line-of-it`),
});
