/** mod.ts, as a program that embeds dicode uses it. */
import assert from "node:assert/strict";
import {
  Capture,
  Chain,
  ConfigError,
  DicodeError,
  loadTask,
  openStore,
  type Provider,
  ProviderFailure,
  runTask,
  Secret,
} from "../../mod.ts";
import { ISOLATION, World } from "../helpers.ts";

Deno.test("runTask() gives the outcome, and the sinks get masked output", async () => {
  await using world = await World.make();
  const env = () => undefined;
  {
    using store = openStore({ dataDir: world.dataDir, env });
    await store.set("key", "canary-library-secret");
    assert.deepEqual(await store.list(), ["key"]);
  }
  const dir = await world.mainTask(
    "library",
    `params: { who: nobody }\npermissions: { env: [{ name: KEY, secret: key }] }`,
    `console.log(context.env.get("KEY")); console.error("e");
     return { who: await context.params.get("who"), input: context.input };`,
  );
  const capture = new Capture();
  const warnings: string[] = [];
  const outcome = await runTask(await loadTask(dir), {
    dataDir: world.dataDir,
    env,
    denoPath: Deno.execPath(),
    sinks: capture.sinks,
    params: { who: "you" },
    input: { n: 1 },
    warn: (message) => void warnings.push(message),
    isolation: ISOLATION,
  });
  assert.equal(outcome.status, "ok");
  assert.equal(outcome.exitCode, 0);
  assert.deepEqual(outcome.result, { who: "you", input: { n: 1 } });
  assert.match(outcome.runId, /^[0-9a-f-]{36}$/);
  assert.equal(capture.stdout, "***\n");
  assert.equal(capture.stderr, "e\n");
  assert.deepEqual(warnings, []);
});

Deno.test("loadTask() throws a ConfigError with every mistake; runTask() throws where nothing starts", async () => {
  await using world = await World.make();
  const broken = await world.mainTask("broken", "timeuot: 1s\nparams: 3\n", "");
  await assert.rejects(loadTask(broken), (error) => {
    assert.ok(error instanceof ConfigError && error instanceof DicodeError);
    assert.equal(error.problems.length, 2);
    assert.equal(error.exitCode, 3);
    return true;
  });
  const missing = await world.mainTask(
    "missing",
    "permissions: { env: [{ name: KEY, secret: nothing }] }",
    "",
  );
  await assert.rejects(world.runInProcess(missing), { code: "secret_unresolved", exitCode: 4 });
});

Deno.test("an interruption ends a run as the signal would", async () => {
  await using world = await World.make();
  const dir = await world.mainTask(
    "waits",
    "name: waits",
    `console.log("up"); await new Promise((resolve) => setTimeout(resolve, 60_000));`,
  );
  let interrupt: (signal: Deno.Signal) => void = () => {};
  const outcome = await runTask(await loadTask(dir), {
    dataDir: world.dataDir,
    env: () => undefined,
    denoPath: Deno.execPath(),
    isolation: ISOLATION,
    sinks: {
      stdout: () => Promise.resolve(interrupt("SIGTERM")),
      stderr: () => Promise.resolve(),
    },
    interruptions: {
      listen(listener) {
        interrupt = listener;
        return () => interrupt = () => {};
      },
    },
  });
  assert.equal(outcome.status, "killed");
  assert.equal(outcome.exitCode, 143);
});

Deno.test("a provider of one's own answers in a chain, one batch for all keys", async () => {
  const asked: string[][] = [];
  const provider: Provider = {
    name: "mine",
    get(keys) {
      asked.push([...keys]);
      if (keys.includes("broken")) throw new ProviderFailure("mine", "unreachable", "it is down");
      return Promise.resolve(new Map([["a", new Secret("value-a")]]));
    },
  };
  const chain = new Chain([{ provider }], () => false);
  const { signal } = new AbortController();
  const { found, missing } = await chain.resolve(["a", "b"], signal);
  assert.equal(found.get("a")?.secret.reveal(), "value-a");
  assert.equal(String(found.get("a")?.secret), "[secret]");
  assert.deepEqual(missing, ["b"]);
  assert.deepEqual(asked, [["a", "b"]]);
  await assert.rejects(chain.resolve(["broken"], signal), { code: "provider_failed", exitCode: 4 });
});

