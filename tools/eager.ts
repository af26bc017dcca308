/**
 * Marks the functions of a built file as called soon, so that V8 compiles them together with the file
 * and Deno's code cache holds them: else each is parsed and compiled at its first call, again at every
 * start (a third of the host's own time; deno run --v8-flags=--log-function-events tells).
 *
 * V8 takes parentheses around a function for that mark (v8.dev/blog/preparser, "PIFEs"). A declaration
 * cannot have them and becomes a variable at the top of the file, where it is as if it were hoisted:
 * for that file and whoever loads it, not for one that it loads itself (findCycle). Methods have no
 * such mark.
 */
import { type FunctionDeclaration, type Node, parse, type Property } from "acorn";
import { ancestor } from "acorn-walk";

/** Marked functions in a text of one module, as the bundler writes it. */
export function markEager(text: string): string {
  const program = parse(text, { ecmaVersion: "latest", sourceType: "module" });
  const parts: { at: number; part: string }[] = [];
  const mark = ({ start, end }: Node) => {
    parts.push({ at: start, part: "(" }, { at: end, part: ")" });
  };
  ancestor(program, {
    ArrowFunctionExpression: mark,
    FunctionExpression: (node, _state, ancestors) => {
      if (!isMethod(ancestors.at(-2)!)) mark(node);
    },
  });
  parts.sort((a, b) => a.at - b.at);
  const render = (from: number, to: number): string => {
    let rendered = "";
    let done = from;
    for (const { at, part } of parts) {
      if (at < from || at > to) continue;
      rendered += text.slice(done, at) + part;
      done = at;
    }
    return rendered + text.slice(done, to);
  };
  let head = "";
  let body = "";
  let done = 0;
  for (const node of program.body) {
    if (node.type !== "FunctionDeclaration") continue;
    const { id, async, generator, start, end } = node as FunctionDeclaration;
    const keyword = `${async ? "async " : ""}function${generator ? "*" : ""}`;
    head += `var ${id.name} = (${keyword}${render(id.end, end)});\n`;
    body += render(done, start);
    done = end;
  }
  return head + body + render(done, text.length);
}

/** Whether what is below the node is the function of a method. */
function isMethod(node: Node): boolean {
  if (node.type === "MethodDefinition") return true;
  if (node.type !== "Property") return false;
  const { method, kind } = node as Property;
  return method || kind !== "init";
}

/**
 * Files that load each other in a circle as soon as one is loaded, the first again at the end;
 * undefined if there are none: then nobody sees a variable of markEager before it is set.
 *
 * @param files texts by their names, all in one folder.
 */
export function findCycle(files: ReadonlyMap<string, string>): string[] | undefined {
  const done = new Set<string>();
  const visit = (name: string, path: readonly string[]): string[] | undefined => {
    const at = path.indexOf(name);
    if (at !== -1) return [...path.slice(at), name];
    if (done.has(name)) return undefined;
    const text = files.get(name) ?? "";
    for (const node of parse(text, { ecmaVersion: "latest", sourceType: "module" }).body) {
      if (!("source" in node) || !node.source) continue;
      const found = visit(String(node.source.value).replace("./", ""), [...path, name]);
      if (found !== undefined) return found;
    }
    done.add(name);
    return undefined;
  };
  for (const name of files.keys()) {
    const found = visit(name, []);
    if (found !== undefined) return found;
  }
  return undefined;
}
