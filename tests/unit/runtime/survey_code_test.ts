/** What the survey finds in code, snippet by snippet, and whether Deno asks for what its tables say. */
import assert from "node:assert/strict";
import { findMentions } from "../../../runtime/survey_code/code.ts";
import type { Source } from "../../../runtime/survey_code/mention.ts";
import { PATHS, SYS } from "../../../runtime/survey_code/names.ts";

function find(text: string, more: Partial<Source> = {}): string[] {
  const source = { name: "code.ts", url: "file:///t/x/task.ts", dir: "/t/x", cwd: "/t", ...more };
  return findMentions({ isEntry: true, text, ...source }).map(
    ({ kind, name, head, port, sure }) => {
      const folder = head ? "…" : "";
      const isSpelled = port === undefined || name!.endsWith(`:${port}`);
      return `${sure ? "" : "?"}${kind} ${name ?? "*"}${folder}${isSpelled ? "" : ` ${port}`}`;
    },
  );
}

/** Each snippet, and all that is found in it; `?` is what is not sure, `*` what is not told. */
function check(cases: Readonly<Record<string, readonly string[]>>): void {
  for (const [text, expected] of Object.entries(cases)) {
    assert.deepEqual(find(text), expected, text);
  }
}

/** The body of a main that takes its argument apart. */
function main(body: string): string {
  return `export async function main({ params, env, dicode }) { ${body} }`;
}

Deno.test("findMentions() finds variables, however the environment is come by", () => {
  check({
    'Deno.env.get("A"); Deno.env.has(`B`);': ["env A", "env B"],
    'Deno.env?.get?.("A")!.trim();': ["env A"],
    'const NAME = "A"; Deno.env.get(NAME + "_B");': ["env A_B"],
    'const { env } = Deno; env.get("A");': ["env A"],
    'const { get: read } = Deno["env"]; read("A");': ["env A"],
    'const D = Deno; (D as any).env.get("A");': ["env A"],
    'Deno.env.get(flag ? "A" : "B");': ["env A", "env B"],
    'process.env.A; process.env["B"]; globalThis.process.env.C?.trim();': [
      "env A",
      "env B",
      "env C",
    ],
    'import process from "node:process"; process.env.A;': ["env A"],
    'import { env } from "node:process"; env.A; f(env.B ?? "");': ["env A", "env B"],
    'const { A, B: b = "1" } = process.env;': ["env A", "env B"],
    "const { env: { A } } = process;": ["env A"],
    'if ("A" in process.env) f();': ["env A"],
    "process.env.A = '1'; delete process.env.B;": ["env A", "env B"],
  });
});

Deno.test("findMentions() tells that a variable's name is computed, or the environment handed on", () => {
  check({
    "Deno.env.get(name);": ["env *"],
    "Deno.env.get(`A_${name}`);": ["env *"],
    "let name = 'A'; name = f(); Deno.env.get(name);": ["env *"],
    "Deno.env.get(...names);": ["env *"],
    "Deno.env.toObject();": ["?env *"],
    "process.env[name];": ["?env *"],
    "f({ ...process.env });": ["?env *"],
    "const { A, ...rest } = process.env;": ["env A", "?env *"],
    "f(Deno.env);": ["?env *"],
    "names.map(Deno.env.get);": ["?env *"],
    "export const env = Deno.env;": ["?env *"],
    "let e = Deno.env; e = other; e.get('A');": ["?env *"],
    "f(process);": ["?code *"],
    "f(Deno);": ["?code *"],
    "Deno[name];": ["?code *"],
  });
});

