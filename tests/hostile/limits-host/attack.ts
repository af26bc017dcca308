import type { Attack } from "../attack.ts";

export default {
  theme: "programs",
  tries: "a granted program that sets limits, priority and processors of dicode's process",
  open: { deno: "a program may do all that you may with your processes" },
  ends: { code: 0, stdout: /^done\n/m },
  needs: ["prlimit", "taskset", "renice", "ionice", "chrt"],
  drive: (stage) => stage.runToldPid(),
  mayChange: ["flags"],
} satisfies Attack;
