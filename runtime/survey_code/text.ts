/**
 * The texts that an expression can be, as far as they can be told without running it.
 *
 * Constants, templates, sums, conditions, defaults, `new URL`, `import.meta` and the joining of paths
 * are worked out. What begins with a known text and goes on with an unknown one is known as a head.
 */
import { keyOf } from "./bindings.ts";
import { memberKey, type Origins, unwrap } from "./origin.ts";
import type { Source } from "./mention.ts";

type Node = Deno.lint.Node;

/** A text; unless `whole`, only its beginning. */
export interface Text {
  readonly text: string;
  readonly whole: boolean;
}

const UNKNOWN: Text = { text: "", whole: false };
/** How many texts one expression may have, and how long one may be. */
const MOST = 8;
const LONGEST = 1024;
/** How far an expression is followed: hostile code goes deeper. */
const FARTHEST = 40;

/** Works out the texts of one file. */
export class Texts {
  /** Each is worked out once, however many names lead to it. */
  readonly #known = new Map<Node, readonly Text[]>();

  constructor(readonly origins: Origins, readonly source: Source) {}

  /** At least one; an expression that says nothing is an empty head. */
  of(node: Node, steps = 0): readonly Text[] {
    const known = this.#known.get(node);
    if (known !== undefined) return known;
    if (steps > FARTHEST) return [UNKNOWN];
    const found = this.#find(unwrap(node), steps + 1).slice(0, MOST)
      .map((text) => text.text.length > LONGEST ? UNKNOWN : text);
    this.#known.set(node, found);
    return found;
  }

  #find(node: Node, steps: number): readonly Text[] {
    switch (node.type) {
      case "Literal":
        return typeof node.value === "string" || typeof node.value === "number"
          ? [{ text: String(node.value), whole: true }]
          : [UNKNOWN];
      case "TemplateLiteral": {
        const parts = node.quasis.flatMap(({ cooked }, index) => {
          const expression = node.expressions[index];
          const text: readonly Text[] = [{ text: cooked, whole: true }];
          return expression === undefined ? [text] : [text, this.of(expression, steps)];
        });
        return joinAll(parts);
      }
      case "BinaryExpression":
        return node.operator === "+"
          ? joinAll([this.of(node.left, steps), this.of(node.right, steps)])
          : [UNKNOWN];
      case "ConditionalExpression":
        return [...this.of(node.consequent, steps), ...this.of(node.alternate, steps)];
      case "LogicalExpression":
        return node.operator === "&&"
          ? this.of(node.right, steps)
          : [...this.of(node.left, steps), ...this.of(node.right, steps)];
      case "Identifier":
        return this.#ofName(node, steps);
      case "MemberExpression":
        return this.#ofMember(node, steps);
      case "NewExpression":
        return this.#ofNew(node, steps);
      case "CallExpression":
        return this.#ofCall(node, steps);
    }
    return [UNKNOWN];
  }

  #ofName(node: Deno.lint.Identifier, steps: number): readonly Text[] {
    const { bindings } = this.origins;
    const bound = bindings.lookup(node.name, node.range[0])?.bound;
    if (bound?.is !== "value" || bindings.isAssigned(node.name)) return [UNKNOWN];
    return this.#ofPart(bound.init, bound.keys, steps);
  }

  #ofMember(node: Deno.lint.MemberExpression, steps: number): readonly Text[] {
    const origin = this.origins.of(node);
    const { url, dir } = this.source;
    if (origin === "import.meta.url") return [{ text: url, whole: true }];
    if (origin === "import.meta.dirname") return [{ text: dir, whole: true }];
    if (origin === "import.meta.filename") {
      return [{ text: decodeURIComponent(new URL(url).pathname), whole: true }];
    }
    const key = memberKey(node);
    // Of a URL; the path of one on the web is no path of a file, and is not asked for as one.
    if (key === "href" || key === "pathname") return this.of(node.object, steps);
    return key === undefined ? [UNKNOWN] : this.#ofPart(node.object, [key], steps);
  }

  /** What the keys lead to in an object that is written out. */
  #ofPart(node: Node, keys: readonly string[], steps: number): readonly Text[] {
    const [key, ...rest] = keys;
    if (key === undefined) return this.of(node, steps);
    if (steps > FARTHEST) return [UNKNOWN];
    const object = unwrap(node);
    if (object.type === "MemberExpression") {
      const outer = memberKey(object);
      return outer === undefined
        ? [UNKNOWN]
        : this.#ofPart(object.object, [outer, ...keys], steps + 1);
    }
    if (object.type === "Identifier") {
      const { bindings } = this.origins;
      const bound = bindings.lookup(object.name, object.range[0])?.bound;
      if (bound?.is !== "value" || bindings.isAssigned(object.name)) return [UNKNOWN];
      return this.#ofPart(bound.init, [...bound.keys, ...keys], steps + 1);
    }
    if (object.type !== "ObjectExpression") return [UNKNOWN];
    for (const property of object.properties) {
      if (property.type === "SpreadElement" || keyOf(property) !== key) continue;
      return this.#ofPart(property.value, rest, steps + 1);
    }
    return [UNKNOWN];
  }

  #ofNew(node: Deno.lint.NewExpression, steps: number): readonly Text[] {
    const [first, second] = node.arguments;
    const origin = this.origins.of(node.callee);
    if (first === undefined || (origin !== "URL" && origin !== "Request")) return [UNKNOWN];
    const texts = this.of(first, steps);
    if (origin === "Request" || second === undefined) return texts;
    return this.of(second, steps).flatMap((base) => texts.map((text) => resolve(text, base)));
  }

  #ofCall(node: Deno.lint.CallExpression, steps: number): readonly Text[] {
    const { callee, arguments: given } = node;
    const origin = this.origins.of(callee) ?? "";
    const [first] = given;
    if (origin === "Deno.cwd" || origin === "process.cwd") {
      return [{ text: this.source.cwd, whole: true }];
    }
    if (first === undefined) {
      const member = unwrap(callee);
      const isText = member.type === "MemberExpression" && memberKey(member) === "toString";
      return isText ? this.of(member.object, steps) : [UNKNOWN];
    }
    if (origin === "String" || /\.(fromFileUrl|fileURLToPath)$/.test(origin)) {
      return this.of(first, steps);
    }
    if (/^(node:path|jsr:\/?@std\/path).*\.(join|resolve)$/.test(origin)) {
      const slash: readonly Text[] = [{ text: "/", whole: true }];
      return joinAll(given.flatMap((part, index) => {
        const texts = this.of(part, steps);
        return index === 0 ? [texts] : [slash, texts];
      }));
    }
    return [UNKNOWN];
  }
}

/** Every way to put the parts one behind the other. */
function joinAll(parts: readonly (readonly Text[])[]): readonly Text[] {
  let joined: readonly Text[] = [{ text: "", whole: true }];
  for (const part of parts) {
    joined = joined.flatMap((head) => {
      return head.whole
        ? part.map(({ text, whole }) => ({ text: head.text + text, whole }))
        : [head];
    }).slice(0, MOST);
  }
  return joined;
}

/** As `new URL(text, base)`. */
function resolve({ text, whole }: Text, base: Text): Text {
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return { text, whole };
  const url = URL.parse(text, base.text);
  if (url === null) return UNKNOWN;
  return { text: url.href, whole: whole && base.whole };
}
