/**
 * What the host's end of the channel must do with any lines, said once more and simply: the model
 * that the real one is held against. And lines, from garbage to right ones.
 */
import fc from "fast-check";
import { SandboxError } from "../../sdk/errors.ts";
import type { Thrown } from "../../sdk/protocol.ts";

/** The token that opens the channel. */
export const TOKEN = "one-time-token";

/** A line as a request, or the code of what is wrong with it. */
export type Reading =
  | {
    readonly id: number | undefined;
    readonly method: string;
    readonly params: Record<string, unknown>;
  }
  | { readonly code: number };

/** JSON-RPC 2.0, sections 4 and 5.1: of a request, what counts here. */
export function readRequest(line: Uint8Array): Reading {
  let found: unknown;
  try {
    found = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(line));
  } catch {
    return { code: -32700 };
  }
  const isMap = (value: unknown): value is Record<string, unknown> =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  if (!isMap(found) || found.jsonrpc !== "2.0" || typeof found.method !== "string") {
    return { code: -32600 };
  }
  const params = found.params === undefined ? {} : found.params;
  if (!isMap(params)) return { code: -32600 };
  const isNotification = found.id === undefined && /^(?:hello|return|throw)$/.test(found.method);
  if (!isNotification && !Number.isFinite(found.id)) return { code: -32600 };
  return { id: found.id as number | undefined, method: found.method, params };
}

/** What the channel did, in order. */
export interface Deeds {
  /** `id` and the error's code, undefined for none. */
  readonly answers: [id: number | null, code: number | undefined][];
  readonly done: string[];
  /** A handler had a bug: drain() throws. */
  broken: boolean;
}

/** What a handler does with a key: some are refused, some meet a bug. */
export function touch(key: string): void {
  if (key.startsWith("refused")) throw new SandboxError("grant_refused", "cannot write");
  if (key.startsWith("bug")) throw new TypeError("a bug");
}

/** What comes of these lines. */
export function follow(lines: readonly Uint8Array[]): Deeds & { greeted: boolean } {
  const deeds = { answers: [] as Deeds["answers"], done: [] as string[], broken: false };
  let [greeted, settled, bad] = [false, false, 0];
  const abused = (reason: string) => {
    deeds.done.push(`abused: ${reason}`);
    return { ...deeds, greeted };
  };
  for (const line of lines) {
    const found = readRequest(line);
    if ("code" in found) {
      if (!greeted || ++bad > 100) return abused("lines on its channel that are no requests");
      deeds.answers.push([null, found.code]);
      continue;
    }
    const { id, method, params: { key, value, ...params } } = found;
    const answer = (code?: number) => {
      if (id !== undefined) deeds.answers.push([id + 0, code]);
      else if (code !== undefined) bad++;
    };
    if (!greeted) {
      if (method !== "hello" || params.token !== TOKEN) return abused("no greeting on its channel");
      greeted = true;
      answer();
    } else if (method === "return" || method === "throw") {
      if (!settled) {
        deeds.done.push(
          method === "return" ? `returned ${JSON.stringify(value)}` : describeThrown(params),
        );
      }
      answer(settled ? -32602 : undefined);
      settled = true;
    } else if (method === "secrets_set" || method === "secrets_delete") {
      const isSet = method === "secrets_set";
      if (typeof key !== "string" || (isSet && typeof value !== "string")) {
        answer(-32602);
        continue;
      }
      deeds.done.push(isSet ? `set ${key} ${value}` : `delete ${key}`);
      if (key.startsWith("bug")) deeds.broken = true;
      answer(key.startsWith("refused") ? -32000 : key.startsWith("bug") ? -32603 : undefined);
    } else {
      answer(-32601);
    }
    if (bad > 100) return abused("lines on its channel that are no requests");
  }
  return { ...deeds, greeted };
}

/** A thrown error as both sides note it. */
export function describeThrown(thrown: Partial<Record<keyof Thrown, unknown>>): string {
  const text = (value: unknown) => typeof value === "string" ? value : "";
  return `thrown ${text(thrown.name) || "Error"}|${text(thrown.message)}|${text(thrown.stack)}`;
}

