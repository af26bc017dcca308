/** 1Password's references, templates and refusals, without the program. */
import assert from "node:assert/strict";
import {
  makeReference,
  parseReference,
  readTemplate,
  type SecretReference,
  writeTemplate,
} from "../../../store/onepassword/references.ts";
import { sortRefusal } from "../../../store/onepassword/refusals.ts";

const reference = (text: string) => parseReference(text) as SecretReference;
const SLACK = reference("op://Automation/SLACK/credential");
const STRIPE = reference("op://Automation/STRIPE/Keys/live");
const OTHER = reference("op://Private/SLACK/credential");
const ALL = [SLACK, STRIPE, OTHER];

Deno.test("parseReference() takes three or four parts and an attribute", () => {
  assert.deepEqual({ ...SLACK }, {
    text: "op://Automation/SLACK/credential",
    vault: "Automation",
    item: "SLACK",
    section: undefined,
    field: "credential",
  });
  assert.equal(STRIPE.section, "Keys");
  assert.equal(reference("op://V/I/one-time password?attribute=otp").field, "one-time password");
});

Deno.test("parseReference() says what is wrong, also what op inject would replace", () => {
  const cases: [string, RegExp][] = [
    ["Automation/SLACK/credential", /begins with "op:\/\/"/],
    ["op://Automation/SLACK", /op:\/\/vault\/item\/field or/],
    ["op://a/b/c/d/e", /op:\/\/vault\/item\/field or/],
    ["op://a//c", /op:\/\/vault\/item\/field or/],
    ["op://a/$HOME/c", /"\$" cannot stand/],
    ["op://a/}}/c", /"}" cannot stand/],
    ["op://a/b\n/c", /"\\n" cannot stand/],
    ["op://a/b/c?x?y", /at most one \?/],
  ];
  for (const [text, words] of cases) assert.match(parseReference(text) as string, words, text);
});

Deno.test("makeReference() puts a key in, unless it would mean another place", () => {
  const template = "op://Automation/{key}/credential";
  assert.equal(makeReference(template, "SLACK_TOKEN")?.item, "SLACK_TOKEN");
  assert.equal(makeReference("op://A/{key}/{key}", "K")?.text, "op://A/K/K");
  // A `$&` is text, not a pattern of replace().
  for (const key of ["a/b", "a?attribute=otp", "$HOME", "$&", "}}", "", "a\nb"]) {
    assert.equal(makeReference(template, key), undefined, JSON.stringify(key));
  }
});

Deno.test("readTemplate() gives back values of any shape, newlines and other marks among them", () => {
  const mark = "b3f1c0ffee";
  const template = writeTemplate(ALL, mark);
  const values = ["line one\nline two\n", "", "{{ op://x }} deadbeef.0."];
  let filled = template;
  for (const [at, { text }] of ALL.entries()) {
    filled = filled.replace(`{{ ${text} }}`, () => values[at]!);
  }
  assert.deepEqual(
    [...readTemplate(ALL, mark, `${filled}\n`)!],
    ALL.map(({ text }, at) => [text, values[at]]),
  );
  assert.equal(readTemplate(ALL, mark, template), undefined, "what is not filled is no value");
  assert.equal(readTemplate(ALL, mark, filled.slice(0, -8)), undefined, "what is cut is no value");
  assert.equal(readTemplate(ALL, mark, ""), undefined);
});

const AT = "[ERROR] 2026/07/08 19:40:01 ";

Deno.test("sortRefusal() finds the absent item or field in each wording", () => {
  const cases: [string, string, SecretReference[]][] = [
    [
      `could not read secret '${SLACK.text}': could not get item Automation/SLACK: "SLACK" isn't an ` +
      'item in the "Automation" vault. Specify the item with its UUID, name, or domain.',
      "item",
      [SLACK],
    ],
    [`"STRIPE" isn't an item. Specify the item with its UUID, name, or domain.`, "item", [STRIPE]],
    [
      "could not resolve item UUID for item STRIPE: could not find item STRIPE in vault 3krbvotx",
      "item",
      [STRIPE],
    ],
    [
      "could not find item SLACK in vault Private, because it has been deleted or archived.",
      "item",
      [OTHER],
    ],
    // The vault's id says nothing to names: it may be either.
    ["could not find item slack in vault 3krbvotxjulf6nvqm2k4xfb2p4", "item", [SLACK, OTHER]],
    ["item 'Automation/STRIPE' does not have a field 'Keys.live'", "field", [STRIPE]],
    ["item 'Private/SLACK' does not have a field 'credential'", "field", [OTHER]],
  ];
  for (const [words, what, references] of cases) {
    assert.deepEqual(sortRefusal(`${AT}${words}\n`, ALL), { what, references }, words);
  }
});

