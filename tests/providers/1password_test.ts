/** 1Password by its program: the stub op stands in for it. */
import type { Subject } from "./conformance.ts";
import { testConformance } from "./conformance.ts";
import { type StubFault, type StubItem, StubOp } from "../services/stub_op.ts";

const TOKEN = "ops_eyJzaWduSW5BZGRyZXNzIjoibXkifQ";
const OTHER: StubItem = { vault: "Automation", title: "OTHER", fields: { credential: "other" } };
const ITSELF = "op speaks to 1Password itself; what it says then is in its own words";

async function setUp(
  { world, key }: Subject,
  fields: Record<string, string> | undefined,
  more: { archived?: boolean; twice?: boolean; token?: string; fault?: StubFault } = {},
) {
  const item = fields && { vault: "Automation", title: key, fields, archived: more.archived };
  const items = item ? [OTHER, item, ...(more.twice ? [item] : [])] : [OTHER];
  const stub = await StubOp.make(world.dir, { items, token: TOKEN });
  if (more.fault) await stub.fail(more.fault);
  return {
    entry: { name: "op", ref: "op://Automation/{key}/credential", command: stub.command },
    env: { OP_SERVICE_ACCOUNT_TOKEN: more.token ?? TOKEN },
    credentials: [TOKEN, more.token ?? TOKEN],
  };
}

const refused = (words: string): StubFault => ({
  stderr: `[ERROR] 2026/07/08 19:40:01 ${words}\n`,
  times: 1,
});

testConformance("1password", {
  found: (subject) => setUp(subject, { credential: subject.value }),
  absent: (subject) => setUp(subject, undefined),
  empty: (subject) => setUp(subject, { credential: "" }),
  deleted: (subject) => setUp(subject, { credential: subject.value }, { archived: true }),
  ambiguous: async (subject) => ({
    ...await setUp(subject, { credential: subject.value }, { twice: true }),
    said: /more than one item has the title "WANTED_KEY"/,
  }),
  unauthorised: async (subject) => ({
    ...await setUp(subject, { credential: subject.value }, { token: "ops_another" }),
    said: /does not take the service account's token/,
  }),
  forbidden: async (subject) => ({
    ...await setUp(subject, { credential: subject.value }, {
      fault: refused("(403) Forbidden: You aren't authorized to access this resource."),
    }),
    said: /ratelimit/,
  }),
  // Asking again would cost more of the day's requests.
  limited: async (subject) => ({
    ...await setUp(subject, { credential: subject.value }, {
      fault: refused("(429) Too Many Requests: You've reached the maximum number of requests"),
    }),
    expected: ["rate_limited"],
    said: /op service-account ratelimit/,
  }),
  flaky: async (subject) => ({
    ...await setUp(subject, { credential: subject.value }, {
      fault: refused("(500) Internal Server Error: unexpected"),
    }),
    expected: ["tool_failed"],
    said: /op ended with 1: "\(500\) Internal Server Error: unexpected"/,
  }),
  hang: async (subject) => {
    const setup = await setUp(subject, {}, { fault: { sleepSeconds: 60 } });
    return { ...setup, entry: { ...setup.entry, timeout: "1s" } };
  },
  truncated: "one value is what op prints, whatever it is; a template is in the tests below",
  huge: (subject) =>
    setUp(subject, {}, { fault: { stdout: "x".repeat(2 * 1024 * 1024), code: 0 } }),
  html: ITSELF,
  redirect: ITSELF,
  wrongCa: ITSELF,
  newline: (subject) =>
    setUp(subject, { credential: subject.value }, { token: `${TOKEN}\nsecond-line` }),
});
