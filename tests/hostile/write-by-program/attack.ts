import type { Attack } from "../attack.ts";

export default {
  theme: "programs",
  tries: "a granted program that writes to ~/.ssh, ~/.bashrc, the store and beside the task",
  open: { deno: "a program may do all that you may" },
  ends: { code: 0, stdout: /^done\n$/ },
} satisfies Attack;