Deno.test("findMentions() knows main's argument by its place, its name and its type", () => {
  check({
    [main('env.get("A"); params.get("p"); dicode.secrets_set("K", "");')]: [
      "env A",
      "param p",
      "secret K",
    ],
    'export async function main(context) { context.env.get("A"); context.params.get("p"); }': [
      "env A",
      "param p",
    ],
    'export const main: Main = async ({ env: e }) => e.get("A");': ["env A"],
    'export default ({ env }) => env.get("A");': ["env A"],
    'export default async function ({ env }) { env.get("A"); }': ["env A"],
    'async function go({ env }) { env.get("A"); } export default go;': ["env A"],
    'async function go({ env }) { env.get("A"); } export { go as main };': ["env A"],
    'const main = (async ({ env }) => env.get("A")) satisfies Main; export { main };': ["env A"],
    'function f(c: TaskContext, e: TaskEnv) { c.env.get("A"); e.get("B"); }': ["env A", "env B"],
    'function f(e: TaskContext["env"], { env }: Pick<TaskContext, "env">) { e.get("A"); env.get("B"); }':
      ["env A", "env B"],
    'function f(p: TaskParams, d: DicodeApi) { p.get("p"); d.secrets_delete("K"); }': [
      "param p",
      "secret K",
    ],
    // By its name alone it may be something else.
    'function f(env, ctx) { env.get("A"); ctx.params.get("p"); }': ["?env A", "?param p"],
    'const env = new Map(); env.get("A"); const params = new URLSearchParams(""); params.get("p");':
      [],
    [main("f(env); params.all(); dicode.run_id; f(dicode);")]: ["?env *", "?param *", "?secret *"],
    "export function main(context) { f(context); }": ["?env *", "?param *", "?secret *"],
    [main("const { secrets_set } = dicode; secrets_set(`A_${x}`, 'v');")]: ["secret *"],
  });
  const helper = 'export function main({ env }) { env.get("A"); }';
  assert.deepEqual(find(helper, { isEntry: false }), ["?env A"]);
});

Deno.test("findMentions() finds hosts that are dialled, with their port", () => {
  check({
    'fetch("https://a.com/x?y");': ["net a.com 443", "?net a.com 443"],
    "fetch(`http://A.com:8080/${id}`);": ["net a.com:8080", "?net a.com:8080"],
    'const API = "https://a.com"; fetch(`${API}/x/${id}`);': ["?net a.com 443", "net a.com 443"],
    "const API = { base: 'http://[::1]:80' } as const; fetch(API.base + path);": [
      "?net [::1] 80",
      "net [::1]",
    ],
    'fetch(new URL("/x", "https://a.com"));': ["net a.com 443", "?net a.com 443"],
    'const url = new URL(`${path}`, "https://a.com"); fetch(url.href);': [
      "?net a.com 443",
      "net a.com 443",
    ],
    'fetch(new Request("https://a.com"));': ["net a.com 443", "?net a.com 443"],
    'fetch(env.URL ?? "https://a.com");': ["net *", "net a.com 443", "?net a.com 443"],
    'new WebSocket("wss://a.com/x"); new EventSource("http://b.com");': [
      "net a.com 443",
      "?net a.com 443",
      "net b.com 80",
      "?net b.com 80",
    ],
    "fetch(`http://localhost:${port}/`);": ["net localhost", "?net localhost"],
    'fetch("https://user:pass@a.com/");': ["net a.com 443", "?net a.com 443"],
    'import axios from "npm:axios@1.7.0"; axios.get("https://a.com"); axios("https://b.com");': [
      "net a.com 443",
      "?net a.com 443",
      "net b.com 443",
      "?net b.com 443",
    ],
    'Deno.connect({ hostname: "a.com", port: 5 }); Deno.connectTls({ port: 6 });': [
      "net a.com:5",
      "net 127.0.0.1:6",
    ],
    "Deno.serve({ port: 9 }, f); Deno.serve(() => r); Deno.listen({ port: 0 });": [
      "net 0.0.0.0:9",
      "net 0.0.0.0:8000",
      "net 0.0.0.0",
    ],
    'import net from "node:net"; net.connect(5, "a.com"); net.connect({ port: 6 });': [
      "net a.com:5",
      "net localhost:6",
    ],
    'import { get } from "node:https"; get("https://a.com/"); get({ host: "b.com" });': [
      "net a.com 443",
      "?net a.com 443",
      "net b.com:443",
    ],
    'fetch("data:text/plain,x"); fetch("blob:x"); fetch("/x");': [],
  });
});