Deno.test("a relative data folder is one folder for grants, store and caches", async () => {
  await using world = await World.make();
  const cwd = Deno.cwd();
  try {
    Deno.chdir(world.dir);
    {
      using store = openStore({ dataDir: "data", env: () => undefined });
      await store.set("key", "value-of-key");
    }
    const yaml = `permissions: { fs: [{ path: "${world.dir}/data", permission: r }] }`;
    const task = await loadTask(await world.mainTask("covers", yaml, "return 1"));
    const running = runTask(task, {
      dataDir: "data",
      env: () => undefined,
      denoPath: Deno.execPath(),
      isolation: ISOLATION,
      sinks: new Capture().sinks,
    });
    await assert.rejects(running, { code: "path_refused" });
  } finally {
    Deno.chdir(cwd);
  }
});

Deno.test("options that cannot be are refused, and what a sink throws is thrown", async () => {
  await using world = await World.make();
  const task = await loadTask(await world.mainTask("plain", "name: plain", "console.log(1)"));
  const options = {
    dataDir: world.dataDir,
    env: () => undefined,
    denoPath: Deno.execPath(),
    isolation: ISOLATION,
    sinks: new Capture().sinks,
  };
  for (const timeoutMs of [NaN, -1, 2 ** 32]) {
    await assert.rejects(runTask(task, { ...options, timeoutMs }), { code: "usage" });
  }
  await assert.rejects(runTask(task, { ...options, denoPath: "/nowhere/deno" }), {
    code: "host_unfit",
  });
  const failing = { ...options.sinks, stdout: () => Promise.reject(new Error("the sink's own")) };
  await assert.rejects(runTask(task, { ...options, sinks: failing }), /the sink's own/);
});

Deno.test("an AbortSignal ends a run as SIGTERM does", async () => {
  await using world = await World.make();
  const body = `console.log("up"); await new Promise((resolve) => setTimeout(resolve, 60_000));`;
  const controller = new AbortController();
  const outcome = await runTask(await loadTask(await world.mainTask("waits", "name: w", body)), {
    dataDir: world.dataDir,
    env: () => undefined,
    denoPath: Deno.execPath(),
    isolation: ISOLATION,
    sinks: {
      stdout: () => Promise.resolve(controller.abort()),
      stderr: () => Promise.resolve(),
    },
    signal: controller.signal,
  });
  assert.equal(outcome.exitCode, 143);
});

Deno.test("runTask() asks an embedder's own provider after the configured ones", async () => {
  await using world = await World.make();
  {
    using store = openStore({ dataDir: world.dataDir, env: () => undefined });
    await store.set("stored", "canary-of-the-store");
  }
  const asked: string[][] = [];
  const provider: Provider = {
    name: "vault-of-mine",
    get(keys) {
      asked.push([...keys]);
      return Promise.resolve(new Map([["theirs", new Secret("canary-of-mine")]]));
    },
  };
  const yaml = `permissions:
  env: [{ name: A, secret: stored }, { name: B, secret: theirs }]`;
  const body =
    `console.log(context.env.get("A"), context.env.get("B")); return context.env.get("B").length;`;
  const capture = new Capture();
  const options = {
    dataDir: world.dataDir,
    env: () => undefined,
    denoPath: Deno.execPath(),
    isolation: ISOLATION,
    sinks: capture.sinks,
    providers: [provider],
  };
  const outcome = await runTask(await loadTask(await world.mainTask("two", yaml, body)), options);
  assert.equal(outcome.result, "canary-of-mine".length, capture.stderr);
  assert.equal(capture.stdout, "*** ***\n");
  assert.deepEqual(asked, [["theirs"]]);
  const missing = "permissions: { env: [{ name: C, secret: nobody }] }";
  const running = runTask(await loadTask(await world.mainTask("none", missing, "")), options);
  await assert.rejects(running, { message: /asked: local, env, vault-of-mine/ });
});
