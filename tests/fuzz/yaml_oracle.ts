/**
 * What a text of YAML holds, found without our own tree: js-yaml's loader, and naive reading of it.
 *
 * Also where in our tree a literal lies that a message may not show.
 */
import assert from "node:assert/strict";
import { CORE_SCHEMA, FAILSAFE_SCHEMA, load, realMapTag } from "js-yaml";
import type { Task } from "../../runtime/task.ts";
import { isBlank, isCoreValue, isNull, type YamlNode } from "../../runtime/yaml_node.ts";
import { CANARY } from "./draft_parts.ts";

type Plain = string | Plain[] | Map<Plain, Plain>;

const TEXTS = FAILSAFE_SCHEMA.withTags(realMapTag);
const VALUES = CORE_SCHEMA.withTags(realMapTag);

/** The document as js-yaml reads it: every scalar a text; and with YAML's own types. */
export function loadPlain(source: string): { texts: Plain; values: unknown } {
  const text = source.startsWith("\ufeff") ? source.slice(1) : source;
  const options = { maxDepth: 64 };
  return {
    texts: load(text, { ...options, schema: TEXTS }) as Plain,
    values: load(text, { ...options, schema: VALUES }),
  };
}

/** Fails unless our tree is what js-yaml reads. */
export function assertSame(node: YamlNode, texts: Plain, values: unknown): void {
  if (node.kind === "list") {
    assert.ok(Array.isArray(texts) && Array.isArray(values) && texts.length === node.items.length);
    node.items.forEach((item, i) => assertSame(item, texts[i]!, values[i]));
  } else if (node.kind === "map") {
    assert.ok(texts instanceof Map && values instanceof Map);
    assert.deepEqual(node.entries.map(({ key }) => key), [...texts.keys()]);
    const [each, typed] = [[...texts.values()], [...values.values()]];
    node.entries.forEach(({ value }, i) => assertSame(value, each[i]!, typed[i]));
  } else {
    assert.ok(node.kind === "scalar");
    assert.equal(node.text, texts);
    assert.equal(isNull(node) || isCoreValue(node), typeof values !== "string");
    assert.equal(isNull(node), values === null);
  }
}

/** Every text that is a name in a document. */
export function namesIn(found: Plain): Plain[] {
  if (Array.isArray(found)) return found.flatMap(namesIn);
  if (typeof found === "string") return [];
  return [...found].flatMap(([key, value]) => [key, ...namesIn(value)]);
}

const get = (found: Plain | undefined, name: string) =>
  found instanceof Map ? found.get(name) : undefined;
const texts = (found: Plain | undefined) => Array.isArray(found) ? found.map(String) : [];
const isTrue = (found: Plain | undefined) => typeof found === "string" && /^true$/i.test(found);

/** What the document grants, read naively: no place, no check. */
export function grantsIn(document: Plain) {
  const permissions = get(document, "permissions");
  const lists = (name: string) => texts(get(permissions, name));
  const entries = (name: string) => {
    const found = get(permissions, name);
    return Array.isArray(found) ? found : [];
  };
  const writes = get(get(permissions, "dicode"), "secrets_write");
  return {
    net: lists("net").map((host) => host.toLowerCase()),
    run: lists("run"),
    sys: lists("sys"),
    import: lists("import").map((host) => host.toLowerCase()),
    modules: lists("modules"),
    fs: entries("fs").map((entry) => {
      const permission = String(get(entry, "permission"));
      const [read, write] = [permission.includes("r"), permission.includes("w")];
      return { path: get(entry, "path"), read, write };
    }),
    env: entries("env").map((entry) => {
      if (typeof entry === "string") {
        const [name, ...value] = entry.split("=");
        return value.length === 0 ? [name] : [name, "value", value.join("=")];
      }
      const name = get(entry, "name");
      for (const source of ["from", "secret", "value"]) {
        const found = get(entry, source);
        if (source === "from" && typeof found === "string") {
          return [name, source, found.replace(/^env:/, "")];
        }
        if (found !== undefined) return [name, source, found];
      }
      return [name];
    }),
    secretsWrite: Array.isArray(writes) ? texts(writes) : isTrue(writes),
  };
}

/** The same of a task. */
export function grantsOf({ permissions }: Task): ReturnType<typeof grantsIn> {
  const values = (found: readonly { readonly value: string }[]) => found.map(({ value }) => value);
  return {
    net: values(permissions.net),
    run: values(permissions.run),
    sys: values(permissions.sys),
    import: values(permissions.import),
    modules: values(permissions.modules),
    fs: permissions.fs.map(({ path, read, write }) => ({ path, read, write })),
    env: permissions.env.map((entry) => {
      if (entry.kind === "pass") return [entry.name];
      if (entry.kind === "from") return [entry.name, "from", entry.from];
      if (entry.kind === "secret") return [entry.name, "secret", entry.secret];
      return [entry.name, "value", entry.value];
    }),
    secretsWrite: typeof permissions.secretsWrite === "boolean"
      ? permissions.secretsWrite
      : [...permissions.secretsWrite],
  };
}

/** Fields whose text no message shows, wherever they stand. */
const LITERALS = new Set(["value", "default", "webhook_secret"]);

/** Maps that have a literal among their fields: in braces, a name may be a piece of it. */
const MIXED = /^(?:permissions\.env\.\[\]|params\.[^.]*|trigger)$/;

/**
 * The marks of literals that a message may show, since they stand where no literal belongs. What a
 * comma has cut off a literal in brackets or braces is not among them.
 */
export function openCanaries(root: YamlNode | undefined): Set<string> {
  const found = new Set<string>();
  const add = (text = "") => {
    for (const [mark] of text.matchAll(CANARY)) found.add(mark);
  };
  const visit = (node: YamlNode, path: readonly string[]): void => {
    if (node.kind === "list") {
      const isCut = (entry: YamlNode) =>
        entry.kind === "scalar" && entry.plain && entry.text.includes("=");
      const rest = node.flow ? node.items.findIndex(isCut) : -1;
      node.items.forEach((item, i) => {
        // What could be a variable's name is taken for one.
        const isPiece = item.kind === "scalar" && item.plain &&
          !/^[a-z_]\w*(?:=|$)/i.test(item.text);
        if (rest === -1 || i <= rest || !isPiece) visit(item, [...path, "[]"]);
      });
    }
    if (node.kind === "map") {
      for (const { key, value } of node.entries) {
        if (!node.flow || !(isBlank(value) || MIXED.test(path.join(".")))) add(key);
        visit(value, [...path, key]);
      }
    }
    if (node.kind !== "scalar" || LITERALS.has(path.findLast((name) => name !== "[]") ?? "")) {
      return;
    }
    const where = path.join(".");
    if (/^(?:params\.[^.]*|trigger\.chain\.params\.[^.]*)$/.test(where)) return;
    add(/^permissions\.env(?:\.\[\])?$/.test(where) ? node.text.split("=")[0] : node.text);
  };
  if (root !== undefined) visit(root, []);
  return found;
}
