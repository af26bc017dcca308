/** No command writes a secret to a file in plain text, at any time: every write is looked at. */
import assert from "node:assert/strict";
import { World } from "../helpers.ts";
import { traceWrites } from "./shell.ts";

const CANARY = "canary-plain-3f9c";
const works = traceWrites();
if (works === undefined) console.error("skipped, since strace does not work here: 1 test");

Deno.test({
  name: "set, import, rotate-key and a run write a secret in plain text to no file, at any time",
  ignore: works === undefined,
  async fn() {
    await using world = await World.make();
    await Deno.writeTextFile(`${world.dir}/.env`, `OTHER=${CANARY}-other\n`, { mode: 0o600 });
    const dir = await world.mainTask(
      "uses",
      `permissions:\n  env: [{ name: A, secret: a }]\n  dicode: { secrets_write: true }`,
      `await context.dicode.secrets_set("made", context.env.get("A") + "-made"); console.log(context.env.get("A"));`,
    );
    const commands = [
      { args: ["secrets", "set", "a"], stdin: `${CANARY}-a` },
      { args: ["secrets", "import", ".env"] },
      { args: ["secrets", "rotate-key"] },
      { args: ["run", dir, "--isolation", "deno"] },
      { args: ["secrets", "delete", "a"] },
    ];
    for (const { args, stdin } of commands) {
      const { code, stderr, writes } = await works!(world, args, stdin);
      assert.equal(code, 0, stderr);
      assert.ok(
        writes.some((line) => line.includes("data.db")),
        `${args}: ${writes.length} writes`,
      );
      // The task gets its variables, and answers, by a pipe and a socket.
      const files = writes.filter((line) =>
        !/\((\d+)<(pipe|socket|UNIX|anon_inode|UNIX-STREAM)[:[]/.test(line)
      );
      const plain = files.filter((line) => line.includes("canary-plain"));
      assert.deepEqual(plain.map((line) => line.slice(0, 200)), [], args.join(" "));
    }
  },
});
