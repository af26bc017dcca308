/**
 * Where a value comes from, as a dotted name: `Deno.env.get`, `node:fs.readFile`, `sdk.env`.
 *
 * `sdk` is the object that main receives. Aliases, destructuring, imports and the types of sdk/mod.ts
 * are followed within one file; undefined is anything else, a local name among them.
 */
import { type Binding, type Bindings, keyOf, UNTOLD } from "./bindings.ts";

type Node = Deno.lint.Node;

/** How far a chain of names is followed: hostile code has longer ones. */
const FARTHEST = 40;

/** The types of sdk/mod.ts that a parameter may be declared with. */
const SDK_TYPES: Readonly<Record<string, string>> = {
  TaskContext: "sdk",
  TaskEnv: "sdk.env",
  TaskParams: "sdk.params",
  DicodeApi: "sdk.dicode",
};

/** Follows the values of one file. */
export class Origins {
  readonly #known = new Map<Node, string | undefined>();

  constructor(readonly bindings: Bindings, readonly isEntry: boolean) {}

  of(node: Node, steps = 0): string | undefined {
    if (steps > FARTHEST) return undefined;
    if (this.#known.has(node)) return this.#known.get(node);
    const origin = this.#find(node, steps);
    this.#known.set(node, origin);
    return origin;
  }

  /** The origin of what a name is bound to. */
  ofBinding(binding: Binding, steps = 0): string | undefined {
    const { bound, name } = binding;
    if (bound.is === "other" || this.bindings.isAssigned(name)) return undefined;
    if (bound.is === "import") {
      if (!/^(node|npm|jsr):/.test(bound.module)) return undefined;
      return normalize(bound.name === undefined ? bound.module : `${bound.module}.${bound.name}`);
    }
    const start = bound.is === "value" ? this.of(bound.init, steps + 1) : this.#ofParam(bound);
    if (start === undefined || bound.keys.includes(UNTOLD)) return undefined;
    return normalize([start, ...bound.keys].join("."));
  }

  /** The origin of a value that is followed no further: by a name that changes, or in a rest. */
  ofRest({ bound, name }: Binding): string | undefined {
    if (bound.is !== "value" && bound.is !== "param") return undefined;
    const untold = bound.keys.indexOf(UNTOLD);
    if (untold === -1 && !this.bindings.isAssigned(name)) return undefined;
    const start = bound.is === "value" ? this.of(bound.init) : this.#ofParam(bound);
    if (start === undefined) return undefined;
    return normalize([start, ...bound.keys.slice(0, untold === -1 ? undefined : untold)].join("."));
  }

  #find(node: Node, steps: number): string | undefined {
    const inner = unwrap(node);
    if (inner !== node) return this.of(inner, steps + 1);
    switch (node.type) {
      case "Identifier": {
        const binding = this.bindings.lookup(node.name, node.range[0]);
        return binding === undefined ? node.name : this.ofBinding(binding, steps);
      }
      case "MemberExpression": {
        const key = memberKey(node);
        const owner = key === undefined ? undefined : this.of(node.object, steps + 1);
        return owner === undefined ? undefined : normalize(`${owner}.${key}`);
      }
      case "ImportExpression":
        return moduleOf(node.source);
      case "CallExpression": {
        const [first] = node.arguments;
        const isRequire = first !== undefined && this.of(node.callee, steps + 1) === "require";
        return isRequire ? moduleOf(first) : undefined;
      }
      case "MetaProperty":
        return "import.meta";
    }
    return undefined;
  }

  #ofParam(bound: Extract<Binding["bound"], { is: "param" }>): string | undefined {
    const { fn, index, type } = bound;
    const declared = type === undefined ? undefined : ofType(type.typeAnnotation);
    if (declared !== undefined) return declared;
    return index === 0 && this.isEntry && this.#isMain(fn) ? "sdk" : undefined;
  }

  #isMain(fn: Node): boolean {
    if (fn.type === "FunctionDeclaration") {
      if (fn.parent.type === "ExportDefaultDeclaration") return true;
      const isTop = fn.parent.type === "Program" || fn.parent.type === "ExportNamedDeclaration";
      return isTop && !!fn.id && this.bindings.mains.has(fn.id.name);
    }
    if (fn.type !== "FunctionExpression" && fn.type !== "ArrowFunctionExpression") return false;
    let { parent } = fn;
    while (parent.type === "TSSatisfiesExpression" || parent.type === "TSAsExpression") {
      parent = parent.parent;
    }
    if (parent.type === "ExportDefaultDeclaration") return true;
    return parent.type === "VariableDeclarator" && parent.id.type === "Identifier" &&
      this.bindings.mains.has(parent.id.name);
  }
}

/** An expression without what changes its type alone, or waits for it. */
export function unwrap(node: Node): Node {
  for (let at = node;;) {
    switch (at.type) {
      case "TSAsExpression":
      case "TSNonNullExpression":
      case "TSSatisfiesExpression":
      case "TSTypeAssertion":
      case "TSInstantiationExpression":
      case "ChainExpression":
        at = at.expression;
        break;
      case "AwaitExpression":
        at = at.argument;
        break;
      default:
        return at;
    }
  }
}

/** The name of the member that is read, where it can be told. */
export function memberKey(node: Deno.lint.MemberExpression): string | undefined {
  return keyOf({ key: node.property, computed: node.computed });
}

function moduleOf(node: Node): string | undefined {
  if (node.type !== "Literal" || typeof node.value !== "string") return undefined;
  return /^(node|npm|jsr):/.test(node.value) ? normalize(node.value) : undefined;
}

function ofType(type: Node): string | undefined {
  if (type.type === "TSIndexedAccessType" && type.indexType.type === "TSLiteralType") {
    const owner = ofType(type.objectType);
    const { literal } = type.indexType;
    return owner !== undefined && literal.type === "Literal"
      ? `${owner}.${literal.value}`
      : undefined;
  }
  if (type.type !== "TSTypeReference" || type.typeName.type !== "Identifier") return undefined;
  const { name } = type.typeName;
  const inner = type.typeArguments?.params[0];
  if (inner !== undefined && /^(Pick|Omit|Partial|Readonly)$/.test(name)) return ofType(inner);
  return Object.hasOwn(SDK_TYPES, name) ? SDK_TYPES[name] : undefined;
}

/** One spelling for what has several. */
function normalize(origin: string): string {
  return origin
    .replace(/^(globalThis|window|self)\.(?=.)/, "")
    .replace(/^(node:[\w/]+)\.default(?=\.|$)/, "$1")
    .replace(/^node:fs\.promises(?=\.|$)/, "node:fs/promises")
    .replace(/^node:dns\.promises(?=\.|$)/, "node:dns/promises")
    .replace(/^node:process(?=\.|$)/, "process");
}
