/** Doppler as a provider, against a fake that its own CLI reads. */
import { FakeDoppler, refuse } from "../services/fake_doppler.ts";
import type { Fault, Tls } from "../services/faulty_server.ts";
import { makeAuthority } from "../services/own_authority.ts";
import { type Setup, type Subject, testConformance } from "./conformance.ts";

const TOKEN = "dp.st.prd.canary-0123456789abcdef";

/** The fake with one config, and the provider for it. */
function serve({ stack }: Subject, secrets: Record<string, string>, tls?: Tls) {
  const fake = stack.use(new FakeDoppler(tls));
  fake.config("backend", "prd", secrets);
  fake.token(TOKEN, { bound: { project: "backend", config: "prd" } });
  const setup: Setup = {
    entry: { address: fake.address },
    env: { DOPPLER_TOKEN: TOKEN },
    credentials: [TOKEN],
  };
  return { fake, setup };
}

function fail(fault: Fault, more: Partial<Setup> = {}) {
  return (subject: Subject): Setup => {
    const { fake, setup } = serve(subject, { [subject.key]: subject.value });
    fake.fail(fault);
    return { ...setup, ...more };
  };
}

const HTML = { headers: { "content-type": "text/html" }, body: "<html>Bad gateway</html>" };

testConformance("doppler", {
  found: (subject) => serve(subject, { [subject.key]: subject.value }).setup,
  absent: (subject) => serve(subject, { OTHER: subject.value }).setup,
  empty: (subject) => serve(subject, { [subject.key]: "" }).setup,
  deleted: "a deleted secret is as one that never was",
  ambiguous: "a config has each name once",
  unauthorised: (subject) => ({
    ...serve(subject, { [subject.key]: subject.value }).setup,
    env: { DOPPLER_TOKEN: `${TOKEN}-of-another` },
    said: /answered 401: "Invalid Auth token"/,
  }),
  forbidden: fail({ status: 403, body: await refuse(403, "Not yours", "at all").text() }, {
    said: /answered 403: "Not yours; at all"/,
  }),
  limited: fail({
    status: 429,
    headers: { "retry-after": "1" },
    body: await refuse(429, "Too many requests").text(),
    times: 1,
  }),
  flaky: fail({ status: 500, ...HTML, times: 1 }),
  hang: (subject) => {
    const { fake, setup } = serve(subject, { [subject.key]: subject.value });
    fake.fail({ delayMs: 60_000 });
    return { ...setup, entry: { ...setup.entry, timeout: "1s" } };
  },
  truncated: (subject) => fail({ body: `{"${subject.key}":"${subject.value}` })(subject),
  huge: fail({ body: JSON.stringify({ A: "x".repeat(2 * 1024 * 1024) }) }),
  html: fail({ status: 502, ...HTML }),
  redirect: fail({ status: 307, headers: { location: "https://elsewhere.example/v3" } }, {
    said: /a redirect to "elsewhere\.example"/,
  }),
  wrongCa: async (subject) => {
    const { tls } = await makeAuthority(subject.world.dir);
    return { ...serve(subject, { [subject.key]: subject.value }, tls).setup, said: /ca_file/ };
  },
  newline: (subject) => {
    const { setup } = serve(subject, { [subject.key]: subject.value });
    const torn = `${TOKEN}\nsecond-line-of-it`;
    return { ...setup, env: { DOPPLER_TOKEN: torn }, credentials: [torn] };
  },
});
