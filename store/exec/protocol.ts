/**
 * `mode: json`: one run of the program for all keys. The protocol is that of OpenClaw's secret
 * providers, so that programs written for those work here:
 *
 *     stdin   {"protocolVersion":1,"provider":"NAME","ids":["a","b"]}
 *     stdout  {"protocolVersion":1,"values":{"a":"…"},"errors":{"b":{"message":"not found"}}}
 */
import { isObject } from "../http_answer.ts";
import { ProviderFailure } from "../provider.ts";
import { quoteWhole } from "../quote.ts";
import { askTool, decodeOutput, lastLine } from "../ask_tool.ts";
import { memberText } from "../values.ts";
import { makeFailure } from "./failures.ts";
import { type Batch, makeCall } from "./value.ts";

const VERSION = 1;

/** What the program answered for names: a value, or the message of an error. */
type Answers = { readonly values: unknown; readonly errors: unknown };

/**
 * The values of those names that the program has.
 *
 * @throws {ProviderFailure} it fails, answers something else, or says of a name another thing than
 *   that it is not found.
 */
export async function askAll(
  batch: Batch,
  names: readonly string[],
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const ids = [...new Set(names)];
  const { provider, program, hidden } = batch;
  const stdin = JSON.stringify({ protocolVersion: VERSION, provider, ids });
  const call = makeCall({ ...batch, stdin }, program.command, { name: "" });
  const ended = await askTool(call, signal);
  const shown = call.argv[0]!;
  if (ended.code !== 0) {
    const hint = "run it by hand, with a request as docs/providers/exec.md shows it";
    throw makeFailure({ provider, program: shown, ended, hidden, meanings: [], hint });
  }
  const { values, errors } = parse(decodeOutput(call, ended.stdout), provider, shown);
  const found = new Map<string, string>();
  for (const id of ids) {
    const value = memberText(values, id);
    if (value !== undefined) found.set(id, value);
  }
  const secrets = [...hidden, ...allTexts(values)];
  for (const id of ids) if (!found.has(id)) refuse(id, errors, provider, secrets);
  return found;
}

/** An error that is not "not found" is a failure. */
function refuse(id: string, errors: unknown, provider: string, hidden: readonly string[]): void {
  if (!isObject(errors) || !Object.hasOwn(errors, id)) return;
  const error = errors[id];
  const message = typeof error === "string" ? error : memberText(error, "message") ?? "";
  if (/not found/i.test(message)) return;
  const said = lastLine(message, hidden);
  const why = said === "" ? "without saying why" : `and says ${quoteWhole(said)}`;
  const found = `the program refuses ${quoteWhole(id)} ${why}`;
  throw new ProviderFailure(provider, "tool_failed", found, {
    hint: 'cure what it says; an error whose message has "not found" counts as an absence',
  });
}

function parse(output: string, provider: string, program: string): Answers {
  const fail = (state: string, hint: string) =>
    new ProviderFailure(provider, "bad_answer", `${quoteWhole(program)} prints ${state}`, { hint });
  const plain = "for a program that prints a value and no JSON, write mode: value";
  let answer: unknown;
  try {
    answer = JSON.parse(output);
  } catch {
    throw fail("what is not whole JSON", plain); // the error would quote it
  }
  if (!isObject(answer)) throw fail("JSON that is no object", plain);
  if (answer.protocolVersion !== VERSION) {
    throw fail(`no "protocolVersion": ${VERSION}`, "see the protocol in docs/providers/exec.md");
  }
  const { values = {}, errors = {} } = answer;
  if (!isObject(values) || !isObject(errors)) {
    throw fail('"values" or "errors" that are no objects', "see docs/providers/exec.md");
  }
  return { values, errors };
}

function allTexts(values: unknown): string[] {
  if (!isObject(values)) return [];
  return Object.keys(values).flatMap((id) => {
    const text = memberText(values, id) ?? "";
    return [text, ...text.split("\n")].map((line) => line.trim());
  });
}
