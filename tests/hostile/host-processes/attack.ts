import type { Attack } from "../attack.ts";

export default {
  theme: "programs",
  tries: "a granted program that reads the environment and the arguments of every process",
  open: { deno: "the processes that you own are there" },
  ends: { code: 0, stdout: /^done\n/m },
} satisfies Attack;
