import type { Attack } from "../attack.ts";

export default {
  theme: "programs",
  tries: "a granted program that gets more rights by a set-user-ID file, or has capabilities",
  open: { deno: "a program has the rights that you have" },
  ends: { code: 0, stdout: /^done\n/m },
} satisfies Attack;
