/** 1Password by a Connect server: the fake stands in for it. */
import assert from "node:assert/strict";
import { type Setup, type Subject, testConformance } from "./conformance.ts";
import { FakeConnect, type FakeItem, type Fault } from "../services/fake_connect.ts";
import { makeAuthority, type OwnAuthority } from "../services/own_authority.ts";

const TOKEN = "eyJhbGciOiJFUzI1NiJ9.connect-canary";

interface More {
  readonly fault?: Fault;
  readonly state?: FakeItem["state"];
  readonly twice?: boolean;
  readonly token?: string;
  readonly tls?: OwnAuthority["tls"];
}

function setUp({ key, stack }: Subject, value: string | undefined, more: More = {}): Setup {
  const fake = stack.use(new FakeConnect({ token: TOKEN, tls: more.tls }));
  const fields = [{ label: "credential", value }];
  const item: FakeItem = { title: key, fields, state: more.state };
  const items = value === undefined ? [] : more.twice ? [item, item] : [item];
  fake.vault("Automation", [{ title: "OTHER", fields }, ...items]);
  if (more.fault) fake.fail(more.fault);
  const token = more.token ?? TOKEN;
  return {
    entry: { name: "connect", address: fake.address, vault: "Automation" },
    env: { OP_CONNECT_TOKEN: token },
    credentials: [TOKEN, token],
  };
}

testConformance("1password-connect", {
  found: (subject) => setUp(subject, subject.value),
  absent: (subject) => setUp(subject, undefined),
  empty: (subject) => setUp(subject, ""),
  deleted: (subject) => setUp(subject, subject.value, { state: "ARCHIVED" }),
  ambiguous: (subject) => ({
    ...setUp(subject, subject.value, { twice: true }),
    said: /2 items in the vault "Automation" are called "WANTED_KEY": "\w{26}", "\w{26}"/,
  }),
  unauthorised: (subject) => ({
    ...setUp(subject, subject.value, { token: "another-token" }),
    said: /answered 401: "Invalid token signature"/,
  }),
  forbidden: (subject) => ({
    ...setUp(subject, subject.value, {
      fault: { on: /items/, status: 403, body: '{"status":403,"message":"vault is not in scope"}' },
    }),
    said: /answered 403: "vault is not in scope"/,
  }),
  limited: (subject) =>
    setUp(subject, subject.value, {
      fault: { status: 429, headers: { "retry-after": "1" }, body: "{}", times: 1 },
    }),
  flaky: (subject) => setUp(subject, subject.value, { fault: { status: 500, body: "", times: 1 } }),
  hang: (subject) => {
    const setup = setUp(subject, subject.value, { fault: { delayMs: 60_000 } });
    return { ...setup, entry: { ...setup.entry, timeout: "1s" } };
  },
  truncated: (subject) => setUp(subject, subject.value, { fault: { body: '[{"id":"v' } }),
  huge: (subject) =>
    setUp(subject, subject.value, { fault: { body: `["${"x".repeat(2 * 1024 * 1024)}"]` } }),
  html: (subject) =>
    setUp(subject, subject.value, {
      fault: { status: 502, headers: { "content-type": "text/html" }, body: "<html>502</html>" },
    }),
  redirect: (subject) => {
    const elsewhere = subject.stack.use(new FakeConnect({ token: TOKEN }));
    subject.stack.defer(() => assert.deepEqual(elsewhere.requests, []));
    const location = `${elsewhere.address}/v1/vaults`;
    return {
      ...setUp(subject, subject.value, { fault: { status: 307, headers: { location } } }),
      said: /redirect to "127\.0\.0\.1:/,
    };
  },
  wrongCa: async (subject) => {
    const { tls } = await makeAuthority(subject.world.dir);
    return { ...setUp(subject, subject.value, { tls }), said: /ca_file/ };
  },
  newline: (subject) => setUp(subject, subject.value, { token: `${TOKEN}\nsecond-line` }),
});
