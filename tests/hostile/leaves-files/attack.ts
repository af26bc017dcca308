import type { Attack } from "../attack.ts";

export default {
  theme: "programs",
  tries: "a granted program that leaves files in /tmp, /var/tmp and /dev/shm for the next run",
  open: { deno: "a program may do all that you may" },
  ends: { code: 0, stdout: /^done\n/m },
} satisfies Attack;
