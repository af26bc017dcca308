/** The examples, run as the README and the first guide say. */
import assert from "node:assert/strict";
import { assertHidden, ISOLATION, until, World } from "../helpers.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url).pathname;

function freePort(): string {
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = probe.addr;
  probe.close();
  return String(port);
}

/** A copy of an example, on a port that is free here. */
async function copyExample(world: World, name: string, port: string, free: string) {
  const files: Record<string, string> = {};
  for (const { name: file } of Deno.readDirSync(EXAMPLES + name)) {
    const text = await Deno.readTextFile(`${EXAMPLES}${name}/${file}`);
    files[file] = text.replaceAll(port, free);
  }
  const { "task.yaml": yaml = "", "task.ts": code = "", ...others } = files;
  return await world.task(name, yaml, code, others);
}

/** An example's server, until it is disposed of. */
async function serve(file: string, ...args: readonly string[]): Promise<AsyncDisposable> {
  const [, port] = /port: (\d+)/.exec(await Deno.readTextFile(file))!;
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-config", "--no-prompt", "--allow-net", file, ...args],
    stdout: "null",
    stderr: "null",
  }).spawn();
  const answers = () =>
    fetch(`http://127.0.0.1:${port}/`).then((r) => r.body?.cancel()).then(() => true, () => false);
  await until("the server to answer", answers);
  return {
    async [Symbol.asyncDispose]() {
      server.kill("SIGKILL");
      await server.status;
    },
  };
}

Deno.test("rotate-token stores a token, and the next run receives it, masked", async () => {
  await using world = await World.make();
  const first = await world.run(`${EXAMPLES}rotate-token`);
  assert.deepEqual(first, {
    code: 0,
    stdout: "there is no token yet\nstored a new token: ***\n",
    stderr: "",
  });
  const second = await world.run(`${EXAMPLES}rotate-token`);
  assert.deepEqual(second, {
    code: 0,
    stdout: "received a token of 36 characters\nprinting it on purpose: ***\n" +
      "stored a new token: ***\n",
    stderr: "",
  });
});

Deno.test("hello greets whom the parameter names", async () => {
  await using world = await World.make();
  const shown = await world.run(`${EXAMPLES}hello`, ["-p", "name=you"]);
  assert.equal(shown.stdout, 'hello, you\nHOME is undefined\n{"greeted":"you"}\n');
});

Deno.test("call-an-api hands its key to a local server, and masks it where it comes back", async () => {
  await using world = await World.make();
  const key = "canary-example-api-key";
  const folder = `${EXAMPLES}call-an-api/`;
  const refused = await world.run(folder);
  assert.equal(refused.code, 4);
  assert.match(refused.stderr, /hint: dicode secrets set example_api_key/);

  await world.store({ example_api_key: key });
  const dir = await copyExample(world, "call-an-api", "8787", freePort());
  {
    await using _server = await serve(`${dir}/server.ts`);
    const shown = await world.run(dir);
    assert.equal(shown.stdout, '{"user":"ada","key":"***"}\n', shown.stderr);
    assertHidden(shown, key);
  }
});

Deno.test("provider asks its service with its own token, which no other task has", async () => {
  await using world = await World.make();
  await world.store({ example_service_token: "canary-service-token" });
  const port = freePort();
  const dir = await copyExample(world, "provider", "8788", port);
  const config = ["--config", `${world.dir}/tasks/dicode.yaml`, "--isolation", ISOLATION];
  await Deno.copyFile(`${EXAMPLES}dicode.yaml`, config[1]!);
  const wants = await world.mainTask(
    "wants",
    "permissions: { env: [{ name: KEY, secret: example_api_key }] }\n",
    `return context.env.get("KEY").length;`,
  );
  const down = await world.dicode(["run", wants, ...config]);
  assert.match(down.stderr, /provider "example-service" \(tool_failed\)/);
  await using _server = await serve(`${dir}/server.ts`, "canary-service-token");
  const shown = await world.dicode(["run", wants, ...config]);
  assert.equal(shown.stdout, `${"the-key-that-the-service-keeps".length}\n`, shown.stderr);
  assertHidden(shown, "canary-service-token");
});

Deno.test("fails-on-purpose ends with the line that would allow it, an error, or its time limit", async () => {
  await using world = await World.make();
  const fails = (how: string) => world.run(`${EXAMPLES}fails-on-purpose`, ["-p", `how=${how}`]);
  const read = await fails("read");
  assert.equal(read.code, 1);
  assert.match(read.stderr, /hint: .*fs: \[\{ path: \/etc\/hostname, permission: r \}\]/);
  const thrown = await fails("throw");
  assert.equal(thrown.code, 1);
  assert.match(thrown.stderr, /the task threw Error: this task fails on purpose/);
  assert.match(thrown.stderr, /at main .*task\.ts/);
  assert.equal((await fails("hang")).code, 124);
});

Deno.test("every example is in order for dicode check", async () => {
  await using world = await World.make();
  await world.store({ example_api_key: "x-example-key", example_service_token: "x-token" });
  const names = [...Deno.readDirSync(EXAMPLES)].filter(({ isDirectory }) => isDirectory)
    .map(({ name }) => EXAMPLES + name).sort();
  const shown = await world.dicode(["check", ...names]);
  assert.equal(shown.code, 0, shown.stderr);
  assert.equal(shown.stdout.match(/^\S+: ok$/gm)?.length, names.length, shown.stdout);
});
