/** Packages and remote modules: fetched by the host before the run, pinned, read-only for the task. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { World } from "../helpers.ts";
import { startRegistry } from "./registry.ts";

Deno.test("a package is fetched once, and an unchanged task fetches nothing", async () => {
  await using world = await World.make();
  const { server, asked, url } = await startRegistry(world);
  await using _closing = server;
  const dir = await world.task(
    "package",
    "name: package\n",
    `import left from "npm:left@1.0.0";\nexport const main = () => left("x");\n`,
  );
  const registry = url.replace("//", "//user:canary-registry-password@");
  const first = await world.runInProcess(dir, { NPM_CONFIG_REGISTRY: registry });
  assert.equal(first.result, "<x", first.stderr + first.error?.message);
  const count = asked.length;
  assert.ok(count >= 2);
  const second = await world.runInProcess(dir, { NPM_CONFIG_REGISTRY: registry });
  assert.equal(second.result, "<x", second.stderr);
  assert.equal(asked.length, count);
  await assert.rejects(Deno.stat("/tmp/dicode-test-install-script-ran"), Deno.errors.NotFound);
});

Deno.test("a task that knows the registry still asks it for nothing by a computed import", async () => {
  await using world = await World.make();
  const { server, asked, url } = await startRegistry(world);
  await using _closing = server;
  const dir = await world.task(
    "computes",
    "name: computes\n",
    `import left from "npm:left@1.0.0";
export async function main() {
  try { await import(["npm:leak-data@1.0.0"].join("")); } catch { return left("denied"); }
}`,
  );
  const { result, stderr } = await world.runInProcess(dir, { NPM_CONFIG_REGISTRY: url });
  assert.equal(result, "<denied", stderr);
  assert.deepEqual(asked.filter(({ path }) => path.includes("leak")), []);
});

Deno.test("the registry's credentials do not reach the task", async () => {
  await using world = await World.make();
  const { server, url } = await startRegistry(world);
  await using _closing = server;
  const dir = await world.task(
    "package",
    "permissions: { run: [env] }\n",
    `import left from "npm:left@1.0.0";
export const main = () => left(new TextDecoder().decode(new Deno.Command("env").outputSync().stdout));`,
  );
  const registry = url.replace("//", "//user:canary-registry-password@");
  const { result, stderr } = await world.runInProcess(dir, { NPM_CONFIG_REGISTRY: registry });
  assert.match(String(result), /NPM_CONFIG_REGISTRY=http:\/\/127/, stderr);
  assert.ok(!String(result).includes("canary-registry-password"));
});

Deno.test("remote modules come from declared hosts, with what they import in turn", async () => {
  await using world = await World.make();
  const { server, url } = await startRegistry(world);
  await using _closing = server;
  const code = `import { a } from "${url}/remote.ts";\nexport const main = () => a;\n`;
  const host = url.slice("http://".length);
  const yaml = `permissions: { import: ["${host}"] }`;
  const dir = await world.task("remote", yaml, code);
  const shown = await world.run(dir);
  assert.equal(shown.stdout, "42\n", shown.stderr);
});

Deno.test("a package that cannot be had ends the run before it starts, exit 1, with the reason", async () => {
  await using world = await World.make();
  const { server, url } = await startRegistry(world);
  await using _closing = server;
  const dir = await world.task(
    "absent",
    "name: absent\n",
    `console.log("RAN");\nimport "npm:no-such-package@1.0.0";\nexport const main = () => 1;\n`,
  );
  const running = world.runInProcess(dir, { NPM_CONFIG_REGISTRY: url });
  await assert.rejects(running, { code: "module_fetch", exitCode: 1, message: /no-such-package/ });
});

Deno.test("a task's deno.lock pins what is fetched: other content is refused", async () => {
  await using world = await World.make();
  const { server, url } = await startRegistry(world);
  await using _closing = server;
  const dir = await world.task(
    "pinned",
    "name: pinned\n",
    `import left from "npm:left@1.0.0";\nexport const main = () => left("x");\n`,
    {
      "deno.lock": JSON.stringify({
        version: "5",
        specifiers: { "npm:left@1.0.0": "1.0.0" },
        npm: {
          "left@1.0.0": {
            integrity: "sha512-" + btoa("0".repeat(64)),
            tarball: `${url}/left/-/left-1.0.0.tgz`,
          },
        },
      }),
    },
  );
  const env = { NPM_CONFIG_REGISTRY: url };
  const refused = { code: "module_fetch", message: /integrity|checksum/i };
  await assert.rejects(world.runInProcess(dir, env), refused);
  // Also where another task has fetched the same version, pinned to nothing.
  const code = await Deno.readTextFile(`${dir}/task.ts`);
  const free = await world.task("free", "name: free\n", code);
  assert.equal((await world.runInProcess(free, env)).result, "<x");
  await assert.rejects(world.runInProcess(dir, env), refused);
});

Deno.test("a lock file cannot say where a package comes from, nor fill the cache of other tasks", async () => {
  await using world = await World.make();
  const { server, url } = await startRegistry(world);
  await using _closing = server;
  const evil = new Uint8Array([1, 2, 3]);
  let asked = 0;
  await using other = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    asked++;
    return new Response(evil);
  });
  const code = `import left from "npm:left@1.0.0";\nexport const main = () => left("x");\n`;
  const integrity = "sha512-" + createHash("sha512").update(evil).digest("base64");
  const lock = {
    version: "5",
    specifiers: { "npm:left@1.0.0": "1.0.0" },
    npm: {
      "left@1.0.0": { integrity, tarball: `http://127.0.0.1:${other.addr.port}/left.tgz` },
    },
  };
  const hostile = await world.task("hostile", "name: hostile\n", code, {
    "deno.lock": JSON.stringify(lock),
  });
  const env = { NPM_CONFIG_REGISTRY: url };
  await assert.rejects(world.runInProcess(hostile, env), { code: "module_fetch" });
  const honest = await world.task("honest", "name: honest\n", code);
  assert.equal((await world.runInProcess(honest, env)).result, "<x");
  assert.equal(asked, 0);
});

Deno.test("a lock file leads an address neither to a file nor to code of its own", async () => {
  await using world = await World.make();
  await world.store({ key: "canary-of-the-store" });
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () =>
      new Response("export const said = 'honest';", {
        headers: { "content-type": "text/javascript" },
      }),
  );
  const address = `http://127.0.0.1:${server.addr.port}/a.js`;
  const code =
    `import * as a from "${address}";\nexport const main = () => a.said ?? JSON.stringify(a);\n`;
  const targets = [
    `file://${world.dir}/evil.ts`,
    "data:text/javascript,export%20const%20said%20%3D%20'evil'",
  ];
  await Deno.writeTextFile(`${world.dir}/evil.ts`, "export const said = 'evil';");
  for (const [at, target] of targets.entries()) {
    const lock = { version: "5", redirects: { [address]: target } };
    const dir = await world.task(
      `redirected${at}`,
      `permissions: { import: ["127.0.0.1:${server.addr.port}"] }`,
      code,
      { "deno.lock": JSON.stringify(lock) },
    );
    const shown = await world.run(dir);
    // Pinned to nothing else, the module is new to the lock file: refused, or the honest one.
    assert.ok(!`${shown.stdout}${shown.stderr}`.includes("evil"), shown.stdout + shown.stderr);
  }
});

Deno.test("a module without an end ends the fetch, not the machine", async () => {
  await using world = await World.make();
  const piece = new Uint8Array(1024 * 1024).fill(47);
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    const body = new ReadableStream({ pull: (controller) => controller.enqueue(piece) });
    return new Response(body, { headers: { "content-type": "text/javascript" } });
  });
  const host = `127.0.0.1:${server.addr.port}`;
  const dir = await world.task(
    "endless",
    `permissions: { import: ["${host}"] }`,
    `import "http://${host}/endless.js";\nexport const main = () => 1;\n`,
  );
  const shown = await world.run(dir);
  assert.equal(shown.code, 1, shown.stderr);
  assert.match(shown.stderr, /cannot fetch the task's modules: .*(2 GiB|memory|allocation)/);
});

Deno.test("a deno.lock that is a pipe or not JSON is refused at once", async () => {
  await using world = await World.make();
  const code = `import left from "npm:left@1.0.0";\nexport const main = () => left("x");\n`;
  const pipe = await world.task("pipe", "name: pipe\n", code);
  await new Deno.Command("mkfifo", { args: [`${pipe}/deno.lock`] }).output();
  const text = await world.task("text", "name: text\n", code, { "deno.lock": "no JSON" });
  for (const dir of [pipe, text]) {
    const shown = await world.run(dir);
    assert.equal(shown.code, 6);
    assert.match(shown.stderr, /deno\.lock": it is not a lock file/);
  }
});

Deno.test("a missing secret ends the run before a fetch that does not end", async () => {
  await using world = await World.make();
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    () => new Promise<Response>(() => {}),
  );
  const dir = await world.task(
    "hangs",
    `permissions: { env: [{ name: KEY, secret: not_stored }] }`,
    `import "npm:left@1.0.0";\nexport const main = () => 1;\n`,
  );
  const running = world.runInProcess(dir, {
    NPM_CONFIG_REGISTRY: `http://127.0.0.1:${server.addr.port}`,
  });
  await assert.rejects(running, { code: "secret_unresolved", exitCode: 4 });
});

Deno.test("a cache that was removed is filled again", async () => {
  await using world = await World.make();
  const { server, url } = await startRegistry(world);
  await using _closing = server;
  const code = `import left from "npm:left@1.0.0";\nexport const main = () => left("x");\n`;
  const dir = await world.task("package", "name: package\n", code);
  for (let at = 0; at < 2; at++) {
    const { result, stderr } = await world.runInProcess(dir, { NPM_CONFIG_REGISTRY: url });
    assert.equal(result, "<x", stderr);
    await Deno.remove(`${world.dataDir}/cache/deno`, { recursive: true });
  }
});
