/** The module graph is checked before any code of the task runs. */
import assert from "node:assert/strict";
import { Capture, loadTask, runTask } from "../../mod.ts";
import { recallGraph, rememberGraph } from "../../runtime/graph_memory.ts";
import { checkGraph } from "../../runtime/preflight.ts";
import { World } from "../helpers.ts";

const NO_GRANTS = "name: imports\n";
/** Code that would show that it ran. */
const RAN = `console.log("CODE RAN");\nexport function main() {}\n`;

async function refused(
  world: World,
  name: string,
  code: string,
  prepare: (dir: string) => Promise<void> = () => Promise.resolve(),
  yaml = NO_GRANTS,
) {
  const dir = await world.task(name, yaml, code + RAN);
  await prepare(dir);
  const shown = await world.run(dir);
  assert.equal(shown.code, 6, shown.stdout + shown.stderr);
  assert.ok(!shown.stdout.includes("CODE RAN"), "task code ran");
  return shown.stderr;
}

Deno.test("a module outside the task's folder is refused, with the line that imports it", async () => {
  await using world = await World.make();
  await Deno.writeTextFile(`${world.home}/notes.txt`, "private");
  const stderr = await refused(
    world,
    "outside",
    `\nimport notes from "../../home/notes.txt" with { type: "text" };\n`,
  );
  assert.match(stderr, /outside\/task\.ts:2:19: cannot import ".*notes\.txt": it lies outside/);
  assert.match(stderr, /hint: .*permissions\.modules/);
});

Deno.test("whatever loads a file outside is refused: json, dynamic, deferred, nested, jsx, data:", async () => {
  await using world = await World.make();
  const secret = `${world.home}/secret.json`;
  await Deno.writeTextFile(secret, `{"k":1}`);
  const url = `file://${secret}`;
  const forms: Record<string, string> = {
    json: `import k from "${url}" with { type: "json" };`,
    dynamic: `if (false) await import("${url}", { with: { type: "json" } });`,
    code: `import "${url}";`,
    reexport: `export * from "${url}";`,
    data: `import "data:text/javascript,import k from '${url}' with {type:'json'}";`,
  };
  for (const [name, code] of Object.entries(forms)) {
    const stderr = await refused(world, `form-${name}`, code + "\n");
    assert.match(stderr, /cannot (import|load)/, name);
  }
  const nested = await refused(world, "nested", `import "./lib/a.ts";\n`, async (dir) => {
    await Deno.mkdir(`${dir}/lib`);
    await Deno.writeTextFile(`${dir}/lib/a.ts`, `import k from "${url}" with { type: "json" };\n`);
  });
  assert.match(nested, /lib\/a\.ts:1:15: cannot import/);
});

