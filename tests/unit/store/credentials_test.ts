import assert from "node:assert/strict";
import { findCredential, readCredential } from "../../../store/credentials.ts";
import { expandPlace } from "../../../store/expand.ts";
import { type FailureKind, ProviderFailure } from "../../../store/provider.ts";
import { encodePath, memberText, splitField, textOf } from "../../../store/values.ts";
import { TempFolder } from "./helpers.ts";

const TOKEN = "canary-token-1";
const WANTED = { name: "token", what: "token of the service", variables: ["ONE", "TWO"] };

function hostOf(temp: TempFolder, variables: Record<string, string> = {}) {
  const concealed: string[] = [];
  const store = temp.open();
  const context = {
    env: (name: string) => variables[name],
    openStore: () => store,
    refused: () => false,
    conceal: (value: string) => void concealed.push(value),
  };
  return { context, concealed, store };
}

async function fails(work: Promise<unknown>, kind: FailureKind, pattern: RegExp): Promise<void> {
  const error = await work.then(() => undefined, (error) => error);
  assert.ok(error instanceof ProviderFailure, String(error));
  assert.equal(error.kind, kind);
  assert.match(error.message, pattern);
  assert.ok(error.hint);
  assert.ok(!`${error.message}${error.hint}`.includes(TOKEN));
}

Deno.test("a credential comes from what is named, else from the first variable that is set", async () => {
  using temp = new TempFolder();
  const { context, concealed, store } = hostOf(temp, { TWO: TOKEN, OWN: `${TOKEN}-own\n` });
  await store.set("stored", `${TOKEN}-stored`);
  const file = `${temp.path}/token`;
  await Deno.writeTextFile(file, `${TOKEN}-file\r\n`);
  const read = (options: Record<string, string>) => readCredential("svc", options, WANTED, context);
  assert.equal(await read({}), TOKEN);
  assert.equal(await read({ token_env: "OWN" }), `${TOKEN}-own`);
  assert.equal(await read({ token_file: file }), `${TOKEN}-file`);
  assert.equal(await read({ token_secret: "stored" }), `${TOKEN}-stored`);
  assert.deepEqual(concealed, [TOKEN, `${TOKEN}-own`, `${TOKEN}-file`, `${TOKEN}-stored`]);
});

Deno.test("a credential that is named and not there is a failure with a cure", async () => {
  using temp = new TempFolder();
  const { context: given } = hostOf(temp, { EMPTY: "" });
  const env = (name: string) => {
    // As Deno.env.get does for a value that is not UTF-8.
    if (name === "BYTES") throw new TypeError(`${TOKEN} is not UTF-8`);
    return given.env(name);
  };
  const context = { ...given, env };
  const read = (options: Record<string, string>) => readCredential("svc", options, WANTED, context);
  const kind = "unauthenticated";
  await fails(read({}), kind, /there is no token of the service/);
  await fails(read({ token_env: "ABSENT" }), kind, /the variable ABSENT is not set/);
  await fails(read({ token_env: "EMPTY" }), kind, /the variable EMPTY is empty/);
  await fails(read({ token_env: "BYTES" }), kind, /the variable BYTES is not UTF-8 text/);
  await fails(read({ token_file: `${temp.path}/absent` }), kind, /there is no file/);
  await fails(read({ token_file: temp.path }), kind, /not a regular file/);
  await fails(read({ token_secret: "absent" }), kind, /the store has no secret "absent"/);
  assert.equal(await findCredential("svc", {}, WANTED, context), undefined);
});

Deno.test("what no credential is, is refused before it is sent, and shown nowhere", async () => {
  using temp = new TempFolder();
  const odd = { A: `${TOKEN}\nX-Evil: 1`, B: `${TOKEN} x`, C: `${TOKEN}é`, D: "\n" };
  const { context, concealed } = hostOf(temp, odd);
  for (const name of ["A", "B", "C"]) {
    const read = readCredential("svc", { token_env: name }, WANTED, context);
    await fails(read, "misconfigured", /cannot use token of the service: the variable [ABC] /);
  }
  await fails(
    readCredential("svc", { token_env: "D" }, WANTED, context),
    "unauthenticated",
    /is empty/,
  );
  assert.ok(concealed.includes(odd.A));
});

Deno.test("~ and variables in front of a path expand; what is not set leads nowhere", () => {
  const env = (name: string) =>
    ({ HOME: "/home/me", DIR: "/run/x/" } as Record<string, string>)[name];
  assert.equal(expandPlace("~/a", env), "/home/me/a");
  assert.equal(expandPlace("~", env), "/home/me");
  assert.equal(expandPlace("$DIR/a", env), "/run/x/a");
  assert.equal(expandPlace("${DIR}", env), "/run/x");
  assert.equal(expandPlace("/a/$DIR/~", env), "/a/$DIR/~");
  assert.throws(() => Deno.statSync(expandPlace("$UNSET/a", env)));
});

Deno.test("JSON values as text, members of an object's own, fields, path segments", () => {
  assert.deepEqual(["a", 1.5, true, { b: [1] }, null, undefined].map(textOf), [
    "a",
    "1.5",
    "true",
    '{"b":[1]}',
    undefined,
    undefined,
  ]);
  assert.equal(memberText({ a: "x" }, "a"), "x");
  for (const name of ["toString", "__proto__", "b"]) {
    assert.equal(memberText({ a: 1 }, name), undefined);
  }
  assert.deepEqual(splitField("app/db#user"), { name: "app/db", field: "user" });
  assert.deepEqual(splitField("#x"), { name: "#x" });
  assert.equal(encodePath("a b/ü?"), "a%20b/%C3%BC%3F");
  for (const name of ["", "a//b", "../a", "a/.", "a/...", "-x", "a\nb"]) {
    assert.equal(encodePath(name), undefined, name);
  }
});
