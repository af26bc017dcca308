/**
 * The names that a file declares, each with its scope and what it is bound to.
 *
 * Enough to tell a local `env` from the SDK's and to follow a constant to its text; no type checker. A
 * name that is assigned to again is followed nowhere. What a node lacks is null by its type, and null
 * or undefined in fact (Deno 2.9.6).
 */
type Node = Deno.lint.Node;

/** Stands in for a key that cannot be told: a rest element, a computed key, an index. */
export const UNTOLD = "...";

/** What a name is bound to. */
export type Bound =
  /** A module's export `name`; undefined is the module itself, or its default export. */
  | { readonly is: "import"; readonly module: string; readonly name: string | undefined }
  /** A value, or the part of it that `keys` lead to. */
  | { readonly is: "value"; readonly init: Node; readonly keys: readonly string[] }
  /** A part of the function's argument at `index`. */
  | {
    readonly is: "param";
    readonly fn: Node;
    readonly index: number;
    readonly keys: readonly string[];
    readonly type: Deno.lint.TSTypeAnnotation | undefined;
  }
  | { readonly is: "other" };

/** A declared name. */
export interface Binding {
  readonly name: string;
  /** Its identifier. */
  readonly id: Node;
  /** Where the name holds, as offsets. */
  readonly scope: readonly [start: number, end: number];
  readonly bound: Bound;
}

const FUNCTIONS = new Set(["FunctionDeclaration", "FunctionExpression", "ArrowFunctionExpression"]);
const VAR_SCOPES = new Set([...FUNCTIONS, "Program", "StaticBlock", "TSModuleBlock"]);
const BLOCKS = new Set([
  ...VAR_SCOPES,
  ...["BlockStatement", "ForStatement", "ForInStatement", "ForOfStatement", "SwitchStatement"],
]);
const DEEPEST_PATTERN = 20;

/** The names of one file; `visitor` fills it. */
export class Bindings {
  readonly #byName = new Map<string, Binding[]>();
  readonly #assigned = new Set<string>();
  /** Names under which the file exports its main function. */
  readonly mains = new Set(["main"]);

  /** What the linter calls for each node. */
  readonly visitor: Deno.lint.LintVisitor = {
    ImportDeclaration: (node) => {
      for (const specifier of node.specifiers) {
        const name = specifier.type === "ImportSpecifier" ? nameOf(specifier.imported) : undefined;
        const bound = { is: "import", module: node.source.value, name } as const;
        this.#add(specifier.local, this.#scope(node, VAR_SCOPES), bound);
      }
    },
    VariableDeclarator: (node) => {
      const scope = this.#scope(node, node.parent.kind === "var" ? VAR_SCOPES : BLOCKS);
      const { init } = node;
      this.#addPattern(node.id, scope, (keys) => {
        return !init ? { is: "other" } : { is: "value", init, keys };
      });
    },
    FunctionDeclaration: (node) => this.#addFunction(node),
    FunctionExpression: (node) => this.#addFunction(node),
    ArrowFunctionExpression: (node) => this.#addFunction(node),
    ClassDeclaration: (node) => {
      if (node.id) this.#add(node.id, this.#scope(node.parent, BLOCKS), { is: "other" });
    },
    CatchClause: (node) => {
      if (node.param) {
        this.#addPattern(node.param, node.range, () => ({ is: "other" }));
      }
    },
    AssignmentExpression: ({ left }) => {
      if (left.type === "Identifier") this.#assigned.add(left.name);
    },
    UpdateExpression: ({ argument }) => {
      if (argument.type === "Identifier") this.#assigned.add(argument.name);
    },
    ExportDefaultDeclaration: ({ declaration }) => {
      if (declaration.type === "Identifier") this.mains.add(declaration.name);
    },
    ExportSpecifier: ({ local, exported }) => {
      if (/^(main|default)$/.test(nameOf(exported) ?? "")) this.mains.add(nameOf(local) ?? "main");
    },
  };

  /** What a name means at an offset; undefined is a global one. */
  lookup(name: string, at: number): Binding | undefined {
    let best: Binding | undefined;
    for (const binding of this.#byName.get(name) ?? []) {
      const [start, end] = binding.scope;
      if (at < start || at >= end) continue;
      if (best === undefined || end - start < best.scope[1] - best.scope[0]) best = binding;
    }
    return best;
  }

  /** Whether a name is assigned to somewhere, so that its first value says little. */
  isAssigned(name: string): boolean {
    return this.#assigned.has(name);
  }

  *all(): Generator<Binding> {
    for (const bindings of this.#byName.values()) yield* bindings;
  }

  #add(id: Deno.lint.Identifier, scope: Binding["scope"], bound: Bound): void {
    const binding = { name: id.name, id, scope, bound };
    const known = this.#byName.get(id.name);
    if (known === undefined) this.#byName.set(id.name, [binding]);
    else known.push(binding);
  }

  #addFunction(
    node:
      | Deno.lint.FunctionDeclaration
      | Deno.lint.FunctionExpression
      | Deno.lint.ArrowFunctionExpression,
  ): void {
    if (node.id) {
      const scope = node.type === "FunctionDeclaration"
        ? this.#scope(node.parent, BLOCKS)
        : node.range;
      this.#add(node.id, scope, { is: "other" });
    }
    for (const [index, param] of node.params.entries()) {
      const inner = param.type === "TSParameterProperty" ? param.parameter : param;
      const target = inner.type === "AssignmentPattern" ? inner.left : inner;
      const type = "typeAnnotation" in target ? target.typeAnnotation : undefined;
      this.#addPattern(target, node.range, (keys) => ({
        is: "param",
        fn: node,
        index,
        keys,
        type,
      }));
    }
  }

  /** Each name of a pattern, with the keys that lead to it. */
  #addPattern(
    node: Node,
    scope: Binding["scope"],
    bind: (keys: readonly string[]) => Bound,
    keys: readonly string[] = [],
  ): void {
    if (keys.length > DEEPEST_PATTERN) return;
    const below = (child: Node | null | undefined, key: string) => {
      if (child) this.#addPattern(child, scope, bind, [...keys, key]);
    };
    switch (node.type) {
      case "Identifier":
        return this.#add(node, scope, bind(keys));
      case "AssignmentPattern":
        return this.#addPattern(node.left, scope, bind, keys);
      case "RestElement":
        return below(node.argument, UNTOLD);
      case "ArrayPattern":
        return node.elements.forEach((element) => below(element, UNTOLD));
      case "ObjectPattern":
        for (const property of node.properties) {
          if (property.type === "RestElement") below(property.argument, UNTOLD);
          else below(property.value, keyOf(property) ?? UNTOLD);
        }
    }
  }

  #scope(node: Node, kinds: ReadonlySet<string>): Binding["scope"] {
    let at: Node | undefined = node;
    while (at !== undefined && !kinds.has(at.type)) at = parentOf(at);
    return at === undefined || at.type === "Program" ? [0, Infinity] : at.range;
  }
}

/** The node that a node stands in. */
export function parentOf(node: Node): Node | undefined {
  return "parent" in node && node.parent ? node.parent as Node : undefined;
}

/** The key of a property, where it can be told without running anything. */
export function keyOf(
  property: { readonly key: Node; readonly computed: boolean },
): string | undefined {
  const { key, computed } = property;
  return key.type === "Identifier" && computed ? undefined : nameOf(key);
}

function nameOf(node: Node): string | undefined {
  if (node.type === "Identifier") return node.name;
  return node.type === "Literal" && typeof node.value === "string" ? node.value : undefined;
}
