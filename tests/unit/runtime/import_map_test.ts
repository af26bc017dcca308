/** The `imports` of a task's deno.json: what is taken, what is refused and where. */
import assert from "node:assert/strict";
import { wrapInBwrap } from "../../../runtime/bwrap.ts";
import { loadDenoJson, parseDenoJson } from "../../../runtime/import_map.ts";
import { placeImports } from "../../../runtime/place_imports.ts";
import { buildCommand } from "../../../runtime/sandbox.ts";
import { ConfigError } from "../../../sdk/errors.ts";

const AT = { dir: "/srv/my task", file: "my task/deno.json" };

async function read(text: string) {
  return await parseDenoJson(text, AT);
}

async function readImports(imports: Record<string, unknown>) {
  return (await read(JSON.stringify({ imports }))).imports;
}

/** The mistakes of a text, each as `line:column message`. */
async function mistakes(text: string): Promise<string[]> {
  try {
    await read(text);
  } catch (error) {
    assert.ok(error instanceof ConfigError, String(error));
    return error.problems.map(({ message, where }) => `${where.line}:${where.column} ${message}`);
  }
  return [];
}

Deno.test("bare names and beginnings of names are mapped, paths from the task's folder", async () => {
  const imports = {
    "one": "./lib/a.ts",
    "@/": "./",
    "~/": "./src/",
    "$lib/": "./lib/",
    "#internal": "./b.ts",
    "größe": "./ü b.ts",
    "shared": "../shared/c.ts",
    "fs": "node:fs",
    "remote": "https://example.com/mod.ts",
    "pkg/": "npm:/pkg@1/",
  };
  assert.deepEqual(await readImports(imports), {
    "one": "file:///srv/my%20task/lib/a.ts",
    "@/": "file:///srv/my%20task/",
    "~/": "file:///srv/my%20task/src/",
    "$lib/": "file:///srv/my%20task/lib/",
    "#internal": "file:///srv/my%20task/b.ts",
    "größe": "file:///srv/my%20task/%C3%BC%20b.ts",
    "shared": "file:///srv/shared/c.ts",
    "fs": "node:fs",
    "remote": "https://example.com/mod.ts",
    "pkg/": "npm:/pkg@1/",
  });
});

Deno.test("the name of a package stands for its files too, as in Deno", async () => {
  assert.deepEqual(
    await readImports({ "a": "npm:a@^1", "@b/c": "jsr:/@b/c@2", "d": "npm:d@1", "d/": "./d/" }),
    {
      "a": "npm:a@^1",
      "@b/c": "jsr:/@b/c@2",
      "d": "npm:d@1",
      "d/": "file:///srv/my%20task/d/",
      "a/": "npm:/a@^1/",
      "@b/c/": "jsr:/@b/c@2/",
    },
  );
});

Deno.test("a name that a URL or a path could be spelled with is refused", async () => {
  for (
    const key of [
      "./protocol.ts",
      "../protocol.ts",
      "/srv/protocol.ts",
      "/",
      "./",
      ".",
      "..",
      ".hidden",
      "file:///srv/protocol.ts",
      "file:///",
      "FILE:///srv/protocol.ts",
      "file:/srv/protocol.ts",
      " file:///srv/protocol.ts",
      "\tfile:///srv/protocol.ts",
      "fi\tle:///srv/protocol.ts",
      "\u0000file:///srv/protocol.ts",
      "\ufefffile:///srv/protocol.ts",
      "data:",
      "data:text/javascript,1",
      "blob:x",
      "npm:left",
      "jsr:@a/b",
      "node:fs",
      "https://example.com/",
      "http:",
      "%2e/protocol.ts",
      "\\protocol.ts",
      ".\\protocol.ts",
      "a\\b",
      "a b",
      "a?b",
      "a\nb",
      "a\u2028b",
      "a\u202eb",
      "a:b",
      "*",
      "",
      "\ud800",
    ]
  ) {
    const [found, ...rest] = await mistakes(JSON.stringify({ imports: { [key]: "./a.ts" } }));
    assert.deepEqual(rest, [], JSON.stringify(key));
    assert.match(found ?? "taken", /is not a bare name$/, JSON.stringify(key));
  }
});

