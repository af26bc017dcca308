import type { Attack } from "../attack.ts";

export default {
  theme: "programs",
  tries: "a granted program that looks for descriptors it inherited: the channel, the caches",
  ends: { code: 0, stdout: /^(\d+ \S+\n)*done\n$/m },
} satisfies Attack;