Deno.test("a link that leads outside is refused, and says where to; one inside is followed", async () => {
  await using world = await World.make();
  await Deno.writeTextFile(`${world.home}/secret.json`, "{}");
  const code = `import k from "./k.json" with { type: "json" };\n`;
  const stderr = await refused(
    world,
    "linked",
    code,
    (dir) => Deno.symlink(`${world.home}/secret.json`, `${dir}/k.json`),
  );
  assert.match(stderr, /k\.json": it is a link to ".*secret\.json", outside the/);
  const folder = await refused(
    world,
    "linked-folder",
    `import k from "./lib/secret.json" with { type: "json" };\n`,
    (dir) => Deno.symlink(world.home, `${dir}/lib`),
  );
  assert.match(folder, /it is a link to/);
  const dir = await world.task("inside", NO_GRANTS, code + `export const main = () => k;\n`, {
    "real.json": `{"a":1}`,
  });
  await Deno.symlink("real.json", `${dir}/k.json`);
  assert.equal((await world.run(dir)).stdout, '{"a":1}\n');
});

Deno.test("a folder under permissions.modules may be imported from, and not its neighbours", async () => {
  await using world = await World.make();
  await Deno.mkdir(`${world.dir}/tasks/lib`);
  await Deno.writeTextFile(`${world.dir}/tasks/lib/a.ts`, "export const a = 41;\n");
  await Deno.mkdir(`${world.dir}/tasks/lib-other`);
  await Deno.writeTextFile(`${world.dir}/tasks/lib-other/b.ts`, "export const b = 1;\n");
  const yaml = "permissions: { modules: [../lib] }";
  const code = `import { a } from "../lib/a.ts";\nexport const main = () => a + 1;\n`;
  const dir = await world.task("uses-lib", yaml, code);
  assert.equal((await world.run(dir)).stdout, "42\n");
  const other = `import { b } from "../lib-other/b.ts";\n`;
  await refused(world, "uses-other", other, undefined, yaml);
});

Deno.test("what is imported for its types alone may lie anywhere: it is never loaded", async () => {
  await using world = await World.make();
  await Deno.writeTextFile(`${world.home}/types.ts`, `throw new Error("LOADED");`);
  const dir = await world.task(
    "types",
    NO_GRANTS,
    `import type { X } from "../../home/types.ts";\nexport const main = (): X => "fine" as X;\n`,
  );
  assert.equal((await world.run(dir)).stdout, '"fine"\n');
});

Deno.test("a module that is a pipe does not hold the host", async () => {
  await using world = await World.make();
  const dir = await world.task("pipe", NO_GRANTS, `import "./pipe.ts";\n`);
  await new Deno.Command("mkfifo", { args: [`${dir}/pipe.ts`] }).output();
  const looking = checkGraph({
    denoPath: Deno.execPath(),
    entry: `${dir}/task.ts`,
    roots: [dir],
    importHosts: [],
    denoDir: `${world.dir}/info`,
    timeoutMs: 1000,
  });
  await assert.rejects(looking, { code: "module_graph", message: /took over 1 s/ });
});

Deno.test("a module that is missing, broken or endless ends the run with its name", async () => {
  await using world = await World.make();
  assert.match(
    await refused(world, "missing", `import "./nowhere.ts";\n`),
    /missing\/task\.ts:1:8: cannot load the module ".*nowhere\.ts": there is no such file/,
  );
  assert.match(
    await refused(world, "broken", `import "./b.ts";\n`, async (dir) => {
      await Deno.writeTextFile(`${dir}/b.ts`, "export const = ;\n");
    }),
    /broken\/b\.ts:1:14: cannot load a module: SyntaxError: Unexpected token/,
  );
  const endless = await refused(
    world,
    "endless",
    `import "./zero.ts";\n`,
    (dir) => Deno.symlink("/dev/zero", `${dir}/zero.ts`),
  );
  assert.match(endless, /cannot (list the task's modules|import)/);
});

Deno.test("code from a host that is not declared is refused before anything is fetched", async () => {
  await using world = await World.make();
  const asked: string[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      asked.push(request.url);
      return new Response("");
    },
  );
  const { port } = server.addr;
  const code = `import "http://127.0.0.1:${port}/x.ts";\n`;
  const stderr = await refused(world, "remote", code);
  assert.match(stderr, /task\.ts:1:8: cannot import "http:.*": task\.yaml does not declare 127/);
  assert.match(stderr, new RegExp(`hint: .*import: \\["127.0.0.1:${port}"\\]`));
  assert.deepEqual(asked, []);
});

/** The graph of a task that is one file, and what it is listed under. */
function onlyEntry(world: World, dir: string) {
  const entry = `${dir}/task.ts`;
  const denoDir = `${world.dir}/info`;
  return {
    entry,
    preflight: { denoPath: Deno.execPath(), entry, roots: [dir], importHosts: [], denoDir },
    graph: { modules: [{ path: entry, real: entry }], remote: false },
  };
}

Deno.test("a graph is remembered where the path of its code is too long for a file's name", async () => {
  await using world = await World.make();
  const dir = `${world.dir}/${"ordner-mit-umlauten-äöü/".repeat(5)}long`;
  await Deno.mkdir(dir, { recursive: true });
  const entry = `${dir}/task.ts`;
  await Deno.writeTextFile(entry, RAN);
  const { preflight, graph } = onlyEntry(world, dir);
  await rememberGraph(`${world.dir}/memory`, preflight, graph, Date.now() + 60_000);
  assert.deepEqual(await recallGraph(`${world.dir}/memory`, preflight), graph);
});

Deno.test("code that changed while it was listed is not remembered", async () => {
  await using world = await World.make();
  const dir = await world.task("fresh", NO_GRANTS, RAN);
  const { entry, preflight, graph } = onlyEntry(world, dir);
  const { ctime } = await Deno.stat(entry);
  await rememberGraph(`${world.dir}/memory`, preflight, graph, ctime!.getTime());
  assert.equal(await recallGraph(`${world.dir}/memory`, preflight), undefined);
  await rememberGraph(`${world.dir}/memory`, preflight, graph, ctime!.getTime() + 1000);
  assert.deepEqual(await recallGraph(`${world.dir}/memory`, preflight), graph);
  const elsewhere = { ...preflight, roots: [] };
  assert.equal(await recallGraph(`${world.dir}/memory`, elsewhere), undefined);
});

Deno.test("a graph that is remembered behind a link, or open to others, is listed anew", async () => {
  await using world = await World.make();
  const dir = await world.task("linked", NO_GRANTS, RAN);
  const { preflight, graph } = onlyEntry(world, dir);
  const cache = `${world.dir}/cache`;
  const remember = () => rememberGraph(cache, preflight, graph, Date.now() + 1000);
  const elsewhere = `${world.dir}/elsewhere`;
  await remember();
  assert.deepEqual(await recallGraph(cache, preflight), graph);
  await Deno.rename(`${cache}/graphs`, elsewhere);
  await Deno.symlink(elsewhere, `${cache}/graphs`);
  assert.equal(await recallGraph(cache, preflight), undefined, "a link to a folder");
  await Deno.remove(`${cache}/graphs`);
  await remember();
  const [{ name } = { name: "" }] = [...Deno.readDirSync(`${cache}/graphs`)];
  await Deno.chmod(`${cache}/graphs/${name}`, 0o644);
  assert.equal(await recallGraph(cache, preflight), undefined, "open to others");
});

Deno.test("a module whose name is no UTF-8 in a URL is refused, not a bug", async () => {
  await using world = await World.make();
  for (const [at, name] of ["100%.ts", "%ff.ts"].entries()) {
    const stderr = await refused(world, `odd${at}`, `import "./${name}";\n`);
    assert.match(stderr, /cannot load (a|the) module/);
  }
});

/** How often a run lists the graph: the runs of a deno that notes when it is asked for `info`. */
async function countListings(world: World) {
  const log = `${world.dir}/listings`;
  const deno = `${world.dir}/deno`;
  const script =
    `#!/bin/sh\n[ "$1" = info ] && echo x >> '${log}'\nexec '${Deno.execPath()}' "$@"\n`;
  await Deno.writeTextFile(deno, script, { mode: 0o755 });
  const run = async (dir: string) => {
    const capture = new Capture();
    const outcome = await runTask(await loadTask(dir), {
      dataDir: world.dataDir,
      env: () => undefined,
      denoPath: deno,
      sinks: capture.sinks,
      // The script that counts is no file of the system: behind bubblewrap there is only deno.
      isolation: "deno",
    });
    const listings = await Deno.readTextFile(log).catch(() => "");
    await Deno.remove(log).catch(() => {});
    return { result: outcome.result, listed: listings.length > 0 };
  };
  return { run };
}

Deno.test("an unchanged graph is not listed again; a change of any file or link of it is seen", async () => {
  await using world = await World.make();
  const { run } = await countListings(world);
  const code =
    `import k from "./lib/k.json" with { type: "json" };\nexport const main = () => k;\n`;
  const dir = await world.task("remembered", NO_GRANTS, code, {
    "lib/k.json": "1",
    "other/k.json": "2",
  });
  const settle = () => new Promise((resolve) => setTimeout(resolve, 250));
  await settle();
  assert.deepEqual(await run(dir), { result: 1, listed: true });
  assert.deepEqual(await run(dir), { result: 1, listed: false });

  await Deno.writeTextFile(`${dir}/lib/k.json`, "3");
  assert.deepEqual(await run(dir), { result: 3, listed: true });
  await settle();
  await run(dir);
  assert.deepEqual(await run(dir), { result: 3, listed: false });

  await Deno.rename(`${dir}/lib`, `${dir}/old`);
  await Deno.symlink("other", `${dir}/lib`);
  assert.deepEqual(await run(dir), { result: 2, listed: true });
  await Deno.remove(`${dir}/lib`);
  await Deno.mkdir(`${world.home}/k`);
  await Deno.writeTextFile(`${world.home}/k/k.json`, "2");
  await Deno.symlink(`${world.home}/k`, `${dir}/lib`);
  await assert.rejects(run(dir), { code: "module_outside" });
});
