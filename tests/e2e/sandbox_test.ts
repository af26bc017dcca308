/** Deno's wall: what the child is given, and what lies beside the task without effect. */
import assert from "node:assert/strict";
import { assertHidden, ISOLATION, until, World } from "../helpers.ts";

const SECRET = "canary-sandbox-5up3r53cr3t";

Deno.test("a declared value is neither in the child's environment nor in its arguments", async () => {
  await using world = await World.make();
  await world.store({ key: SECRET });
  const dir = await world.mainTask(
    "waits",
    `permissions:
  env: [{ name: KEY, secret: key }, PLAIN=visible-canary]
  fs: [{ path: ./out/, permission: rw }]`,
    `Deno.writeTextFileSync("out/pid", String(Deno.pid));
     await new Promise((resolve) => setTimeout(resolve, 60_000));`,
  );
  const host = world.spawn(["run", dir, "--isolation", "deno"]);
  const pidFile = `${dir}/out/pid`;
  await until("the task to write its pid", () => Deno.stat(pidFile).then(() => true, () => false));
  const pid = Number(await Deno.readTextFile(pidFile));
  for (const file of ["environ", "cmdline"]) {
    for (const process of [pid, host.pid]) {
      const text = await Deno.readTextFile(`/proc/${process}/${file}`);
      assert.ok(!text.includes(SECRET), `${file} of ${process} holds the secret`);
      assert.ok(!text.includes("visible-canary"), `${file} of ${process} holds a literal`);
    }
  }
  const environ = (await Deno.readTextFile(`/proc/${pid}/environ`)).split("\0").filter(Boolean);
  const names = environ.map((line) => line.split("=")[0]).sort();
  assert.deepEqual(names, ["DENO_DIR", "DENO_NO_UPDATE_CHECK", "NO_COLOR", "PATH"]);
  host.kill("SIGTERM");
  await host.output();
});

Deno.test("a task that declares LD_PRELOAD or DENO_DIR does not steer its own runtime", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "steers",
    `permissions:
  env: [LD_PRELOAD=/nowhere/evil.so, DENO_DIR=/nowhere/cache, NODE_OPTIONS=--require=/nowhere/x.js]`,
    `const { default: os } = await import("node:os");
     return [context.env.get("LD_PRELOAD"), context.env.get("DENO_DIR"), typeof os.EOL];`,
  );
  const shown = await world.run(dir);
  assert.equal(shown.stdout, '["/nowhere/evil.so","/nowhere/cache","string"]\n', shown.stderr);
  assert.equal(shown.code, 0);
});

Deno.test("a program sees the declared variables and none of the host's others", async () => {
  await using world = await World.make();
  await world.store({ key: SECRET });
  const dir = await world.mainTask(
    "runs-env",
    `permissions: { env: [{ name: KEY, secret: key }, PLAIN=seen], run: [env] }`,
    `const { stdout } = await new Deno.Command("env").output();
     const lines = new TextDecoder().decode(stdout).trim().split("\\n");
     const key = lines.find((line) => line.startsWith("KEY="));
     const names = lines.map((line) => line.split("=")[0]).filter((name) => name !== "PWD");
     return { names: names.sort(), length: key.length };`,
  );
  const shown = await world.run(dir, [], { env: { HOST_ONLY: "canary-host-only" } });
  const { names, length } = JSON.parse(shown.stdout);
  assert.deepEqual(names, [
    ...["DENO_DIR", "DENO_NO_UPDATE_CHECK", "KEY", "NO_COLOR", "PATH", "PLAIN"],
    // Where programs have no /tmp of their own.
    ...(ISOLATION === "landlock" ? ["TMPDIR"] : []),
  ]);
  assert.equal(length, `KEY=${SECRET}`.length);
  assertHidden(shown, SECRET, "canary-host-only");
});

Deno.test("a variable that is not declared reads as undefined, and setting it has no effect", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "looks",
    "permissions: { env: [DECLARED=1] }",
    `Deno.env.set("OTHER", "x");
     const { default: process } = await import("node:process");
     return [Deno.env.get("HOME") ?? null, Deno.env.get("OTHER") ?? null, process.env.HOME ?? null,
       Object.keys(Deno.env.toObject()), "HOME" in process.env];`,
  );
  const { stdout } = await world.run(dir);
  assert.equal(stdout, '[null,null,null,["DECLARED"],false]\n');
});

