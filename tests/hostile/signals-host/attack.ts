import type { Attack } from "../attack.ts";

export default {
  theme: "programs",
  tries: "a granted program that sends a signal to dicode's process",
  open: { deno: "a program may signal your processes" },
  ends: { code: 0, stdout: /^done\n/m },
  async drive(stage) {
    const child = stage.world.spawn(["run", stage.dir, "--isolation", stage.wall]);
    child.stdin.close();
    await Deno.writeTextFile(`${stage.dir}/flags/pid`, `${child.pid}\n`);
    const { code, stdout, stderr } = await child.output();
    const decoder = new TextDecoder();
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  },
  arrange: ({ dir }) => Deno.mkdir(`${dir}/flags`),
  mayChange: ["flags"],
  escaped: (_, { code }) => code === 143 ? ["the host got SIGTERM"] : [],
} satisfies Attack;