Deno.test("findMentions() takes no text for a host that is dialled, and no computed host for none", () => {
  check({
    'const ns = "http://www.w3.org/2000/svg";': ["?net www.w3.org 80"],
    'log("see https://a.com for more"); const s = "https:"; // https://b.com': [],
    'import x from "https://a.com/x.ts"; export * from "https://b.com/y.ts";': [],
    'type Url = "https://a.com";': [],
    "fetch(url);": ["net *"],
    "fetch(`https://${host}/x`); fetch(`https://api.${host}`);": ["net *", "net *"],
    "f(fetch); const g = { fetch }; export default fetch;": ["?net *", "?net *", "?net *"],
    "class C { fetch = fetch; get = async () => fetch; }": ["?net *", "?net *"],
    'const fetch = f; fetch("http://a.com"); x.fetch("http://b.com"); ({ fetch: 1 });': [
      "?net a.com 80",
      "?net b.com 80",
    ],
    'import http from "node:http"; http.createServer(f).listen(80);': ["?net *"],
    'export { get } from "node:http";': ["?net *"],
    "Deno.connect(options); Deno.serve(options, f);": ["net *", "net *"],
  });
});

Deno.test("findMentions() finds paths, and whether they are read or written", () => {
  check({
    'Deno.readTextFile("./a"); Deno.writeFileSync(`b`, x);': ["read ./a", "write b"],
    "Deno.copyFile('a', 'b'); Deno.rename('c', 'd');": [
      "read a",
      "write b",
      "read c",
      "write c",
      "write d",
    ],
    'Deno.open("a"); Deno.open("b", { append: true }); Deno.open("c", { read: true, write: true });':
      ["read a", "write b", "read c", "write c"],
    'Deno.open("a", options);': ["read a", "write a"],
    'Deno.readTextFile(new URL("./a b.json", import.meta.url));': ["read /t/x/a b.json"],
    "Deno.readTextFile(import.meta.dirname + '/a'); Deno.stat(import.meta.filename);": [
      "read /t/x/a",
      "read /t/x/task.ts",
    ],
    'import { join } from "node:path"; Deno.stat(join(Deno.cwd(), "a", name));': ["read /t/a/…"],
    "Deno.readTextFile(`./data/${name}.json`); Deno.readDir(`x-${name}`);": [
      "read ./data/…",
      "read ./…",
    ],
    'import fs from "node:fs"; fs.readFileSync("a"); fs.promises.rm("b"); fs.existsSync("c");': [
      "read a",
      "read b",
      "write b",
      "read c",
    ],
    'import { readFile as r } from "node:fs/promises"; r("a"); files.map(r);': [
      "read a",
      "?read *",
    ],
    'const fs = await import("node:fs"); fs.openSync("a", "r+"); fs.openSync("b", "w");': [
      "read a",
      "write a",
      "write b",
    ],
    'import { DatabaseSync } from "node:sqlite"; new DatabaseSync("a.db");': [
      "read a.db",
      "write a.db",
    ],
    "fetch(new URL('./a', import.meta.url)); Deno.makeTempFile({ dir: 'b' });": [
      "read /t/x/a",
      "write b",
    ],
    "Deno.readTextFile(path); Deno.remove(`/${name}`); Deno.makeTempDir();": [
      "read *",
      "write *",
      "write *",
    ],
    'const readTextFile = f; readTextFile("a"); x.readTextFile("b");': [],
  });
});

