/**
 * A call of a function that asks for a permission -> what it asks for, read from its arguments.
 */
import { filePath, hostOf, type Target, targetOf } from "./hosts.ts";
import type { Kind, Mention } from "./mention.ts";
import {
  CLIENTS,
  dropSync,
  ENDPOINTS,
  kindsOf,
  MAKERS,
  OPENERS,
  PATHS,
  PROGRAMS,
  SHELLS,
  SYS,
  URLS,
  VARIABLES,
} from "./names.ts";
import { keyOf } from "./bindings.ts";
import { unwrap } from "./origin.ts";
import type { Text, Texts } from "./text.ts";

type Node = Deno.lint.Node;
type Call = Deno.lint.CallExpression | Deno.lint.NewExpression;

/** Takes a mention at a node. */
export type Note = (
  node: Node,
  mention: Omit<Mention, "at" | "sure"> & { readonly sure?: boolean },
) => void;

/** Reads the calls of one file. */
export class Calls {
  constructor(readonly texts: Texts, readonly note: Note) {}

  /** Notes what a call of `origin` asks for; false if it is no function that asks. */
  read(node: Call, origin: string): boolean {
    const name = dropSync(origin);
    const paths = PATHS.get(name);
    const [first] = node.arguments;
    const sys = Object.hasOwn(SYS, name) ? SYS[name]! : [];
    for (const kind of sys) this.note(node, { kind: "sys", name: kind });
    if (VARIABLES.has(name)) this.#names("env", node, first);
    else if (name === "sdk.params.get") this.#names("param", node, first);
    else if (paths !== undefined) {
      paths.forEach((access, index) => this.#paths(access, node, node.arguments[index]));
    } else if (OPENERS.has(name)) this.#paths(this.#accessOf(node, name), node, first);
    else if (MAKERS.has(name)) this.#paths("w", node, this.#options(first)?.get("dir"));
    else if (URLS.has(name)) this.#urls(node, first, true);
    else if (CLIENTS.test(name)) this.#urls(node, first, false);
    else if (Object.hasOwn(ENDPOINTS, name)) this.#endpoint(node, name);
    else if (PROGRAMS.has(name)) this.#program(node, first);
    else if (SHELLS.has(name)) this.note(node, { kind: "run", name: "/bin/sh" });
    else if (sys.length === 0) {
      const kinds = kindsOf(name);
      for (const kind of kinds) this.note(node, { kind, name: null, sure: false });
      return kinds.length > 0;
    }
    return true;
  }

  /** Notes the names that an argument can be. */
  #names(kind: Kind, call: Call, node: Node | undefined): void {
    this.#each(call, node, ({ text, whole }, at) => {
      this.note(at, { kind, name: whole ? text : null });
    });
  }

  /** Notes what may be a key of a secret, of a method that is called `secrets_set`. */
  readSecret(node: Call): void {
    this.#names("secret", node, node.arguments[0]);
  }

  #paths(access: string, call: Call, node: Node | undefined): void {
    this.#each(call, node, (text, at) => this.#path(access, filePath(text), at));
  }

  #path(access: string, { text, whole }: Text, at: Node): void {
    const folder = text.slice(0, text.lastIndexOf("/") + 1) || (text === "" ? "" : "./");
    // "/" alone says as little as nothing.
    const isTold = whole ? text !== "" : folder !== "" && folder !== "/";
    for (const kind of ["read", "write"] as const) {
      if (!access.includes(kind === "read" ? "r" : "w")) continue;
      if (!isTold) this.note(at, { kind, name: null });
      else if (whole) this.note(at, { kind, name: text });
      else this.note(at, { kind, name: folder, head: true });
    }
  }

  #urls(call: Call, node: Node | undefined, sure: boolean): void {
    this.#each(call, node, (text, at) => this.#target(targetOf(text), at, sure));
  }

  #target(target: Target, at: Node, sure: boolean): void {
    if (target === null) return;
    if (target === undefined) return this.note(at, { kind: "net", name: null, sure });
    if ("file" in target) return this.#path("r", target.file, at);
    const { host, port } = target;
    this.note(at, { kind: "net", name: host, ...(port === undefined ? {} : { port }) });
  }

  /** `connect({ hostname, port })`, `connect(port, host)`, `get(url, options)`, `serve(options, fn)`. */
  #endpoint(call: Call, name: string): void {
    const [first, second] = call.arguments;
    const { host: usualHost, port: usualPort } = ENDPOINTS[name]!;
    if (first !== undefined && /^node:https?\./.test(name)) {
      const urls = this.texts.of(first).filter(({ text }) => hostOf({ text, whole: true }));
      if (urls.length > 0) return this.#urls(call, first, true);
    }
    const isServe = name === "Deno.serve";
    const given = isServe && isFunction(first) ? undefined : first;
    const options = this.#options(given);
    if (given !== undefined && options === undefined) {
      const isPort = this.texts.of(given).every(({ text, whole }) => whole && /^\d+$/.test(text));
      if (!isPort || /^node:https?\.|^Deno\./.test(name)) {
        return this.note(given, { kind: "net", name: null });
      }
      return this.#hostAndPort(call, second, given, usualHost, usualPort);
    }
    if (options?.has("path") && !/^node:https?\./.test(name)) {
      return this.#paths("rw", call, options.get("path"));
    }
    const host = options?.get("hostname") ?? options?.get("host");
    this.#hostAndPort(call, host, options?.get("port"), usualHost, usualPort);
  }

  #hostAndPort(
    call: Call,
    hostNode: Node | undefined,
    portNode: Node | undefined,
    usualHost: string,
    usualPort: number | undefined,
  ): void {
    const at = hostNode ?? portNode ?? call;
    const hosts = hostNode === undefined ? undefined : this.texts.of(hostNode);
    const port = portNode === undefined
      ? usualPort
      : Number(this.texts.of(portNode).find(({ whole }) => whole)?.text ?? NaN);
    for (const { text, whole } of hosts ?? [{ text: usualHost, whole: true }]) {
      const literal = text.includes(":") && !text.startsWith("[") ? `[${text}]` : text;
      const host = whole ? URL.parse(`http://${literal}/`)?.hostname : undefined;
      if (host === undefined) this.note(at, { kind: "net", name: null });
      else if (!port) this.note(at, { kind: "net", name: host });
      else this.note(at, { kind: "net", name: `${host}:${port}`, port });
    }
  }

  #program(call: Call, node: Node | undefined): void {
    if (this.#options(call.arguments.at(-1))?.has("shell")) {
      return this.note(call, { kind: "run", name: null });
    }
    this.#each(call, node, (text, at) => {
      const path = filePath(text);
      this.note(at, { kind: "run", name: path.whole ? path.text : null });
    });
  }

  /** What `open` asks for: by its options in Deno, by its flags in Node. */
  #accessOf(call: Call, name: string): string {
    const second = call.arguments[1];
    if (second === undefined) return "r";
    if (name !== "Deno.open") {
      const flags = this.texts.of(second)[0]!;
      if (!flags.whole) return "rw";
      return flags.text.includes("+") ? "rw" : flags.text.startsWith("r") ? "r" : "w";
    }
    const options = this.#options(second);
    if (options === undefined) return "rw";
    const isSet = (key: string) => {
      const value = options.get(key);
      return value !== undefined && !(value.type === "Literal" && value.value === false);
    };
    const writes = ["write", "append", "create", "createNew", "truncate"].some(isSet);
    return isSet("read") && writes ? "rw" : writes ? "w" : "r";
  }

  /** The properties of an object that is written out where it is given. */
  #options(node: Node | undefined): ReadonlyMap<string, Node> | undefined {
    const object = node === undefined ? undefined : unwrap(node);
    if (object?.type !== "ObjectExpression") return undefined;
    const properties = new Map<string, Node>();
    for (const property of object.properties) {
      const key = property.type === "SpreadElement" ? undefined : keyOf(property);
      if (property.type === "SpreadElement" || key === undefined) return undefined;
      properties.set(key, property.value);
    }
    return properties;
  }

  #each(call: Call, node: Node | undefined, visit: (text: Text, at: Node) => void): void {
    if (node === undefined || node.type === "SpreadElement") {
      return visit({ text: "", whole: false }, call);
    }
    for (const text of this.texts.of(node)) visit(text, node);
  }
}

function isFunction(node: Node | undefined): boolean {
  return node?.type === "ArrowFunctionExpression" || node?.type === "FunctionExpression";
}