Deno.test("names that objects have by themselves are names like others", async () => {
  const { imports } = await read(
    `{ "imports": { "__proto__": "./a.ts", "constructor": "./b.ts", "protocol.ts": "./c.ts" } }`,
  );
  assert.deepEqual(Object.entries(imports ?? {}), [
    ["__proto__", "file:///srv/my%20task/a.ts"],
    ["constructor", "file:///srv/my%20task/b.ts"],
    ["protocol.ts", "file:///srv/my%20task/c.ts"],
  ]);
});

Deno.test("what a name may not stand for is refused, and no URL is shown", async () => {
  for (
    const [target, said] of [
      ["/etc/passwd", /"\/etc\/passwd" is an absolute path/],
      ["file:///etc/passwd", /has the scheme "file", which is not taken here/],
      [" file:///etc/passwd", /has the scheme "file"/],
      ["FILE:///etc/passwd", /has the scheme "FILE"/],
      ["data:text/javascript,1", /has the scheme "data"/],
      ["blob:null/x", /has the scheme "blob"/],
      ["NPM:left", /has the scheme "NPM"/],
      ["https://", /is not a URL/],
      ["lib/a.ts", /"lib\/a\.ts" is not relative/],
      ["", /"" is not relative/],
      ["./a\u0000.ts", /holds a control character/],
      ["./\ud800", /holds a control character/],
      [null, /expected a text such as .*, found nothing/],
      [1, /expected a text such as .*, found "1"/],
      [["./a.ts"], /found a list/],
      [{}, /found a map/],
    ] as const
  ) {
    const found = await mistakes(JSON.stringify({ imports: { a: target } }));
    assert.equal(found.length, 1, String(target));
    assert.match(found[0]!, said);
    assert.match(found[0]!, /the module of "a" in "imports"/);
  }
  const [found] = await mistakes(`{"imports":{"a/":"https://user:hunter2-secret@h/x.ts"}}`);
  assert.match(found!, /the text does not end in "\/", as its name does/);
  assert.doesNotMatch(found!, /hunter2/);
});

Deno.test("comments and trailing commas are read; every mistake has its line and column", async () => {
  const { imports } = await read(`// of ours\n{ "imports": { /* one */ "a": "./a.ts", }, }\n`);
  assert.deepEqual(imports, { a: "file:///srv/my%20task/a.ts" });
  assert.deepEqual(
    await mistakes(
      `{\n  "imports": {\n    "./a": "./a.ts", // 😀\n    "b": "b.ts", "b": "./b.ts"\n  }\n}`,
    ),
    [
      '3:5 cannot use "imports": "./a" is not a bare name',
      '4:10 cannot use the module of "b" in "imports": "b.ts" is not relative',
      '4:18 cannot use "imports": "b" is given twice',
    ],
  );
  assert.deepEqual(await mistakes(`{"imports":[]}`), [
    '1:12 cannot read "imports": expected a map from names to modules, found a list',
  ]);
  assert.match((await mistakes(`{"imports":{},"imports":{}}`))[0]!, /^1:15 .* given twice/);
  assert.match((await mistakes(`[]`))[0]!, /^1:1 cannot read deno\.json: expected fields such as/);
});

Deno.test("what is no JSON is refused with its place, and no more of it than a character", async () => {
  for (
    const [text, said] of [
      ["{", "1:2 cannot parse deno.json: it ends too early"],
      ['{"imports":', "1:12 cannot parse deno.json: it ends too early"],
      ['{"imports": {"a": "./a.ts"}\n', "1:28 cannot parse deno.json: it ends too early"],
      ["// nothing", "1:11 cannot parse deno.json: it ends too early"],
      ["{'imports':{}}", `1:2 cannot parse deno.json: "'" stands where it does not belong`],
      ["{\n imports: {}}", `2:2 cannot parse deno.json: "i" stands where it does not belong`],
      ['{"a":1 "b":2}', `1:8 cannot parse deno.json: "\\"" stands where it does not belong`],
      ['{"a":1} 2', `1:9 cannot parse deno.json: "2" stands where it does not belong`],
      ['{"a":"😀" x}', `1:10 cannot parse deno.json: "x" stands where it does not belong`],
      ["[".repeat(100_000), "1:1 cannot parse deno.json: it is nested deeper than 64 levels"],
    ] as const
  ) {
    assert.deepEqual(await mistakes(text), [said]);
  }
});

