/** The examples, run as the README and the first guide say. */
import assert from "node:assert/strict";
import { assertHidden, until, World } from "../helpers.ts";

const EXAMPLES = new URL("../../examples/", import.meta.url).pathname;

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
  // The same task on a port that is free here.
  const probe = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = probe.addr;
  probe.close();
  const texts = await Promise.all(
    ["task.yaml", "task.ts", "server.ts"].map(async (name) =>
      (await Deno.readTextFile(folder + name)).replaceAll("8787", String(port))
    ),
  );
  const dir = await world.task("call-an-api", texts[0]!, texts[1]!, { "server.ts": texts[2]! });
  const server = new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-config", "--no-prompt", "--allow-net", `${dir}/server.ts`],
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    await until(
      "the server to answer",
      () =>
        fetch(`http://127.0.0.1:${port}/`).then((r) => r.body?.cancel()).then(
          () => true,
          () => false,
        ),
    );
    const shown = await world.run(dir);
    assert.equal(shown.stdout, '{"user":"ada","key":"***"}\n', shown.stderr);
    assertHidden(shown, key);
  } finally {
    server.kill("SIGKILL");
    await server.status;
  }
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
  await world.store({ example_api_key: "x-example-key" });
  const names = [...Deno.readDirSync(EXAMPLES)].map(({ name }) => EXAMPLES + name).sort();
  const shown = await world.dicode(["check", ...names]);
  assert.equal(shown.code, 0, shown.stderr);
  assert.equal(shown.stdout.match(/^\S+: ok$/gm)?.length, names.length, shown.stdout);
});
