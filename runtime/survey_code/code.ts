/**
 * The text of a file -> the variables, hosts, paths, programs and keys that it names, and where.
 *
 * Deno's own linter parses it (`Deno.lint.runPlugin`, Deno 2.9.6, which works under `deno test` alone);
 * nothing of it runs. Says of each kind also where the code asks for what only a run can tell: whoever
 * says that something is not named must look there first.
 */
import { type Binding, Bindings, parentOf } from "./bindings.ts";
import { Calls } from "./calls.ts";
import { hostOf } from "./hosts.ts";
import type { Kind, Mention, Source } from "./mention.ts";
import { kindsOf, SECRETS } from "./names.ts";
import { memberKey, Origins, unwrap } from "./origin.ts";
import { Texts } from "./text.ts";

type Node = Deno.lint.Node;

/** More mentions than any honest file has. */
const MOST = 2000;

/** Global names that lead to something that asks. */
const GLOBALS = new Set(
  ("Deno process globalThis window self fetch Request WebSocket WebSocketStream EventSource " +
    "WebTransport eval Function Worker").split(" "),
);

/** Names of objects that are the SDK's where nothing says otherwise. */
const USUAL: Readonly<Record<string, Kind>> = { env: "env", params: "param" };

/**
 * What the file names, in the order of the places.
 *
 * @throws {SyntaxError} as the parser says it; {RangeError} if it is nested too deeply.
 */
export function findMentions(source: Source): Mention[] {
  const survey = new FileSurvey(source);
  Deno.lint.runPlugin(
    { name: "dicode", rules: { survey: { create: () => survey.visitor } } },
    source.name,
    source.text,
  );
  return survey.mentions.toSorted((one, other) => one.at - other.at);
}

class FileSurvey {
  readonly mentions: Mention[] = [];
  readonly #bindings = new Bindings();
  readonly #origins: Origins;
  readonly #texts: Texts;
  readonly #calls: Calls;
  /** Visited first, understood once all names are known. */
  readonly #found: Node[] = [];

  constructor(source: Source) {
    this.#origins = new Origins(this.#bindings, source.isEntry);
    this.#texts = new Texts(this.#origins, source);
    this.#calls = new Calls(this.#texts, (node, mention) => this.#note(node, mention));
  }

  get visitor(): Deno.lint.LintVisitor {
    const keep = (node: Node) => void this.#found.push(node);
    return {
      ...this.#bindings.visitor,
      CallExpression: keep,
      NewExpression: keep,
      MemberExpression: keep,
      Identifier: keep,
      ImportExpression: keep,
      ExportAllDeclaration: keep,
      ExportNamedDeclaration: keep,
      BinaryExpression: keep,
      Literal: keep,
      TemplateLiteral: keep,
      "Program:exit": () => this.#understand(),
    };
  }

