import type { Attack } from "../attack.ts";

export default {
  theme: "programs",
  tries: "a granted program that rewrites task.yaml and the code under a write grant on the folder",
  open: { deno: "a program may do all that you may" },
  // Landlock cannot keep one file of a writable folder read-only, so dicode refuses.
  ends: (wall) =>
    wall === "landlock"
      ? { code: 6, stderr: /from programs by Landlock/ }
      : { code: 0, stdout: /^done\n$/ },
  mayChange: ["data"],
} satisfies Attack;
