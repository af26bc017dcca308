/**
 * JSON text with comments and trailing commas, as deno.json may hold -> the tree that yaml.ts makes of
 * YAML: scalars keep their text, every node knows its place.
 *
 * The only file that imports momoa, and only when it is called: 3 ms, where the parsers that come as
 * CommonJS take 28 (Deno 2.9.6). Laxer spellings that Deno takes too (single quotes, names without
 * quotes) are mistakes. A mistake ends the reading; its message shows one character of the text.
 */
import type { ValueNode } from "@humanwhocodes/momoa";
import { ConfigError } from "../sdk/errors.ts";
import { Places } from "./places.ts";
import { quote } from "./report.ts";
import type { YamlNode } from "./yaml_node.ts";

/** Deeper is no configuration, and would exhaust the stack. */
const DEEPEST = 64;

/**
 * Reads one JSON document. Names may come twice: whoever reads them decides what that means.
 *
 * @param file the name that places carry.
 * @throws {ConfigError} `json_syntax`.
 */
export async function parseJsonc(text: string, file: string): Promise<YamlNode> {
  const { parse } = await import(
    "@humanwhocodes/momoa" as string
  ) as typeof import("@humanwhocodes/momoa");
  const places = new Places(text);
  try {
    return convert(parse(text, { mode: "jsonc", allowTrailingCommas: true }).body, 0);
  } catch (error) {
    const { state, hint, offset } = explain(error, text);
    const name = file.slice(file.lastIndexOf("/") + 1);
    const message = `cannot parse ${name}: ${state}`;
    const where = { file, ...places.at(offset) };
    throw new ConfigError([{ code: "json_syntax", message, ...(hint ? { hint } : {}), where }]);
  }

  function convert(node: ValueNode, depth: number): YamlNode {
    const place = places.at(node.loc.start.offset);
    if (depth > DEEPEST) throw new RangeError("too deep");
    if (node.type === "Object") {
      const entries = node.members.map(({ name, value }) => ({
        key: name.type === "String" ? name.value : name.name,
        place: places.at(name.loc.start.offset),
        value: convert(value, depth + 1),
      }));
      return { kind: "map", place, flow: true, entries };
    }
    if (node.type === "Array") {
      const items = node.elements.map(({ value }) => convert(value, depth + 1));
      return { kind: "list", place, flow: true, items };
    }
    if (node.type === "String") return { kind: "scalar", place, text: node.value, plain: false };
    const source = text.slice(node.loc.start.offset, node.loc.end.offset);
    return { kind: "scalar", place, text: source, plain: true };
  }
}

/** What is wrong with a text, from the parser's word of where it could not go on. */
function explain(error: unknown, text: string): { state: string; hint?: string; offset: number } {
  if (error instanceof RangeError) {
    return { state: `it is nested deeper than ${DEEPEST} levels`, offset: 0 };
  }
  const place = error as { readonly offset?: number; readonly message?: string };
  const at = place.offset ?? text.length;
  const found = text.codePointAt(at);
  // At the end the parser names the token before it.
  const isLast = /^[{[:,]\s*$/.test(text.slice(at));
  if (found === undefined || isLast || /^Unexpected end/.test(place.message ?? "")) {
    const offset = text.trimEnd().length;
    return { state: "it ends too early", hint: "close what is open", offset };
  }
  const character = String.fromCodePoint(found);
  const state = `${quote(character)} stands where it does not belong`;
  if (!/['\p{ID_Start}$_]/u.test(character)) return { state, offset: at };
  return { state, hint: "put names and texts in double quotes", offset: at };
}
