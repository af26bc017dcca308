import type { Attack } from "../attack.ts";

export default {
  theme: "programs",
  tries: "a granted program that reads the key, ~/.ssh and files beside the task",
  open: { deno: "a program may do all that you may" },
  ends: { code: 0, stdout: /^(cat: .*(No such file|Permission denied).*\n){3}done\n\n$/ },
} satisfies Attack;
