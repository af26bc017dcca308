/** The shape of the code: who imports whom, how long a file is, what a start loads, who prints. */
import assert from "node:assert/strict";

const ROOT = new URL("..", import.meta.url).pathname;
const MAX_LINES = 250;

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly isDynamic: boolean;
  readonly isType: boolean;
}

/** Every import between files of the project, and to packages, from `deno info --json`. */
async function readEdges(entry: string): Promise<Edge[]> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", entry],
    cwd: ROOT,
  }).output();
  assert.equal(code, 0, new TextDecoder().decode(stderr));
  const { modules } = JSON.parse(new TextDecoder().decode(stdout));
  const edges: Edge[] = [];
  for (const { specifier, dependencies = [] } of modules) {
    if (!specifier.startsWith(`file://${ROOT}`)) continue;
    for (const { code, type, isDynamic = false } of dependencies) {
      for (const [edge, isType] of [[code, false], [type, true]] as const) {
        if (edge?.specifier === undefined) continue;
        edges.push({ from: name(specifier), to: name(edge.specifier), isDynamic, isType });
      }
    }
  }
  return edges;
}

/** A file of the project by its path, a package by its name. */
function name(specifier: string): string {
  if (specifier.startsWith(`file://${ROOT}`)) return specifier.slice(`file://${ROOT}`.length);
  return specifier.replace(/^npm:\/?(@?[^@]+)@.*$/, "npm:$1");
}

async function* sources(folder: string): AsyncGenerator<{ path: string; text: string }> {
  for await (const entry of Deno.readDir(`${ROOT}${folder}`)) {
    const path = `${folder}${entry.name}`;
    if (entry.isDirectory) yield* sources(`${path}/`);
    else if (path.endsWith(".ts")) yield { path, text: await Deno.readTextFile(ROOT + path) };
  }
}

const edges = [...await readEdges("cli.ts"), ...await readEdges("mod.ts")];
edges.push(...await readEdges("sdk/bootstrap.ts"));

function layer(path: string): number {
  const layers = ["sdk/", "store/", "runtime/", "runtime/commands/"];
  return layers.findLastIndex((prefix) => path.startsWith(prefix));
}

/** The files that load commands. */
const LOADERS = ["backup_tree", "carry_out", "command_tree", "plain_command", "secrets_tree"]
  .map((name) => `runtime/${name}.ts`);

Deno.test("imports go one way: cli, commands, runtime, store, sdk", () => {
  for (const { from, to } of edges) {
    if (layer(from) === -1 || layer(to) === -1) continue;
    const isLoaded = LOADERS.includes(from) && to.startsWith("runtime/commands/");
    assert.ok(layer(to) <= layer(from) || isLoaded, `${from} imports ${to}`);
  }
});

