import type { Attack } from "../attack.ts";

export default {
  theme: "programs",
  tries: "a granted program that rewrites task.yaml and the code under a write grant on the folder",
  open: {
    landlock: "Landlock cannot keep one file of a writable folder read-only",
    deno: "a program may do all that you may",
  },
  ends: { code: 0, stdout: /^done\n$/ },
  mayChange: ["data"],
} satisfies Attack;
