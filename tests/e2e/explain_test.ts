/** `dicode run --explain`: what a run would do, with nothing of it done and no value shown. */
import assert from "node:assert/strict";
import { assertHidden, ISOLATION, World } from "../helpers.ts";

Deno.test("--explain shows the grants as they resolve here, and runs and makes nothing", async () => {
  await using world = await World.make();
  const secret = "canary-value-of-the-key";
  await world.store({ key: secret });
  const dir = await world.task(
    "shows",
    `timeout: 5m
limits: { memory: 512MiB, files: 0 }
params: { repo: canary-default, limit: { default: "1" }, note: { required: false } }
permissions:
  env: [HOST_VALUE, { name: KEY, secret: key }, { name: LEVEL, value: canary-literal }]
  net: [api.example, "127.0.0.1:80"]
  fs: [{ path: ./link, permission: r }, { path: ./new/, permission: rw }]
  run: [ls]
  sys: [hostname]
  modules: [../lib]
  dicode: { secrets_write: ["A_*"] }`,
    `import "./lib/more.ts";\nimport "../lib/shared.ts";\nconsole.log("RAN");\nexport const main = () => "RAN";\n`,
    { "lib/more.ts": "", "../lib/shared.ts": "" },
  );
  await Deno.mkdir(`${world.dir}/real`);
  await Deno.symlink(`${world.dir}/real`, `${dir}/link`);
  const args = ["--explain", "-p", "limit=canary-param", "--input", '"canary-input"'];
  const shown = await world.run(dir, args, { env: { HOST_VALUE: "canary-host-value" } });
  assert.equal(shown.code, 0, shown.stderr);
  const wall = {
    bwrap: "bwrap: nothing exists for the task but what is listed here, and the system",
    landlock: "landlock: nothing can be opened but what is listed here, and the system",
    deno: "deno: Deno's permissions alone, no wall of the kernel's",
  }[ISOLATION as string];
  assert.equal(
    shown.stdout.replace(/run: \/\S+\/ls/, "run: LS"),
    `shows: would run
  folder: ${dir}
  code: 3 modules
  isolation: ${wall}
  time limit: 300s
  limits: memory 512 MiB, files none, processes 64, file 1 GiB, output none
  parameters: repo (default), limit (-p), note (not given)
  input: given
  variables:
    HOST_VALUE: host variable HOST_VALUE: host
    KEY: secret "key": local
    LEVEL: a literal: task.yaml
  net: api.example (every port), 127.0.0.1:80
  read: ${world.dir}/real (./link), ${dir}/new (./new/) (would be made)
  write: ${dir}/new (./new/) (would be made)
  run: LS
  sys: hostname
  import: none
  modules: ${world.dir}/tasks/lib
  secrets_write: A_*
`,
  );
  assertHidden(shown, secret, "canary-", "RAN");
  await assert.rejects(Deno.stat(`${dir}/new`), Deno.errors.NotFound);

  const json = await world.run(dir, [...args, "--json"], { env: { HOST_VALUE: "canary-host" } });
  const document = JSON.parse(json.stdout);
  assert.deepEqual(
    [document.version, document.would_run, document.timeout_ms, document.secrets_write],
    [1, true, 300_000, ["A_*"]],
  );
  assert.deepEqual(document.fs[1], {
    declared: "./new/",
    path: `${dir}/new`,
    read: true,
    write: true,
    made: true,
  });
  assertHidden(json, secret, "canary-", "RAN");
});

Deno.test("--explain names what would be fetched, and fetches nothing", async () => {
  await using world = await World.make();
  const asked: string[] = [];
  await using server = Deno.serve(
    { hostname: "127.0.0.1", port: 0, onListen: () => {} },
    (request) => {
      asked.push(request.url);
      return new Response("not here", { status: 404 });
    },
  );
  const url = `http://127.0.0.1:${server.addr.port}`;
  const dir = await world.task(
    "fetches",
    `permissions: { import: ["127.0.0.1:${server.addr.port}"] }`,
    `import "npm:left@1.0.0";\nimport "${url}/a.ts";\nexport const main = () => 1;\n`,
  );
  const shown = await world.run(dir, ["--explain"]);
  assert.equal(shown.code, 0, shown.stderr);
  assert.match(
    shown.stdout,
    new RegExp(`fetched before it, where not there already: npm:/?left@1\\.0\\.0, ${url}/a\\.ts\n`),
  );
  assert.deepEqual(asked, []);
});

Deno.test("--explain ends as the run would: refused, or for want of a value", async () => {
  await using world = await World.make();
  const lacks = await world.mainTask(
    "lacks",
    "permissions: { env: [{ name: KEY, secret: my key }] }",
    "console.log('RAN')",
  );
  const missing = await world.run(lacks, ["--explain"]);
  assert.equal(missing.code, 4);
  assert.match(missing.stdout, /^lacks: would not run: 1 variable has no value\n/);
  assert.match(missing.stdout, /KEY: secret "my key": MISSING/);
  assert.match(missing.stderr, /hint: dicode secrets set 'my key'\n/);

  const absent = await world.mainTask("absent", "permissions: { run: [no-such-program] }", "");
  assert.equal((await world.run(absent, ["--explain"])).code, 6);
  const code = await world.mainTask(
    "code",
    "permissions: { fs: [{ path: ., permission: rw }] }",
    "",
  );
  await Deno.rename(`${code}/task.yaml`, `${code}/real.yaml`);
  await Deno.symlink("real.yaml", `${code}/task.yaml`);
  assert.equal((await world.run(code, ["--explain"])).code, 6);
  const broken = await world.mainTask("broken", "nope: 1", "");
  assert.equal((await world.run(broken, ["--explain"])).code, 3);
  const given = await world.mainTask("given", "params: { a: b }", "");
  assert.equal((await world.run(given, ["--explain", "-p", "b=c"])).code, 2);
  assert.equal((await world.run(given, ["--explain", "--timeout", "5"])).code, 2);
  const both = await world.run(given, ["--explain", "--audit"]);
  assert.equal(both.code, 2);
  assert.match(both.stderr, /cannot use --audit with --explain/);
});
