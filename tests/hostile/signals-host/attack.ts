import type { Attack } from "../attack.ts";

export default {
  theme: "programs",
  tries: "a granted program that sends a signal to dicode's process",
  open: { deno: "a program may signal your processes" },
  ends: { code: 0, stdout: /^done\n/m },
  drive: (stage) => stage.runToldPid(),
  mayChange: ["flags"],
  escaped: (_, { code }) => code === 143 ? ["the host got SIGTERM"] : [],
} satisfies Attack;
