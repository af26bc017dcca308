/**
 * A JSON object of texts -> the keys and values of an import, or every mistake with its place.
 *
 * A number, true and false are taken as written; null, lists and objects are mistakes, and so are a name
 * that comes twice and what JSON itself does not have, such as comments.
 */
import { ConfigError } from "../sdk/errors.ts";
import type { ImportEntry, ImportText } from "./import_file.ts";
import { parseJsonc } from "./jsonc.ts";
import { isNull, type YamlNode } from "./yaml_node.ts";

/** Reads a JSON document. No message holds a character of it. */
export async function parseJsonEntries(text: string): Promise<ImportText> {
  const body = text.replace(/^\ufeff/, "");
  let root: YamlNode;
  try {
    root = await parseJsonc(body, "");
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    // SECURITY: its message and hint may show a character of a value
    // (tests/unit/runtime/import_file_test.ts).
    const { line = 1, column = 1 } = error.where ?? {};
    const hint = "names and texts go into double quotes, with a comma between two entries";
    return { entries: [], faults: [{ line, column, state: "is not JSON from here on", hint }] };
  }
  if (!isJson(body)) {
    const state = "begins what is JSON but for a comment, a last comma or a line break in a text";
    const hint = "take them out; a line break in a text is \\n";
    return { entries: [], faults: [{ ...root.place, state, hint }] };
  }
  if (root.kind !== "map") {
    const fault = { ...root.place, state: "holds no object", hint: 'write {"NAME": "value"}' };
    return { entries: [], faults: [fault] };
  }
  const entries = new Map<string, ImportEntry>();
  const faults: ImportText["faults"][number][] = [];
  for (const { key, place, value } of root.entries) {
    const earlier = entries.get(key);
    if (earlier !== undefined) {
      const state = `has a name that line ${earlier.line} has already`;
      faults.push({ ...place, state, hint: "leave one of them out" });
    } else if (value.kind === "scalar" && !isNull(value)) {
      entries.set(key, { key, value: value.text, line: place.line, doubts: [] });
    } else {
      faults.push({ ...value.place, ...describeValue(value) });
    }
  }
  return { entries: [...entries.values()], faults };
}

/** Without a word of why not: the message of JSON.parse quotes the text. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function describeValue(node: YamlNode): { readonly state: string; readonly hint: string } {
  if (node.kind === "scalar") {
    return { state: "holds null", hint: "leave the name out, or give it a text" };
  }
  const what = node.kind === "list" ? "a list" : "an object";
  return { state: `holds ${what}`, hint: "write it as a text; a secret is one text" };
}
