/** Path, program and host grants: what they open, and that no spelling opens more. */
import assert from "node:assert/strict";
import { World } from "../helpers.ts";

/** A task that tries each expression and returns "ok" or the error's name for each. */
function attempts(expressions: readonly string[]): string {
  const tries = expressions.map((expression) =>
    `try { await (${expression}); outcomes.push("ok"); } catch (e) { outcomes.push(e.name); }`
  );
  return `const outcomes = [];\n${tries.join("\n")}\nreturn outcomes;`;
}

Deno.test("a path grant opens that path for what it says, and nothing beside it", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "paths",
    `permissions:
  fs:
    - { path: ./in, permission: r }
    - { path: ./out/, permission: w }
    - { path: "\${TASK_DIR}/both", permission: rw }
    - { path: ~/notes.txt, permission: r }`,
    attempts([
      `Deno.readTextFile("in/a.txt")`,
      `Deno.writeTextFile("in/a.txt", "x")`,
      `Deno.writeTextFile("out/b.txt", "x")`,
      `Deno.readTextFile("out/b.txt")`,
      `Deno.writeTextFile("both/c.txt", "x").then(() => Deno.readTextFile("both/c.txt"))`,
      `Deno.readTextFile("${world.home}/notes.txt")`,
      `Deno.readTextFile("${world.home}/other.txt")`,
      `Deno.readTextFile("in/../task.yaml")`,
      `Deno.readTextFile("inside.txt")`,
      `Deno.symlink("${world.home}/other.txt", "both/link")`,
      `Deno.link("${world.home}/other.txt", "both/link")`,
      `Deno.rename("${world.home}/other.txt", "both/moved")`,
    ]),
  );
  await Deno.mkdir(`${dir}/in`);
  await Deno.mkdir(`${dir}/both`);
  await Deno.writeTextFile(`${dir}/in/a.txt`, "a");
  await Deno.writeTextFile(`${dir}/inside.txt`, "a");
  await Deno.writeTextFile(`${world.home}/notes.txt`, "n");
  await Deno.writeTextFile(`${world.home}/other.txt`, "private");
  const shown = await world.run(dir);
  const no = "NotCapable";
  const expected = ["ok", no, "ok", no, "ok", "ok", no, no, no, no, no, no];
  assert.deepEqual(JSON.parse(shown.stdout), expected, shown.stderr);
});

Deno.test("a write grant on the task's folder does not reach task.yaml or the code", async () => {
  await using world = await World.make();
  const dir = await world.task(
    "self",
    `permissions: { fs: [{ path: ., permission: rw }] }`,
    `import "./lib/helper.ts";
export async function main() {\n${
      attempts([
        `Deno.writeTextFile("task.yaml", "")`,
        `Deno.writeTextFile("task.ts", "")`,
        `Deno.writeTextFile("lib/helper.ts", "")`,
        `Deno.remove("lib/helper.ts")`,
        `Deno.rename("task.ts", "old.ts")`,
        `Deno.writeTextFile("deno.json", "{}")`,
        `Deno.writeTextFile("data.txt", "fine")`,
      ])
    }\n}\n`,
    { "lib/helper.ts": "export {};\n" },
  );
  const shown = await world.run(dir);
  const no = "NotCapable";
  const expected = [no, no, no, no, no, no, "ok"];
  assert.deepEqual(JSON.parse(shown.stdout), expected, shown.stderr);
});

Deno.test("a path that does not exist is refused with the mkdir that makes it", async () => {
  await using world = await World.make();
  const yaml = `permissions:\n  fs: [{ path: ./da ta, permission: rw }]`;
  const dir = await world.mainTask("absent", yaml, "console.log('RAN')");
  const shown = await world.run(dir);
  assert.equal(shown.code, 6);
  assert.match(shown.stderr, /task\.yaml:2:\d+: cannot grant ".*\/da ta": there is no such path/);
  assert.match(shown.stderr, /hint: mkdir -p '.*\/da ta'/);
  assert.equal(shown.stdout, "");
});

