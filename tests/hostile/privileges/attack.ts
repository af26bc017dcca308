import type { Attack } from "../attack.ts";

/** In some containers nobody has more rights than this process. */
const status = await Deno.readTextFile("/proc/self/status");

export default {
  theme: "programs",
  tries: "a granted program that gets more rights by a set-user-ID file, or has capabilities",
  open: { deno: "a program has the rights that you have" },
  shows: /^NoNewPrivs:\s+0$/m.test(status),
  ends: { code: 0, stdout: /^done\n/m },
} satisfies Attack;