Deno.test("configuration beside the task or above it steers nothing", async () => {
  await using world = await World.make();
  await world.store({ key: SECRET });
  const evil = `console.log("EVIL RAN", new TextDecoder().decode(new Uint8Array(9)));`;
  const dir = await world.task(
    "configured",
    `permissions: { env: [{ name: KEY, secret: key }] }`,
    `export function main() { return "clean"; }`,
    {
      "evil.ts": evil,
      "deno.json": JSON.stringify({
        imports: { "unused": "./evil.ts" },
        permissions: { default: { all: true } },
        tasks: { "task.ts": "echo EVIL RAN" },
        unstable: ["raw-imports", "kv"],
      }),
      "package.json": JSON.stringify({ scripts: { "task.ts": "echo EVIL RAN" }, type: "commonjs" }),
      ".npmrc": "registry=http://127.0.0.1:9/\n",
      ".env": "INJECTED=EVIL RAN\n",
    },
  );
  const above = {
    imports: {
      [new URL("../../sdk/bootstrap.ts", import.meta.url).href]: "./evil.ts",
      [new URL("../../sdk/protocol.ts", import.meta.url).href]: "./evil.ts",
    },
    tasks: { "task.ts": "echo EVIL RAN" },
  };
  await Deno.writeTextFile(`${world.dir}/tasks/deno.json`, JSON.stringify(above));
  await Deno.copyFile(`${dir}/evil.ts`, `${world.dir}/tasks/evil.ts`);
  const shown = await world.run(dir);
  assert.equal(shown.stdout, '"clean"\n', shown.stderr);
  assert.doesNotMatch(shown.stderr, /EVIL/);
});

Deno.test("a task fetches no code: computed imports reach no server", async () => {
  await using world = await World.make();
  const asked: string[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      asked.push(request.url);
      return new Response("export default 1;", { headers: { "content-type": "text/javascript" } });
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  const dir = await world.mainTask(
    "computes",
    `permissions: { net: ["127.0.0.1:${server.addr.port}"] }`,
    `const outcomes = [];
     for (const specifier of ["${url}/x.ts?leak=1", "npm:leak-data@1.0.0", "npm:@leak/data"]) {
       try { await import([specifier].join("")); outcomes.push("loaded"); }
       catch (error) { outcomes.push(error.constructor.name); }
     }
     return outcomes;`,
  );
  const { status, result, stderr } = await world.runInProcess(dir, { NPM_CONFIG_REGISTRY: url });
  assert.equal(status, "ok", stderr);
  assert.deepEqual(result, ["TypeError", "TypeError", "TypeError"]);
  assert.deepEqual(asked, []);
});

Deno.test("permissions that are not declared are denied, each with the line that would allow it", async () => {
  await using world = await World.make();
  const attempts: Record<string, string> = {
    read: `Deno.readTextFileSync("/etc/hostname")`,
    write: `Deno.writeTextFileSync("x", "")`,
    net: `await fetch("http://127.0.0.1:9876/")`,
    run: `new Deno.Command("/bin/true").outputSync()`,
    sys: `Deno.hostname()`,
    ffi: `Deno.dlopen("/lib/x.so", {})`,
    own: `Deno.readTextFileSync("task.yaml")`,
  };
  const dir = await world.mainTask(
    "tries",
    "",
    `const denied = {};
     ${
      Object.entries(attempts).map(([name, code]) =>
        `try { ${code}; denied.${name} = "ALLOWED"; } catch (e) { denied.${name} = e.name; }`
      ).join("\n")
    }
     return denied;`,
  );
  await Deno.writeTextFile(`${dir}/task.yaml`, "name: tries\n");
  const { stdout } = await world.run(dir);
  const expected = Object.fromEntries(Object.keys(attempts).map((name) => [name, "NotCapable"]));
  assert.deepEqual(JSON.parse(stdout), expected);
});

Deno.test("each run has a cache of its own that is gone afterwards", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "caches",
    "",
    `const seen = localStorage.getItem("left"); localStorage.setItem("left", "behind"); return seen;`,
  );
  await Deno.writeTextFile(`${dir}/task.yaml`, "name: caches\n");
  for (let run = 0; run < 2; run++) {
    const { stdout, stderr } = await world.run(dir);
    assert.ok(stdout === "null\n" || /localStorage|location/i.test(stderr), stdout + stderr);
  }
});

Deno.test("a task cannot open its runtime's inspector", async () => {
  await using world = await World.make();
  const body = `const { default: process } = await import("node:process");
    await new Promise((resolve) => setTimeout(resolve, 700));
    process.kill(process.pid, "SIGUSR1");
    await new Promise((resolve) => setTimeout(resolve, 500));
    return "alive";`;
  const shown = await world.run(await world.mainTask("inspects", "name: inspects", body));
  assert.deepEqual(shown, { code: 0, stdout: '"alive"\n', stderr: "" });
});
