/** Answers as the real OpenBao gave them when tests/fixtures/openbao/answers.json was recorded. */
import answers from "../fixtures/openbao/answers.json" with { type: "json" };

type Name = keyof typeof answers;

/** The headers of an answer. */
export const JSON_TYPE = { "content-type": "application/json", "cache-control": "no-store" };

/** The recorded answer of that name, with what `change` makes of its body. */
// deno-lint-ignore no-explicit-any -- the recorded bodies are of many shapes
export function answer(name: Name, change: (json: any) => unknown = (json) => json): Response {
  const { status, body } = answers[name] as { status: number; body?: unknown };
  const text = body === undefined ? null : JSON.stringify(change(structuredClone(body))) + "\n";
  return new Response(text, { status, headers: JSON_TYPE });
}
