/** Names that a task's own deno.json gives to modules: what works, and what gets nowhere by them. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { findWorkingBwrap } from "../../runtime/bwrap_probe.ts";
import { findWorkingLandlock } from "../../runtime/landlock_probe.ts";
import { World } from "../helpers.ts";
import { startRegistry } from "./registry.ts";

const bwrap = await findWorkingBwrap(await Deno.makeTempDir());
if (!bwrap.works) console.error(`skipped: imports behind bubblewrap: ${bwrap.reason}`);
const landlock = await findWorkingLandlock(await Deno.makeTempDir());
if (!landlock.works) console.error(`skipped: imports behind Landlock: ${landlock.reason}`);
const MODES = [
  "deno",
  ...(bwrap.works ? ["bwrap"] : []),
  ...(landlock.works ? ["landlock"] : []),
];

const NO_GRANTS = "name: imports\n";
const RAN = `console.log("CODE RAN");\nexport function main() {}\n`;

/** A deno.json with these imports. */
function denoJson(imports: Record<string, string>) {
  return { "deno.json": JSON.stringify({ imports }) };
}

async function run(world: World, dir: string, mode: string) {
  return await world.dicode(["run", dir, "--isolation", mode]);
}

Deno.test("names, beginnings of names and comments work in every module, behind both walls", async () => {
  await using world = await World.make();
  const code = `import { a } from "one";
import { b } from "@/lib/b.ts";
import { readFileSync } from "fs";
export const main = async () => [a, b, typeof readFileSync, (await import("#c")).c];
`;
  const dir = await world.task("named folder", NO_GRANTS, code, {
    "deno.jsonc": `{
  // of ours
  "imports": { "one": "./lib/a.ts", "@/": "./", "#c": "./lib/ü c.ts", "fs": "node:fs", },
}`,
    "lib/a.ts": `export const a = 1;\n`,
    "lib/b.ts": `import { a } from "one";\nexport const b = a + 1;\n`,
    "lib/ü c.ts": `export const c = 3;\n`,
  });
  for (const mode of MODES) {
    const shown = await run(world, dir, mode);
    assert.equal(shown.stdout, '[1,2,"function",3]\n', mode + shown.stderr);
  }
  const checked = await world.dicode(["check", dir]);
  assert.equal(checked.code, 0, checked.stderr);
});

Deno.test("a deno.json above the task names nothing", async () => {
  await using world = await World.make();
  const dir = await world.task("below", NO_GRANTS, `import "one";\n` + RAN);
  const imports = denoJson({ one: "./evil.ts" })["deno.json"];
  await Deno.writeTextFile(`${world.dir}/tasks/deno.json`, imports);
  await Deno.writeTextFile(`${world.dir}/tasks/evil.ts`, `console.log("EVIL RAN");`);
  const shown = await world.run(dir);
  assert.equal(shown.code, 6);
  assert.match(shown.stderr, /below\/task\.ts:1:8: cannot load a module: Import "one" not a dep/);
  assert.match(shown.stderr, /hint: write "npm:one@VERSION" .* or list "one" under "imports"/);
  assert.equal(shown.stdout, "");
  // With a deno.json that names another.
  await Deno.writeTextFile(`${dir}/deno.json`, denoJson({ two: "./two.ts" })["deno.json"]);
  const other = await world.run(dir);
  assert.match(other.stderr, /cannot load a module: Import "one" not a dependency\n/);
});

Deno.test("a package by its name, and a file of it, pinned by the lock of a folder with imports", async () => {
  await using world = await World.make();
  const { server, asked, tarball, url } = await startRegistry(world);
  await using _closing = server;
  const env = { NPM_CONFIG_REGISTRY: url };
  const code = `import left from "left";\nimport sub from "left/sub.js";
export const main = () => left(sub());\n`;
  // As Deno writes it beside such a deno.json.
  const lock = (integrity: string) =>
    JSON.stringify({
      version: "5",
      specifiers: { "npm:left@1": "1.0.0" },
      npm: { "left@1.0.0": { integrity, tarball: `${url}/left/-/left-1.0.0.tgz` } },
      workspace: { dependencies: ["npm:left@1"] },
    });
  const files = denoJson({ left: "npm:left@^1.0.0", fs: "./evil.ts" });
  const sum = createHash("sha512").update(tarball).digest("base64");
  const other = await world.task("other", NO_GRANTS, code, {
    ...denoJson({ left: "npm:left@^1.0.0" }),
    "deno.lock": lock("sha512-" + btoa("0".repeat(64))),
  });
  const running = world.runInProcess(other, env);
  await assert.rejects(running, { code: "module_fetch", message: /integrity|checksum/i });
  const good = await world.task("good", NO_GRANTS, code, {
    ...files,
    "evil.ts": `export const evil = "EVIL";\nexport default { evil };\n`,
    "deno.lock": lock(`sha512-${sum}`),
  });
  for (let at = 0, count = 0; at < 2; at++, count = asked.length) {
    const { result, stderr } = await world.runInProcess(good, env);
    // What the package itself requires is not the task's to name.
    assert.equal(result, "<fs", stderr);
    if (at > 0) assert.equal(asked.length, count, "an unchanged task asked the registry");
  }
});