Deno.test("sortRefusal() takes an absence for that of the only reference, whatever it is called", () => {
  const id = "hnvqyxxlakwyl7qhwmdosqy5j4";
  const cases: [string, string][] = [
    [`"${id}" isn't an item in the "Automation" vault. Specify the item`, "item"],
    [`could not find item ${id} in vault 3krbvotxjulf6nvqm2k4xfb2p4`, "item"],
    [`item 'Automation/${id}' does not have a field 'live'`, "field"],
  ];
  for (const [words, what] of cases) {
    assert.deepEqual(sortRefusal(words, [STRIPE]), { what, references: [STRIPE] });
    assert.equal(sortRefusal(words, ALL).what, "failure");
  }
});

Deno.test("sortRefusal() takes what is about none of the references for a failure", () => {
  for (
    const words of [
      `"SLACK_2" isn't an item in the "Automation" vault.`,
      "item 'Automation/STRIPE' does not have a field 'live'",
      "something new in op 3",
    ]
  ) {
    const { what } = sortRefusal(`${AT}${words}\n`, ALL);
    assert.equal(what, "failure", words);
  }
});

Deno.test("sortRefusal() tells the failures apart, and names what is theirs", () => {
  const cases: [string, string, RegExp][] = [
    ['"Private" isn\'t a vault in this account. Specify …', "misconfigured", /vault "Private"$/],
    ['More than one item matches "STRIPE". Try again', "misconfigured", /title "STRIPE"$/],
    ["could not resolve item UUID for item STRIPE", "misconfigured", /title "STRIPE"$/],
    [
      `invalid secret reference '${STRIPE.text}': too many '/'`,
      "misconfigured",
      new RegExp(`reference "${STRIPE.text}"$`),
    ],
    ["error initializing client: You are not currently signed in.", "unauthenticated", /signed in/],
    ["account is not signed in", "unauthenticated", /signed in/],
    ["No accounts configured for use with 1Password CLI.", "unauthenticated", /signed in/],
    ["could not find session token for account my", "unauthenticated", /signed in/],
    ["session expired, sign in to create a new session", "unauthenticated", /signed in/],
    ["authorization prompt dismissed, please try again", "unauthenticated", /app did not/],
    [
      "error initializing client: connecting to desktop app: read: connection reset",
      "unauthenticated",
      /app did not/,
    ],
    ["(401) Unauthorized: Authentication: Not found.", "unauthenticated", /token/],
    ["error initializing client: RequestDelegatedSession", "unauthenticated", /cannot sign in/],
    ["(403) Forbidden: You aren't authorized to access this resource.", "denied", /403/],
    ["rate limit exceeded", "rate_limited", /limit of requests/],
    ["(429) Too Many Requests: You've reached the maximum", "rate_limited", /limit of requests/],
    ["Too many requests. Your client has been rate-limited.", "rate_limited", /limit of requests/],
    ["dial tcp: lookup my.1password.com: no such host", "unreachable", /cannot reach/],
    ["error initializing client: read: context deadline exceeded", "unreachable", /cannot reach/],
  ];
  for (const [words, kind, found] of cases) {
    const failure = sortRefusal(`${AT}${words}\n`, ALL);
    assert.ok(failure.what === "failure", words);
    assert.equal(failure.kind, kind, words);
    assert.match(failure.found ?? "", found, words);
  }
  const silent = sortRefusal(" \n", ALL);
  assert.ok(silent.what === "failure" && silent.kind === "unauthenticated");
});
