import type { Attack } from "../attack.ts";

export default {
  theme: "files",
  tries: "localStorage, sessionStorage and caches that another task left something in",
  ends: { code: 0, stdout: /^"nothing"\n"nothing"\n$/ },
  arrange: async (stage) => void await stage.addTask("other", "shared-storage/task"),
  async drive(stage) {
    const first = await stage.run();
    const second = await stage.run(`${stage.world.dir}/tasks/other`);
    return {
      code: first.code || second.code,
      stdout: first.stdout + second.stdout,
      stderr: first.stderr + second.stderr,
    };
  },
} satisfies Attack;