Deno.test("a file that maps nothing gives no map; fields without effect are named in one warning", async () => {
  for (
    const text of ["", " \n", "{}", `{"imports":{}}`, `{"tasks":{"a":"b"},"fmt":{},"name":"x"}`]
  ) {
    assert.deepEqual(await read(text), { imports: undefined, warnings: [] });
  }
  const { warnings } = await read(`{
    "compilerOptions": { "strict": true, "jsx": "react" },
    "lock": { "frozen": true },
    "nodeModulesDir": "none",
    "scopes": {}, "unstable": ["kv"] }`);
  assert.deepEqual(warnings.map(({ message, where }) => [where.line, message]), [
    [
      2,
      '"compilerOptions.jsx", "scopes", "unstable" have no effect: of this file only "imports" is read',
    ],
  ]);
  assert.equal((await read(`{"lock":"other.lock"}`)).warnings.length, 1);
  assert.equal((await read(`{"lock":{"path":"./deno.lock"}}`)).warnings.length, 0);
});

Deno.test("a deno.json that is no plain file, or has a second beside it, is refused at once", async () => {
  const dir = await Deno.realPath(await Deno.makeTempDir());
  try {
    const load = () => loadDenoJson(dir, "t");
    const path = `${dir}/deno.json`;
    assert.deepEqual(await load(), { imports: undefined, warnings: [] });
    await Deno.writeTextFile(`${dir}/deno.jsonc`, `{"imports":{"a":"./a.ts"}} // of ours`);
    assert.deepEqual((await load()).imports, { a: `file://${dir}/a.ts` });

    await Deno.writeTextFile(path, "{}");
    await assert.rejects(load(), { code: "config_invalid", message: /has both deno\.json and/ });
    await Deno.remove(`${dir}/deno.jsonc`);
    assert.deepEqual((await load()).imports, undefined);

    const refused = async (message: RegExp) => {
      await assert.rejects(load(), { code: "config_unreadable", exitCode: 3, message });
      await Deno.remove(path);
    };
    await Deno.writeTextFile(path, " ".repeat(1024 * 1024 + 1));
    await refused(/t\/deno\.json: it is larger than 1 MiB/);
    await Deno.writeFile(path, new Uint8Array([0x7b, 0xff, 0x7d]));
    await refused(/it is not UTF-8/);
    await new Deno.Command("mkfifo", { args: [path] }).output();
    await refused(/it is not a regular file/);
    await Deno.symlink("/dev/zero", path);
    await refused(/it is a link/);
    await Deno.symlink("inside.json", path);
    await refused(/it is a link/);
    await Deno.mkdir(path);
    await refused(/it is a folder/);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("the map is written for its owner alone, and only where nothing is yet", async () => {
  const dir = await Deno.makeTempDir();
  try {
    assert.equal(await placeImports(undefined, `${dir}/none`), undefined);
    const placed = await placeImports({ a: "npm:a" }, `${dir}/map`);
    assert.equal(placed?.text, await Deno.readTextFile(`${dir}/map`));
    assert.equal((await Deno.stat(`${dir}/map`)).mode! & 0o777, 0o600);
    await assert.rejects(placeImports({ a: "npm:a" }, `${dir}/map`), Deno.errors.AlreadyExists);
    assert.deepEqual([...Deno.readDirSync(dir)].map(({ name }) => name), ["map"]);
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});

Deno.test("the child gets the map by a flag, read-only, and neither without imports", () => {
  const grants = { env: [], net: [], fs: [], run: [], sys: [], roots: [], importHosts: [] };
  const build = (inside?: string, outside?: string) => {
    const command = buildCommand(grants, {
      denoPath: "/deno",
      bootstrap: "/sdk/bootstrap.ts",
      entry: "/task/task.ts",
      taskDir: "/task",
      socket: "/run/s",
      denoDir: "/cache",
      codeFiles: [],
      lockFile: undefined,
      importMap: inside,
      color: false,
      v8Flags: [],
      passed: {},
    });
    return wrapInBwrap(command, grants, {
      bwrapPath: "/bwrap",
      denoPath: "/deno",
      sdkDir: "/sdk",
      socket: "/run/s",
      codeFiles: [],
      fetchedDir: undefined,
      lockFile: undefined,
      importMap: outside,
      certificates: [],
      systemLinks: {},
    }, []).args.join(" ");
  };
  const args = build("/run/dicode/imports.json", "/tmp/run/imports.json");
  assert.match(args, / --ro-bind \/tmp\/run\/imports\.json \/run\/dicode\/imports\.json /);
  assert.match(args, / --import-map=\/run\/dicode\/imports\.json /);
  assert.doesNotMatch(build(), /import-map|imports\.json/);
});