/** Any text, also with halves of characters and what ends a line elsewhere. */
export const anyText = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.nat(0xffff).map((code) => String.fromCharCode(code)) }),
  fc.constantFrom(
    "",
    "\n",
    "\r\n",
    "\u2028\u2029",
    "\ud800",
    "\udc00\ud800",
    "\ufeff",
    "\0",
    '"\\',
  ),
);
const NAMES = ["__proto__", "constructor", "toJSON", "key", "value", "id", "method", "params"];
/**
 * Any name but those with a backslash: after `{"a":1,"\\":2}` the JSON.parse of Deno 2.9.6 (V8 15.0)
 * reads `{"a":1,"\t":2}` with the earlier name, a backslash, in place of the tab.
 */
export const anyName = fc.oneof(fc.constantFrom(...NAMES), anyText)
  .filter((name) => !name.includes("\\"));

/** Any value of JSON but -0, which is 0 there. */
export const anyJson = fc.letrec<{ value: unknown; list: unknown; map: unknown; leaf: unknown }>(
  (tie) => ({
    value: fc.oneof({ maxDepth: 4 }, tie("leaf"), tie("list"), tie("map")),
    leaf: fc.oneof(
      fc.constantFrom(null, true, false, 2 ** 53, 1e308, 5e-324, -1e-7, 1e21, 0.1),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
      anyText,
    ),
    list: fc.array(tie("value"), { maxLength: 4 }),
    map: fc.dictionary(anyName, tie("value"), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
  }),
).value;

const encode = (text: string) => new TextEncoder().encode(text);
const withoutEnds = (line: Uint8Array) => line.filter((byte) => byte !== 10);

/** As a rule the right value of a field; its text, so that numbers beyond JSON's may stand there. */
const mostly = (right: fc.Arbitrary<string>) =>
  fc.oneof(
    { weight: 12, arbitrary: right },
    { weight: 1, arbitrary: anyJson.map((value) => JSON.stringify(value)) },
    { weight: 1, arbitrary: fc.constantFrom("1e999", "-0", "{}", "[]", `{"token":"${TOKEN}"}`) },
  );
const quoted = (texts: fc.Arbitrary<string>) => texts.map((text) => JSON.stringify(text));
const key = fc.oneof(fc.constantFrom("refused", "bug", "k"), anyText);
const params = fc.oneof(
  fc.record({ key: mostly(quoted(key)), value: mostly(quoted(anyText)) }, { requiredKeys: [] }),
  fc.record({ value: mostly(quoted(anyText)) }),
  fc.record({ name: mostly(quoted(anyText)), message: mostly(quoted(anyText)) }),
  fc.record({ token: mostly(fc.constantFrom(`"${TOKEN}"`, '"wrong"', '""')) }),
).map(asMap);

function asMap(fields: Readonly<Record<string, string | undefined>>): string {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return `{${entries.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(",")}}`;
}

/** A request as text, as a rule a right one. */
const request = fc.record({
  jsonrpc: mostly(fc.constant('"2.0"')),
  id: mostly(fc.integer().map(String)),
  method: mostly(
    quoted(
      fc.constantFrom("secrets_set", "secrets_set", "secrets_delete", "return", "throw", "hello"),
    ),
  ),
  params: mostly(params),
}, { requiredKeys: ["jsonrpc", "id", "method"] }).map(asMap);

/** The line that opens the channel. */
export const HELLO = encode(
  `{"jsonrpc":"2.0","id":0,"method":"hello","params":{"token":"${TOKEN}"}}`,
);

/** A line without its end: a request, one with a byte changed, JSON, or garbage. */
export const anyLine: fc.Arbitrary<Uint8Array> = fc.oneof(
  { weight: 10, arbitrary: request.map(encode) },
  { weight: 1, arbitrary: fc.constant(HELLO) },
  {
    weight: 2,
    arbitrary: fc.tuple(request, fc.nat(), fc.nat(255), fc.boolean()).map(
      ([text, at, byte, cut]) => {
        const line = encode(text);
        line[at % line.length] = byte;
        return cut ? line.subarray(0, at % line.length) : line;
      },
    ),
  },
  { weight: 1, arbitrary: anyJson.map((value) => encode(JSON.stringify(value))) },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
).map(withoutEnds);