  #understand(): void {
    const tracked = new Set(GLOBALS);
    for (const binding of this.#bindings.all()) {
      const origin = this.#origins.ofBinding(binding);
      if (origin !== undefined) {
        tracked.add(binding.name);
        this.#variable(binding.id, origin);
        if (isExported(binding)) this.#escape(binding.id, origin);
      }
      const rest = this.#origins.ofRest(binding);
      if (rest !== undefined) this.#escape(binding.id, rest);
    }
    for (const node of this.#found) {
      if (this.mentions.length >= MOST) {
        return this.#note(node, { kind: "code", name: null, sure: false });
      }
      if (node.type !== "Identifier" || tracked.has(node.name)) this.#visit(node);
    }
  }

  #visit(node: Node): void {
    switch (node.type) {
      case "CallExpression":
      case "NewExpression":
        return this.#call(node);
      case "ExportAllDeclaration":
        return this.#escape(node, node.source.value);
      case "ExportNamedDeclaration":
        return !node.source ? undefined : this.#escape(node, node.source.value);
      case "ImportExpression":
        if (this.#texts.of(node.source).some(({ whole }) => !whole)) {
          this.#note(node, { kind: "code", name: null, sure: false });
        }
        return;
      case "BinaryExpression": {
        if (node.operator !== "in" || this.#origins.of(node.right) !== "process.env") return;
        const { left } = node;
        for (
          const { text, whole } of left.type === "PrivateIdentifier" ? [] : this.#texts.of(left)
        ) {
          this.#note(left, { kind: "env", name: whole ? text : null });
        }
        return;
      }
      case "Literal":
      case "TemplateLiteral":
        return this.#literal(node);
      case "MemberExpression":
      case "Identifier":
        return this.#reference(node);
    }
  }

  #call(node: Deno.lint.CallExpression | Deno.lint.NewExpression): void {
    const callee = unwrap(node.callee);
    const origin = this.#origins.of(callee);
    const key = callee.type === "MemberExpression"
      ? memberKey(callee)
      : callee.type === "Identifier"
      ? callee.name
      : undefined;
    if (key !== undefined && SECRETS.has(key)) return this.#calls.readSecret(node);
    if (origin !== undefined && this.#calls.read(node, origin)) return;
    if (callee.type !== "MemberExpression" || key !== "get") return;
    // An object that is called `env`, and may be the SDK's: a helper's argument without a type.
    const kind = this.#usual(callee.object);
    const [first] = node.arguments;
    if (kind === undefined || first === undefined) return;
    for (const { text, whole } of this.#texts.of(first)) {
      this.#note(first, { kind, name: whole ? text : null, sure: false });
    }
  }

  #usual(node: Node): Kind | undefined {
    const object = unwrap(node);
    if (this.#origins.of(object) !== undefined) return undefined;
    if (object.type === "MemberExpression") return USUAL[memberKey(object) ?? ""];
    if (object.type !== "Identifier") return undefined;
    const bound = this.#bindings.lookup(object.name, object.range[0])?.bound;
    return bound?.is === "param" ? USUAL[object.name] : undefined;
  }

  /** A URL in the code may be dialled by code that is not understood, and may be a mere text. */
  #literal(node: Deno.lint.Literal | Deno.lint.TemplateLiteral): void {
    const parent = parentOf(node)?.type ?? "";
    if (/^(Import|Export|TSLiteralType)/.test(parent)) return;
    const text = node.type === "Literal"
      ? { text: typeof node.value === "string" ? node.value : "", whole: true }
      : { text: node.quasis[0]?.cooked ?? "", whole: node.quasis.length === 1 };
    if (text.text.length > 2048 || /\s/.test(text.text)) return;
    const found = hostOf(text);
    if (found === undefined) return;
    const { host: name, port } = found;
    this.#note(node, { kind: "net", name, ...(port === undefined ? {} : { port }), sure: false });
  }

  /** A name or member that leads to something that asks. */
  #reference(node: Deno.lint.MemberExpression | Deno.lint.Identifier): void {
    const origin = this.#origins.of(node);
    if (origin === undefined) return;
    if (node.type === "MemberExpression") this.#variable(node.property, origin);
    if (!this.#isConsumed(node)) this.#escape(node, origin);
  }

  /** `process.env.NAME`, however it is come by. */
  #variable(node: Node, origin: string): void {
    const name = /^process\.env\.([^.]+)$/.exec(origin)?.[1];
    if (name !== undefined) this.#note(node, { kind: "env", name });
  }

  /** Whether what is done with a value is understood elsewhere: called, taken apart or given a name. */
  #isConsumed(node: Node): boolean {
    let [at, parent] = [node, parentOf(node)];
    while (parent !== undefined && unwrap(parent) === unwrap(at) && parent !== at) {
      [at, parent] = [parent, parentOf(parent)];
    }
    if (parent === undefined) return true;
    switch (parent.type) {
      case "CallExpression":
      case "NewExpression":
        return parent.callee === at;
      case "MemberExpression":
        if (parent.object === at) return memberKey(parent) !== undefined;
        return !parent.computed;
      case "VariableDeclarator":
        return parent.init !== at || parent.id.type !== "ArrayPattern";
      case "Property":
        if (parent.parent.type === "ObjectPattern") return true;
        return parent.value !== at && !parent.computed;
      case "PropertyDefinition":
        return parent.value !== at && !parent.computed;
      case "ArrowFunctionExpression":
        return parent.body !== at;
      case "AssignmentPattern":
        return parent.right !== at;
      case "ClassDeclaration":
      case "ClassExpression":
        return parent.superClass !== at;
      case "BinaryExpression":
      case "UnaryExpression":
        return true;
    }
    return /^(TS|Import|Function|Method|Labeled|Break|Continue|Catch|Rest)/.test(parent.type);
  }

  /** Something that asks is handed on: what will be asked for is not known. */
  #escape(node: Node, origin: string): void {
    for (const kind of kindsOf(origin)) this.#note(node, { kind, name: null, sure: false });
  }

  #note(node: Node, mention: Omit<Mention, "at" | "sure"> & { readonly sure?: boolean }): void {
    this.mentions.push({ sure: true, ...mention, at: node.range[0] });
  }
}

/** Whether other files can take the name from this one. */
function isExported({ id }: Binding): boolean {
  let at = parentOf(id);
  while (at !== undefined && !/(Declaration|Expression|Statement)$/.test(at.type)) {
    at = parentOf(at);
  }
  return at?.type === "VariableDeclaration" && at.parent.type === "ExportNamedDeclaration";
}