Deno.test("sdk takes nothing but its siblings, store nothing of ours but sdk/errors.ts", () => {
  for (const { from, to } of edges) {
    if (from.startsWith("sdk/")) assert.match(to, /^sdk\//, `${from} imports ${to}`);
    if (from.startsWith("store/")) {
      assert.match(to, /^(store\/|npm:|node:|sdk\/errors\.ts$)/, `${from} imports ${to}`);
    }
  }
});

Deno.test("commands load by import(), and never take each other; providers likewise", () => {
  for (const { from, to, isDynamic, isType } of edges) {
    for (
      const [folder, loaders] of [
        ["runtime/commands/", LOADERS],
        ["store/providers/", ["store/kinds.ts"]],
      ] as const
    ) {
      if (!to.startsWith(folder)) continue;
      assert.ok(!from.startsWith(folder), `${from} imports ${to}`);
      const isCli = from === "cli.ts" && folder === "runtime/commands/";
      assert.ok(loaders.some((loader) => loader === from) || isCli, `${from} imports ${to}`);
      assert.ok(isDynamic || isType, `${from} imports ${to} when it starts`);
    }
  }
});

Deno.test("no file imports itself by way of others", () => {
  const next = Map.groupBy(edges.filter(({ isType }) => !isType), ({ from }) => from);
  const done = new Set<string>();
  const visit = (file: string, path: readonly string[]) => {
    assert.ok(!path.includes(file), [...path, file].join(" -> "));
    if (done.has(file)) return;
    for (const { to } of next.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of next.keys()) visit(file, []);
});

/** What a file loads when it starts, itself included. */
function loadedBy(start: string): string[] {
  const loaded = new Set([start]);
  for (const file of loaded) {
    for (const { from, to, isDynamic, isType } of edges) {
      if (from === file && !isDynamic && !isType) loaded.add(to);
    }
  }
  return [...loaded];
}

Deno.test("check loads no wall", () => {
  const loaded = loadedBy("runtime/commands/check.ts");
  assert.ok(loaded.includes("runtime/grants.ts"));
  const walls = loaded.filter((file) =>
    /\/(bwrap|landlock|isolation|walls)(_\w+)?\.ts$/.test(file)
  );
  assert.deepEqual(walls.filter((file) => file !== "runtime/isolation_names.ts"), []);
});

Deno.test("a start of the CLI loads nothing heavy", () => {
  const heavy = [...loadedBy("cli.ts"), ...loadedBy("runtime/carry_out.ts")].filter((name) =>
    /^(node:|npm:)|^store\/|^runtime\/(yaml|task|run|config)\.ts$/
      .test(name)
  );
  // Those of a run's head start.
  const light = ["files", "quote", "read_all", "timer"].map((name) => `store/${name}.ts`);
  assert.deepEqual(heavy.filter((name) => !light.includes(name)), []);
});

Deno.test("a run of what is remembered loads neither YAML nor shapes", () => {
  const loaded = loadedBy("runtime/commands/run.ts");
  assert.ok(loaded.includes("runtime/task_memory.ts"));
  const heavy = /^npm:|^runtime\/(yaml|shape|shape_fields|task|config|import_map)\.ts$/;
  assert.deepEqual(loaded.filter((name) => heavy.test(name)), []);
});

Deno.test("what loads on demand is not read at every start, and has its own types", async () => {
  const sourcesOfAll = [{ path: "cli.ts", text: await Deno.readTextFile(`${ROOT}cli.ts`) }];
  for (const folder of ["store/", "runtime/"]) {
    for await (const source of sources(folder)) sourcesOfAll.push(source);
  }
  for (const { path, text } of sourcesOfAll) {
    // Deno reads the files of every literal import() before it starts; `as string` hides it from
    // Deno, and not from bundlers.
    const loads = /(?<!typeof )\bimport\(\s*"(?!node:)([^"]+)"/g;
    const hidden = /^( as string\s*\) as (?:Promise<\s*)?typeof import\(\s*)"([^"]+)"/;
    for (const { 0: start, 1: specifier, index } of text.matchAll(loads)) {
      const [, , typed] = hidden.exec(text.slice(index + start.length)) ?? [];
      const how = `import("${specifier}" as string) as typeof import("${specifier}")`;
      assert.equal(typed, specifier, `${path} is to load it by ${how}`);
    }
  }
});

Deno.test("the chain of providers loads neither SQLite nor ciphers before they are used", () => {
  for (const { from, to, isDynamic, isType } of edges) {
    if (/^node:sqlite$|^npm:@noble/.test(to) && from !== "store/cipher.ts") {
      assert.ok(isDynamic || isType, `${from} imports ${to} when it starts`);
    }
    if (to === "store/cipher.ts") assert.ok(isDynamic || isType, `${from} loads the cipher`);
    if (to === "npm:js-yaml") assert.equal(from, "runtime/yaml.ts");
    if (to === "npm:age-encryption") {
      assert.match(from, /^store\/age(_keys)?\.ts$/);
      assert.ok(isDynamic || isType, `${from} imports ${to} when it starts`);
    }
  }
});

Deno.test(`every file has at most ${MAX_LINES} lines and opens with what it is for`, async () => {
  for (const folder of ["sdk/", "store/", "runtime/"]) {
    for await (const { path, text } of sources(folder)) {
      assert.ok(text.split("\n").length <= MAX_LINES + 1, `${path} is too long`);
      assert.match(text, /^\/\*\*/, `${path} does not open with a comment`);
    }
  }
});