Deno.test("findMentions() finds programs and kinds of system information", () => {
  check({
    'new Deno.Command("git", { args }); new Deno.Command(Deno.execPath());': ["run git", "run *"],
    'import { execFileSync, spawn } from "node:child_process"; spawn("/bin/ls"); execFileSync("a");':
      ["run /bin/ls", "run a"],
    'import * as c from "node:child_process"; c.exec("ls | wc"); c.spawn("x", { shell: true });': [
      "run /bin/sh",
      "run *",
    ],
    "Deno.hostname(); const { osRelease } = Deno; osRelease();": ["sys hostname", "sys osRelease"],
    'import os from "node:os"; os.userInfo(); os.EOL; os.platform(); os.unknown();': [
      "sys uid",
      "sys gid",
      "sys userInfo",
      "?sys *",
    ],
  });
});

Deno.test("findMentions() tells that code is run which it does not see", () => {
  check({
    "import(path); import('./x.ts'); import(`./y/${name}.ts`);": ["?code *", "?code *"],
    "eval(text); new Function('return 1'); new Worker(url);": ["?code *", "?code *", "?code *"],
    'import { createRequire } from "node:module"; createRequire(import.meta.url)("./x");': [
      "?code *",
    ],
  });
});

Deno.test("findMentions() takes names as their scopes have them", () => {
  check({
    'function f(Deno) { Deno.env.get("A"); } Deno.env.get("B");': ["?env A", "env B"],
    "const process = { env: {} }; process.env.A; { const Deno = x; Deno.hostname(); }": [],
    '{ const URL1 = "http://a.com"; fetch(URL1); } const URL1 = x; fetch(URL1);': [
      "?net a.com 80",
      "net a.com 80",
      "net *",
    ],
    "try { f(); } catch (Deno) { Deno.env.get('A'); }": ["?env A"],
    "for (const fetch of list) fetch('http://a.com');": ["?net a.com 80"],
    "label: for (;;) { break label; } class fetch {} new fetch();": [],
  });
});

Deno.test("findMentions() reads every language that Deno takes for code", () => {
  const jsx = 'const a = <a href="https://a.com">{Deno.env.get("A")}</a>;';
  for (const name of ["code.jsx", "code.tsx"]) {
    assert.deepEqual(find(jsx, { name }), ["?net a.com 443", "env A"]);
  }
  const typed = 'enum E { A = 1 } const a = <string> Deno.env.get("A"); export type { E };';
  for (const name of ["code.ts", "code.mts", "code.cts"]) {
    assert.deepEqual(find(typed, { name }), ["env A"]);
  }
  const common = 'const fs = require("node:fs"); fs.readFileSync("a"); return 1;';
  assert.deepEqual(find(common, { name: "code.cjs" }), ["read a"]);
  for (const name of ["code.js", "code.mjs"]) {
    assert.deepEqual(find("#!/usr/bin/env deno\nprocess.env.A", { name }), ["env A"]);
  }
});

Deno.test("findMentions() is not silenced by the linter's directives", () => {
  const text = '// deno-lint-ignore-file\n// deno-lint-ignore survey\nDeno.env.get("A");';
  assert.deepEqual(find(text), ["env A"]);
});

Deno.test("findMentions() gives places in UTF-16 units", () => {
  const text = 'const é = "𝒳𝒳"; Deno.env.get("A");';
  const source = { name: "a.ts", text, url: "file:///a.ts", dir: "/", cwd: "/", isEntry: true };
  assert.deepEqual(findMentions(source).map(({ at }) => at), [text.indexOf('"A"')]);
});

Deno.test("findMentions() ends on code that refers to itself, doubles, or is very wide", () => {
  const doubled = Array.from({ length: 60 }, (_, i) => `const a${i + 1} = a${i} + a${i};`).join("");
  assert.deepEqual(find(`const a0 = "x"; ${doubled} Deno.env.get(a60);`), ["env *"]);
  assert.deepEqual(find("const a = b + b; const b = a + a; Deno.env.get(a);"), ["env *"]);
  assert.deepEqual(find("const a = b.x; const b = a.y; a.z; f(a);"), []);
  assert.deepEqual(find(`f([${"1,".repeat(50_000)}]); Deno.env.get("A");`), ["env A"]);
  const many = 'Deno.env.get("A");'.repeat(5_000);
  const found = find(many);
  assert.ok(found.length < 2_100 && found.includes("?code *"), String(found.length));
});

