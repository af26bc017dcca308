import type { Attack } from "../attack.ts";

export default {
  theme: "files",
  tries:
    "localStorage, sessionStorage and caches in which another task, or the last run, left something",
  ends: { code: 0, stdout: /^("nothing"\n){3}$/ },
  arrange: async (stage) => void await stage.addTask("other", "shared-storage/task"),
  drive: (stage) => stage.runInTurn(stage.dir, `${stage.world.dir}/tasks/other`, stage.dir),
} satisfies Attack;