Deno.test("only host.ts and terminal.ts print", async () => {
  for (const folder of ["sdk/", "store/", "runtime/"]) {
    for await (const { path, text } of sources(folder)) {
      if (path === "runtime/host.ts" || path === "runtime/terminal.ts") continue;
      const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|`[^`]*`/g, "");
      assert.doesNotMatch(
        code,
        /\bconsole\.|Deno\.(stdout|stderr)\b(?!\.isTerminal\(\))/,
        `${path} prints`,
      );
    }
  }
});

Deno.test("timers are store/timer.ts's: the first setTimeout of a process costs 7 ms", async () => {
  for (const folder of ["sdk/", "store/", "runtime/"]) {
    for await (const { path, text } of sources(folder)) {
      const code = text.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*|`[^`]*`/g, "");
      assert.doesNotMatch(code, /\bset(?:Timeout|Interval)\b/, `${path} has a timer of its own`);
    }
  }
});

Deno.test("every SECURITY comment names a test", async () => {
  for (const folder of ["sdk/", "store/", "runtime/"]) {
    for await (const { path, text } of sources(folder)) {
      for (const [comment] of text.matchAll(/SECURITY:[\s\S]*?(?=\n\s*(?:[^/*\s]|\*\/))/g)) {
        assert.match(comment, /tests\/[\w/]+_test\.ts/, `${path}: no test is named`);
      }
    }
  }
});

Deno.test("every file of the tests that a source names exists", async () => {
  const texts = [];
  for (const path of ["cli.ts", "mod.ts", "deno.json"]) {
    texts.push({ path, text: await Deno.readTextFile(ROOT + path) });
  }
  for (const folder of ["sdk/", "store/", "runtime/", "tests/"]) {
    for await (const source of sources(folder)) texts.push(source);
  }
  for (const { path, text } of texts) {
    for (const [named] of text.matchAll(/\btests\/[\w./-]*\w/g)) {
      await assert.doesNotReject(Deno.stat(ROOT + named), `${path} names ${named}`);
    }
  }
});

Deno.test("one name is one thing: no two files export the same", async () => {
  // A command is `run`; each kind of provider exports what ProviderKind has.
  const shared = ["run", "open", "OPTIONS", "validate", "usesNetwork"];
  const exported =
    /^export (?:async )?(?:abstract )?(?:function\*?|class|const|interface|type) (\w+)/gm;
  const places = new Map<string, string>();
  for (const folder of ["sdk/", "store/", "runtime/"]) {
    for await (const { path, text } of sources(folder)) {
      for (const [, name = ""] of text.matchAll(exported)) {
        if (shared.includes(name)) continue;
        assert.equal(places.get(name), undefined, `${path} exports ${name} as well`);
        places.set(name, path);
      }
    }
  }
});

Deno.test("the prefix of dicode's own variables is written once, in store/rules.ts", async () => {
  for (const folder of ["sdk/", "store/", "runtime/"]) {
    for await (const { path, text } of sources(folder)) {
      if (path === "store/rules.ts") continue;
      assert.ok(!text.includes('"DICODE_"'), `${path} has the prefix of its own`);
    }
  }
});

Deno.test("every dependency has one exact version, in deno.json", async () => {
  const { imports } = JSON.parse(await Deno.readTextFile(`${ROOT}deno.json`));
  for (const [name, specifier] of Object.entries(imports)) {
    assert.match(String(specifier), new RegExp(`^npm:${name}@\\d+\\.\\d+\\.\\d+$`));
  }
  for (const folder of ["sdk/", "store/", "runtime/", "tests/"]) {
    for await (const { path, text } of sources(folder)) {
      // A hostile task imports from servers that its test starts.
      if (/^tests\/hostile\/[\w-]+\/[\w-]+\//.test(path)) continue;
      const own = /^(import|export) .* from "(npm|jsr|https?):/m;
      assert.doesNotMatch(text, own, `${path} pins a version of its own`);
    }
  }
});
