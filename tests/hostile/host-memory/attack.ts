import type { Attack } from "../attack.ts";

/** Whether this machine lets a process look into another one of the same user. */
const ptraceScope = await Deno.readTextFile("/proc/sys/kernel/yama/ptrace_scope").catch(() => "0");

export default {
  theme: "programs",
  tries: "a granted program that opens the memory of dicode's process, where the secrets are",
  open: { deno: "a program may look into your processes" },
  shows: ptraceScope.trim() === "0",
  ends: { code: 0, stdout: /^done\n/m },
  drive: (stage) => stage.runToldPid(),
  mayChange: ["flags"],
} satisfies Attack;
