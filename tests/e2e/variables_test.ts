/** Declared variables: every form arrives, every refusal names the variable and no value. */
import assert from "node:assert/strict";
import { assertHidden, World } from "../helpers.ts";

Deno.test("every form of a variable arrives before the task's modules load", async () => {
  await using world = await World.make();
  await world.store({ db_password: "canary-db-password", "with/slash": "canary-slash-value" });
  const dir = await world.task(
    "forms",
    `permissions:
  env:
    - PASSED
    - NOT_SET
    - { name: RENAMED, from: GIVEN }
    - { name: PREFIXED, from: "env:GIVEN" }
    - { name: EMPTY, from: NOT_THERE, optional: true }
    - { name: DB, secret: db_password }
    - { name: SLASH, secret: with/slash }
    - { name: NONE, secret: not_stored, optional: true }
    - { name: LITERAL, value: "010" }
    - SHORT=a=b`,
    `const atLoad = Deno.env.get("DB").length;
export const main = ({ env }) => {
  const names = ["PASSED", "NOT_SET", "RENAMED", "PREFIXED", "EMPTY", "NONE", "LITERAL", "SHORT"];
  return [atLoad, env.get("SLASH").length, ...names.map((name) => env.get(name) ?? null)];
};`,
  );
  const shown = await world.run(dir, [], { env: { PASSED: "p", GIVEN: "given" } });
  assert.deepEqual(
    JSON.parse(shown.stdout),
    [18, 18, "p", null, "given", "given", "", "", "010", "a=b"],
    shown.stderr,
  );
});

Deno.test("everything that is missing is named at once, with what would set it; no code runs", async () => {
  await using world = await World.make();
  const dir = await world.task(
    "missing",
    `permissions:
  env:
    - { name: A, secret: a key }
    - { name: B, secret: b_key }
    - { name: C, from: C_HOST }
  fs: [{ path: ./, permission: rw }]`,
    `Deno.writeTextFileSync("marker", "");\nexport const main = () => 1;\n`,
  );
  const shown = await world.run(dir);
  assert.equal(shown.code, 4);
  assert.match(
    shown.stderr,
    /missing\/task\.yaml:3:7: cannot resolve A \(secret "a key"\), B \(secret "b_key"\), C \(host variable C_HOST\): not found; asked: local, env/,
  );
  assert.match(
    shown.stderr,
    /hint: dicode secrets set 'a key'; dicode secrets set b_key; export C_HOST=…/,
  );
  await assert.rejects(Deno.stat(`${dir}/marker`), Deno.errors.NotFound);
});

Deno.test("a proxy whose host is not under net is refused: it would go round net", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "proxy",
    `permissions:
  net: [api.example.com]
  env: [{ name: HTTPS_PROXY, from: CORP_PROXY }]`,
    "console.log('RAN')",
  );
  const env = { CORP_PROXY: "http://user:canary-proxy-password@proxy.example.com:3128" };
  const shown = await world.run(dir, [], { env });
  assert.equal(shown.code, 6);
  assert.match(shown.stderr, /cannot set HTTPS_PROXY: its host is not under net/);
  assertHidden(shown, "canary-proxy-password");

  const yaml = `permissions:
  net: [api.example.com, "proxy.example.com:3128"]
  env: [{ name: HTTPS_PROXY, from: CORP_PROXY }]`;
  await Deno.writeTextFile(`${dir}/task.yaml`, yaml);
  assert.equal((await world.run(dir, [], { env })).stdout, "RAN\n");
});

Deno.test("a task cannot name another proxy than the one that was checked", async () => {
  await using world = await World.make();
  const asked: string[] = [];
  const listen = (name: string) =>
    Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
      asked.push(name);
      return new Response("page");
    });
  await using granted = listen("granted");
  await using other = listen("other");
  const [host, evil] = [granted, other].map(({ addr }) => `127.0.0.1:${addr.port}`);
  for (const [at, env] of ["HTTP_PROXY=", "HTTP_PROXY", `HTTP_PROXY=http://${host}`].entries()) {
    const dir = await world.mainTask(
      `proxy${at}`,
      `permissions: { env: ["${env}"], net: ["${host}"] }`,
      `Deno.env.set("HTTP_PROXY", "http://${evil}"); Deno.env.set("http_proxy", "http://${evil}");
       await (await fetch("http://${host}/")).text();`,
    );
    const shown = await world.run(dir);
    assert.equal(shown.code, 0, shown.stderr);
  }
  assert.deepEqual(asked, ["granted", "granted", "granted"]);
});

Deno.test("a variable too long for a program's environment is refused by its name", async () => {
  await using world = await World.make();
  await world.store({ big: "x".repeat(200_000) });
  const yaml = (run: string) => `permissions: { env: [{ name: BIG, secret: big }]${run} }`;
  const dir = await world.mainTask("big", yaml(", run: [env]"), "return 1");
  const shown = await world.run(dir);
  assert.equal(shown.code, 4);
  assert.match(
    shown.stderr,
    /cannot set BIG for a task with run: a variable must be under 128 KiB/,
  );
  await Deno.writeTextFile(`${dir}/task.yaml`, yaml(""));
  assert.equal((await world.run(dir)).stdout, "1\n");
});

Deno.test("a declared LD_ variable keeps the task from starting programs that would get it", async () => {
  await using world = await World.make();
  for (const name of ["LD_PRELOAD", "LD_LIBRARY_PATH"]) {
    const dir = await world.mainTask(
      "preload",
      `permissions: { env: [{ name: ${name}, value: /nowhere.so }], run: [echo] }\n`,
      `const start = async (options: object) => {
        try {
          return (await new Deno.Command("echo", options).output()).code;
        } catch (error: any) {
          return error.name;
        }
      };
      return [await start({}), await start({ clearEnv: true })];`,
    );
    const shown = await world.run(dir);
    assert.equal(shown.stdout, `["NotCapable",0]\n`, shown.stderr);
  }
});