Deno.test("a remote module by its name comes from a declared host, or is refused unasked", async () => {
  await using world = await World.make();
  const { server, asked, url } = await startRegistry(world);
  await using _closing = server;
  const code = `import { a } from "remote/remote.ts";\nexport const main = () => a;\n`;
  const files = denoJson({ "remote/": `${url}/` });
  const undeclared = await world.task("undeclared", NO_GRANTS, code, files);
  const refused = await world.run(undeclared);
  assert.equal(refused.code, 6);
  assert.match(
    refused.stderr,
    /task\.ts:1:19: cannot import "http.*": task\.yaml does not declare/,
  );
  assert.deepEqual(asked, []);
  const yaml = `permissions: { import: ["${url.slice("http://".length)}"] }`;
  const declared = await world.task("declared", yaml, code, files);
  for (const mode of MODES) {
    const shown = await run(world, declared, mode);
    assert.equal(shown.stdout, "42\n", mode + shown.stderr);
  }
});

Deno.test("no entry can stand for the bootstrap or what it imports: refused with its place", async () => {
  await using world = await World.make();
  const sdk = new URL("../../sdk/", import.meta.url);
  const bootstrap = new URL("bootstrap.ts", sdk);
  const keys = [
    bootstrap.href,
    new URL("protocol.ts", sdk).href,
    bootstrap.href.replace("file:", "FILE:"),
    bootstrap.pathname,
    ` ${bootstrap.href}`,
    bootstrap.href.replace("file:", "fi\tle:"),
    "file:///run/dicode/sdk/bootstrap.ts",
    "file:///",
    sdk.href,
    "./protocol.ts",
    "/",
  ];
  const evil = { "evil.ts": `console.log("EVIL RAN");\nexport {};\n`, "evil/bootstrap.ts": "" };
  for (const [at, key] of keys.entries()) {
    const target = key.endsWith("/") ? "./evil/" : "./evil.ts";
    const files = { ...evil, ...denoJson({ [key]: target }) };
    const dir = await world.task(`replaces${at}`, NO_GRANTS, RAN, files);
    const shown = await world.run(dir);
    assert.equal(shown.code, 3, key + shown.stderr);
    assert.match(shown.stderr, /replaces\d+\/deno\.json:1:13: .*is not a bare name/);
    assert.equal(shown.stdout, "", key);
  }
  // Names alone reach neither: the bootstrap imports by relative paths.
  const names = ["protocol.ts", "bootstrap.ts", "__proto__", "constructor", "sdk/"];
  const bare = Object.fromEntries(
    names.map((name) => [name, name.endsWith("/") ? "./evil/" : "./evil.ts"]),
  );
  const dir = await world.task("bare", NO_GRANTS, RAN, { ...evil, ...denoJson(bare) });
  for (const mode of MODES) {
    const shown = await run(world, dir, mode);
    assert.equal(shown.stdout, "CODE RAN\n", mode + shown.stderr);
  }
});