Deno.test("findMentions() throws what the parser says of a file that is no code", () => {
  assert.throws(() => find("const a = ;"), /Expression expected/);
});

/** Runs expressions in a folder that holds a file "p"; what Deno says first that each requires, if anything. */
async function askDeno(
  tries: readonly (readonly [name: string, code: string])[],
  grants: readonly string[] = [],
): Promise<Record<string, string>> {
  const code = `
    import os from "node:os";
    import fs from "node:fs";
    import process from "node:process";
    const said = {};
    const attempt = (name, call) => {
      try {
        call();
      } catch ({ message }) {
        if (message.startsWith("Requires")) said[name] ??= message.split(", run again")[0];
      }
    };
    ${tries.map(([name, call]) => `attempt("${name}", () => ${call});`).join("\n")}
    console.log(JSON.stringify(said));
    Deno.exit(0);`;
  const cwd = await Deno.makeTempDir({ prefix: "dct-" });
  try {
    await Deno.writeTextFile(`${cwd}/p`, "");
    const child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--no-prompt", "--no-config", "--ext=js", ...grants, "-"],
      cwd,
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(code));
    await writer.close();
    return JSON.parse(new TextDecoder().decode((await child.output()).stdout));
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
}

Deno.test("the table of system information says what Deno asks for", async () => {
  const kinds = Object.entries(SYS).filter(([name]) => !name.startsWith("node:fs"));
  const said = await askDeno(
    kinds.map(([name]) => [
      name,
      `${name.replace("node:", "")}(${name.endsWith("etPriority") ? 0 : ""})`,
    ]),
  );
  const expected = kinds.map(([name, kinds]) =>
    [name, `Requires sys access to "${kinds[0]}"`] as const
  );
  assert.deepEqual(said, Object.fromEntries(expected));
});

Deno.test("the table of paths says what Deno asks for, and nothing that it does not", async () => {
  // What streams or asks later, what asks for a folder or name besides, what no such grant allows.
  const others = /\.(create\w+Stream|openAsBlob|watch|watchFile|Database|mkdtemp|cp|symlink)$/;
  const names = [...PATHS.keys()].filter((name) =>
    !others.test(name) && !name.startsWith("node:fs/promises.")
  );
  for (const [pattern, group] of Map.groupBy(names, (name) => PATHS.get(name)!.join())) {
    const tries = group.flatMap((name) => {
      const call = name.replace("node:", "") + (name === "Deno.watchFs" ? "" : "Sync");
      const given = pattern.includes(",")
        ? ['"p", "q"']
        : ['"p"', '"p", "text"', '"p", new Uint8Array()', '"p", 0, 0'];
      return given.map((given) => [name, `${call}(${given})`] as const);
    });
    const paths = (access: string) =>
      ["p", "q"].filter((_, index) => pattern.split(",")[index]?.includes(access));
    const grants = [["--allow-read", paths("r")], ["--allow-write", paths("w")]] as const;
    const given = ["--allow-sys=statfs,uid"].concat(
      grants.filter(([, paths]) => paths.length > 0)
        .map(([flag, paths]) => `${flag}=${paths.join()}`),
    );
    assert.deepEqual(await askDeno(tries, given), {}, pattern);
    for (const [index, flag] of [...given.entries()].slice(1)) {
      const fewer = Object.keys(await askDeno(tries, given.toSpliced(index, 1)));
      assert.deepEqual(fewer.toSorted(), group.toSorted(), `${pattern} without ${flag}`);
    }
  }
});