Deno.test("a grant that covers the data folder is refused, also through a link or from above", async () => {
  await using world = await World.make();
  await world.store({ key: "value-of-key" });
  await Deno.symlink(world.dataDir, `${world.dir}/innocent`);
  for (
    const path of [
      world.dataDir,
      `${world.dataDir}/data.db`,
      world.home,
      "/",
      `${world.dir}/innocent`,
    ]
  ) {
    const yaml = `permissions: { fs: [{ path: "${path}", permission: r }] }`;
    const dir = await world.mainTask("covers", yaml, "console.log('RAN')");
    const shown = await world.run(dir);
    assert.equal(shown.code, 6, path);
    assert.match(shown.stderr, /covers dicode's data folder/);
    const modules = await world.mainTask("roots", `permissions: { modules: ["${path}"] }`, "");
    assert.equal((await world.run(modules)).code, 6, path);
  }
});

Deno.test("a link that leads to a name with a comma is refused: it would be two grants", async () => {
  await using world = await World.make();
  await Deno.mkdir(`${world.dir}/a,${world.home.slice(1).replaceAll("/", "_")}`);
  const dir = await world.mainTask(
    "comma",
    "permissions: { fs: [{ path: ./link, permission: r }] }",
    "",
  );
  await Deno.symlink(`${world.dir}/a,${world.home.slice(1).replaceAll("/", "_")}`, `${dir}/link`);
  const shown = await world.run(dir);
  assert.equal(shown.code, 6);
  assert.match(shown.stderr, /holds a comma/);
});

Deno.test("a program is found on PATH or by its path; one that is not there is refused", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "programs",
    "permissions: { run: [echo, ./tool.sh] }",
    attempts([
      `new Deno.Command("echo", { args: ["hi"] }).output()`,
      `new Deno.Command("./tool.sh").output()`,
      `new Deno.Command("/bin/cat", { args: ["/etc/hostname"] }).output()`,
      `new Deno.Command(Deno.execPath()).output()`,
      `new Deno.Command("echo", { env: { LD_PRELOAD: "/x.so" } }).output()`,
    ]),
  );
  await Deno.writeTextFile(`${dir}/tool.sh`, "#!/bin/sh\nexit 0\n", { mode: 0o755 });
  const shown = await world.run(dir);
  const no = "NotCapable";
  assert.deepEqual(JSON.parse(shown.stdout), ["ok", "ok", no, no, no], shown.stderr);

  const absent = await world.mainTask("absent", "permissions: { run: [no-such-program] }", "");
  const refused = await world.run(absent);
  assert.equal(refused.code, 6);
  assert.match(refused.stderr, /no-such-program.*on PATH/);
});

Deno.test("net opens the hosts and ports that it lists, and redirects lead nowhere else", async () => {
  await using world = await World.make();
  const pages = (port: number) => (request: Request) =>
    new URL(request.url).pathname === "/away"
      ? Response.redirect(`http://127.0.0.1:${port}/`)
      : new Response("page");
  await using other = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, pages(0));
  const target = pages(other.addr.port);
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, target);
  const [granted, closed] = [server.addr.port, other.addr.port];
  const dir = await world.mainTask(
    "net",
    `permissions: { net: ["127.0.0.1:${granted}"] }`,
    attempts([
      `fetch("http://127.0.0.1:${granted}/").then((r) => r.text())`,
      `fetch("http://127.0.0.1:${closed}/")`,
      `fetch("http://localhost:${granted}/")`,
      `fetch("http://127.0.0.1:${granted}/away")`,
      `Deno.connect({ hostname: "127.0.0.1", port: ${closed} })`,
      `Deno.connect({ transport: "unix", path: "/tmp/x.sock" })`,
      `Promise.resolve(Deno.listen({ hostname: "127.0.0.1", port: 0 }))`,
    ]),
  );
  const shown = await world.run(dir);
  const [first, ...rest] = JSON.parse(shown.stdout);
  assert.equal(first, "ok", shown.stderr);
  for (const outcome of rest) assert.notEqual(outcome, "ok", shown.stdout);
});

Deno.test('net "*" leaves out loopback', async () => {
  await using world = await World.make();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Response("page"),
  );
  const { port } = server.addr;
  const dir = await world.mainTask(
    "every",
    `permissions: { net: ["*"] }`,
    attempts([
      `fetch("http://127.0.0.1:${port}/")`,
      `fetch("http://localhost:${port}/")`,
      `fetch("http://0.0.0.0:${port}/")`,
      `fetch("http://[::ffff:127.0.0.1]:${port}/")`,
      `fetch("http://2130706433:${port}/")`,
      `Deno.connect({ hostname: "127.0.0.1", port: ${port} })`,
    ]),
  );
  const shown = await world.run(dir);
  for (const outcome of JSON.parse(shown.stdout)) assert.notEqual(outcome, "ok", shown.stdout);
});