Deno.test("a name for the master key, by path, folder or link, is refused where it is imported", async () => {
  await using world = await World.make();
  await world.store({ key: "canary-of-the-store" });
  const text = `with { type: "text" }`;
  const outside = "../../home/.dicode";
  const cases: Record<string, [specifier: string, imports: Record<string, string>]> = {
    path: ["evil", { evil: `${outside}/master.key` }],
    folder: ["evil/master.key", { "evil/": `${outside}/` }],
    wide: ["evil/home/.dicode/master.key", { "evil/": "../../" }],
    encoded: ["evil", { evil: `./%2e%2e/%2e%2e/home/.dicode/master.key` }],
    backslash: ["evil", { evil: `./..\\..\\home\\.dicode\\master.key` }],
    link: ["evil", { evil: "./link" }],
    linked: ["evil/master.key", { "evil/": "./folder/" }],
    climbs: ["evil/../../../home/.dicode/master.key", { "evil/": "./lib/" }],
  };
  for (const [name, [specifier, imports]] of Object.entries(cases)) {
    const code = `import "./lib/a.ts";\n${RAN}`;
    const dir = await world.task(name, NO_GRANTS, code, {
      ...denoJson(imports),
      "lib/a.ts": `\nimport k from "${specifier}" ${text};\nconsole.log(k);\n`,
    });
    await Deno.symlink(`${world.dataDir}/master.key`, `${dir}/link`);
    await Deno.symlink(world.dataDir, `${dir}/folder`);
    for (const mode of MODES) {
      const shown = await run(world, dir, mode);
      assert.equal(shown.code, 6, `${name} ${mode} ${shown.stderr}`);
      assert.match(shown.stderr, /lib\/a\.ts:2:15: cannot (import|load)/, name);
      if (name === "path") assert.match(shown.stderr, /master\.key" as "evil": it lies outside/);
      assert.equal(shown.stdout, "", name);
    }
    assert.equal((await world.dicode(["check", dir])).code, 6, name);
  }
});

Deno.test("a name that is put together when the task runs opens no file outside", async () => {
  await using world = await World.make();
  await world.store({ key: "canary-of-the-store" });
  const key = (await Deno.readTextFile(`${world.dataDir}/master.key`)).trim();
  await Deno.writeTextFile(`${world.home}/x.ts`, `export default "canary-of-home";`);
  const dir = await world.mainTask(
    "computes",
    NO_GRANTS,
    `const seen = [];
     for (const [name, options] of [
       ["evil", { with: { type: "text" } }], ["evil/x.ts", {}], ["link", { with: { type: "text" } }],
       ["own", {}],
     ]) {
       try { seen.push((await import([name].join(""), options)).default); }
       catch { seen.push("denied"); }
     }
     return seen;`,
  );
  const imports = {
    "evil": "../../home/.dicode/master.key",
    "evil/": "../../home/",
    "link": "./link",
    "own": "./own.ts",
  };
  await Deno.writeTextFile(`${dir}/deno.json`, denoJson(imports)["deno.json"]);
  await Deno.symlink(`${world.dataDir}/master.key`, `${dir}/link`);
  await Deno.writeTextFile(`${dir}/own.ts`, `export default "own";`);
  for (const mode of MODES) {
    const shown = await run(world, dir, mode);
    assert.equal(shown.code, 0, shown.stderr);
    const seen = JSON.parse(shown.stdout);
    // Nor its own, which it does not list: such a module was not looked at.
    assert.deepEqual(seen, ["denied", "denied", "denied", "denied"], mode);
    assert.ok(!shown.stdout.includes(key));
  }
});

Deno.test("a graph is remembered with its names: another map is looked at again", async () => {
  await using world = await World.make();
  const code = `import "one";\nexport const main = () => 1;\n`;
  const dir = await world.task("changes", NO_GRANTS, code, {
    ...denoJson({ one: "./a.ts" }),
    "a.ts": "export {};\n",
  });
  await Deno.writeTextFile(`${world.home}/x.ts`, `console.log("OUTSIDE");`);
  await new Promise((resolve) => setTimeout(resolve, 250));
  assert.equal((await world.run(dir)).stdout, "1\n");
  const remembered = await Array.fromAsync(Deno.readDir(`${world.dataDir}/cache/graphs`));
  assert.equal(remembered.length, 1);
  const changed = denoJson({ one: "../../home/x.ts" })["deno.json"];
  await Deno.writeTextFile(`${dir}/deno.json`, changed);
  const shown = await world.run(dir);
  assert.equal(shown.code, 6);
  assert.match(shown.stderr, /changes\/task\.ts:1:8: cannot import ".*x\.ts" as "one"/);
});

Deno.test("a folder under permissions.modules is named like one inside", async () => {
  await using world = await World.make();
  await Deno.mkdir(`${world.dir}/tasks/lib`);
  await Deno.writeTextFile(`${world.dir}/tasks/lib/a.ts`, "export const a = 41;\n");
  const yaml = "permissions: { modules: [../lib] }";
  const code = `import { a } from "lib/a.ts";\nexport const main = () => a + 1;\n`;
  const dir = await world.task("uses-lib", yaml, code, denoJson({ "lib/": "../lib/" }));
  for (const mode of MODES) {
    const shown = await run(world, dir, mode);
    assert.equal(shown.stdout, "42\n", mode + shown.stderr);
  }
});

Deno.test("run and check say what of a deno.json has no effect", async () => {
  await using world = await World.make();
  const dir = await world.task("idle", NO_GRANTS, RAN, {
    "deno.json": `{ "unstable": ["kv"],\n "permissions": { "default": { "all": true } } }`,
  });
  const said = /idle\/deno\.json:1:3: "unstable", "permissions" have no effect: of this file only/;
  for (const command of ["run", "check"]) {
    const shown = await world.dicode([command, dir]);
    assert.equal(shown.code, 0, shown.stderr);
    assert.match(shown.stderr, said);
  }
});
